"""A price as it is stored and typed, as the rules take it. Pure."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from hr.pay.rules.rates import Band, Mode, Tariff
from hr.pay.rules.settings import Per
from hr.pay.rules.tiers import TariffFault, faults
from hr.people.prices import PriceView
from hr.people.rejected import Rejected

WANTED = {
    TariffFault.PRICE_NOT_ABOVE_ZERO: ("price", "a price above zero, of each band too"),
    TariffFault.PRICE_PER_NOT_ABOVE_ZERO: ("price_per", "a number of pieces such as 1, 10, 100 or 1000"),
    TariffFault.BANDS_MISSING: ("bands", "bands such as 500:0.5000;800:0.6000;:0.7000"),
    TariffFault.BANDS_NOT_RISING: ("bands", "limits that rise, and none at the last band"),
    TariffFault.QUOTA_MISSING: ("quota", "a quota above zero: this kind of price measures by it"),
    TariffFault.BASE_BELOW_ZERO: ("base", "an amount that is not below zero"),
}
"""Column, and what is wanted there."""


def tariff_of(price: PriceView) -> Tariff:
    """ValueError, decimal.InvalidOperation for bands that are no such text."""
    return Tariff(
        price.valid_from,
        price.price,
        price.price_per,
        Mode(price.mode),
        bands_of(price.bands),
        price.quota,
        price.base,
        Per(price.per),
    )


def bands_of(text: str) -> tuple[Band, ...]:
    """ "500:0.5000;800:0.6000;:0.7000": up to which piece, and the price. ValueError, decimal.InvalidOperation."""
    pairs = (each.strip().split(":") for each in text.replace("：", ":").replace("；", ";").split(";") if each.strip())
    return tuple(Band(Decimal(up_to) if up_to else None, Decimal(price)) for up_to, price in pairs)


def bands_text(text: str) -> str:
    """The same in one spelling. ValueError, decimal.InvalidOperation."""
    limits = ("" if each.up_to is None else format(each.up_to, "f") for each in bands_of(text))
    return ";".join(f"{limit}:{each.price:f}" for limit, each in zip(limits, bands_of(text), strict=True))


def demand_usable(price: PriceView) -> None:
    """Rejected for a price that no quantity can be paid by, or that is no number for one piece."""
    try:
        tariff = tariff_of(price)
    except (ValueError, InvalidOperation) as error:
        raise Rejected("bands", price.bands, WANTED[TariffFault.BANDS_MISSING][1]) from error
    found = faults(tariff)
    if tariff.mode is Mode.FLAT and not found and price.each is None:
        found = [TariffFault.PRICE_PER_NOT_ABOVE_ZERO]
    for fault in found:
        column, wanted = WANTED[fault]
        raise Rejected(column, str(getattr(price, column) or 0), wanted)
