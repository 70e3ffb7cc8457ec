"""What is known of each boot of a box: what facts and people say of its time, and which taps are to be dated for it.

Each call is part of somebody else's transaction. Moments are microseconds UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, select

from hr.clocks.effective import Anchor, anchor_of
from hr.store.tables import boot, clock_anchor
from sync.wire.envelope import ClockState, Fact, plain_text
from sync.wire.facts import Body, ClockAnchored

TOLERATED_US = 2_000_000
"""A raw time this near to the effective one stands: nothing is amended for it."""

SAID_AT_HR = "hr"
LATEST_US = 4_102_444_800_000_000
"""2100-01-01. Nothing a box says of the time is believed beyond it."""

EVERYTHING_NS = -(2**63) + 1
_UNTRUSTED = frozenset({ClockState.NONE, ClockState.RTC, ClockState.SUPERVISOR})


class Said(NamedTuple):
    """An anchor as a fact or a person brought it."""

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
    here = boot_of(connection, first.device, boot_id)
    latest_ns = max(each.at.boottime_ns for each, _ in facts)
    due_ns = min((each.at.boottime_ns for each, _ in facts if _is_untrusted(each)), default=None)
    if here is None:
        place = _begin(connection, first, latest_ns, due_ns)
    else:
        place = here.place
        dues = [each for each in (here.due_ns, due_ns) if each is not None]
        changed = {"last_ns": max(here.last_ns, latest_ns), "due_ns": min(dues, default=None)}
        if changed != {"last_ns": here.last_ns, "due_ns": here.due_ns}:
            connection.execute(boot.update().where(at_place(first.device, place)).values(changed))
    for said in _anchors(facts, has_one=here is not None and here.anchored):
        keep(connection, first.device, place, said, now_us)


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


def _anchors(facts: Iterable[tuple[Fact, Body]], *, has_one: bool) -> Iterator[Said]:
    """What the facts of one boot say; of a clock that is synchronised all the time, once."""
    for each, body in facts:
        if isinstance(body, ClockAnchored):
            if 0 < body.utc_us < LATEST_US and 0 <= body.within_us < LATEST_US:
                known = Anchor(each.at.boot_id, each.at.boottime_ns, body.utc_us, body.within_us)
                has_one = True
                yield Said(known, body.source.value, plain_text(body.by, 64))
        elif not has_one and (synchronised := anchor_of(each.at)) is not None and 0 < synchronised.utc_us < LATEST_US:
            has_one = True
            yield Said(synchronised, ClockState.NTP.value, "")


def keep(connection: Connection, device: str, place: int, said: Said, now_us: int, reason: str = "") -> None:
    """Keeps an anchor. Of its boot all taps are dated anew, or those since the last anchor if the two agree; so are
    the boots around it as far as the next ones with an anchor."""
    anchor = said.anchor
    before = [row for row in anchor_rows(connection, device, [anchor.boot_id]) if row.boottime_ns <= anchor.boottime_ns]
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
    connection.execute(boot.update().where(at_place(device, place)).values(anchored=True))
    _mark(connection, device, *around(connection, device, place, place))


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


def around(connection: Connection, device: str, first: int, last: int) -> tuple[int, int]:
    """The first and last place of the boots that what is known of these tells something about."""
    anchored = (boot.c.device == device, boot.c.anchored)
    before = connection.scalar(select(func.max(boot.c.place)).where(*anchored, boot.c.place < first))
    after = connection.scalar(select(func.min(boot.c.place)).where(*anchored, boot.c.place > last))
    newest = connection.scalar(select(func.max(boot.c.place)).where(boot.c.device == device)) or last
    return (before or 0) + 1, newest if after is None else after - 1


def boot_of(connection: Connection, device: str, boot_id: str) -> Row[Any] | None:
    """None of one that HR has not heard of."""
    return connection.execute(select(boot).where(boot.c.device == device, boot.c.boot_id == boot_id)).first()


def anchor_rows(connection: Connection, device: str, boot_ids: list[str]) -> list[Row[Any]]:
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


def at_place(device: str, place: int) -> Any:
    """The condition for one boot of a box."""
    return and_(boot.c.device == device, boot.c.place == place)


def _is_untrusted(each: Fact) -> bool:
    return each.kind == "AttendanceTap" and each.at.clock in _UNTRUSTED
