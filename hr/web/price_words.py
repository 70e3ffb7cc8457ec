"""A price in words: what one piece costs, or how that depends on how many there are."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext

from hr.pay.rules.rates import Mode
from hr.pay.rules.tiers import cliffs
from hr.pay.terms.tariffs import tariff_of
from hr.people.prices import PriceView
from hr.web.figures import price as unit_price
from pages.formats import money, thousands

MODES = {
    Mode.FLAT: lazy_gettext("one price for all"),
    Mode.MARGINAL: lazy_gettext("each band its own price"),
    Mode.WHOLE: lazy_gettext("the last band's price for all"),
    Mode.OVER_QUOTA: lazy_gettext("base for the quota, price beyond"),
    Mode.CAPPED: lazy_gettext("price up to the quota, nothing beyond"),
    Mode.EFFICIENCY: lazy_gettext("price rises beyond the quota"),
}


def price_modes() -> list[tuple[str, str]]:
    return [(mode.value, str(text)) for mode, text in MODES.items()]


def price_text(price: PriceView) -> str:
    """0.2200 a piece, 5.8000 for 100, or the bands; a quota beside it."""
    tariff = tariff_of(price)
    if tariff.bands:
        limits = [
            gettext("up to %(n)s: %(price)s", n=thousands(each.up_to), price=unit_price(each.price))
            if each.up_to is not None
            else gettext("beyond: %(price)s", price=unit_price(each.price))
            for each in tariff.bands
        ]
        return "; ".join(limits)
    text = unit_price(tariff.price)
    if tariff.price_per != 1:
        text = gettext("%(price)s for %(n)s", price=text, n=thousands(tariff.price_per))
    if tariff.mode is not Mode.FLAT:
        text = f"{text}, {MODES[tariff.mode]}"
    if tariff.quota is not None:
        text = gettext("%(price)s, quota %(n)s", price=text, n=thousands(tariff.quota))
    return text


def cliff_texts(price: PriceView) -> list[str]:
    """Where one more piece changes the price of all."""
    return [
        gettext(
            "The piece after %(n)s changes the price of all: %(below)s becomes %(above)s.",
            n=thousands(each.at),
            below=money(each.below),
            above=money(each.above),
        )
        for each in cliffs(tariff_of(price))
    ]
