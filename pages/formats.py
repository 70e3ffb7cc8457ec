"""How numbers, money, times, dates and seals are written, in the language of the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import get_locale

DAY_PATTERNS = {"zh": "M月d日 EEEE", "en": "EEEE d MMMM", "vi": "EEEE, d 'tháng' M"}
MONEY_PATTERNS = {"zh": "¥{}", "en": "CNY {}", "vi": "{} tệ"}


def _language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "en"


def thousands(number: int | Decimal | str) -> str:
    """1,034; in Vietnamese 1.034."""
    return str(format_decimal(Decimal(number), "#,##0.######", locale=_language()))


def money(amount: Decimal | str | int) -> str:
    """Yuan with two decimals: ¥1,234.50, CNY 1,234.50, 1.234,50 tệ. Decimal or its text, never a float."""
    language = _language()
    number = format_decimal(Decimal(amount), "#,##0.00", locale=language)
    return MONEY_PATTERNS.get(language, "CNY {}").format(number)


def day(iso_date: str) -> str:
    """ "2026-11-23" as 11月23日 星期一, Monday 23 November, Thứ Hai, 23 tháng 11."""
    language = _language()
    return str(format_date(date.fromisoformat(iso_date), DAY_PATTERNS.get(language, "EEEE d MMMM"), locale=language))


def is_latin(name: str) -> bool:
    """Whether a name is written in letters; such a seal shows initials."""
    return all(ord(char) < 0x2E80 for char in name)


def seal_text(name: str) -> str:
    """The words of a name seal, its columns one a line: 王建/国印, 李梅/之印, 欧阳/建国; letters become initials."""
    name = name.strip()
    if is_latin(name):
        return "".join(word[0].upper() for word in name.split())[:3]
    if len(name) > 4:
        return f"{name[:2]}\n{name[2:4]}"
    words = {1: name + "之印章", 2: name + "之印", 3: name + "印", 4: name}[len(name)]
    return f"{words[:2]}\n{words[2:]}"


def filters(zone: ZoneInfo) -> dict[str, Callable[..., Any]]:
    """The Jinja filters; times are shown in the plant's `zone`."""

    def local(wall_us: int) -> datetime:
        return datetime.fromtimestamp(wall_us / 1e6, UTC).astimezone(zone)

    def clock_time(wall_us: int) -> str:
        return local(wall_us).strftime("%H:%M")

    def clock_seconds(wall_us: int) -> str:
        return local(wall_us).strftime("%H:%M:%S")

    def local_date(wall_us: int) -> str:
        return local(wall_us).date().isoformat()

    return {
        "thousands": thousands,
        "money": money,
        "day": day,
        "seal_text": seal_text,
        "is_latin": is_latin,
        "clock_time": clock_time,
        "clock_seconds": clock_seconds,
        "local_date": local_date,
    }
