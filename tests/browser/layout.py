"""What a layout may not do, measured in a real browser: overlap, leave the viewport, be too small to read or touch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FAULTS = Path(__file__).with_suffix(".js").read_text("utf-8")


def layout_faults(page: Any, *, smallest_text: float, smallest_target: float, scrolls: bool = False) -> list[str]:
    """Sentences about what is wrong with the page as it stands; empty when nothing is."""
    found: list[str] = page.evaluate(FAULTS, [smallest_text, smallest_target, scrolls])
    return found
