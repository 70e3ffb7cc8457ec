"""The count of a device that tells of each piece and keeps no count itself; the session is passed in.

It begins at 0 with each start of the service, and that is a new session: core knows a restart at once and guesses
nothing, and what was counted since is what was made since.
"""

from __future__ import annotations

from typing import Final

from edge.devices.family import CounterValue
from sync.wire.envelope import Stamp

KEEP_S: Final = 5
"""Nobody else holds such a count: while it moves a reading is a fact so often, and no more than that can be lost."""


class OwnCount:
    """`pieces` since the service started."""

    def __init__(self, session: int) -> None:
        self.pieces = 0
        self._session = session
        self._told = False

    def add(self, pieces: int = 1) -> None:
        self.pieces += pieces

    def value(self, at: Stamp) -> CounterValue:
        """The first one is 0, whatever was counted by then: the baseline of a counter that core has never seen."""
        value = self.pieces if self._told else 0
        self._told = True
        return CounterValue(at, value, f"{value:08X}", self._session)
