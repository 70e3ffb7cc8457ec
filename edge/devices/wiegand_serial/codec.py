"""A Wiegand frame of 26 or 34 bits, as converters write it in a line of text. Pure.

The first bit makes the ones of the first half even, the last bit those of the second half odd; between them stand 24 or
32 bits of number. Some forms of line carry the two parity bits, the others only the number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


class BadFrame(ValueError):
    """Not a frame of this form, or one damaged on its way. The text does not quote it."""


class BadParity(BadFrame):
    """Well formed, but a bit is wrong: or D0 and D1 are swapped."""


@dataclass(frozen=True)
class Profile:
    """`bits` counts the parity bits; `form` is one of `edge.devices.wiegand_serial.keys.WiegandKeys`."""

    bits: int
    form: str
    prefix: str = ""

    def badge_key(self, line: bytes) -> str:
        """The badge as reference data names it, for example WIEGAND26:7B3972. BadFrame, BadParity."""
        try:
            text = line.decode("ascii").strip(" ")
        except UnicodeDecodeError as error:
            raise BadFrame("not ASCII") from error
        if not text.startswith(self.prefix):
            raise BadFrame(f"it does not begin with {self.prefix!r}")
        return f"WIEGAND{self.bits}:{self._number(text.removeprefix(self.prefix)):0{self._digits}X}"

    @property
    def _number_bits(self) -> int:
        return self.bits - 2

    @property
    def _digits(self) -> int:
        return self._number_bits // 4

    def _number(self, text: str) -> int:
        match self.form:
            case "bits":
                return self._checked(int(_only(rf"[01]{{{self.bits}}}", text), 2))
            case "hex":
                return self._checked(int(_only(rf"[0-9A-Fa-f]{{{-(-self.bits // 4)}}}", text), 16))
            case "number-hex":
                return int(_only(rf"[0-9A-Fa-f]{{{self._digits}}}", text), 16)
            case "number-decimal":
                return self._fitting(int(_only(r"[0-9]{1,10}", text)))
            case _:
                facility, number = _only(r"[0-9]{1,3},[0-9]{1,5}", text).split(",")
                if int(facility) > 0xFF or int(number) > 0xFFFF:
                    raise BadFrame("the facility is at most 255 and the number at most 65,535")
                return int(facility) << 16 | int(number)

    def _checked(self, frame: int) -> int:
        if frame >> self.bits:
            raise BadFrame(f"more than {self.bits} bits")
        half = self.bits // 2
        first, second = frame >> half, frame & ((1 << half) - 1)
        if first.bit_count() % 2 != 0 or second.bit_count() % 2 != 1:
            raise BadParity("the parity is wrong")
        return frame >> 1 & ((1 << self._number_bits) - 1)

    def _fitting(self, number: int) -> int:
        if number >> self._number_bits:
            raise BadFrame(f"more than {self._number_bits} bits")
        return number


def _only(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text):
        raise BadFrame("not the digits of this form")
    return text


FORMS = ("bits", "hex", "number-hex", "number-decimal", "facility-number")


def fitting(line: bytes, prefix: str = "") -> list[Profile]:
    """Each way in which a line is a frame; those with parity bits, which show more, first."""
    profiles = [Profile(bits, form, prefix) for form in FORMS for bits in (26, 34) if form != FORMS[-1] or bits == 26]
    return [each for each in profiles if _reads(each, line)]


def swapped(line: bytes, bits: int, form: str, prefix: str = "") -> bool:
    """Whether the line would be a frame if all its bits were the other way: D0 and D1 are swapped."""
    text = line.decode("ascii", "replace").strip(" ").removeprefix(prefix)
    base, digits = {"bits": (2, bits), "hex": (16, -(-bits // 4))}.get(form, (0, 0))
    if len(text) != digits:
        return False
    try:
        turned = int(text, base) ^ ((1 << bits) - 1)
    except ValueError:
        return False
    shown = f"{turned:0{digits}b}" if base == 2 else f"{turned:0{digits}X}"
    return not _reads(Profile(bits, form, prefix), line) and _reads(Profile(bits, form), shown.encode("ascii"))


def _reads(profile: Profile, line: bytes) -> bool:
    try:
        profile.badge_key(line)
    except BadFrame:
        return False
    return True
