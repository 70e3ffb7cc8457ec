"""What a line of bytes is to the drivers, whatever it runs over."""

from __future__ import annotations

from typing import Protocol


class PortLost(Exception):
    """The line is not there (any more). The text is for the electrician; the mend is to open it again."""


class Port(Protocol):
    """An open line. One task reads it; `close` may come at any time and more than once."""

    @property
    def name(self) -> str:
        """What stands in the configuration, for messages."""

    async def read(self) -> bytes:
        """Waits for at least one byte and returns what has come. PortLost when the line goes or is closed."""

    async def write(self, data: bytes) -> None:
        """Returns when the line has taken all bytes. PortLost when the line goes or is closed."""

    def close(self) -> None:
        """Lets the line go and wakes whoever waits on it."""
