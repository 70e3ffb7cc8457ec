"""When taps were that a wrong clock has dated."""

from __future__ import annotations

from hr.clocks import service as clocks
from hr.clocks.service import Amendment, Confirmation
from hr.office import Office
from hr.store import lock_box


class ClockDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def amendments(self, device: str, epoch: int, seq: int) -> list[Amendment]:
        """What HR has thought of the time of one tap, the oldest first; nothing where its own time stands."""
        with self._office.reading.connect() as connection:
            return clocks.history(connection, device, epoch, seq)

    def time_is_open(self, device: str, epoch: int, seq: int) -> bool:
        """Whether a person may say when this tap was, because no server has."""
        with self._office.reading.connect() as connection:
            try:
                clocks.confirmable(connection, device, epoch, seq)
            except clocks.Unconfirmable:
                return False
        return True

    def confirm_time(self, said: Confirmation) -> int:
        """Dates the whole boot of a tap by what a person says; how many taps it amended. clocks.Unconfirmable."""
        with self._office.receiving.begin() as connection:
            lock_box(connection, said.device)
            return clocks.confirm(connection, said, self._office.zone, self._office.clock())
