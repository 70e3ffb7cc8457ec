"""Which release of Clockpiece this is; boxes tell it to HR, and HR compares it with its own."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def release() -> str:
    """The installed release, such as 0.1.0; empty when the package was never installed."""
    try:
        return version("clockpiece")
    except PackageNotFoundError:
        return ""
