"""Signs of life: when core and each counter were heard last. Machine time, so that a fast clock ends nothing early.

Only with these can a page tell a machine that stands from one whose counter nobody reads any more.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.link.messages import ValueShown
from kiosk_ui.screens.state import CORE_SILENT_S

COUNTER_SILENT_S = 15.0
"""A counter that stands still is told every 5 s (edge.field.counters); three missed, and nobody reads it."""


class Signs:
    """One thread hears, any thread asks. Nothing is silent before this page has listened for long enough to say so."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._begun_s = self._core_s = monotonic()
        self._recording = True
        self._values: dict[str, tuple[ValueShown, float]] = {}

    def core(self, *, recording: bool) -> None:
        self._core_s, self._recording = self._monotonic(), recording

    def value(self, shown: ValueShown) -> None:
        self._values[shown.machine] = (shown, self._monotonic())

    @property
    def core_works(self) -> bool:
        """Whether core lives and can store; nothing that a page shows is new otherwise."""
        return self._recording and self._monotonic() - self._core_s < CORE_SILENT_S

    def is_read(self, machine: str) -> bool:
        """Whether a counter of this machine was read of late, as far as one can know yet."""
        _shown, heard_s = self._values.get(machine, (None, self._begun_s))
        return self._monotonic() - heard_s < COUNTER_SILENT_S

    def value_at(self, machine: str) -> ValueShown | None:
        """What a counter there showed last; None once it is old, for an old value is never shown as if it were new."""
        shown, heard_s = self._values.get(machine, (None, 0.0))
        return shown if self._monotonic() - heard_s < COUNTER_SILENT_S else None

    def heard_us(self, machine: str) -> int | None:
        """The moment of the last reading that was heard, however old."""
        return self._values[machine][0].at.wall_us if machine in self._values else None
