"""What a box made on each day, counted from its own journal, so that HR can say whether it holds the same. Pure.

A day is a date of the plant by the stamp as it was captured, not the work date: readings and log-ons have none. HR
counts what it holds of the same numbers by the same stamps, so a wrong clock changes nothing in the comparison.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from sync.wire.envelope import Fact
from sync.wire.facts import AttendanceTap, CounterReading, MaterialActualRecorded, Reading, Step, is_reject

MAX_DAYS = 40
"""So many days are told at most, the newest; longer than any outage that is planned for."""

REMEMBERED_READINGS = 1000
"""A stretch begins at the reading of its counter before, and far fewer counters hang at a box."""

Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Moment = Annotated[int, msgspec.Meta(gt=-(2**53), lt=2**53)]


class DayTally(msgspec.Struct, frozen=True):
    """One day of one journal. Facts with a stamp in [`from_us`, `to_us`), between these numbers, both included; both 0
    for a day without any.

    `read`: counts between the readings that the pieces rest on, taken from the readings' own values. `counts`,
    `pieces`: what MaterialActualRecorded says, rejects left out. `signed`: up to which number HR has signed for them.
    """

    date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    epoch: Count
    from_us: Moment
    to_us: Moment
    first: Count = 0
    last: Count = 0
    facts: Count = 0
    taps: Count = 0
    read: Count = 0
    counts: Count = 0
    pieces: Count = 0
    signed: Count = 0


class Tally:
    """Adds up facts of one journal, given in order; msgspec.ValidationError for one that is not of its kind."""

    def __init__(self, epoch: int, zone: ZoneInfo) -> None:
        self.epoch = epoch
        self._zone = zone
        self._days: dict[str, DayTally] = {}
        self._readings: OrderedDict[int, CounterReading] = OrderedDict()
        self._read_to: dict[str, int] = {}

    def add(self, fact: Fact) -> None:
        day = self._day_of(fact.at.wall_us)
        read = counts = pieces = 0
        if fact.kind == CounterReading.__name__:
            self._keep(fact.seq, msgspec.convert(fact.body, CounterReading))
        elif fact.kind == MaterialActualRecorded.__name__:
            made = msgspec.convert(fact.body, MaterialActualRecorded)
            if not is_reject(made):
                read, counts, pieces = self._read(made), made.counts, made.quantity
        self._days[day.date] = msgspec.structs.replace(
            day,
            first=day.first or fact.seq,
            last=fact.seq,
            facts=day.facts + 1,
            taps=day.taps + (fact.kind == AttendanceTap.__name__),
            read=day.read + read,
            counts=day.counts + counts,
            pieces=day.pieces + pieces,
        )

    @property
    def days(self) -> list[DayTally]:
        return list(self._days.values())

    def _keep(self, seq: int, reading: CounterReading) -> None:
        self._readings[seq] = reading
        if len(self._readings) > REMEMBERED_READINGS:
            self._readings.popitem(last=False)

    def _read(self, made: MaterialActualRecorded) -> int:
        """What the readings say that this fact names, unless an earlier fact has named them already."""
        total = 0
        for span in made.readings:
            start, end = self._readings.get(span.from_seq), self._readings.get(span.to_seq)
            of = end.counter if end is not None else made.machine
            if span.to_seq <= self._read_to.get(of, 0):
                continue
            self._read_to[of] = span.to_seq
            same = start is not None and end is not None and start.counter == end.counter
            # One that was captured before this tally began cannot be compared.
            total += counts_between(span, start, end) if same and start and end else span.counts
        return total

    def _day_of(self, wall_us: int) -> DayTally:
        day = date_of(wall_us, self._zone)
        return self._days.get(day) or empty(day, self.epoch, self._zone)


def closed(tallies: Sequence[Tally], now_us: int, zone: ZoneInfo) -> list[DayTally]:
    """The days but today of the journals of a box, the oldest first, at most MAX_DAYS. A later day on which nothing was
    captured is an empty day of the newest journal."""
    today = date_of(now_us, zone)
    found = [day for each in tallies for day in each.days if day.date != today]
    known = {day.date for day in found}
    for back in range(1, MAX_DAYS + 1):
        day = (date.fromisoformat(today) - timedelta(days=back)).isoformat()
        if known and min(known) < day and day not in known:
            found.append(empty(day, tallies[-1].epoch, zone))
    return sorted(found, key=lambda each: (each.date, each.epoch))[-MAX_DAYS:]


def empty(day: str, epoch: int, zone: ZoneInfo) -> DayTally:
    begins, after = (date.fromisoformat(day) + timedelta(days=each) for each in (0, 1))
    from_us, to_us = (int(datetime.combine(each, time(), zone).timestamp()) * 1_000_000 for each in (begins, after))
    return DayTally(day, epoch, from_us, to_us)


def date_of(wall_us: int, zone: ZoneInfo) -> str:
    """The plant's date of a stamp."""
    return datetime.fromtimestamp(wall_us / 1e6, UTC).astimezone(zone).date().isoformat()


def counts_between(reading: Reading, start: CounterReading, end: CounterReading) -> int:
    """The counts of a stretch from the values of its two readings alone (AB-R1, AB-R2)."""
    difference = end.value - start.value
    match reading.step:
        case Step.BASELINE:
            return 0
        case Step.NORMAL:
            return difference
        case Step.ROLLOVER:
            return difference + end.modulus
        case Step.RESET | Step.RESET_INFERRED:
            return end.value
        case Step.IMPLAUSIBLE:
            onward = difference if difference >= 0 else difference + end.modulus
            return end.value if reading.counts == end.value else onward
