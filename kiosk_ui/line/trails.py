"""Remembers the day's readings of each machine, so that a page that refreshes itself reads only what is new."""

from __future__ import annotations

import threading

import msgspec

from edge.store.views import JournalViews
from kiosk_ui.line.strip import Point, Silence, Trail
from kiosk_ui.today import body
from sync.wire.facts import CounterReading, CounterRole, CounterStateChanged

LONGEST = 1000
"""Facts read at once. A machine that works round the clock makes some 300 readings a day."""


class _Known(msgspec.Struct):
    """`seq` is the last fact taken of each kind."""

    reading_seq: int = 0
    state_seq: int = 0
    points: list[tuple[str, Point]] = []
    silences: list[Silence] = []


class Trails:
    """For any thread."""

    def __init__(self, views: JournalViews) -> None:
        self._views = views
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def of(self, machine: str, since_us: int) -> Trail:
        """Since this moment, and the last reading before it. NotThereYet and NewerSchema pass through."""
        with self._lock:
            known = self._known.setdefault(machine, _Known())
            self._take_readings(machine, known)
            self._take_states(machine, known)
            _forget(known, since_us)
            # After a counter has been replaced, only the new one says what the machine does.
            counter = known.points[-1][0] if known.points else ""
            points = [point for name, point in known.points if name == counter]
            return Trail(points, tuple(known.silences))

    def _take_readings(self, machine: str, known: _Known) -> None:
        for fact in self._views.of_machine(CounterReading.__name__, machine, known.reading_seq, LONGEST):
            reading: CounterReading = body(fact)
            known.reading_seq = fact.seq
            # Whether a held one is to be believed is not known yet; rejects say nothing of whether a machine runs.
            if not reading.held and reading.role is CounterRole.PRODUCED:
                point = Point(fact.at.wall_us, reading.value, bool(reading.changes))
                known.points.append((reading.counter, point))

    def _take_states(self, machine: str, known: _Known) -> None:
        for fact in self._views.of_machine(CounterStateChanged.__name__, machine, known.state_seq, LONGEST):
            known.state_seq = fact.seq
            is_silent = bool(known.silences) and known.silences[-1].until_us is None
            if body(fact).state == "STALE" and not is_silent:
                known.silences.append(Silence(fact.at.wall_us, None))
            elif body(fact).state != "STALE" and is_silent:
                known.silences[-1] = known.silences[-1]._replace(until_us=fact.at.wall_us)


def _forget(known: _Known, since_us: int) -> None:
    """Lets go of what lies before `since_us`, but for the last reading there."""
    before = [place for place, (_counter, point) in enumerate(known.points) if point.at_us < since_us]
    known.points = known.points[before[-1] :] if before else known.points
    known.silences = [each for each in known.silences if each.until_us is None or each.until_us > since_us]
