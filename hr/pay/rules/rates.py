"""Prices, and the quantities they are for (PR-R1 to R4, R9). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import FactId, Hold
from hr.pay.rules.money import ONE, ZERO
from hr.pay.rules.settings import LocalSettings, Per


class Mode(StrEnum):
    """How a price depends on how many there are (PR-R5)."""

    FLAT = "FLAT"
    MARGINAL = "MARGINAL"
    """超额累进: each band's price for the pieces in it."""
    WHOLE = "WHOLE"
    """全额: the price of the band that the last piece is in, for all."""
    OVER_QUOTA = "OVER_QUOTA"
    """超定额: `base` for the quota, the price for what goes beyond."""
    CAPPED = "CAPPED"
    """限额: nothing beyond the quota; the excess stays visible."""
    EFFICIENCY = "EFFICIENCY"
    """浮动: beyond the standard quantity the price rises with what was made against it."""


@dataclass(frozen=True, slots=True)
class Band:
    """`up_to` is included; None for the last."""

    up_to: Decimal | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Tariff:
    """The price of one product and operation from `valid_from` on: yuan for `price_per` pieces.

    `quota`: of a day or a month (`per`): what OVER_QUOTA, CAPPED and EFFICIENCY measure by, and of a day what the
    overtime gate QUOTA does. `bands` are of MARGINAL and WHOLE, which do not use `price`.
    """

    valid_from: str
    price: Decimal
    price_per: Decimal = ONE
    mode: Mode = Mode.FLAT
    bands: tuple[Band, ...] = ()
    quota: Decimal | None = None
    base: Decimal = ZERO
    per: Per = Per.DAY


@dataclass(frozen=True, slots=True)
class Made:
    """Pieces of a sealed quantity that were counted in one time class on one calendar date, before it was sorted into
    good and scrap. `comp_leave`: on a rest day for which another one is given. `hold`: why they have no class that
    they could be paid by; never None where `time_class` is."""

    time_class: TimeClass | None
    quantity: Decimal
    calendar_date: str
    comp_leave: bool = False
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class PieceLine:
    """One sealed quantity of one person, as far as it is about money.

    `made` says how the counted pieces fall on time classes; the payable ones are spread alike. Rework is paid when it
    has come back good, as the good of a later line. `pool`: the team's pool that it goes into instead. `abnormal`:
    pieces of the standard quantity that could not be made, through no fault of the person, which EFFICIENCY leaves out.
    """

    fact: FactId
    work_date: str
    product: str
    operation: str
    good: Decimal
    made: tuple[Made, ...]
    material_scrap: Decimal = ZERO
    labour_scrap: Decimal = ZERO
    rework: Decimal = ZERO
    abnormal: Decimal = ZERO
    pool: str = ""
    proven: bool = True


def payable(line: PieceLine, settings: LocalSettings) -> Decimal:
    """Good pieces; scrap by material only where that is agreed; scrap by labour and pending rework never (PR-R3)."""
    return line.good + line.material_scrap if settings.pay_material_scrap else line.good
