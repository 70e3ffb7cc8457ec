"""Which tags lie in the field of a reader. Pure: the time is passed in."""

from __future__ import annotations

REPEAT_GAP_S = 1.0
"""Readers tell of a tag several times a second while it lies there; only absent for so long has it left."""


class TagsInField:
    """Remembers no more than the tags of the last `gap_s`."""

    def __init__(self, gap_s: float = REPEAT_GAP_S) -> None:
        self._gap_s = gap_s
        self._last_seen_s: dict[str, float] = {}

    def arrives(self, tag: str, now_s: float) -> bool:
        """Whether this frame is a tag that comes, and not one that still lies there. `now_s` is machine time."""
        still_there = {tag: seen for tag, seen in self._last_seen_s.items() if now_s - seen < self._gap_s}
        self._last_seen_s = {**still_there, tag: now_s}
        return tag not in still_there
