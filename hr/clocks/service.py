"""Effective times out of the database: what is known of each boot, and the taps that are dated otherwise for it.

A fact is never changed. Where its effective time is another than its raw one, or nobody can be sure of it, an
amendment says so, and each later one says what the earlier had. A tap that a trusted clock stamped has none.
Moments are microseconds UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, select, text

from hr.clocks.effective import Anchor, Basis, Boot, Effective, Timeline, anchor_of
from hr.people.records import shifts
from hr.store.tables import UNTRUSTED_TAP, amendment, boot, clock_anchor, fact
from settings import Mendable
from sync.wire.envelope import ClockState, Fact, Stamp, plain_text
from sync.wire.facts import Body, ClockAnchored
from sync.wire.reference_data import Shift
from sync.wire.workdate import work_date

TOLERATED_US = 2_000_000
"""A raw time this near to the effective one stands: nothing is amended for it."""

SAID_AT_HR = "hr"
CONFIRMED_WITHIN_US = 60_000_000
LATEST_US = 4_102_444_800_000_000
"""2100-01-01. Nothing a box says of the time is believed beyond it."""

EVERYTHING_NS = -(2**63) + 1
MOST_BOOTS = 400
"""So many boots before the one in question tell how a real-time clock drifts; more would say no more."""

LONGEST_REASON = 200
_UNTRUSTED = frozenset({ClockState.NONE, ClockState.RTC, ClockState.SUPERVISOR})


class Unconfirmable(Mendable):
    """The time of this record cannot be confirmed by hand."""


@dataclass(frozen=True)
class Amendment:
    """What HR thought of a tap's time from `made_us` on. `source` of the anchor is empty where other boots dated it;
    `said_by` and `reason` are those of a person's anchor."""

    before_us: int
    before_date: str
    after_us: int
    after_date: str
    within_us: int
    basis: Basis
    made_us: int
    source: str = ""
    said_by: str = ""
    reason: str = ""


# --- what facts say of the time -------------------------------------------------------------------


class _Said(NamedTuple):
    """An anchor as a fact brought it."""

    anchor: Anchor
    source: str
    said_by: str


def note(connection: Connection, stored: Sequence[tuple[Fact, Body]], now_us: int) -> None:
    """Keeps what new facts of one box say about its boots, and marks the taps that `settle` has to date."""
    by_boot: dict[str, list[tuple[Fact, Body]]] = defaultdict(list)
    for each in stored:
        by_boot[each[0].at.boot_id].append(each)
    for boot_id, facts in by_boot.items():
        _note_boot(connection, boot_id, facts, now_us)


def _note_boot(connection: Connection, boot_id: str, facts: list[tuple[Fact, Body]], now_us: int) -> None:
    first = facts[0][0]
    here = _boot(connection, first.device, boot_id)
    latest_ns = max(each.at.boottime_ns for each, _ in facts)
    due_ns = min((each.at.boottime_ns for each, _ in facts if _is_untrusted(each)), default=None)
    if here is None:
        place = _begin(connection, first, latest_ns, due_ns)
    else:
        place = here.place
        dues = [each for each in (here.due_ns, due_ns) if each is not None]
        changed = {"last_ns": max(here.last_ns, latest_ns), "due_ns": min(dues, default=None)}
        if changed != {"last_ns": here.last_ns, "due_ns": here.due_ns}:
            connection.execute(boot.update().where(_is(first.device, place)).values(changed))
    for said in _anchors(facts, has_one=here is not None and here.anchored):
        _keep(connection, first.device, place, said, now_us)


def _begin(connection: Connection, first: Fact, latest_ns: int, due_ns: int | None) -> int:
    """A boot that HR has not heard of. If its clock says when it began, those before it whose clocks did not are
    bounded by it from now on."""
    last = connection.scalar(select(func.max(boot.c.place)).where(boot.c.device == first.device)) or 0
    connection.execute(
        boot.insert().values(
            device=first.device,
            place=last + 1,
            boot_id=first.at.boot_id,
            first_ns=first.at.boottime_ns,
            last_ns=latest_ns,
            wall_us=first.at.wall_us,
            clock=first.at.clock.value,
            anchored=False,
            due_ns=due_ns,
        )
    )
    if first.at.clock is not ClockState.NONE:
        known = (boot.c.clock != ClockState.NONE.value) | boot.c.anchored
        since = connection.scalar(
            select(func.max(boot.c.place)).where(boot.c.device == first.device, known, boot.c.place <= last)
        )
        _mark(connection, first.device, (since or 0) + 1, last)
    return last + 1


def _anchors(facts: Iterable[tuple[Fact, Body]], *, has_one: bool) -> Iterator[_Said]:
    """What the facts of one boot say; of a clock that is synchronised all the time, once."""
    for each, body in facts:
        if isinstance(body, ClockAnchored):
            if 0 < body.utc_us < LATEST_US and 0 <= body.within_us < LATEST_US:
                known = Anchor(each.at.boot_id, each.at.boottime_ns, body.utc_us, body.within_us)
                has_one = True
                yield _Said(known, body.source.value, plain_text(body.by, 64))
        elif not has_one and (synchronised := anchor_of(each.at)) is not None and 0 < synchronised.utc_us < LATEST_US:
            has_one = True
            yield _Said(synchronised, ClockState.NTP.value, "")


def _keep(connection: Connection, device: str, place: int, said: _Said, now_us: int, reason: str = "") -> None:
    """Keeps an anchor. Of its boot all taps are dated anew, or those since the last anchor if the two agree; so are
    the boots around it as far as the next ones with an anchor."""
    anchor = said.anchor
    before = [
        row for row in _anchor_rows(connection, device, [anchor.boot_id]) if row.boottime_ns <= anchor.boottime_ns
    ]
    last = max(before, key=lambda row: row.boottime_ns, default=None)
    number = connection.scalar(
        select(func.max(clock_anchor.c.number)).where(
            clock_anchor.c.device == device, clock_anchor.c.boot_id == anchor.boot_id
        )
    )
    connection.execute(
        clock_anchor.insert().values(
            device=device,
            boot_id=anchor.boot_id,
            number=(number or 0) + 1,
            boottime_ns=anchor.boottime_ns,
            utc_us=anchor.utc_us,
            within_us=anchor.within_us,
            source=said.source,
            noted_us=now_us,
            said_by=said.said_by,
            reason=reason,
        )
    )
    if last is not None and last.source == said.source and _agree(last, anchor):
        _mark(connection, device, place, place, last.boottime_ns)
        return
    connection.execute(boot.update().where(_is(device, place)).values(anchored=True))
    _mark(connection, device, *_around(connection, device, place, place))


def _agree(last: Row[Any], anchor: Anchor) -> bool:
    passed_us = (anchor.boottime_ns - last.boottime_ns) // 1000
    unsure_us = TOLERATED_US + last.within_us + anchor.within_us
    return bool(abs(anchor.utc_us - last.utc_us - passed_us) <= unsure_us)


def _mark(connection: Connection, device: str, first: int, last: int, since_ns: int = EVERYTHING_NS) -> None:
    """The taps of these boots from `since_ns` on are to be dated anew."""
    due = boot.c.due_ns
    connection.execute(
        boot.update()
        .where(boot.c.device == device, boot.c.place.between(first, last), due.is_(None) | (due > since_ns))
        .values(due_ns=since_ns)
    )


def _around(connection: Connection, device: str, first: int, last: int) -> tuple[int, int]:
    """The first and last place of the boots that what is known of these tells something about."""
    anchored = (boot.c.device == device, boot.c.anchored)
    before = connection.scalar(select(func.max(boot.c.place)).where(*anchored, boot.c.place < first))
    after = connection.scalar(select(func.min(boot.c.place)).where(*anchored, boot.c.place > last))
    newest = connection.scalar(select(func.max(boot.c.place)).where(boot.c.device == device)) or last
    return (before or 0) + 1, newest if after is None else after - 1


# --- dating taps ----------------------------------------------------------------------------------


def settle(connection: Connection, zone: ZoneInfo, now_us: int, device: str | None = None) -> int:
    """Dates all taps that are due, of one box or of all; says how many it amended.

    The newest boot of a box waits while nothing is known of its time: an anchor may be on its way.
    """
    wanted = [boot.c.due_ns.is_not(None), *([boot.c.device == device] if device is not None else [])]
    rows = connection.execute(select(boot).where(*wanted).order_by(boot.c.device, boot.c.place)).all()
    due: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        due[row.device].append(row)
    known_shifts = shifts(connection) if due else []
    return sum(_settle_box(connection, boots, zone, known_shifts, now_us) for boots in due.values())


def _settle_box(
    connection: Connection, due: list[Row[Any]], zone: ZoneInfo, known_shifts: list[Shift], now_us: int
) -> int:
    device = due[0].device
    first, last = _around(connection, device, due[0].place, due[-1].place)
    # With the anchored one before and after: they are the bounds.
    window = (boot.c.device == device, boot.c.place.between(max(first - 1, due[0].place - MOST_BOOTS), last + 1))
    boots = connection.execute(select(boot).where(*window).order_by(boot.c.place)).all()
    numbered = _numbered(_anchor_rows(connection, device, [row.boot_id for row in boots]))
    timeline = Timeline(
        (Boot(row.boot_id, row.first_ns, row.last_ns, row.wall_us, ClockState(row.clock)) for row in boots), numbered
    )
    newest = connection.scalar(select(func.max(boot.c.place)).where(boot.c.device == device))
    made, calendar = 0, _Calendar(zone, known_shifts)
    for row in due:
        if row.place == newest and timeline.basis(row.boot_id) is Basis.BOUNDED:
            continue
        dated = (_amended(tap, timeline, numbered, calendar, now_us) for tap in _taps(connection, row))
        amendments = [each for each in dated if each is not None]
        _amend(connection, amendments)
        made += len(amendments)
        connection.execute(boot.update().where(_is(device, row.place)).values(due_ns=None))
    return made


class _Calendar(NamedTuple):
    zone: ZoneInfo
    shifts: list[Shift]

    def date(self, moment_us: int) -> str:
        return work_date(moment_us, self.zone, self.shifts).isoformat()


def _amended(
    tap: Row[Any], timeline: Timeline, numbered: dict[Anchor, int], calendar: _Calendar, now_us: int
) -> dict[str, Any] | None:
    """The amendment of one tap; None where there is nothing new to say. `tap` comes with the one that stands."""
    at = Stamp(tap.boot_id, tap.boottime_ns, tap.wall_us, ClockState(tap.clock))
    effective = timeline.effective(at)
    before = (tap.wall_us, tap.work_date) if tap.number is None else (tap.after_us, tap.after_date)
    if not _is_news(tap, effective, before[0]):
        return None
    near = timeline.anchor(at)
    return {
        "device": tap.device,
        "epoch": tap.epoch,
        "seq": tap.seq,
        "number": (tap.number or 0) + 1,
        "standing": True,
        "before_us": before[0],
        "before_date": before[1] or "",
        "after_us": effective.utc_us,
        "after_date": calendar.date(effective.utc_us),
        "within_us": effective.within_us,
        "basis": effective.basis.value,
        "anchor": None if near is None else numbered[near],
        "made_us": now_us,
    }


def _amend(connection: Connection, amendments: list[dict[str, Any]]) -> None:
    """Writes them; each takes the place of the one that stood."""
    earlier = [{"d": each["device"], "e": each["epoch"], "s": each["seq"]} for each in amendments if each["number"] > 1]
    if earlier:
        one = (
            amendment.c.device == bindparam("d"),
            amendment.c.epoch == bindparam("e"),
            amendment.c.seq == bindparam("s"),
        )
        connection.execute(amendment.update().where(*one, amendment.c.standing).values(standing=False), earlier)
    if amendments:
        connection.execute(amendment.insert(), amendments)


def _is_news(tap: Row[Any], effective: Effective, before_us: int) -> bool:
    if abs(effective.utc_us - before_us) > TOLERATED_US:
        return True
    was_bounded = tap.basis == Basis.BOUNDED.value
    if was_bounded != (effective.basis is Basis.BOUNDED):
        return True
    return bool(was_bounded and tap.within_us != effective.within_us)


# --- what a person says, and what is shown --------------------------------------------------------


class Confirmation(NamedTuple):
    """A person at HR says when a tap really was; that dates the whole boot. `said_by`: the account."""

    device: str
    epoch: int
    seq: int
    utc_us: int
    said_by: str
    reason: str


def confirm(connection: Connection, said: Confirmation, zone: ZoneInfo, now_us: int) -> int:
    """Says how many taps it amended. Unconfirmable for a record that is no tap, or whose time is known better."""
    reason = plain_text(said.reason, LONGEST_REASON).strip()
    if not reason:
        raise Unconfirmable("say why: who was there, or what shows it")
    if not 0 < said.utc_us < min(now_us + TOLERATED_US, LATEST_US):
        raise Unconfirmable("a tap cannot lie in the future; check date and time")
    tap, here = confirmable(connection, said.device, said.epoch, said.seq)
    known = Anchor(tap.boot_id, tap.boottime_ns, said.utc_us, CONFIRMED_WITHIN_US)
    _keep(connection, tap.device, here.place, _Said(known, SAID_AT_HR, said.said_by), now_us, reason)
    return settle(connection, zone, now_us, tap.device)


def confirmable(connection: Connection, device: str, epoch: int, seq: int) -> tuple[Row[Any], Row[Any]]:
    """A tap and its boot, of which no server has said when it was. Unconfirmable for any other."""
    where = (fact.c.device == device, fact.c.epoch == epoch, fact.c.seq == seq)
    tap = connection.execute(select(fact).where(*where, text(UNTRUSTED_TAP))).first()
    here = None if tap is None else _boot(connection, tap.device, tap.boot_id)
    if tap is None or here is None:
        raise Unconfirmable("this is no tap of a clock that may be wrong; nothing is to be confirmed")
    if any(row.source in ("server", "ntp") for row in _anchor_rows(connection, tap.device, [tap.boot_id])):
        raise Unconfirmable("the time of this tap is known from a server; nothing is to be confirmed")
    return tap, here


def history(connection: Connection, device: str, epoch: int, seq: int) -> list[Amendment]:
    """All that was amended of one fact, the oldest first."""
    key = (amendment.c.device == device, amendment.c.epoch == epoch, amendment.c.seq == seq)
    query = (
        select(amendment, clock_anchor.c.source, clock_anchor.c.said_by, clock_anchor.c.reason)
        .join(fact, and_(*(fact.c[each] == amendment.c[each] for each in ("device", "epoch", "seq"))))
        .outerjoin(
            clock_anchor,
            and_(
                clock_anchor.c.device == fact.c.device,
                clock_anchor.c.boot_id == fact.c.boot_id,
                clock_anchor.c.number == amendment.c.anchor,
            ),
        )
        .where(*key)
        .order_by(amendment.c.number)
    )
    return [
        Amendment(
            row.before_us,
            row.before_date,
            row.after_us,
            row.after_date,
            row.within_us,
            Basis(row.basis),
            row.made_us,
            row.source or "",
            row.said_by or "",
            row.reason or "",
        )
        for row in connection.execute(query)
    ]


def _is_untrusted(each: Fact) -> bool:
    return each.kind == "AttendanceTap" and each.at.clock in _UNTRUSTED


def _is(device: str, place: int) -> Any:
    return and_(boot.c.device == device, boot.c.place == place)


def _boot(connection: Connection, device: str, boot_id: str) -> Row[Any] | None:
    return connection.execute(select(boot).where(boot.c.device == device, boot.c.boot_id == boot_id)).first()


def _taps(connection: Connection, of: Row[Any]) -> Sequence[Row[Any]]:
    """The taps of a boot that are due, each with the amendment that stands."""
    names = ("device", "epoch", "seq", "boot_id", "boottime_ns", "wall_us", "clock", "work_date")
    standing = [amendment.c[each] for each in ("number", "after_us", "after_date", "within_us", "basis")]
    of_fact = [fact.c[each] == amendment.c[each] for each in ("device", "epoch", "seq")]
    query: Select[Any] = (
        select(*(fact.c[each] for each in names), *standing)
        .outerjoin(amendment, and_(*of_fact, amendment.c.standing))
        .where(fact.c.device == of.device, fact.c.boot_id == of.boot_id, fact.c.boottime_ns >= of.due_ns)
        .where(text(UNTRUSTED_TAP))
    )
    return connection.execute(query).all()


def _anchor_rows(connection: Connection, device: str, boot_ids: list[str]) -> list[Row[Any]]:
    """In the order they came. Of what HR's people said about a boot only the last holds, and no supervisor's word
    beside it."""
    query = select(clock_anchor).where(clock_anchor.c.device == device, clock_anchor.c.boot_id.in_(boot_ids))
    rows = connection.execute(query.order_by(clock_anchor.c.number)).all()
    said = {row.boot_id: row.number for row in rows if row.source == SAID_AT_HR}
    return [
        row
        for row in rows
        if row.boot_id not in said or row.source in ("server", "ntp") or row.number == said[row.boot_id]
    ]


def _numbered(rows: Iterable[Row[Any]]) -> dict[Anchor, int]:
    return {Anchor(row.boot_id, row.boottime_ns, row.utc_us, row.within_us): row.number for row in rows}
