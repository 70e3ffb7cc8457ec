"""Reads systems.toml, each system with the keys of its connector."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from settings import ConfigError, Mendable, document_of, fitted
from sync.connectors import connectors
from sync.connectors.port import Keys, Kinds, System


class UnknownSystem(Mendable):
    """A command names a system that systems.toml does not have."""


class Systems(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file; what a section holds is for its connector to judge."""

    system: list[dict[str, Any]]


def read_systems(file: Path) -> dict[str, Keys]:
    """By name, in the order of the file. ConfigError."""
    found: dict[str, Keys] = {}
    known = connectors()
    for place, section in enumerate(fitted(file, document_of(file), Systems).system):
        at = f"system[{place}]"
        common = fitted(file, {key: section[key] for key in Keys.__struct_fields__ if key in section}, Keys, at)
        if common.connector not in known:
            wanted = f"one of {', '.join(sorted(known))}"
            raise ConfigError(file, f"{at}.connector", repr(common.connector), wanted)
        if common.name in found:
            raise ConfigError(file, f"{at}.name", repr(common.name), "a name that no other system has")
        _check_values(file, at, common)
        found[common.name] = fitted(file, section, known[common.connector].keys, at)
    return found


def taken_by(keys: Keys) -> Kinds:
    """Which lines this system has a place for."""
    kinds: Kinds = connectors()[keys.connector].takes
    return kinds


def open_system(keys: Keys, plant_zone: str) -> System:
    """The system of these keys, in its own zone or the plant's."""
    return connectors()[keys.connector].open(keys, ZoneInfo(keys.timezone or plant_zone))


def _check_values(file: Path, at: str, keys: Keys) -> None:
    try:
        date.fromisoformat(keys.since)
    except ValueError as error:
        raise ConfigError(file, f"{at}.since", repr(keys.since), "a date such as '2026-11-01'") from error
    if keys.timezone is not None:
        try:
            ZoneInfo(keys.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ConfigError(file, f"{at}.timezone", repr(keys.timezone), "a zone such as 'Asia/Shanghai'") from error
