"""A month of wage lines and days as a worker sees it at a kiosk. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hr.attendance.rules.day import AttendanceDay
from hr.pay.periods.period import Entry
from hr.pay.rules.items import Item
from hr.pay.rules.lines import ActualPart, WageLine
from hr.pay.rules.questions import Question
from hr.pay.rules.statement import Statement
from hr.pay.rules.wage_line import explained
from sync.wire.payslip import Payslip, PayslipDay, PayslipFactor, PayslipItem, PayslipLine, PayslipPart, PayslipQuestion

ESTIMATED = "ESTIMATED"


def month_before(today: str, months_back: int) -> tuple[str, str]:
    """First and last date of the month that lies so many months before the one of `today`."""
    first = date.fromisoformat(today).replace(day=1)
    for _ in range(months_back):
        first = (first - timedelta(days=1)).replace(day=1)
    return first.isoformat(), first.replace(day=calendar.monthrange(first.year, first.month)[1]).isoformat()


def payslip(
    asked_for: str,
    month: str,
    made_us: int,
    lines: Iterable[WageLine],
    days: Iterable[AttendanceDay],
    names: Mapping[str, str],
    entry: Entry | None = None,
    questions: Iterable[Question] = (),
    *,
    closed: bool = False,
) -> Payslip:
    """`asked_for` is the person key in the question, which may be one that a box has minted; `names` are those of
    whoever confirms, or answers `questions`. A statement without an amount says nothing yet: then the lines speak for
    themselves. The sums of the working time are the `entry`'s, which a closed month keeps."""
    said = entry.statement if entry is not None and entry.statement.items else None
    known = sorted(lines, key=lambda line: (line.work_date, line.confirmed_at_us), reverse=True)
    sound = [line for line in known if explained(line)]
    priced = [line for line in sound if line.amount is not None]
    by_quantity = sum(line.by_quantity for line in sound)
    return Payslip(
        person=asked_for,
        month=month,
        made_us=made_us,
        good=sum(line.good for line in priced),
        amount=_text(sum((line.amount or Decimal(0) for line in priced), Decimal("0.00"))),
        unpriced=len(sound) - len(priced) - by_quantity,
        unexplained=len(known) - len(sound),
        lines=[_line(line, names) for line in known],
        days=[PayslipDay(day.work_date, day.paid_min, day.open) for day in days],
        items=_items(said, known) if said else [],
        gross=_text(said.gross) if said else None,
        deducted=_text(said.deducted) if said else None,
        net=_text(said.net) if said else None,
        held=len(said.held) if said else 0,
        closed=closed,
        questions=[_question(each, names) for each in questions],
        by_quantity=by_quantity,
        worked_days=entry.work.days if entry else None,
        paid_min=entry.work.paid if entry else None,
    )


def _items(said: Statement, lines: Iterable[WageLine]) -> list[PayslipItem]:
    """The newest first, and what is of the whole month before them."""
    called = {(line.product, line.operation): line for line in lines}
    return [_item(item, called) for item in sorted(said.items, key=_newest_first)]


def _newest_first(item: Item) -> tuple[bool, int]:
    return bool(item.work_date), -int(item.work_date.replace("-", "") or 0)


def _item(item: Item, called: Mapping[tuple[str, str], WageLine]) -> PayslipItem:
    line = called.get((item.product, item.operation))
    return PayslipItem(
        kind=item.kind.value,
        amount=_text(item.amount),
        work_date=item.work_date,
        product=(line.product_name if line else "") or item.product,
        operation=(line.operation_name if line else "") or item.operation,
        since=item.since,
        time_class=item.time_class.value if item.time_class else "",
        form=item.formula.form.value,
        terms=[
            [PayslipFactor(each.name.value, _text(each.value), each.over) for each in term]
            for term in item.formula.terms
        ],
        facts=[_id(*each) for each in item.facts],
        text=item.text,
    )


def _line(line: WageLine, names: Mapping[str, str]) -> PayslipLine:
    return PayslipLine(
        work_date=line.work_date,
        order=line.order,
        product=line.product_name or line.product,
        operation=line.operation_name or line.operation,
        good=line.good,
        unit_price=None if line.unit_price is None else _text(line.unit_price),
        amount=None if line.amount is None else _text(line.amount),
        explained=explained(line),
        confirmed_by=names.get(line.confirmed_by, ""),
        confirmed_us=line.confirmed_at_us,
        counted=line.counted,
        scrap_labour=line.scrap_labour,
        scrap_material=line.scrap_material,
        rework=line.rework,
        adjustment=line.adjustment,
        reason=line.reason,
        parts=[_part(part) for part in line.parts],
        fact=_id(line.device, line.epoch, line.seq),
        by_quantity=line.by_quantity,
    )


def _question(each: Question, names: Mapping[str, str]) -> PayslipQuestion:
    settled = "" if each.settled is None else each.settled.text
    return PayslipQuestion(each.line, each.asked_us, each.reply or "", names.get(each.by, ""), settled)


def _part(part: ActualPart) -> PayslipPart:
    spans = sorted(part.spans, key=lambda span: (span.from_epoch, span.from_seq))
    # Only an unbroken row of readings is worth the difference of its ends.
    whole = bool(spans) and all(span.counts == span.to_value - span.from_value for span in spans)
    unbroken = whole and all(
        (one.to_epoch, one.to_seq) == (two.from_epoch, two.from_seq) for one, two in pairwise(spans)
    )
    return PayslipPart(
        machine=part.machine_name or part.machine,
        quantity=part.quantity,
        whole=part.whole_quantity,
        estimated=part.basis == ESTIMATED,
        from_us=spans[0].from_wall_us if spans else None,
        to_us=spans[-1].to_wall_us if spans else None,
        first=spans[0].from_value if unbroken else None,
        last=spans[-1].to_value if unbroken else None,
    )


def _id(device: str, epoch: int, seq: int) -> str:
    return f"{device}/{epoch}/{seq}"


def _text(value: Decimal) -> str:
    return format(value, "f")
