"""Attendance days with everything that was said of them: taps, roster, leave, approvals, the calendar. Out of the
database into `judging.judge`, which decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hr.attendance import approvals, leaves, repairs, rosters, shift_rules
from hr.attendance.approvals import Approval
from hr.attendance.leaves import LeaveEntry
from hr.attendance.repairs import RepairState
from hr.attendance.revisions import Judged
from hr.attendance.rules import judging
from hr.attendance.rules.day import AttendanceDay
from hr.attendance.rules.given import Approved, DayInput, Leave, Who
from hr.attendance.rules.matters import Beyond
from hr.attendance.rules.shifts import LATEST_MIN, ShiftRule
from hr.attendance.rules.taps import Tap
from hr.attendance.service import of_people, shifted
from hr.calendar import store as calendars
from hr.calendar.day_class import Calendar
from hr.people.keys import Owners, owners
from hr.store.tables import person

Roster = Mapping[str, Mapping[str, tuple[ShiftRule, ...]]]
"""Shifts by person and work date; an empty tuple is a day off, no entry that nobody has rostered it."""

TAPS_BEFORE_DAYS, TAPS_AFTER_DAYS = 2, 1
"""A night that began the day before may end on the date, and what a box dates may lie beside."""


@dataclass(frozen=True)
class Sources:
    """What was said of a range of work dates, read once for everybody in it."""

    taps: Mapping[str, list[Tap]]
    roster: Roster
    leaves: Mapping[str, list[LeaveEntry]]
    approved: Mapping[tuple[str, str, Beyond], Approval]
    pending: Mapping[tuple[str, str], int]
    people: Mapping[str, Who]
    employed: frozenset[str]
    calendar: Calendar


def days(
    connection: Connection,
    zone: ZoneInfo,
    now_us: int,
    date_from: str,
    date_to: str,
    person_key: str | None = None,
    *,
    everybody: bool = False,
    team: str | None = None,
) -> list[Judged]:
    """Work dates from and to, both included; by date, then employee number.

    Days on which there is something: a tap, a shift, leave. With `everybody` each employed person has each day of the
    range, so that absences and rest days are there too. With `team` only its people are judged.
    """
    given = inputs(connection, zone, now_us, date_from, date_to, person_key, everybody=everybody, team=team)
    return [Judged(each, judging.judge(each)) for each in given]


def days_of(
    connection: Connection, zone: ZoneInfo, now_us: int, date_from: str, date_to: str, people: Iterable[str]
) -> dict[str, list[AttendanceDay]]:
    """The days of each of these people, by date: as many queries as for one of them. `people` are their own keys."""
    found: dict[str, list[AttendanceDay]] = {each: [] for each in people}
    sources = _sources(connection, date_from, date_to, found.keys())
    for given in _inputs(sources, zone, now_us, dates(date_from, date_to), everybody=False, team=None):
        found[given.person].append(judging.judge(given))
    return found


def inputs(
    connection: Connection,
    zone: ZoneInfo,
    now_us: int,
    date_from: str,
    date_to: str,
    person_key: str | None = None,
    *,
    everybody: bool = False,
    team: str | None = None,
) -> list[DayInput]:
    """What `days` judges, in its order."""
    who = None if person_key is None else {owners(connection)[person_key]}
    sources = _sources(connection, date_from, date_to, who)
    found = list(_inputs(sources, zone, now_us, dates(date_from, date_to), everybody=everybody, team=team))
    return sorted(found, key=lambda each: (each.work_date, each.who.number, each.person))


def dates(date_from: str, date_to: str) -> list[str]:
    first, last = date.fromisoformat(date_from), date.fromisoformat(date_to)
    return [(first + timedelta(days=each)).isoformat() for each in range((last - first).days + 1)]


def _sources(connection: Connection, date_from: str, date_to: str, who: Collection[str] | None) -> Sources:
    keys = owners(connection)
    first, last = shifted(date_from, -TAPS_BEFORE_DAYS), shifted(date_to, TAPS_AFTER_DAYS)
    columns = [person.c[each] for each in ("id", "name", "number", "team", "active")]
    rows = connection.execute(select(*columns).where(*([] if who is None else [person.c.id.in_(who)]))).all()
    asked = [each for each in repairs.between(connection, date_from, date_to, keys) if _among(each.person, who)]
    return Sources(
        taps=of_people(connection, keys, first, last, who),
        roster=_roster(connection, shifted(date_from, -1), last, who),
        leaves={
            whose: found
            for whose, found in _leaves(connection, keys, shifted(date_from, -1), last).items()
            if _among(whose, who)
        },
        approved=approvals.standing(approvals.history(connection, date_from, date_to, keys)),
        pending=_counted((each.person, each.work_date) for each in asked if each.state is RepairState.WAITING),
        people={row.id: Who(row.name, row.number, row.team) for row in rows},
        employed=frozenset(row.id for row in rows if row.active and _among(row.id, who)),
        calendar=calendars.load(connection),
    )


def _inputs(
    sources: Sources, zone: ZoneInfo, now_us: int, wanted: list[str], *, everybody: bool, team: str | None
) -> Iterator[DayInput]:
    around = {day: [shifted(day, each) for each in range(-TAPS_BEFORE_DAYS, TAPS_AFTER_DAYS + 1)] for day in wanted}
    people = set(sources.taps) | set(sources.roster) | set(sources.leaves) | (sources.employed if everybody else set())
    for who in people:
        if team is not None and sources.people.get(who, Who()).team != team:
            continue
        by_date: dict[str, list[Tap]] = defaultdict(list)
        for tap in sources.taps.get(who, ()):
            by_date[tap.work_date].append(tap)
        roster, entries = sources.roster.get(who, {}), sources.leaves.get(who, [])
        for day, beside in around.items():
            taps = tuple(tap for each in beside for tap in by_date.get(each, ()))
            # A tap that a box put beside the date may belong to a shift of it.
            has_taps = bool(by_date.get(day)) or bool(taps and any(roster.get(each) for each in beside))
            is_there = has_taps or bool(roster.get(day)) or any(each.covers(day) for each in entries)
            if not is_there and not (everybody and who in sources.employed):
                continue
            yield DayInput(
                who,
                day,
                taps,
                zone,
                sources.calendar,
                {each: roster[each] for each in beside[1:] if each in roster},
                tuple(_leave(entry, day, zone) for entry in entries if entry.covers(day)),
                _approved(sources, who, day),
                sources.pending.get((who, day), 0),
                sources.people.get(who, Who()),
                now_us,
            )


def _approved(sources: Sources, who: str, day: str) -> Approved:
    def minutes(kind: Beyond) -> int | None:
        found = sources.approved.get((who, day, kind))
        return None if found is None else found.decision.minutes

    return Approved(minutes(Beyond.OVERTIME), minutes(Beyond.EARLY), minutes(Beyond.UNSCHEDULED))


def _leave(entry: LeaveEntry, day: str, zone: ZoneInfo) -> Leave:
    """What an entry cuts of one work date, in moments: a whole day to the end of a shift that goes over midnight."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=zone)
    start, end = (midnight + timedelta(minutes=each) for each in (entry.start_min or 0, entry.end_min or LATEST_MIN))
    return Leave(entry.id, entry.kind.value, int(start.timestamp()) * 1_000_000, int(end.timestamp()) * 1_000_000)


def _leaves(connection: Connection, keys: Owners, date_from: str, date_to: str) -> dict[str, list[LeaveEntry]]:
    found: dict[str, list[LeaveEntry]] = defaultdict(list)
    for each in leaves.between(connection, date_from, date_to, keys):
        if each.stands:
            found[each.person].append(each)
    return found


def _roster(connection: Connection, date_from: str, date_to: str, who: Collection[str] | None) -> Roster:
    table = shift_rules.timetable(connection)
    found: dict[str, dict[str, tuple[ShiftRule, ...]]] = defaultdict(dict)
    for (whose, day), shifts in rosters.planned(connection, date_from, date_to, who).items():
        found[whose][day] = tuple(rule for each in shifts if (rule := table.on(each, day)) is not None)
    return found


def _among(person_key: str, who: Collection[str] | None) -> bool:
    """None is everybody."""
    return who is None or person_key in who


def _counted(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for each in keys:
        found[each] += 1
    return found
