"""What each piece of a period costs where the price depends on how many there are (PR-R5). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from hr.pay.rules.money import ONE, ZERO, to_fen
from hr.pay.rules.rates import Band, Mode, Tariff


@dataclass(frozen=True, slots=True)
class Slice:
    """Pieces of one price. `made` against `standard` is what an EFFICIENCY price is multiplied by; ones elsewhere."""

    quantity: Decimal
    price: Decimal
    made: Decimal = ONE
    standard: Decimal = ONE


@dataclass(frozen=True, slots=True)
class Cliff:
    """Where one more piece changes the price of all: the pay for `at` pieces and for the next one."""

    at: Decimal
    below: Decimal
    above: Decimal

    @property
    def jump(self) -> Decimal:
        return self.above - self.below


class TariffFault(StrEnum):
    """Why a price cannot be taken as it was typed."""

    PRICE_NOT_ABOVE_ZERO = "PRICE_NOT_ABOVE_ZERO"
    PRICE_PER_NOT_ABOVE_ZERO = "PRICE_PER_NOT_ABOVE_ZERO"
    BANDS_MISSING = "BANDS_MISSING"
    BANDS_NOT_RISING = "BANDS_NOT_RISING"
    """The limits of the bands must rise, and only the last has none."""
    QUOTA_MISSING = "QUOTA_MISSING"
    BASE_BELOW_ZERO = "BASE_BELOW_ZERO"


BANDED = (Mode.MARGINAL, Mode.WHOLE)
BY_QUOTA = (Mode.OVER_QUOTA, Mode.CAPPED, Mode.EFFICIENCY)


def sliced(tariff: Tariff, quantities: Sequence[Decimal], abnormal: Decimal = ZERO) -> list[tuple[Slice, ...]]:
    """The slices of each quantity of one period, in the order they were made. Pieces that are not paid (in the quota of
    a base, or beyond a cap) are slices with the price 0, so that they stay visible. `abnormal`: pieces of the standard
    that could not be made, for EFFICIENCY alone."""
    match tariff.mode:
        case Mode.FLAT:
            return [(Slice(each, tariff.price),) for each in quantities]
        case Mode.WHOLE:
            price = _band_of(tariff.bands, sum(quantities, ZERO)).price
            return [(Slice(each, price),) for each in quantities]
        case Mode.EFFICIENCY:
            made = sum(quantities, ZERO) - abnormal
            standard = (tariff.quota or ZERO) - abnormal
            rises = ZERO < standard < made
            ratio = (made, standard) if rises else (ONE, ONE)
            return [(Slice(each, tariff.price, *ratio),) for each in quantities]
        case Mode.MARGINAL:
            return _in_turn(tariff.bands, quantities)
        case Mode.OVER_QUOTA:
            return _in_turn((Band(tariff.quota, ZERO), Band(None, tariff.price)), quantities)
        case Mode.CAPPED:
            return _in_turn((Band(tariff.quota, tariff.price), Band(None, ZERO)), quantities)


def cliffs(tariff: Tariff) -> list[Cliff]:
    """Where a whole-quantity price jumps: to be shown to whoever enters the table, and to the worker."""
    if tariff.mode is not Mode.WHOLE:
        return []
    found = []
    for band, following in zip(tariff.bands, tariff.bands[1:], strict=False):
        at = band.up_to or ZERO
        below, above = (to_fen(pieces * price / tariff.price_per) for pieces, price in _around(at, band, following))
        found.append(Cliff(at, below, above))
    return found


def faults(tariff: Tariff) -> list[TariffFault]:
    """What is wrong with a price as it was typed; nothing when it can be used."""
    limits = [band.up_to for band in tariff.bands]
    prices = [band.price for band in tariff.bands] if tariff.mode in BANDED else [tariff.price]
    rising = [each for each in limits[:-1] if each is not None]
    wrong = {
        TariffFault.BANDS_MISSING: tariff.mode in BANDED and not tariff.bands,
        TariffFault.BANDS_NOT_RISING: bool(limits)
        and (limits[-1] is not None or len(rising) < len(limits) - 1 or rising != sorted({ZERO, *rising} - {ZERO})),
        TariffFault.PRICE_NOT_ABOVE_ZERO: any(price <= 0 for price in prices),
        TariffFault.PRICE_PER_NOT_ABOVE_ZERO: tariff.price_per <= 0,
        TariffFault.QUOTA_MISSING: tariff.mode in BY_QUOTA and (tariff.quota is None or tariff.quota <= 0),
        TariffFault.BASE_BELOW_ZERO: tariff.base < 0,
    }
    return [fault for fault, found in wrong.items() if found]


def _around(at: Decimal, band: Band, following: Band) -> list[tuple[Decimal, Decimal]]:
    return [(at, band.price), (at + ONE, following.price)]


def _band_of(bands: Sequence[Band], quantity: Decimal) -> Band:
    """The band a quantity ends in; its limit is included."""
    return next(band for band in bands if band.up_to is None or quantity <= band.up_to)


def _in_turn(bands: Sequence[Band], quantities: Sequence[Decimal]) -> list[tuple[Slice, ...]]:
    """Each quantity goes on in the bands where the one before it has ended."""
    result, begun = [], ZERO
    for quantity in quantities:
        slices, lower = [], ZERO
        for band in bands:
            upper = begun + quantity if band.up_to is None else band.up_to
            inside = min(upper, begun + quantity) - max(lower, begun)
            if inside > 0:
                slices.append(Slice(inside, band.price))
            lower = upper
        result.append(tuple(slices))
        begun += quantity
    return result
