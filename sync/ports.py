"""What `sync` needs from the rest of the box, by shape; cli/run.py hands the real ones in."""

from __future__ import annotations

from typing import Protocol

from sync.wire.envelope import Fact


class FactSource(Protocol):
    """The journals of this box, read only; one of each epoch. May raise NotThereYet until core has made the first."""

    def epochs(self) -> list[int]:
        """Those that belong to this box's own history, oldest first; facts are added to the last one only."""

    def of_epoch(self, epoch: int, seq: int, limit: int) -> list[Fact]:
        """Facts of one epoch after `seq`, oldest first."""

    def head_of(self, epoch: int) -> int:
        """The last seq of one epoch; 0 for an empty journal, and for one whose file is not here."""

    def sealed_records(self, limit: int) -> list[tuple[str, int, bytes]]:
        """Sealed records that this box still holds: person key, seq of the PersonRegistered fact, and the bytes."""
