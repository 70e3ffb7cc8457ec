"""Printed codes as badges, however they were read: the text, and the key under which reference data names it. Pure."""

from __future__ import annotations

import re
from typing import Final

TECHNOLOGY: Final = "CODE"

CODE: Final = re.compile(r"[^\s,;]{1,64}")
"""Nothing that would split a badge in a list of badges."""


class BadCode(ValueError):
    """What came is no code that a badge can have, or one damaged on its way. The text does not quote it."""


def badge_of_code(text: str, prefix: str = "") -> str:
    """For example CODE:A0123; `prefix` is what each badge begins with, and is taken off. BadCode."""
    if not text.startswith(prefix):
        raise BadCode(f"it does not begin with {prefix!r}")
    code = text.removeprefix(prefix)
    if not CODE.fullmatch(code) or not code.isprintable():
        raise BadCode("too long, or not of characters that a badge can have")
    return f"{TECHNOLOGY}:{code}"


def text_of(raw: bytes) -> str:
    """UTF-8, else GB18030; BadCode when it is neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            pass
    raise BadCode("neither UTF-8 nor GB18030")
