"""What the field needs of core, by shape; the real one is a client of core's socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from edge.link.messages import Answer, CardWanted, Command, SnapshotWanted


class CoreLink(Protocol):
    """The way to core. The real one is a client of core's socket."""

    async def submit(self, command: Command) -> Answer:
        """Waits until core has answered durably; sends again, with the same id, for as long as that takes."""

    async def post(self, command: Command, within_s: float) -> bool:
        """Sends once and never again; False when core was not there within `within_s`, and then nothing is kept."""

    def snapshots(self) -> AsyncIterator[SnapshotWanted]:
        """Core's requests for a fresh reading, as they come."""

    def cards(self) -> AsyncIterator[CardWanted]:
        """Core's requests to look for an identity card, as they come."""
