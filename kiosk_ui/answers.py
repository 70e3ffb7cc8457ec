"""What a panel says about one answer: read from the journal and the reference data, without words.

The words are in the templates; times are wall time in microseconds, durations seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from edge.store.views import JournalViews
from kiosk_ui import dayline, today
from kiosk_ui.screens.own_shifts import OwnShifts, own_shifts
from sync.wire import workdate
from sync.wire.envelope import Fact
from sync.wire.facts import (
    AttendanceTap,
    CounterReading,
    CounterRole,
    Direction,
    DirectionChosen,
    Ended,
    LogOnShown,
    MaterialActualAssigned,
    MaterialActualRecorded,
    Outcome,
    PersonnelLogOff,
    PersonnelLogOn,
)
from sync.wire.reference_data import Directory, Order, Person, Role, Shift

LOOK_BACK_US = 40 * 3600 * 1_000_000
REPEAT_WINDOW_US = 60 * 1_000_000
SESSIONS = 200
"""So many log-ons and log-offs of a machine are looked at: no session outlives its shift."""

PANEL_WIDTH, IDLE_WIDTH = 672.0, 752.0
TAP_KINDS = AttendanceTap | PersonnelLogOn | PersonnelLogOff | LogOnShown


class Sources(msgspec.Struct, frozen=True):
    """Where an answer's words come from.

    `figures` False leaves out what needs a whole day's facts: a tap's answer must not wait for it. `who` gives the name
    of a person key, or nothing.
    """

    views: JournalViews
    directory: Directory
    zone: ZoneInfo
    figures: bool
    who: Callable[[str], str]


class Attendance(msgspec.Struct, frozen=True):
    """Of the tap's work date.

    `since_us`: the tap that counts, when this one did not; `again_us`: from when on the next one will. `tap`: the fact
    of the one that counts, where the person may still say that he came, or went; `direction`: what it is taken for.
    `own`: what is planned for the person on the date of the tap and the next.
    """

    line: dayline.DayLine
    shift: Shift | None
    worked_s: int = 0
    pieces: int = 0
    estimate: Decimal | None = None
    yesterday: int = 0
    since_us: int | None = None
    again_us: int | None = None
    tap: int | None = None
    direction: Direction | None = None
    own: OwnShifts | None = None


class AtMachine(msgspec.Struct, frozen=True):
    """`counter`: its value at the change, None until the fresh reading is in. `pieces`: of the session that ended.

    `missing`: kinds of clearance that the person lacks. `others`: who is logged on, when there is no place left.
    """

    name: str
    order: Order | None = None
    counter: int | None = None
    pieces: int = 0
    ended: str | None = None
    missing: list[str] = []
    others: list[str] = []


class AnswerView(msgspec.Struct, frozen=True):
    """`name` is empty for an unknown badge, whose last four characters are then in `card`."""

    at_us: int
    name: str = ""
    card: str = ""
    supervisor: str = ""
    attendance: Attendance | None = None
    machine: AtMachine | None = None


def answer_view(fact: Fact, sources: Sources) -> AnswerView:
    """Raises NotThereYet or NewerSchema when the journal cannot be read."""
    fact, tap = _tapped(fact, sources.views)
    person = sources.directory.person(tap.person) if tap.person else None
    view = AnswerView(
        at_us=fact.at.wall_us,
        name=sources.who(tap.person) if tap.person else "",
        card=(getattr(tap, "badge", None) or "")[-4:],
        supervisor=_supervisor_of(person, sources.directory),
    )
    if isinstance(tap, AttendanceTap):
        return msgspec.structs.replace(view, attendance=_attendance(fact, tap, sources))
    return msgspec.structs.replace(view, machine=_at_machine(fact, tap, sources))


def _tapped(fact: Fact, views: JournalViews) -> tuple[Fact, TAP_KINDS]:
    """The tap that an answer is of: itself, or the one whose direction the person has just chosen."""
    said: TAP_KINDS | DirectionChosen = today.body(fact)
    if not isinstance(said, DirectionChosen):
        return fact, said
    tap = views.facts([said.tap])[0]
    return tap, msgspec.structs.replace(today.body(tap), direction=said.direction)


def _supervisor_of(person: Person | None, directory: Directory) -> str:
    """The name of whoever leads the person's team; empty when it is not clear who."""
    leaders = [each for each in directory.reference.people if each.role is Role.SUPERVISOR]
    same = [each for each in leaders if person and each.team and each.team == person.team and each.id != person.id]
    found = same or (leaders if len(leaders) == 1 else [])
    return found[0].name if found else ""


# --- attendance -----------------------------------------------------------------------------------


def _attendance(fact: Fact, tap: AttendanceTap, sources: Sources) -> Attendance:
    views, now_us = sources.views, fact.at.wall_us
    taps = []
    if tap.person:
        taps = today.effective_taps(views.of_person(tap.person, now_us - LOOK_BACK_US), tap.work_date)
        taps = [each for each in taps if each[1] <= now_us]
    day = today.stretches(taps)
    began_us = taps[0][1] if taps else now_us
    shifts = workdate.on(sources.directory.shifts, date.fromisoformat(tap.work_date))
    shift = shift_at(minutes_of(began_us, tap.work_date, sources.zone), shifts)
    pieces = _pieces(tap, tap.work_date, sources) if tap.direction is Direction.OUT else {}
    yesterday = (date.fromisoformat(tap.work_date) - timedelta(days=1)).isoformat()
    since_us = _since(tap, taps, views)
    return Attendance(
        line=_panel_line(day, shift, tap, now_us, sources.zone),
        shift=shift,
        worked_s=today.worked_s(day),
        pieces=sum(pieces.values()),
        estimate=today.estimate(pieces, lambda order: _price(order, sources.directory)),
        yesterday=sum(_pieces(tap, yesterday, sources).values()) if tap.direction is Direction.IN else 0,
        since_us=since_us,
        again_us=since_us + REPEAT_WINDOW_US if since_us is not None else None,
        tap=fact.seq if tap.effective else tap.repeats,
        direction=tap.direction,
        own=own_shifts(sources.directory, tap.person, local_date(now_us, sources.zone)) if tap.person else None,
    )


def _since(tap: AttendanceTap, taps: list[tuple[Direction, int]], views: JournalViews) -> int | None:
    """When the tap that this one only showed again was made."""
    if tap.effective:
        return None
    repeated = views.facts([tap.repeats]) if tap.repeats is not None else []
    if repeated:
        return repeated[0].at.wall_us
    return taps[-1][1] if taps else None


def _pieces(tap: AttendanceTap, work_date: str, sources: Sources) -> dict[str | None, int]:
    if not tap.person or not sources.figures:
        return {}
    kinds = [MaterialActualRecorded.__name__, MaterialActualAssigned.__name__]
    actuals = sources.views.of_work_date(work_date, kinds)
    return today.pieces_by_order(actuals, tap.person)


def _price(order_id: str, directory: Directory) -> str | None:
    order = directory.order(order_id)
    return order.price if order else None


def _panel_line(
    day: Sequence[today.Stretch], shift: Shift | None, tap: AttendanceTap, now_us: int, zone: ZoneInfo
) -> dayline.DayLine:
    def minute(wall_us: int | None) -> float | None:
        return None if wall_us is None else minutes_of(wall_us, tap.work_date, zone)

    now = minutes_of(now_us, tap.work_date, zone)
    counted = tap.effective
    return dayline.draw(
        dayline.Day(
            plans=[dayline.Plan(shift.start_min, shift.end_min)] if shift else [],
            spans=[dayline.Span(minute(each.start_us), minute(each.end_us)) for each in day],
            now_min=now if counted and tap.direction is Direction.IN else None,
            ghost_min=None if counted else now,
        ),
        PANEL_WIDTH,
    )


def idle_line(now_us: int, shifts: Sequence[Shift], zone: ZoneInfo) -> dayline.DayLine:
    """The site's day: every shift by name, and now."""
    local = datetime.fromtimestamp(now_us / 1e6, UTC).astimezone(zone)
    now = local.hour * 60 + local.minute
    ordered = sorted(workdate.on(shifts, local.date()), key=lambda each: each.start_min)
    if ordered and now < ordered[0].start_min and any(each.end_min - 1440 > now for each in ordered):
        now += 1440  # the night shift that began yesterday is still running
    plans = [dayline.Plan(each.start_min, each.end_min, each.name) for each in ordered]
    return dayline.draw(dayline.Day(plans=plans, now_min=now), IDLE_WIDTH)


def shift_at(minute: float, shifts: Sequence[Shift]) -> Shift | None:
    """The shift whose time holds this minute, else the one that starts or ends nearest to it."""
    return min(shifts, key=lambda each: _distance(minute, each), default=None)


def _distance(minute: float, shift: Shift) -> tuple[float, float]:
    outside = max(shift.start_min - minute, minute - shift.end_min, 0)
    return outside, min(abs(shift.start_min - minute), abs(shift.end_min - minute))


def minutes_of(wall_us: int, work_date: str, zone: ZoneInfo) -> float:
    """Minutes after local midnight of the work date; above 1440 on the next day."""
    local = datetime.fromtimestamp(wall_us / 1e6, UTC).astimezone(zone)
    days = (local.date() - date.fromisoformat(work_date)).days
    return days * 1440 + local.hour * 60 + local.minute + local.second / 60


# --- machines -------------------------------------------------------------------------------------


def _at_machine(fact: Fact, tap: PersonnelLogOn | PersonnelLogOff | LogOnShown, sources: Sources) -> AtMachine:
    directory = sources.directory
    known = directory.machine(tap.machine)
    order_id = getattr(tap, "order", None)
    view = AtMachine(
        name=known.name if known else tap.machine,
        order=directory.order(order_id) if order_id else None,
        counter=_counter_at(fact, tap.machine, sources.views),
    )
    if isinstance(tap, LogOnShown) and tap.outcome in (Outcome.NOT_CLEARED, Outcome.NO_PLACE):
        others = [sources.who(key) or "?" for key in people_on(tap.machine, sources.views)]
        return msgspec.structs.replace(view, missing=tap.missing, others=others)
    if isinstance(tap, PersonnelLogOff):
        return msgspec.structs.replace(view, pieces=_session(fact, tap, sources))
    return _with_hand_over(view, fact, tap, sources)


def _counter_at(fact: Fact, machine: str, views: JournalViews) -> int | None:
    """The reading taken for this change, or for the log-off that the same tap caused; None until it is there."""
    readings: list[CounterReading] = [
        today.body(each) for each in views.of_machine(CounterReading.__name__, machine, fact.seq, SESSIONS)
    ]
    return next((each.value for each in reversed(readings) if each.role is CounterRole.PRODUCED), None)


def _session(fact: Fact, log_off: PersonnelLogOff, sources: Sources) -> int:
    """Pieces of the whole session, also of one that began on an earlier work date."""
    if not sources.figures:
        return 0
    began = sources.views.facts([log_off.log_on])
    first_us = began[0].at.wall_us if began else fact.at.wall_us
    days = {local_date(moment, sources.zone) for moment in (first_us, fact.at.wall_us)}
    days.add(min(days) - timedelta(days=1))  # a night shift belongs to the date it began on
    actuals = [
        actual
        for day in sorted(days)
        for actual in sources.views.of_work_date(day.isoformat(), [MaterialActualRecorded.__name__])
    ]
    return today.session_pieces(actuals, log_off)


def _with_hand_over(view: AtMachine, fact: Fact, tap: PersonnelLogOn | LogOnShown, sources: Sources) -> AtMachine:
    """Adds who was at the machine before, when this very tap ended his session."""
    ended = sources.views.latest(PersonnelLogOff.__name__, tap.machine)
    if ended is None or ended.command != fact.command:
        return view
    log_off: PersonnelLogOff = today.body(ended)
    if log_off.ended_by is not Ended.HAND_OVER:
        return view
    pieces = _session(ended, log_off, sources)
    return msgspec.structs.replace(view, ended=sources.who(log_off.person), pieces=pieces)


def people_on(machine: str, views: JournalViews) -> list[str]:
    """The keys of all who are logged on, in the order in which they came."""
    ended = {body.log_on for body in map(today.body, views.of_machine(PersonnelLogOff.__name__, machine, 0, SESSIONS))}
    begun = views.of_machine(PersonnelLogOn.__name__, machine, 0, SESSIONS)
    return list(dict.fromkeys(today.body(fact).person for fact in begun if fact.seq not in ended))


def local_date(wall_us: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(wall_us / 1e6, UTC).astimezone(zone).date()
