"""The journals of a box by name: one file for each epoch.

The first epoch is `facts.db`, a later one `facts-epoch-N.db`; the highest number is the one that is written. The facts
of an earlier file are never changed, moved or deleted.
"""

from __future__ import annotations

import os
import re
from pathlib import Path


def journals(first: Path) -> dict[int, Path]:
    """The files by epoch, oldest first, given the name of the first; empty before core has started once."""
    name = re.compile(rf"{re.escape(first.stem)}(?:-epoch-([0-9]{{1,15}}))?{re.escape(first.suffix)}")
    try:
        found = {
            match: first.with_name(match[0]) for each in os.listdir(first.parent) if (match := name.fullmatch(each))
        }
    except FileNotFoundError:
        return {}
    return dict(sorted((int(match[1] or 1), path) for match, path in found.items()))


def newest(first: Path) -> tuple[int, Path]:
    """The epoch that is written, and its file."""
    known = journals(first)
    return max(known.items()) if known else (1, first)


def file_of(first: Path, epoch: int) -> Path:
    return first.with_name(f"{first.stem}-epoch-{epoch}{first.suffix}") if epoch > 1 else first
