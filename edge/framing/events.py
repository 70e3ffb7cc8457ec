"""What frames with a length and a checksum are told apart into."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Content:
    """What stood between the head and the checksum of a good frame. It may be somebody's card: not in the repr."""

    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Damaged:
    """A whole frame whose checksum is wrong. Its content is not given out."""


@dataclass(frozen=True)
class Skipped:
    """So many bytes belonged to no frame; what may stand between frames is not counted."""

    count: int
