"""The device families. A new one is one new folder here whose package has a `FAMILY`; there is no list to keep.

`shared` is the one folder that is none.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from edge.devices.family import AnyReaderFamily, CounterFamily, Family, IdCardFamily, ReaderFamily
from settings import Mendable


class UnknownFamily(Mendable):
    """The configuration names a family that there is not, or one of another sort."""


class MisplacedReader(Mendable):
    """An identity-card reader cannot log anybody on at a machine."""


def families() -> dict[str, Family]:
    """All families by name."""
    packages = [found.name for found in pkgutil.iter_modules(__path__) if found.ispkg and found.name != "shared"]
    return {name: importlib.import_module(f"{__name__}.{name}").FAMILY for name in packages}


def reader_families() -> dict[str, AnyReaderFamily]:
    """Those of badge readers and of identity-card readers, by name."""
    return {name: each for name, each in families().items() if isinstance(each, ReaderFamily | IdCardFamily)}


def counter_families() -> dict[str, CounterFamily[Any]]:
    return {name: each for name, each in families().items() if isinstance(each, CounterFamily)}


def reader_family(name: str) -> AnyReaderFamily:
    """UnknownFamily unless it is a family of badge readers or of identity-card readers."""
    known = reader_families()
    if name not in known:
        raise UnknownFamily(f"reader.family: got {name!r}, wanted one of {', '.join(sorted(known))}")
    return known[name]


def reads_id_cards(name: str) -> bool:
    """Whether this family reads identity cards."""
    return isinstance(families().get(name), IdCardFamily)


def counter_family(name: str) -> CounterFamily[Any]:
    """UnknownFamily unless it is a family of counters."""
    known = counter_families()
    if name not in known:
        raise UnknownFamily(f"counter.family: got {name!r}, wanted one of {', '.join(sorted(known))}")
    return known[name]
