"""The days that boxes have told of, compared with what HR's database holds of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, func, select

from hr.fleet.reconcile import DayRow, Held, compared, ordered, spans, untold
from hr.ingest import aside
from hr.ingest.aside import SetAside
from hr.kiosks import store as kiosks
from hr.kiosks.store import State
from hr.store.tables import fact, journal, kiosk_day
from sync.wire.envelope import Fact
from sync.wire.facts import AttendanceTap, MaterialActualRecorded, is_reject
from sync.wire.report import Report
from sync.wire.tally import DayTally

MAX_DAYS = 40
SUMS_KEPT = 5_000
DECODED = msgspec.json.Decoder(DayTally)
MADE = msgspec.json.Decoder(MaterialActualRecorded)
RECORD = msgspec.json.Decoder(Fact)


@dataclass(frozen=True)
class _Sums:
    facts: int
    taps: int
    counts: int
    pieces: int


def note(connection: Connection, device: str, report: Report, now_us: int) -> None:
    """Keeps what a report says of closed days. The caller holds the box's lock. A box that has been started anew
    may look back less far: what it told before of more facts stays."""
    for day in report.days:
        of = [kiosk_day.c.device == device, kiosk_day.c.epoch == day.epoch, kiosk_day.c.date == day.date]
        known = connection.scalar(select(kiosk_day.c.tally).where(*of))
        values = {"tally": msgspec.json.encode(day).decode(), "told_us": now_us}
        if known is None:
            connection.execute(kiosk_day.insert().values(device=device, epoch=day.epoch, date=day.date, **values))
        elif DECODED.decode(known).facts <= day.facts:
            connection.execute(kiosk_day.update().where(*of).values(**values))


class Reconciliation:
    """`zone` is the plant's, `clock` gives microseconds UTC. Sums over facts are kept in memory while nothing that they
    rest on can have changed."""

    def __init__(self, reading: Engine, zone: ZoneInfo, clock: Callable[[], int]) -> None:
        self._reading, self._zone, self._clock = reading, zone, clock
        self._sums: dict[tuple[str, DayTally, int, int], _Sums] = {}

    def rows(self, date_from: str, date_to: str) -> list[DayRow]:
        """Each box that is let in and each of these closed days, both included, at most MAX_DAYS; the newest first."""
        days = self._days(date_from, date_to)
        if not days:
            return []
        with self._reading.connect() as connection:
            ends = {(row.device, row.epoch): row.last_seq for row in connection.execute(select(journal))}
            records: dict[tuple[str, int], list[SetAside]] = defaultdict(list)
            for each in aside.listed(connection):
                records[each.device, each.epoch].append(each)
            found, told = [], defaultdict(set)
            query = select(kiosk_day).where(kiosk_day.c.date.between(days[0], days[-1]))
            for row in connection.execute(query).all():
                day, of = DECODED.decode(row.tally), (row.device, row.epoch)
                told[row.device].add(day.date)
                held = self._held(connection, row.device, day, ends.get(of, 0), records[of])
                found.append(compared(row.device, day, held))
            begun = select(kiosk_day.c.device, func.min(kiosk_day.c.date)).group_by(kiosk_day.c.device)
            first = {row[0]: row[1] for row in connection.execute(begun)}
            for kiosk in kiosks.listed(connection):
                if kiosk.state is State.ACCEPTED:
                    begins = first.get(kiosk.device, self._date(kiosk.asked_us))
                    found += untold(kiosk.device, told[kiosk.device], days, begins)
        return ordered(found)

    def _days(self, date_from: str, date_to: str) -> list[str]:
        """Closed ones, the oldest first."""
        last = min(date.fromisoformat(date_to), date.fromisoformat(self._date(self._clock())) - timedelta(days=1))
        first = max(date.fromisoformat(date_from), last - timedelta(days=MAX_DAYS - 1))
        return [(first + timedelta(days=each)).isoformat() for each in range((last - first).days + 1)]

    def _date(self, wall_us: int) -> str:
        return datetime.fromtimestamp(wall_us / 1e6, UTC).astimezone(self._zone).date().isoformat()

    def _held(self, connection: Connection, device: str, day: DayTally, last_seq: int, records: list[SetAside]) -> Held:
        end = min(last_seq, day.last)
        apart = [each for each in records if each.digest != aside.COMMAND and _is_of(each, day)]
        taken = sum(len(each.decisions) for each in records)
        key = (device, msgspec.structs.replace(day, signed=0), end, taken)
        if key not in self._sums:
            if len(self._sums) >= SUMS_KEPT:
                self._sums.clear()
            self._sums[key] = _summed(connection, device, day)
        sums = self._sums[key]
        in_use = _in_use(connection, device, day, [each.seq for each in apart])
        waits = {each.seq for each in apart if each.waits and each.seq not in in_use}
        left = {each.seq for each in apart if each.left and each.seq not in in_use} - waits
        short = sums.facts + len(waits) + len(left) < day.facts
        gaps = _missing(connection, device, day, end) - waits - left if short else set()
        return Held(
            last_seq,
            sums.facts,
            sums.taps,
            sums.counts,
            sums.pieces,
            spans(gaps),
            tuple(sorted(waits)),
            tuple(sorted(left)),
        )


def _is_of(record: SetAside, day: DayTally) -> bool:
    if not day.first <= record.seq <= day.last:
        return False
    return day.from_us <= RECORD.decode(record.fact).at.wall_us < day.to_us


def _of(device: str, day: DayTally) -> list[ColumnElement[bool]]:
    return [fact.c.device == device, fact.c.epoch == day.epoch, fact.c.seq.between(day.first, day.last)]


def _summed(connection: Connection, device: str, day: DayTally) -> _Sums:
    """Of the facts in use with the day's numbers and stamps."""
    within = [*_of(device, day), fact.c.wall_us >= day.from_us, fact.c.wall_us < day.to_us]
    kinds = select(fact.c.kind, func.count()).where(*within).group_by(fact.c.kind)
    found = {row[0]: row[1] for row in connection.execute(kinds)}
    counts = pieces = 0
    if MaterialActualRecorded.__name__ in found:
        bodies = select(fact.c.body).where(*within, fact.c.kind == MaterialActualRecorded.__name__)
        made = [each for body in connection.scalars(bodies) if not is_reject(each := MADE.decode(body))]
        counts, pieces = sum(each.counts for each in made), sum(each.quantity for each in made)
    return _Sums(sum(found.values()), found.get(AttendanceTap.__name__, 0), counts, pieces)


def _in_use(connection: Connection, device: str, day: DayTally, seqs: list[int]) -> set[int]:
    """Those of these numbers under which a fact is in use: what was set aside beside it is no part of the day."""
    if not seqs:
        return set()
    return set(connection.scalars(select(fact.c.seq).where(*_of(device, day), fact.c.seq.in_(seqs))))


def _missing(connection: Connection, device: str, day: DayTally, end: int) -> set[int]:
    held = connection.scalars(select(fact.c.seq).where(*_of(device, day)))
    return set(range(day.first, end + 1)) - set(held) if day.first else set()
