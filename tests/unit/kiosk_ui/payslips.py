"""What HR says of somebody's pay."""

from __future__ import annotations

import threading
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sync.wire.payslip import Payslip, PayslipAnswer, PayslipAsked, PayslipDay, PayslipLine, PayslipPart, PayTrouble

DEADLINE_S = 10.0


def _us(day: int, clock_time: str) -> int:
    local = datetime.fromisoformat(f"2026-11-{day:02d}T{clock_time}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return int(local.timestamp() * 1e6)


def line(day: int, good: int, price: str | None = "0.2200", **changes: object) -> PayslipLine:
    values: dict[str, object] = {
        "work_date": f"2026-11-{day:02d}",
        "order": "MO-1118",
        "product": "不锈钢铰链 H-40/2 左",
        "operation": "二次冲孔",
        "good": good,
        "unit_price": price,
        "amount": None if price is None else str((good * Decimal(price)).quantize(Decimal("0.01"))),
        "explained": True,
        "confirmed_by": "王建国",
        "confirmed_us": _us(day, "17:12:00"),
        "counted": good + 6,
        "scrap_labour": 6,
        "parts": [
            PayslipPart(
                "数控冲床 03 号机", 261, 261, False, _us(day, "08:02:00"), _us(day, "11:58:00"), 48_210, 48_471
            ),
            PayslipPart("冲床 04", good + 6 - 261, 2_000, True, _us(day, "12:31:00"), _us(day, "17:00:00")),
        ],
    }
    return PayslipLine(**(values | changes))  # type: ignore[arg-type]  # a table of defaults


def payslip(person: str, month: str = "2026-11", days: int = 22) -> Payslip:
    """A full month: most lines priced, one without a price, one that does not add up."""
    lines = [line(day, 1_000 + day) for day in range(days, 2, -1)]
    lines += [line(2, 261, None), line(1, 40, explained=False)]
    priced = lines[:-2]
    return Payslip(
        person=person,
        month=month,
        made_us=_us(23, "07:52:00"),
        good=sum(each.good for each in priced),
        amount=str(sum((Decimal(each.amount or "0") for each in priced), Decimal("0.00"))),
        unpriced=1,
        unexplained=1,
        lines=lines,
        days=[PayslipDay(f"2026-11-{day:02d}", 540, open=False) for day in range(1, days + 1)],
    )


class FakeSync:
    """Gives a payslip, a trouble, or, while it is `held`, nothing yet."""

    def __init__(self) -> None:
        self.asked: list[PayslipAsked] = []
        self.trouble: PayTrouble | None = None
        self.free = threading.Event()
        self.free.set()

    def __call__(self, asked: PayslipAsked) -> PayslipAnswer:
        self.asked.append(asked)
        self.free.wait(DEADLINE_S)
        if self.trouble is not None:
            return PayslipAnswer(trouble=self.trouble)
        return PayslipAnswer(payslip(asked.person, "2026-10" if asked.months_back else "2026-11"))
