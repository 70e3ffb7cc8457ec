"""Which version of a price holds on a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class PriceView:
    """CNY per piece from `valid_from` on, until a later version."""

    product: str
    product_name: str
    operation: str
    operation_name: str
    valid_from: str
    price: Decimal


def in_force(versions: Iterable[PriceView], product: str, operation: str, date: str) -> PriceView | None:
    """The latest version that starts on or before `date`; None when there is none (PR-R9: unpriced)."""
    fitting = [
        each for each in versions if (each.product, each.operation) == (product, operation) and each.valid_from <= date
    ]
    return max(fitting, key=lambda each: each.valid_from, default=None)
