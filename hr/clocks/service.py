"""What a person says of the time of a tap, and what HR has thought of it so far. Moments are microseconds UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, select, text

from hr.clocks.boots import LATEST_US, SAID_AT_HR, TOLERATED_US, Said, anchor_rows, boot_of, keep
from hr.clocks.dating import settle
from hr.clocks.effective import Anchor, Basis
from hr.store.tables import UNTRUSTED_TAP, amendment, clock_anchor, fact
from settings import Mendable
from sync.wire.envelope import plain_text

CONFIRMED_WITHIN_US = 60_000_000
LONGEST_REASON = 200


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
    keep(connection, tap.device, here.place, Said(known, SAID_AT_HR, said.said_by), now_us, reason)
    return settle(connection, zone, now_us, tap.device)


def confirmable(connection: Connection, device: str, epoch: int, seq: int) -> tuple[Row[Any], Row[Any]]:
    """A tap and its boot, of which no server has said when it was. Unconfirmable for any other."""
    where = (fact.c.device == device, fact.c.epoch == epoch, fact.c.seq == seq)
    tap = connection.execute(select(fact).where(*where, text(UNTRUSTED_TAP))).first()
    here = None if tap is None else boot_of(connection, tap.device, tap.boot_id)
    if tap is None or here is None:
        raise Unconfirmable("this is no tap of a clock that may be wrong; nothing is to be confirmed")
    if any(row.source in ("server", "ntp") for row in anchor_rows(connection, tap.device, [tap.boot_id])):
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
