"""Templates: what is known of a device's registers, from where, and how surely. Pure.

A template fills what a counter's section leaves out. What nobody has verified is marked `unknown`: its value, if it has
one, is worth trying. While such a field decides what a reading means, and the section does not say it either, the
counter shows its values and counts nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from edge.config import Baud, Port, Section

T = TypeVar("T")

Register = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Number = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class Confidence(StrEnum):
    """CAPTURED: the device's own bytes show it. DOCUMENTED: its maker says so. SECONDARY: somebody else does."""

    CAPTURED = "captured"
    DOCUMENTED = "documented"
    SECONDARY = "secondary"
    UNKNOWN = "unknown"


class Known(Section, Generic[T], frozen=True):
    """A value with what speaks for it; `source` is a key of the template's `sources`. An unknown one may have none."""

    confidence: Confidence
    source: str
    value: T | None = None

    def __post_init__(self) -> None:
        if self.value is None and self.confidence is not Confidence.UNKNOWN:
            raise ValueError(f"a value is missing, and its confidence is {self.confidence}")


class SerialLine(Section, frozen=True):
    baud: Known[Baud]
    parity: Known[Literal["N", "E", "O"]]
    stop_bits: Known[Literal[1, 2]]


class Area(Section, frozen=True):
    """Registers of one sort, as the maker numbers them: D100 is number 100 of the area D.

    `address` is that of number `first`, and each further one lies `step` higher; None where it is chosen on site.
    `count`: how many there are, None where that is not known. `at_top`: what follows the largest value.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]+$")]
    function: Known[Literal[3, 4]]
    words: Known[Literal[1, 2]]
    address: Known[Register] | None = None
    word_order: Known[Literal["hi-first", "lo-first"]] | None = None
    modulus: Known[Annotated[int, msgspec.Meta(ge=2)]] | None = None
    session_address: Known[Register] | None = None
    at_top: Known[Literal["wraps", "stops"]] | None = None
    first: Number = 0
    count: Positive | None = None
    step: Positive = 1

    def __post_init__(self) -> None:
        if self.word_order is None and self.words.value != 1:
            raise ValueError("`word_order` is missing for a counter of two words")

    def holds(self, number: int) -> bool:
        return self.first <= number and (self.count is None or number < self.first + self.count)

    def address_of(self, number: int) -> int | None:
        if self.address is None or self.address.value is None:
            return None
        return self.address.value + (number - self.first) * self.step

    @property
    def range(self) -> str:
        last = "" if self.count is None else f" to {self.name}{self.first + self.count - 1}"
        return f"{self.name}{self.first}{last}" if last else f"{self.name}{self.first} and up"


class Template(Section, frozen=True):
    """`also`: other models with this map. `setup`: what to set in the device. `port`: it speaks Modbus TCP there;
    `serial`: it speaks Modbus RTU so. `scale`: counts that one step of the value stands for, 1 when it is left out.

    `power_loss`: what becomes of the count without power; "setting" and "model": it depends on them. `reset`: what sets
    it to 0, for whoever looks for the culprit: it is never sent.
    """

    maker: Text
    model: Text
    title: Text
    sources: dict[str, Text]
    area: Annotated[list[Area], msgspec.Meta(min_length=1)]
    power_loss: Known[Literal["kept", "lost", "setting", "model"]]
    reset: Known[str]
    also: tuple[Text, ...] = ()
    setup: tuple[Text, ...] = ()
    unit: Known[Annotated[int, msgspec.Meta(ge=0, le=255)]] | None = None
    port: Known[Port] | None = None
    serial: SerialLine | None = None
    scale: Known[Positive] | None = None

    def __post_init__(self) -> None:
        strangers = {known.source for _, known in knowns(self)} - self.sources.keys()
        if strangers:
            raise ValueError(f"no such source: {', '.join(sorted(strangers))}")

    def area_of(self, register: str) -> Area | None:
        """Where a counter is, as its maker names it: `C205`."""
        parts = re.fullmatch(r"([A-Z]+)(\d{1,5})", register)
        if parts is None:
            return None
        return next((area for area in self.area if area.name == parts[1] and area.holds(int(parts[2]))), None)


def parse(text: str) -> Template:
    """Raises ValueError (tomllib.TOMLDecodeError or msgspec.ValidationError) for anything else than a template."""
    return msgspec.convert(tomllib.loads(text), Template)


def knowns(part: Section, path: str = "") -> Iterator[tuple[str, Known[Any]]]:
    """Each field that has a confidence, with its path, as `area[0].words`."""
    for field in part.__struct_fields__:
        value = getattr(part, field)
        if isinstance(value, Known):
            yield path + field, value
        elif isinstance(value, Section):
            yield from knowns(value, f"{path}{field}.")
        elif isinstance(value, list):
            for place, each in enumerate(value):
                if isinstance(each, Section):
                    yield from knowns(each, f"{path}{field}[{place}].")


class Misfit(Exception):
    """A section and its template do not go together: which key, what it is, what it should be."""

    def __init__(self, key: str, got: str, wanted: str) -> None:
        super().__init__(f"{key}: got {got}, wanted {wanted}")
        self.key, self.got, self.wanted = key, got, wanted


@dataclass(frozen=True)
class Filled:
    """`settings`: the section, and what its template adds. `unsure`: what counting needs and nobody knows."""

    settings: Mapping[str, object]
    unsure: tuple[str, ...]


def filled(section: Mapping[str, object], template: Template) -> Filled:
    """What the section says stays; `register` becomes an `address`. Misfit when the two do not go together."""
    area, address = _place(section, template)
    offered: dict[str, Known[Any] | None] = {
        "function": area.function,
        "address": address,
        "words": area.words,
        "word_order": area.word_order,
        "modulus": area.modulus,
        "session_address": area.session_address,
        "unit": template.unit,
    }
    if "serial" in section and template.serial is not None:
        line = template.serial
        offered |= {"baud": line.baud, "parity": line.parity, "stop_bits": line.stop_bits}
    elif "host" in section:
        offered["port"] = template.port
    settings = {key: known.value for key, known in offered.items() if known is not None and known.value is not None}
    settings |= section
    needed = ["function", "address", "words", "modulus"] + (["word_order"] if settings.get("words") != 1 else [])
    unsure = [key for key in needed if key not in section and _is_unknown(offered[key])]
    if settings.get("words") == 2 and "word_order" not in section and area.word_order is None:
        unsure.append("word_order")
    if _is_unknown(template.scale):
        unsure.append("scale")
    return Filled(settings, tuple(unsure))


def _place(section: Mapping[str, object], template: Template) -> tuple[Area, Known[int] | None]:
    """The area, and the address in it where the section does not say one."""
    register = section.get("register")
    if register is None:
        area, number = template.area[0], template.area[0].first
        if "address" not in section and area.count != 1:
            raise Misfit("register", "nothing", f"one of {_ranges(template)}, or an `address`")
    else:
        if "address" in section:
            raise Misfit("register, address", "both of them", "either register or address")
        area, number = _found(str(register), template)
    if "address" in section:
        return area, None
    address = area.address_of(number)
    if address is None or area.address is None:
        raise Misfit("address", "nothing", f"the register, from 0: it is not known for a {template.model}")
    if address > 65535:
        raise Misfit("register", repr(register), f"one of {_ranges(template)}, below register 65536")
    return area, msgspec.structs.replace(area.address, value=address)


def _found(register: str, template: Template) -> tuple[Area, int]:
    area = template.area_of(register)
    if area is not None:
        return area, int(register.removeprefix(area.name))
    raise Misfit("register", repr(register), f"one of {_ranges(template)}")


def _ranges(template: Template) -> str:
    return ", ".join(area.range for area in template.area)


def _is_unknown(known: Known[Any] | None) -> bool:
    return known is not None and known.confidence is Confidence.UNKNOWN
