"""Dates the taps whose clock may have been wrong, once more is known of their boots.

A fact is never changed. Where its effective time is another than its raw one, or nobody can be sure of it, an
amendment says so, and each later one says what the earlier had. A tap that a trusted clock stamped has none.
Moments are microseconds UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, select, text

from hr.clocks.boots import TOLERATED_US, anchor_rows, around, at_place
from hr.clocks.effective import Anchor, Basis, Boot, Effective, Timeline
from hr.people.records import shifts
from hr.store.tables import UNTRUSTED_TAP, amendment, boot, fact
from sync.wire.envelope import ClockState, Stamp
from sync.wire.reference_data import Shift
from sync.wire.workdate import work_date

MOST_BOOTS = 400
"""At most so many boots before the first that is due are read, where none of them is anchored: a bound that lies
further back says next to nothing."""


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
    first, last = around(connection, device, due[0].place, due[-1].place)
    # With the anchored one before and after: they are the bounds.
    window = (boot.c.device == device, boot.c.place.between(max(first - 1, due[0].place - MOST_BOOTS), last + 1))
    boots = connection.execute(select(boot).where(*window).order_by(boot.c.place)).all()
    numbered = _numbered(anchor_rows(connection, device, [row.boot_id for row in boots]))
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
        connection.execute(boot.update().where(at_place(device, row.place)).values(due_ns=None))
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


def _numbered(rows: Iterable[Row[Any]]) -> dict[Anchor, int]:
    return {Anchor(row.boot_id, row.boottime_ns, row.utc_us, row.within_us): row.number for row in rows}
