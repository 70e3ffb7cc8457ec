"""Connectors to other HR systems. A new one is one new folder here whose package has a `CONNECTOR`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from sync.connectors.port import Connector


def connectors() -> dict[str, Connector[Any]]:
    """All of them by name."""
    packages = [found.name for found in pkgutil.iter_modules(__path__) if found.ispkg]
    return {name: importlib.import_module(f"{__name__}.{name}").CONNECTOR for name in packages}
