"""A worker's month in money as the ledger keeps it: pieces, overtime, an allowance, a deduction, and what waits."""

from __future__ import annotations

from decimal import Decimal

from hr.calendar.day_class import TimeClass
from hr.pay.periods.period import Entry, WorkTime
from hr.pay.rules.items import Form, Formula, Held, Hold, Item, Kind, Name, product
from hr.pay.rules.statement import Statement

D = Decimal
SEAL = ("gate-1", 1, 40)


def piece(
    day: int, quantity: int, amount: str, time_class: TimeClass = TimeClass.NORMAL, made_of: str = "P-28"
) -> Item:
    multiplier = D("1.5") if time_class is TimeClass.OT_WORKDAY else D(1)
    formula = Formula(
        (
            product(
                (Name.QUANTITY, D(quantity)),
                (Name.UNIT_PRICE, D("0.3500")),
                (Name.SKILL_COEFFICIENT, D("1.15")),
                (Name.MULTIPLIER, multiplier),
            ),
        )
    )
    return Item(
        Kind.PIECE,
        f"{day}/{time_class}",
        formula,
        D(amount),
        True,
        f"2026-11-{day:02d}",
        made_of,
        "PUNCH",
        "2026-10-01",
        time_class,
        (SEAL,),
    )


def entry(person: str = "p-zhang", number: str = "1017", name: str = "张敏") -> Entry:
    night = Formula((product((Name.PER_SHIFT, D(20)), (Name.SHIFTS, D(3))),))
    claim = Formula(
        (product((Name.CLAIM, D(50))), product((Name.GROSS, D("542.98")), (Name.CAP_RATIO, D("0.2")))), Form.LEAST
    )
    items = (
        piece(20, 480, "193.20"),
        piece(20, 480, "289.80", TimeClass.OT_WORKDAY),
        Item(Kind.NIGHT_ALLOWANCE, "night", night, D("60.00")),
        Item(Kind.DEDUCTION, "claim-1", claim, D("-50.00"), text="模具损坏"),
    )
    said = Statement(
        person,
        "2026-11",
        items,
        (Held(Hold.UNPRICED, D(200), "2026-11-21", "P-30", "PUNCH", facts=(("gate-1", 1, 41),)),),
        comparable=D("193.20"),
        gross=D("543.00"),
        deducted=D("50.00"),
    )
    work = WorkTime(2, {TimeClass.NORMAL: 960, TimeClass.OT_WORKDAY: 120})
    return Entry(number, name, "冲压一组", work, said)
