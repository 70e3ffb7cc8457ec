"""A month of wage lines and days as a worker sees it at a kiosk. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hr.attendance.day import AttendanceDay
from hr.pay.lines import ActualPart, WageLine
from hr.pay.rules import explained
from sync.wire.payslip import Payslip, PayslipDay, PayslipLine, PayslipPart

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
) -> Payslip:
    """`asked_for` is the person key in the question, which may be one that a box has minted; `names` are those of
    whoever confirms."""
    known = sorted(lines, key=lambda line: (line.work_date, line.confirmed_at_us), reverse=True)
    sound = [line for line in known if explained(line)]
    priced = [line for line in sound if line.amount is not None]
    return Payslip(
        person=asked_for,
        month=month,
        made_us=made_us,
        good=sum(line.good for line in priced),
        amount=_text(sum((line.amount or Decimal(0) for line in priced), Decimal("0.00"))),
        unpriced=len(sound) - len(priced),
        unexplained=len(known) - len(sound),
        lines=[_line(line, names) for line in known],
        days=[PayslipDay(day.work_date, day.minutes, day.open) for day in days],
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
    )


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


def _text(value: Decimal) -> str:
    return format(value, "f")
