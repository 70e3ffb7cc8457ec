"""What HR's signed receipts say of the time, noted where core reads it. An unsigned answer says nothing."""

from __future__ import annotations

from collections.abc import Callable

from sync.wire.anchors import ClockAnchor, is_news, measured
from sync.wire.envelope import Stamp


class Timekeeper:
    """`note` keeps an anchor for core; `last` is the one that is kept already."""

    def __init__(
        self, stamp: Callable[[], Stamp], note: Callable[[ClockAnchor], None], last: ClockAnchor | None = None
    ) -> None:
        self._stamp, self._note, self._last = stamp, note, last
        self._asked: Stamp | None = None
        self._answered: Stamp | None = None

    def asked(self) -> None:
        """A question goes out now."""
        self._asked, self._answered = self._stamp(), None

    def answered(self) -> None:
        """Its answer is whole now; whether it is believed is not yet known."""
        self._answered = self._stamp()

    def learn(self, server_time_us: int) -> None:
        """HR has signed that answer, and its clock said this."""
        if self._asked is None or self._answered is None:
            return
        anchor = measured(self._asked, self._answered, server_time_us)
        if anchor is not None and is_news(self._last, anchor):
            self._note(anchor)
            self._last = anchor
