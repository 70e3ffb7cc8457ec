"""Which version of a price holds on a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

ONE = Decimal(1)


@dataclass(frozen=True)
class PriceView:
    """CNY for `price_per` pieces from `valid_from` on, until a later version.

    `mode`, `bands` ("500:0.5000;:0.6000"), `quota`, `base` and `per` are those of hr.pay.rules.rates.Tariff, as text.
    """

    product: str
    product_name: str
    operation: str
    operation_name: str
    valid_from: str
    price: Decimal
    price_per: Decimal = ONE
    mode: str = "FLAT"
    bands: str = ""
    quota: Decimal | None = None
    base: Decimal = Decimal(0)
    per: str = "DAY"

    @property
    def each(self) -> Decimal | None:
        """CNY for one piece; None where that depends on how many there are, or is no number that ends."""
        if self.mode != "FLAT":
            return None
        if self.price_per == ONE:
            return self.price
        single = (self.price / self.price_per).normalize()
        return single if single * self.price_per == self.price else None


def in_force(versions: Iterable[PriceView], product: str, operation: str, date: str) -> PriceView | None:
    """The latest version that starts on or before `date`; None when there is none (PR-R9: unpriced)."""
    fitting = [
        each for each in versions if (each.product, each.operation) == (product, operation) and each.valid_from <= date
    ]
    return max(fitting, key=lambda each: each.valid_from, default=None)
