"""Yuan, exactly. Pure.

Every amount is a Decimal of whole fen; what is inside a line is not rounded. A product is multiplied out before it is
divided once: the inputs have few digits, so the 28 digits of a Decimal hold each product whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
ZERO = Decimal(0)
ONE = Decimal(1)


def to_fen(value: Decimal) -> Decimal:
    """Rounded half up (PR-R2); a value below zero away from zero, so that an amount and its reversal cancel out."""
    return value.quantize(FEN, ROUND_HALF_UP)


def apportioned(whole: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """`whole`, a number of `unit`s, by weight: down to the unit, and what is left to the largest remainders, of equal
    ones to the earlier. The parts add up to the whole. ValueError when no weight is above zero."""
    total = sum(weights, ZERO)
    if total <= 0 or min(weights) < 0:
        raise ValueError("nobody has a weight")
    units = whole / unit
    # Exact: a product of Decimals, its whole quotient and the rest of it.
    divided = [divmod(units * weight, total) for weight in weights]
    left = int(units - sum((quotient for quotient, _rest in divided), ZERO))
    by_rest = sorted(range(len(weights)), key=lambda place: (-divided[place][1], place))
    more = set(by_rest[:left])
    return [(quotient + (place in more)) * unit for place, (quotient, _rest) in enumerate(divided)]
