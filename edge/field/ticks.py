"""The moments at which counters are polled: an absolute grid, with one timer for all that wait for the same moment."""

from __future__ import annotations

import asyncio
import math

SAME_TICK = 1e-3
"""Of a period: a timer may come that much too early, and its tick is not to be waited for again."""


class Ticks:
    """Counters with the same tick wake in the same turn of the loop, so that what lies together is read together."""

    def __init__(self) -> None:
        self._waiting: dict[float, list[asyncio.Future[None]]] = {}

    def at(self, when_s: float) -> asyncio.Future[None]:
        """Done at that moment of machine time; whoever is in a hurry may set its result before."""
        loop = asyncio.get_running_loop()
        if when_s not in self._waiting:
            self._waiting[when_s] = []
            loop.call_at(when_s, self._tick, when_s)
        future: asyncio.Future[None] = loop.create_future()
        self._waiting[when_s].append(future)
        return future

    def _tick(self, when_s: float) -> None:
        for each in self._waiting.pop(when_s):
            wake(each)


def wake(sleeping: asyncio.Future[None]) -> None:
    if not sleeping.done():
        sleeping.set_result(None)


def next_tick_s(now_s: float, period_s: float) -> float:
    """The first moment of the grid after `now_s`. A poll that took too long skips ticks and never bunches them."""
    return (math.floor(now_s / period_s + SAME_TICK) + 1) * period_s
