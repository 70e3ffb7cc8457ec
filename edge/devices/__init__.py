"""The device families. A new one is one new folder here whose package has a `FAMILY`; there is no list to keep."""

from __future__ import annotations

import importlib
import pkgutil

from edge.devices.family import CounterFamily, IdCardFamily, ReaderFamily
from settings import Mendable


class UnknownFamily(Mendable):
    """The configuration names a family that there is not, or one of another sort."""


class MisplacedReader(Mendable):
    """An identity-card reader cannot log anybody on at a machine."""


Family = ReaderFamily | IdCardFamily | CounterFamily


def families() -> dict[str, Family]:
    """All families by name."""
    packages = [found.name for found in pkgutil.iter_modules(__path__) if found.ispkg]
    return {name: importlib.import_module(f"{__name__}.{name}").FAMILY for name in packages}


def reader_family(name: str) -> ReaderFamily | IdCardFamily:
    """UnknownFamily unless it is a family of badge readers or of identity-card readers."""
    known = {each.name: each for each in families().values() if isinstance(each, ReaderFamily | IdCardFamily)}
    if name not in known:
        raise UnknownFamily(f"reader.family: got {name!r}, wanted one of {', '.join(sorted(known))}")
    return known[name]


def reads_id_cards(name: str) -> bool:
    """Whether this family reads identity cards; loads no other, because the kiosk asks and needs none of them."""
    packages = {found.name for found in pkgutil.iter_modules(__path__) if found.ispkg}
    return name in packages and isinstance(importlib.import_module(f"{__name__}.{name}").FAMILY, IdCardFamily)


def counter_family(name: str) -> CounterFamily:
    """UnknownFamily unless it is a family of counters."""
    known = {each.name: each for each in families().values() if isinstance(each, CounterFamily)}
    if name not in known:
        raise UnknownFamily(f"counter.family: got {name!r}, wanted one of {', '.join(sorted(known))}")
    return known[name]
