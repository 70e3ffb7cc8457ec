"""One cell of a CSV file: text to the value of a column, or ValueError, KeyError or InvalidOperation. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from hr.store.tables import PRICE_DECIMALS
from sync.wire.reference_data import Role

LONGEST_OVERTIME_MIN = 720


def role(text: str) -> Role:
    return Role(text.upper())


def language(text: str) -> str:
    return {"zh": "zh", "en": "en", "vi": "vi"}[text.lower()]


def yes_no(text: str) -> bool:
    return {"yes": True, "1": True, "true": True, "是": True, "no": False, "0": False, "false": False, "否": False}[
        text.lower()
    ]


def state(text: str) -> str:
    return _matched("OPEN|CLOSED", text.upper())


def machine_id(text: str) -> str:
    return _matched(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", text)


def count(text: str) -> int:
    return int(_matched(r"[1-9][0-9]{0,8}", text))


def few(text: str) -> int:
    return int(_matched(r"[1-9][0-9]{0,2}|1000", text))


def crew(text: str) -> int:
    return int(_matched(r"[1-9]|1[0-9]|20", text))


def overtime(text: str) -> int:
    minutes = int(_matched(r"[0-9]{1,3}", text))
    if minutes > LONGEST_OVERTIME_MIN:
        raise ValueError(text)
    return minutes


def clearance_kind(text: str) -> str:
    """In capitals: a need and a clearance that differ in case only are the same kind."""
    if not re.fullmatch(r"[\w-]{1,32}", text):
        raise ValueError(text)
    return text.upper()


def clearance_kinds(text: str) -> list[str]:
    """Kinds of clearance separated by semicolons, each once, in the order given."""
    return list(dict.fromkeys(clearance_kind(each) for each in re.split(r"\s*[;；、]\s*", text)))


def iso_date(text: str) -> str:
    year, month, day = _matched(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", text).replace("/", "-").replace(".", "-").split("-")
    return date(int(year), int(month), int(day)).isoformat()


def unit_price(text: str) -> Decimal:
    """Kept with at least PRICE_DECIMALS decimals."""
    price = Decimal(_matched(r"[0-9]{1,6}(\.[0-9]{1,8})?", text))
    decimals = max(PRICE_DECIMALS, len(text.partition(".")[2]))
    return price.quantize(Decimal(1).scaleb(-decimals))


def amount(text: str) -> Decimal:
    """Not below zero, at most four decimals."""
    return Decimal(_matched(r"[0-9]{1,9}(\.[0-9]{1,4})?", text))


def price_mode(text: str) -> str:
    """How a price depends on how many there are, by its name or as people say it."""
    said = {
        "单一": "FLAT",
        "累进": "MARGINAL",
        "全额": "WHOLE",
        "超定额": "OVER_QUOTA",
        "限额": "CAPPED",
        "浮动": "EFFICIENCY",
    }
    return said.get(text) or _matched("FLAT|MARGINAL|WHOLE|OVER_QUOTA|CAPPED|EFFICIENCY", text.upper())


def day_or_month(text: str) -> str:
    return {"日": "DAY", "月": "MONTH"}.get(text) or _matched("DAY|MONTH", text.upper())


def month(text: str) -> str:
    """ "2026-11" of 2026-11 or 2026/11."""
    year, number = _matched(r"\d{4}[-/.](0?[1-9]|1[0-2])", text).replace("/", "-").replace(".", "-").split("-")
    return f"{year}-{int(number):02d}"


def minutes(text: str) -> int:
    hours, minutes = _matched(r"([0-3]?[0-9]|4[0-7])[:：][0-5][0-9]", text).replace("：", ":").split(":")
    return int(hours) * 60 + int(minutes)


def _matched(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(text)
    return text
