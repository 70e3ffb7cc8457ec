"""A machine that makes pieces, and the counter register on it. Pure: the ground truth at any moment is computable."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

MINUTE_US = 60_000_000

WordOrder = Literal["hi-first", "lo-first"]


@dataclass(frozen=True)
class Stretch:
    """From `from_us` until `to_us` (None: until told otherwise) the machine makes `rate_per_min` pieces a minute."""

    from_us: int
    to_us: int | None
    rate_per_min: int


def pieces_at(stretches: tuple[Stretch, ...], at_us: int) -> int:
    """Whole pieces made up to and including `at_us`.

    In integers: a piece that is half done when the rate changes or the machine stands is finished later, so the
    count does not depend on how the time was cut up.
    """
    progress = 0
    for stretch in stretches:
        end_us = at_us if stretch.to_us is None else min(at_us, stretch.to_us)
        progress += max(0, end_us - stretch.from_us) * stretch.rate_per_min
    return progress // MINUTE_US


class Mill:
    """The machine itself, counted by what it really made. Restarting a counter on it changes nothing here."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        """`now_us` is fact time, microseconds since 1970."""
        self.now_us = now_us
        self._stretches: tuple[Stretch, ...] = ()
        self._lock = threading.Lock()

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        return self._stretches

    @property
    def rate_per_min(self) -> int:
        """The rate at this moment; 0 when it stands."""
        now_us = self.now_us()
        for each in self._stretches:
            if each.from_us <= now_us and (each.to_us is None or now_us < each.to_us):
                return each.rate_per_min
        return 0

    def run(self, rate_per_min: int, at_us: int | None = None) -> None:
        """From now on, or from `at_us` on; ValueError for a negative rate or a moment before the last change."""
        if rate_per_min < 0:
            raise ValueError(f"a machine makes no pieces backwards: {rate_per_min} a minute")
        self._change(rate_per_min, at_us)

    def stand(self, at_us: int | None = None) -> None:
        """Stops making pieces, now or at `at_us`."""
        self._change(0, at_us)

    def make(self, pieces: int, within_us: int) -> None:
        """Makes exactly so many in a little less than that time, and then stands. Until then it cannot be told
        otherwise."""
        progress = pieces * MINUTE_US
        takes_us = next(each for each in range(min(within_us, progress), 0, -1) if progress % each == 0)
        begin_us = self.now_us()
        self.run(progress // takes_us, begin_us)
        self.stand(begin_us + takes_us)

    def count_at(self, fact_us: int) -> int:
        """Pieces made since the beginning, exactly."""
        return pieces_at(self._stretches, fact_us)

    def _change(self, rate_per_min: int, at_us: int | None) -> None:
        with self._lock:
            from_us = self.now_us() if at_us is None else at_us
            done = self._stretches
            if done:
                last = done[-1]
                if from_us < last.from_us:
                    raise ValueError(f"the machine's last change was {last.from_us - from_us} us later than this one")
                done = (*done[:-1], Stretch(last.from_us, from_us, last.rate_per_min))
            self._stretches = (*done, Stretch(from_us, None, rate_per_min))


@dataclass(frozen=True)
class CounterSpec:
    """The register map of one counter: `bits` 16 or 32, and a boot counter in the word after it if `session` is set.

    `start` is the register's value when the simulator starts.
    """

    bits: Literal[16, 32] = 16
    word_order: WordOrder = "hi-first"
    start: int = 0
    session: int | None = None
    address: int = 0
    unit: int = 1

    @property
    def words(self) -> int:
        return self.bits // 16

    @property
    def modulus(self) -> int:
        return 1 << self.bits

    @property
    def session_address(self) -> int | None:
        return None if self.session is None else self.address + self.words

    def encoded(self, value: int, session: int | None) -> list[int]:
        """The registers of the whole block, as they lie in the device."""
        words = [value >> 16 & 0xFFFF, value & 0xFFFF][2 - self.words :]
        if self.word_order == "lo-first":
            words.reverse()
        return words if session is None else [*words, session & 0xFFFF]


@dataclass(frozen=True)
class Preset:
    """At `at_us` the register was set to `value`: at the start, by a restart, by a hand on the device."""

    at_us: int
    value: int
    session: int | None


@dataclass(frozen=True)
class Register:
    """The counter as the wire shows it, computed from the machine's own count."""

    spec: CounterSpec
    presets: tuple[Preset, ...]

    def at(self, count_at: Callable[[int], int], at_us: int) -> tuple[int, int | None]:
        """Value and session at a moment; before the first preset, those of the first."""
        place = bisect_right(self.presets, at_us, key=lambda each: each.at_us)
        preset = self.presets[max(0, place - 1)]
        since = count_at(max(at_us, preset.at_us)) - count_at(preset.at_us)
        return (preset.value + since) % self.spec.modulus, preset.session

    def preset(self, at_us: int, value: int, *, restart: bool = False) -> Register:
        """The register with one more preset. A restart raises the session; a hand on the device does not."""
        session = self.presets[-1].session
        if restart and session is not None:
            session = (session + 1) & 0xFFFF
        return Register(self.spec, (*self.presets, Preset(at_us, value % self.spec.modulus, session)))
