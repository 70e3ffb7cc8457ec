"""What stands in a `[[reader]]` of this family beside what all readers have."""

from __future__ import annotations

from edge.config import Reader


class Rdm6300Keys(Reader, frozen=True, kw_only=True):
    """`two_equal_frames`: take a frame with a wrong checksum when the next one is the same, for a module that always
    sends wrong ones."""

    two_equal_frames: bool = False
