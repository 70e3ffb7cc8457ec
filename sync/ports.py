"""What `sync` needs from the rest of the box, by shape; clockpiece.py hands the real ones in."""

from __future__ import annotations

from typing import Protocol

from sync.wire import Fact


class FactSource(Protocol):
    """The journal, read only."""

    def after(self, seq: int, limit: int) -> list[Fact]:
        """Facts after `seq`, oldest first. May raise NotThereYet until core has made the journal."""
