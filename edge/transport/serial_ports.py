"""The serial ports of this machine, as the system describes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from serial.tools.list_ports import comports

LINKS = ("serial/by-id", "serial/by-path", "clockpiece")
"""Folders of /dev whose names stay with the adapter, with its socket, or with what the technician called it."""


@dataclass(frozen=True)
class SerialPortSeen:
    """`names` stay the same when it is plugged in again; `path` may not."""

    path: str
    description: str
    names: tuple[str, ...]


def serial_ports(dev: Path = Path("/dev")) -> list[SerialPortSeen]:
    return [
        SerialPortSeen(each.device, _described(each.description, each.serial_number), tuple(_names(each.device, dev)))
        for each in sorted(comports())
    ]


def _described(description: str | None, number: str | None) -> str:
    known = description if description and description != "n/a" else ""
    return f"{known}, number {number}" if number else known


def _names(path: str, dev: Path) -> Iterable[str]:
    target = Path(path).resolve()
    for folder in LINKS:
        for link in sorted((dev / folder).glob("*")):
            if link.resolve() == target:
                yield str(link)
