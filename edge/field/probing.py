"""Finds out what sort of reader is on a port: some answer when they are asked, others only talk when a badge comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import msgspec

from edge.clock import Clock
from edge.config import Reader
from edge.devices import reader_families
from edge.devices.family import AnyReaderFamily, AtSpeed, DeviceLost, IdCardFamily, ReaderFamily
from edge.transport.frames import LONGEST, TOGETHER_S
from edge.transport.port import Port, PortLost
from edge.transport.serial_port import open_serial
from settings import Mendable

SPEEDS = (9600, 115_200, 19_200, 38_400, 57_600, 4800)
"""In baud, the usual ones first."""

EACH_S = 5.0
"""How long one speed is listened at, before the next."""

NAME = "probed"


class PortInUse(Mendable):
    """The port cannot be opened."""


@dataclass(frozen=True)
class Heard:
    """`families` in which it makes sense, with what it says there; empty: in none."""

    port: str
    baud: int | None
    size: int
    families: dict[str, str]

    def __str__(self) -> str:
        speed = f"{self.baud} baud" if self.baud else "its own speed"
        if not self.families:
            return f"{speed}: {self.size} bytes that no family understands"
        said = "; ".join(f"{family}: {says}" for family, says in self.families.items())
        return f"{speed}: {said}"


async def ask_readers(port: str, clock: Clock) -> AsyncIterator[Heard]:
    """The first family whose reader answers; nothing when none does. PortInUse when it cannot be opened."""
    open_or_say_why(port, SPEEDS[0]).close()
    for name, family in reader_families().items():
        if not (isinstance(family, IdCardFamily) or family.asked):
            continue
        device = family.readers([section_of(family, port)], clock)[0]
        try:
            await device.open()
        except DeviceLost:
            continue
        finally:
            device.close()
        baud = device.speed if isinstance(device, AtSpeed) else None
        yield Heard(port, baud, 0, {name: "answers"})
        return


async def listen(port: str, speeds: Sequence[int] | None, for_s: float) -> AsyncIterator[Heard]:
    """What comes by itself, at one speed after the other, until the time is over or a family understands it."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + for_s
    for speed in cycle(speeds or SPEEDS):
        if loop.time() >= until_s:
            return
        line = open_or_say_why(port, speed)
        try:
            turn_s = until_s if speeds and len(speeds) == 1 else min(until_s, loop.time() + EACH_S)
            while data := await _together(line, turn_s):
                heard = Heard(port, speed, len(data), _understood(port, data))
                yield heard
                if heard.families:
                    return
        except PortLost as lost:
            raise PortInUse(f"{lost}; is it still plugged in?") from lost
        finally:
            line.close()


def section_of(family: AnyReaderFamily, port: str) -> Reader:
    """With nothing but what every reader must have."""
    section = {"name": NAME, "station": NAME, "family": family.name, "port": port}
    keys: Reader = msgspec.convert(section, family.keys)
    return keys


def open_or_say_why(port: str, speed: int) -> Port:
    try:
        return open_serial(port, speed)
    except PortLost as lost:
        if not Path(port).exists():
            raise PortInUse(
                f"there is no port {port}; `clockpiece devices probe ports` lists those of this machine"
            ) from lost
        raise PortInUse(
            f"{lost}; if it is a device of the running service, `clockpiece devices watch` shows what it says"
        ) from lost


async def _together(line: Port, until_s: float) -> bytes:
    """The next bytes that stand together; nothing when none come in time."""
    data = b""
    try:
        async with asyncio.timeout_at(until_s) as patience:
            while len(data) < LONGEST:
                data += await line.read()
                patience.reschedule(asyncio.get_running_loop().time() + TOGETHER_S)
    except TimeoutError:
        pass
    return data


def _understood(port: str, data: bytes) -> dict[str, str]:
    understood: dict[str, str] = {}
    for name, family in reader_families().items():
        if isinstance(family, ReaderFamily) and not family.asked:
            meaning = family.explain(section_of(family, port))(False, data)
            if meaning.whole and meaning.text:
                understood[name] = meaning.text
    return understood
