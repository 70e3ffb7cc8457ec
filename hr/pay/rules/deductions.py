"""What may be taken from a month for losses somebody caused (PR-R10). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from hr.pay.rules.items import Factor, Form, Formula, Item, Kind, Name, Product, Rounding, amount_of
from hr.pay.rules.money import ZERO
from hr.pay.rules.month import Claim


def deducted(
    claims: Iterable[Claim], gross: Decimal, cap_ratio: Decimal, minimum_month: Decimal
) -> tuple[list[Item], dict[str, Decimal]]:
    """The deductions and what each claim could not get, by its key, to be carried over.

    All together at most `cap_ratio` of gross, and what is left not below the local minimum wage of a month
    (工资支付暂行规定 art. 16). Claims go by their keys, so an older one goes first where keys are in order of time.
    """
    items: list[Item] = []
    carried: dict[str, Decimal] = {}
    taken = ZERO
    cap = Factor(Name.GROSS, gross), Factor(Name.CAP_RATIO, cap_ratio)
    for claim in sorted({each.key: each for each in claims}.values(), key=lambda each: each.key):
        by_ratio: Product = (Factor(Name.BELOW_CAP, gross * cap_ratio - taken),) if taken else cap
        above = Factor(Name.ABOVE_MINIMUM, gross - minimum_month - taken)
        terms = ((Factor(Name.CLAIM, claim.amount),), by_ratio, (above,))
        formula = Formula(terms, Form.LEAST, Rounding.DOWN)
        amount = amount_of(formula)
        items.append(Item(Kind.DEDUCTION, claim.key, formula, -amount, documents=(claim.key,), text=claim.reason))
        taken += amount
        if claim.amount > amount:
            carried[claim.key] = claim.amount - amount
    return items, carried
