"""Which tags lie in the field of a reader. Pure: the time is passed in."""

from __future__ import annotations

REPEAT_GAP_S = 1.0
"""A reader repeats a tag every 50-100 ms while it lies in the field; only absent for so long has it left."""


class TagsInField:
    """Remembers no more than the tags of the last REPEAT_GAP_S."""

    def __init__(self) -> None:
        self._last_seen_s: dict[str, float] = {}

    def arrives(self, tag: str, now_s: float) -> bool:
        """Whether this frame is a tag that comes, and not one that still lies there. `now_s` is machine time."""
        still_there = {tag: seen for tag, seen in self._last_seen_s.items() if now_s - seen < REPEAT_GAP_S}
        self._last_seen_s = {**still_there, tag: now_s}
        return tag not in still_there
