"""Questions and lines of counters that speak text. Pure.

With a checksum, two hex digits follow the text: the sum of all its characters, modulo 256 (Advantech ADAM-4000).
"""

from __future__ import annotations

from dataclasses import dataclass
from string import digits as decimal_digits
from string import hexdigits

NO = b"?"
"""How an ADAM-4000 module begins its answer to a question that it does not take."""


class BadAnswer(ValueError):
    """Not a line of this device, or one damaged on its way."""


class Refused(BadAnswer):
    """The device has heard the question and does not take it."""


@dataclass(frozen=True)
class Profile:
    """`digits` None: 1 to 10 of them."""

    prefix: str = ""
    base: int = 10
    digits: int | None = None
    checksum: bool = False

    def question(self, ask: str) -> bytes:
        text = ask.encode("ascii")
        return text + (_sum_of(text) if self.checksum else b"") + b"\r"

    def is_piece(self, line: bytes) -> bool:
        """Whether a line that nobody asked for is a piece."""
        return line.startswith(self.prefix.encode("utf-8"))

    def value(self, line: bytes) -> int:
        """BadAnswer, Refused."""
        if line.startswith(NO) and not self.prefix.startswith(NO.decode("ascii")):
            raise Refused("it does not take the question")
        text = self._checked(line) if self.checksum else line
        prefix = self.prefix.encode("utf-8")
        value = text.removeprefix(prefix).decode("ascii", "replace").strip(" ")
        allowed = hexdigits if self.base == 16 else decimal_digits
        lengths = range(1, 11) if self.digits is None else (self.digits,)
        if not text.startswith(prefix) or len(value) not in lengths or not set(value) <= set(allowed):
            raise BadAnswer("not the prefix and the digits of this device")
        return int(value, self.base)

    def _checked(self, line: bytes) -> bytes:
        text, given = line[:-2], line[-2:]
        if given.upper() != _sum_of(text):
            raise BadAnswer("the checksum is wrong")
        return text


def _sum_of(text: bytes) -> bytes:
    return b"%02X" % (sum(text) % 256)
