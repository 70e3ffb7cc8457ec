"""What can be wrong with the journal, sorted by what the caller does."""

from settings import Mendable


class WrongBox(Mendable):
    """The journal belongs to another device name."""


class CannotRecord(Mendable):
    """Nothing of the transaction was stored. `disk_full` tells the ordinary reason from the broken ones."""

    def __init__(self, reason: str, *, disk_full: bool) -> None:
        super().__init__(reason)
        self.disk_full = disk_full
