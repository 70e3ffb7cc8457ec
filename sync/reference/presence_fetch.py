"""Asks HR now and then who has tapped at other boxes."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sync.exchange.client import HrClient, understood
from sync.reference.kept_presence import KeptPresence
from sync.wire.presence import Presence

log = logging.getLogger(__name__)


class PresenceFetch:
    """`now_us` is the box's wall clock; asks at most each `every_s`."""

    def __init__(self, client: HrClient, kept: KeptPresence, now_us: Callable[[], int], every_s: float) -> None:
        self._client, self._kept, self._now_us, self._every_us = client, kept, now_us, every_s * 1e6
        self._asked_us: int | None = None

    def run(self) -> None:
        """An HR of an older release, which does not know the question, changes nothing. Raises Unreachable."""
        now_us = self._now_us()
        if self._asked_us is not None and abs(now_us - self._asked_us) < self._every_us:
            return
        reply = self._client.send("GET", f"/v1/presence/{self._kept.version()}", b"", takes_packed=True)
        self._asked_us = now_us
        if reply.signed and reply.status == 200:
            told = understood(reply.body, Presence)
            self._kept.replace(told)
            log.debug(
                "presence is now version %d: %d people at %d boxes", told.version, len(told.seen), len(told.boxes)
            )
