"""What every desk of the HR server works with: the database, the keys, the clock and the plant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from hr.accounts import Keys
from hr.store import receiving, writing

WallClock = Callable[[], int]
"""Microseconds UTC since 1970."""


@dataclass(frozen=True)
class Plant:
    """The factory, as the boxes and the pages name it."""

    name: str = ""
    timezone: str = "Asia/Shanghai"
    language: str = "zh"


class Office:
    """Thread-safe: the store hands each call its own connection. `reading`, `writing` and `receiving` are the same
    database: for looking, for what people decide, and for what boxes send, which must not wait for one another."""

    def __init__(self, store: Engine, keys: Keys, clock: WallClock, plant: Plant) -> None:
        self.reading = store
        self.writing = writing(store)
        self.receiving = receiving(store)
        self.keys = keys
        self.clock = clock
        self.plant = plant
        self.zone = ZoneInfo(plant.timezone)

    def now_us(self) -> int:
        """By the clock that is in use now."""
        return self.clock()

    def today(self) -> str:
        """The calendar date in the plant now."""
        return datetime.fromtimestamp(self.clock() / 1e6, UTC).astimezone(self.zone).date().isoformat()
