"""Who may be told what at a kiosk, and the record of it. HR answers for a tap that it holds, and for nothing else.

So whoever has taken a box away must write a tap into that person's hours for each question, where it is seen; he gets
two months of one person for it, and so many questions an hour; and after the box is revoked, nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from hr.attendance import judged
from hr.office import Office
from hr.pay import questions
from hr.pay import service as pay
from hr.pay.payslips.slip import month_before, payslip
from hr.pay.periods.desk import PeriodDesk
from hr.people.keys import owners
from hr.store import lock_box
from hr.store.tables import fact, payslip_asking, person
from sync.wire.facts import AttendanceTap
from sync.wire.payslip import Payslip, PayslipAsked, PayTrouble

TAP_GOOD_US = 600_000_000
"""Counted from when HR has stored the tap, so by one clock."""
PER_TAP = 6
PER_HOUR = 120
"""From one box. A person needs about half a minute before the screen."""
HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Asking:
    """One answer that was given, or `refused` because the tap was not this person's. `person` is HR's own key."""

    device: str
    epoch: int
    tap: int
    person: str
    month: str
    asked_us: int
    refused: bool


class PayslipDesk:
    """Answers boxes. Thread-safe: each call has connections of its own."""

    def __init__(self, office: Office, periods: PeriodDesk) -> None:
        self._reading, self._receiving = office.reading, office.receiving
        self._clock, self._today, self._zone = office.now_us, office.today, office.zone
        self._entry, self._closed = periods.entry, periods.is_closed

    def answer(self, device: str, asked: PayslipAsked) -> Payslip | PayTrouble:
        """It is on record before anything of it is told."""
        first, last = month_before(self._today(), asked.months_back)
        now_us = self._clock()
        with self._receiving.begin() as connection:
            lock_box(connection, device)
            trouble = _noted(connection, device, asked, first[:7], now_us)
        if trouble is not None:
            return trouble
        with self._reading.connect() as connection:
            keys = owners(connection)
            whose = keys[asked.person]
            lines = pay.lines(connection, first, last, whose)
            days = [each.day for each in judged.days(connection, self._zone, now_us, first, last, whose)]
            asked_before = questions.between(connection, first, last, whose)
            of = {line.confirmed_by for line in lines} | {each.by for each in asked_before if each.by}
            rows = connection.execute(select(person.c.id, person.c.name).where(person.c.id.in_({keys[k] for k in of})))
            names = {row.id: row.name for row in rows}
        entry, closed = self._entry(first[:7], whose), self._closed(first)
        confirming = {key: names.get(keys[key], "") for key in of}
        return payslip(asked.person, first[:7], now_us, lines, days, confirming, entry, asked_before, closed=closed)

    def askings(self, of_person: str, limit: int = 50) -> list[Asking]:
        """When somebody's pay was asked for at a kiosk, the newest first."""
        query = select(payslip_asking).where(payslip_asking.c.person == of_person)
        with self._reading.connect() as connection:
            rows = connection.execute(query.order_by(payslip_asking.c.asked_us.desc()).limit(limit)).all()
        return [Asking(*(getattr(row, name) for name in Asking.__dataclass_fields__)) for row in rows]


def _noted(connection: Connection, device: str, asked: PayslipAsked, month: str, now_us: int) -> PayTrouble | None:
    """Writes the question down; None when it may be answered."""
    tap = connection.execute(
        select(fact.c.kind, fact.c.person, fact.c.received_us).where(
            fact.c.device == device, fact.c.epoch == asked.epoch, fact.c.seq == asked.tap
        )
    ).first()
    if tap is None:
        return PayTrouble.TAP_WANTED
    recent = payslip_asking.c.asked_us > now_us - HOUR_US
    by_box = select(func.count()).select_from(payslip_asking).where(payslip_asking.c.device == device)
    for_tap = by_box.where(payslip_asking.c.epoch == asked.epoch, payslip_asking.c.tap == asked.tap)
    number = connection.scalar(for_tap) or 0
    if number >= PER_TAP or (connection.scalar(by_box.where(recent)) or 0) >= PER_HOUR:
        return PayTrouble.TOO_MANY
    keys = owners(connection)
    own = tap.kind == AttendanceTap.__name__ and tap.person is not None and keys[tap.person] == keys[asked.person]
    refused = not own or now_us - tap.received_us > TAP_GOOD_US
    values = {"device": device, "epoch": asked.epoch, "tap": asked.tap, "number": number + 1}
    values |= {"person": keys[asked.person], "month": month, "asked_us": now_us, "refused": refused}
    connection.execute(payslip_asking.insert().values(values))
    return PayTrouble.NOT_HIS_TAP if refused else None
