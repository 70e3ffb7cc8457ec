"""Reads a box's configuration, each reader and each counter with the keys of its family."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct, structs

from edge.config import BoxConfig, Counter, Reader
from edge.devices import counter_families, reader_families
from edge.devices.family import CounterFamily
from settings import ConfigError, Contradiction, document_of, fitted

T = TypeVar("T")


def read_config(file: Path) -> BoxConfig:
    """Raises ConfigError."""
    document = document_of(file)
    common = document | {
        name: [_only(schema, section) for section in document[name]]
        for name, schema in (("reader", Reader), ("counter", Counter))
        if isinstance(document.get(name), list)
    }
    config = fitted(file, common, BoxConfig)
    reader_kinds, counter_kinds = reader_families(), counter_families()
    readers: list[Reader] = []
    for place, reader in enumerate(config.reader):
        at = f"reader[{place}]"
        keys = _family(file, at, reader.family, reader_kinds).keys
        readers.append(fitted(file, document["reader"][place], keys, at))
    counters: list[Counter] = []
    for place, counter in enumerate(config.counter):
        at = f"counter[{place}]"
        family = _family(file, at, counter.family, counter_kinds)
        counters.append(fitted(file, _filled(file, at, family, document["counter"][place]), family.keys, at))
    return structs.replace(config, reader=readers, counter=counters)


def _filled(file: Path, at: str, family: CounterFamily[Any], section: dict[str, Any]) -> dict[str, Any]:
    try:
        return family.filled(section)
    except Contradiction as found:
        raise ConfigError(file, f"{at}.{found.key}", found.got, found.wanted) from found


def _only(schema: type[Struct], section: Any) -> Any:
    """What all families have of a section; the rest is for its own to judge."""
    if not isinstance(section, dict):
        return section
    return {key: value for key, value in section.items() if key in schema.__struct_fields__}


def _family(file: Path, at: str, name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        raise ConfigError(file, f"{at}.family", repr(name), f"one of {', '.join(sorted(known))}")
    return known[name]
