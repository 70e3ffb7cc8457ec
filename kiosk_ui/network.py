"""How it stands with HR, as a worker is told: connected, offline, or not accepted yet. Pure; seconds are monotonic."""

from __future__ import annotations

from collections import deque
from enum import StrEnum

import msgspec

from kiosk_ui.ports import Contact

LATE_S = 60.0
"""Facts that have waited longer than this are spoken of."""
TROUBLE_S = 5.0
"""A single lost request is no news: the idle page would only jump."""


class Link(StrEnum):
    CONNECTED = "connected"
    OFFLINE = "offline"
    NOT_ACCEPTED = "not-accepted"


class Network(msgspec.Struct, frozen=True):
    """`told`: it is worth a banner, and an answer says that it is kept here for now.

    `pending` facts HR has not signed for and `synced_us`, when it last answered (0: never), are zero unless told.
    """

    link: Link
    told: bool = False
    pending: int = 0
    synced_us: int = 0


class Uploads:
    """Remembers the last minute of the journal's heads, and since when HR has been out of reach."""

    def __init__(self) -> None:
        self._heads: deque[tuple[float, int]] = deque()
        self._trouble_s: float | None = None
        self._network: Network | None = None

    def look(self, contact: Contact, head: int, now_s: float) -> Network | None:
        """None as long as nothing is known, just after the start."""
        late = self._head_a_minute_ago(head, now_s) > contact.acknowledged
        if contact.state == "ok":
            self._trouble_s = None
        elif self._trouble_s is None:
            self._trouble_s = now_s
        if late or self._trouble_s is None or now_s - self._trouble_s >= TROUBLE_S:
            self._network = _network(contact, head, late=late)
        return self._network

    def _head_a_minute_ago(self, head: int, now_s: float) -> int:
        """0 before there was one to remember."""
        self._heads.append((now_s, head))
        while len(self._heads) > 1 and self._heads[1][0] <= now_s - LATE_S:
            self._heads.popleft()
        seen_s, before = self._heads[0]
        return before if seen_s <= now_s - LATE_S else 0


def _network(contact: Contact, head: int, *, late: bool) -> Network:
    if contact.state == "waiting":
        link = Link.NOT_ACCEPTED
    else:
        # A sender that has died leaves its last "ok" behind; the facts that pile up tell.
        link = Link.CONNECTED if contact.state == "ok" and not late else Link.OFFLINE
    if link is not Link.OFFLINE and not late:
        return Network(link)
    return Network(link, told=True, pending=max(0, head - contact.acknowledged), synced_us=contact.wall_us)
