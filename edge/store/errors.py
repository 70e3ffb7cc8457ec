"""What can be wrong with the journal, sorted by what the caller does."""

from pathlib import Path

from settings import Mendable


class WrongBox(Mendable):
    """The journal belongs to another device name."""


class CannotRecord(Mendable):
    """Nothing of the transaction was stored. `disk_full` tells the ordinary reason from the broken ones."""

    def __init__(self, reason: str, *, disk_full: bool) -> None:
        super().__init__(reason)
        self.disk_full = disk_full


class DamagedJournal(CannotRecord):
    """What is on the card is not what was written there. Nothing is recorded on top of it."""

    def __init__(self, file: Path, what: str) -> None:
        super().__init__(
            f"{file} is damaged ({what}); keep it, take out what can be read with `clockpiece export`, and give the box"
            " a new card with `clockpiece replace-box`",
            disk_full=False,
        )
