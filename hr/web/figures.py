"""Figures, codes and moments as these pages write them, beside the shared filters of `pages.formats`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Protocol

from babel.dates import format_date, format_skeleton, get_day_names
from babel.numbers import format_decimal
from flask_babel import get_locale, gettext, lazy_gettext

from hr.people.clearances import ClearanceView
from hr.people.csv_import import Kind

SHORT_DAY_PATTERNS = {"zh": "M月d日", "en": "d MMM", "vi": "d/M"}
DATED_PATTERNS = {"zh": "y年M月d日", "en": "d MMMM y", "vi": "d 'tháng' M, y"}
PRICE_PATTERNS = {"zh": "{} 元", "en": "CNY {}", "vi": "{} tệ"}
TAIL = 4


def _language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "en"


def price(amount: Decimal) -> str:
    """Yuan a piece with at least four decimals: 0.2200 元."""
    number = format_decimal(amount, "0.0000####", locale=_language(), decimal_quantization=False)
    return PRICE_PATTERNS.get(_language(), "CNY {}").format(number)


def short_day(iso_date: str) -> str:
    """ "2026-11-23" as 11月23日, 23 Nov, 23/11."""
    pattern = SHORT_DAY_PATTERNS.get(_language(), "d MMM")
    return str(format_date(date.fromisoformat(iso_date), pattern, locale=_language()))


def dated(iso_date: str) -> str:
    """ "2026-11-23" with its year: 2026年11月23日, 23 November 2026, 23 tháng 11, 2026."""
    pattern = DATED_PATTERNS.get(_language(), "d MMMM y")
    return str(format_date(date.fromisoformat(iso_date), pattern, locale=_language()))


def weekday(iso_date: str) -> str:
    """ "2026-11-23" as 周一, Mon, Th 2."""
    return str(format_date(date.fromisoformat(iso_date), "EEE", locale=_language()))


def month_name(iso_date: str) -> str:
    """ "2026-11-23" as 十一月, November, tháng 11."""
    return str(format_date(date.fromisoformat(iso_date), "LLLL", locale=_language()))


def month_of_year(iso_date: str) -> str:
    """ "2026-11-23" as 2026年11月, November 2026, tháng 11 năm 2026."""
    return str(format_skeleton("yMMMM", date.fromisoformat(iso_date), locale=_language()))


def weekday_initials() -> list[str]:
    """From Monday on, as short as they go above a column."""
    names = get_day_names("narrow", "stand-alone", locale=_language())
    return [names[each] for each in range(7)]


def hours(minutes: int) -> str:
    """Hours and minutes: 8:05."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def gap() -> str:
    """What stands between two sentences: nothing in Chinese, whose full stop brings its own room."""
    return "" if _language() == "zh" else " "


class Work(Protocol):
    """Anything that says what was made."""

    @property
    def product_name(self) -> str: ...
    @property
    def operation_name(self) -> str: ...


def work_name(work: Work) -> str:
    """Product and operation; the Chinese dot brings its own room."""
    dot = "·" if _language() == "zh" else " · "
    return f"{work.product_name}{dot}{work.operation_name}"


def words_of_hex(raw: str) -> str:
    """Register words apart, four digits each, as a PLC's manual prints them."""
    return " ".join(raw[start : start + 4] for start in range(0, len(raw), 4)).upper()


def badge_tail(key: str) -> str:
    """A badge by its last four characters."""
    return "…" + key[-TAIL:]


def newcomer_name(key: str) -> str:
    """In a name's place for somebody whom a kiosk has registered and nobody has mapped yet."""
    return str(gettext("Newcomer %(end)s", end="…" + key[-TAIL:]))


KIND_NAMES = {
    Kind.PEOPLE: lazy_gettext("People"),
    Kind.BADGES: lazy_gettext("Badges"),
    Kind.MACHINES: lazy_gettext("Machines"),
    Kind.ORDERS: lazy_gettext("Orders"),
    Kind.PRICES: lazy_gettext("Products and prices"),
    Kind.SHIFTS: lazy_gettext("Shifts"),
    Kind.CLEARANCES: lazy_gettext("Clearances"),
    Kind.ROSTER: lazy_gettext("Roster"),
}


def kind_name(kind: Kind) -> str:
    """What a list of this kind holds."""
    return str(KIND_NAMES[kind])


CLEARANCES = {
    "SAFETY_L3": lazy_gettext("Safety training, level 3"),
    "SPECIAL_OPERATION": lazy_gettext("Special operation certificate"),
    "HEALTH_CHECK": lazy_gettext("Health check"),
}


def clearance_kind_text(kind: str) -> str:
    """A kind of clearance in words; the plant's own as it is."""
    return str(CLEARANCES.get(kind, kind))


def until_text(each: ClearanceView) -> str:
    """How long a clearance is valid."""
    if each.valid_to:
        return str(gettext("until %(date)s", date=dated(each.valid_to)))
    return str(gettext("since %(date)s, without an end", date=dated(each.valid_from)))


def minute_text(minutes: int) -> str:
    """Minutes after midnight as a clock shows them."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


LANGUAGE_NAMES = {"zh": "中文", "en": "English", "vi": "Tiếng Việt"}


def language_name(language: str) -> str:
    """Each language by its own name."""
    return LANGUAGE_NAMES.get(language, language)
