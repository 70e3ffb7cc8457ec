"""Presence: what HR tells a box of taps at other boxes, and since when it cannot know of them. Pure.

HR lists the last effective tap of each person; a box asks for it by its own version, so that a tap elsewhere is no
news for people, badges and orders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import msgspec

from sync.wire.envelope import canonical_json
from sync.wire.facts import Direction
from sync.wire.reference_data import Item

LISTED_S = 20 * 3600
"""An older tap says nothing of where somebody is now."""

NEWS_WITHIN_S = 300
"""Boxes that have spoken to HR within this time have told it all that anybody can walk away from."""

CONTACT_NOTED_S = 420
"""An answer of HR is noted each five minutes while all is well; longer ago than this, it is no longer well."""


class Seen(Item, frozen=True):
    """The last effective tap of a person, known by any of his keys, at another box; `at_us` is its effective time."""

    person: str
    direction: Direction
    at_us: int
    device: str


class ClockingBox(Item, frozen=True):
    """Another box at which people clock. `silent_since_us`: HR's time when it last spoke; 0 while it speaks."""

    device: str
    silent_since_us: int = 0


class Presence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`version` is another one whenever anything in it is."""

    version: int
    boxes: list[ClockingBox] = []
    seen: list[Seen] = []


class Elsewhere(msgspec.Struct, frozen=True):
    """What a box knows of other boxes. `contact_us` is its own wall time when HR's last answer was noted (0: never);
    `in_touch`: as far as it knew then, HR goes on answering."""

    presence: Presence = Presence(0)
    contact_us: int = 0
    in_touch: bool = False

    def last(self, keys: Collection[str]) -> Seen | None:
        """The latest tap elsewhere of whoever has one of these keys."""
        return max(
            (each for each in self.presence.seen if each.person in keys), key=lambda each: each.at_us, default=None
        )

    def unknown_since_us(self, now_us: int) -> int | None:
        """Since when somebody may have tapped elsewhere without this box knowing; None when it knows."""
        if not self.presence.boxes:
            return None
        heard_us = (
            now_us if self.in_touch and abs(now_us - self.contact_us) < CONTACT_NOTED_S * 1e6 else self.contact_us
        )
        since_us = min(min(each.silent_since_us or heard_us, heard_us) for each in self.presence.boxes)
        return since_us if now_us - since_us >= NEWS_WITHIN_S * 1e6 else None


NOWHERE = Elsewhere()
"""There is no other box, or HR has never said that there is one."""


def presence(boxes: Collection[ClockingBox], seen: Collection[Seen]) -> Presence:
    """With a version made of what it says: the same on every process of HR."""
    said = Presence(0, sorted(boxes, key=lambda each: each.device), sorted(seen, key=lambda each: each.person))
    version = int.from_bytes(hashlib.sha256(canonical_json(said)).digest()[:6]) + 1
    return msgspec.structs.replace(said, version=version)
