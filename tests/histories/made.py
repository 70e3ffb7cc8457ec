"""One machine, its counter, and something that happens to it: the readings that come of it, and the pieces made.

A history is made from (seed, number) alone. It begins with the baseline and ends with three good readings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from sync.wire.envelope import ClockState, Stamp

MODULI = (2**16, 2**32, 10**6)
RATES_PER_MIN = (6, 30, 60, 120, 300, 1200, 6000)
PERIODS_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
WORD = 2**16
BEGIN_US = 1_774_915_200_000_000
"""2026-03-31 00:00 UTC."""
GOOD_AT_END = 3


class Event(StrEnum):
    """What happens; a wrap is also what a start near the modulus brings about by itself."""

    NOTHING = "nothing"
    WRAP = "wrap"
    RESET = "reset by hand"
    REBOOT = "PLC restarts"
    BASELINE = "misread baseline"
    GLITCH_0 = "glitch 0"
    GLITCH_FFFF = "glitch 0xFFFF"
    TORN = "torn words"
    LATE = "late reply"
    GAP = "offline gap"
    REPEATED = "repeated sample"
    OUT_OF_ORDER = "out of order"
    FROZEN = "frozen value"


@dataclass(frozen=True)
class Polled:
    """A reading as it reached the box."""

    at: Stamp
    value: int
    session: int | None


@dataclass(frozen=True)
class Silent:
    """The box has given the counter up for now."""

    at: Stamp


@dataclass(frozen=True)
class History:
    """`pieces`: really made from the first reading to the last. `faults`: how many readings or restarts were not what a
    counter does that only counts on, the measure of how odd a history is."""

    number: int
    events: tuple[Event, ...]
    modulus: int
    max_rate_per_min: int
    arrivals: tuple[Polled | Silent, ...]
    pieces: int
    faults: int


@dataclass
class _Plant:
    """The machine, its counter and the line to it while a history is made. `seen` holds the values of former polls."""

    chance: Random
    modulus: int
    rate_per_min: int
    period_s: float
    value: int
    session: int | None
    now_us: int = 0
    boot: int = 1
    boot_us: int = -3_600_000_000
    pieces: int = 0
    faults: int = 0
    seen: list[int] = field(default_factory=list)
    arrivals: list[Polled | Silent] = field(default_factory=list)

    def stamp(self) -> Stamp:
        up_ns = (self.now_us - self.boot_us) * 1000
        return Stamp(f"boot-{self.boot}", up_ns, BEGIN_US + self.now_us, ClockState.NTP)

    def run(self, seconds: float, *, counting: bool = True) -> None:
        """The machine makes any number of pieces that it can make in the time."""
        self.now_us += round(seconds * 1e6)
        made = self.chance.randint(0, int(self.rate_per_min * seconds / 60))
        self.pieces += made
        if counting:
            self.value = (self.value + made) % self.modulus

    def pause(self) -> None:
        self.run(self.period_s * self.chance.uniform(0.9, 1.1))

    def read(self, value: int | None = None, session: int | None = None) -> None:
        """A poll: it shows what the counter holds, or something else."""
        shown = self.value if value is None else value
        self.arrivals.append(Polled(self.stamp(), shown, self.session if session is None else session))
        self.seen.append(self.value)

    def poll(self) -> None:
        self.pause()
        self.read()


def made(seed: int, number: int) -> History:
    chance = Random(f"{seed}/{number}")
    events = tuple(chance.choice(list(Event)) for _ in range(2 if chance.random() < 0.2 else 1))
    modulus = chance.choice(MODULI)
    plant = _Plant(
        chance,
        modulus,
        chance.choice(RATES_PER_MIN),
        chance.choice(PERIODS_S),
        _start(chance, modulus, near_top=Event.WRAP in events),
        chance.randint(1, 9) if chance.random() < 0.3 else None,
    )
    if Event.BASELINE in events:
        chance.choice((_misread_zero, _misread_ones))(plant)
    else:
        plant.read()
    for event in events:
        for _ in range(chance.randint(0, 3)):
            plant.poll()
        _HAPPENS[event](plant)
    for _ in range(GOOD_AT_END):
        plant.poll()
    return History(number, events, modulus, plant.rate_per_min, tuple(plant.arrivals), plant.pieces, plant.faults)


def _start(chance: Random, modulus: int, *, near_top: bool) -> int:
    """Anywhere; and often where counters are hard to read: at the top, at the bottom, where the low word turns over."""
    few = chance.randint(0, 30)
    places = [chance.randrange(modulus), few, modulus - 1 - few]
    if modulus > WORD:
        places.append(chance.randint(1, min(modulus // WORD, 200)) * WORD - 1 - few)
    return modulus - 1 - few if near_top else chance.choice(places)


def _nothing(plant: _Plant) -> None:
    plant.poll()


def _reset(plant: _Plant) -> None:
    """To zero, at some moment between two polls. A boot counter does not notice."""
    plant.run(plant.period_s * plant.chance.random())
    plant.value = 0
    plant.faults += 1
    plant.poll()


def _reboot(plant: _Plant) -> None:
    """The boot counter goes up; the count is kept in some PLCs and lost in the others. The machine may go on without
    its PLC for some pieces, which no register has."""
    chance = plant.chance
    plant.run(plant.period_s * chance.random())
    off_s = chance.choice((0.5, 5.0, 60.0))
    if chance.random() < 0.5:
        plant.arrivals.append(Silent(plant.stamp()))
    if chance.random() < 0.2:
        plant.run(off_s, counting=False)
    else:
        plant.now_us += round(off_s * 1e6)
    if chance.random() < 0.7:
        plant.value = 0
    if plant.session is not None:
        plant.session += 1
    plant.faults += 1
    plant.poll()


def _glitch_0(plant: _Plant) -> None:
    plant.pause()
    _misread_zero(plant)


def _glitch_ffff(plant: _Plant) -> None:
    plant.pause()
    _misread_ones(plant)


def _misread_zero(plant: _Plant) -> None:
    """The whole answer may be zeros, the boot counter as well."""
    plant.faults += 1
    plant.read(0, 0 if plant.session is not None and plant.chance.random() < 0.5 else None)


def _misread_ones(plant: _Plant) -> None:
    """All words, or one of two; the boot counter with all of them."""
    plant.faults += 1
    words = [plant.value | 0xFFFF] if plant.modulus == WORD else [plant.value | 0xFFFF, plant.value | 0xFFFF_0000]
    whole = 0xFFFF if plant.modulus == WORD else 0xFFFF_FFFF
    value = plant.chance.choice([whole, *words])
    plant.read(value, 0xFFFF if plant.session is not None and value == whole else None)


def _torn(plant: _Plant) -> None:
    """The words of two moments: one was read before the other, and the count went on between."""
    plant.pause()
    before = plant.value
    plant.run(min(plant.period_s, 1.0))
    after = plant.value
    high, low = (before, after) if plant.chance.random() < 0.5 else (after, before)
    plant.faults += 1
    plant.read(high - high % WORD + low % WORD)


def _late(plant: _Plant) -> None:
    """The answer to an earlier question, taken for the one to this."""
    plant.pause()
    plant.faults += 1
    plant.read(plant.chance.choice(plant.seen[-3:]))


def _gap(plant: _Plant) -> None:
    """From a minute to twelve hours; the box itself may have been started anew."""
    chance = plant.chance
    if chance.random() < 0.5:
        plant.arrivals.append(Silent(plant.stamp()))
    plant.run(60 * 720 ** chance.random())
    if chance.random() < 0.3:
        plant.boot += 1
        plant.boot_us = plant.now_us - 30_000_000
    plant.poll()


def _repeated(plant: _Plant) -> None:
    """Whatever the last reading was, a misread one as well."""
    if plant.chance.random() < 0.5:
        plant.poll()
    plant.arrivals += [plant.arrivals[-1]] * plant.chance.randint(1, 2)


def _out_of_order(plant: _Plant) -> None:
    plant.poll()
    plant.poll()
    plant.arrivals[-2:] = reversed(plant.arrivals[-2:])


def _frozen(plant: _Plant) -> None:
    """The device answers with what it held, while its machine goes on."""
    held = plant.value
    for _ in range(plant.chance.randint(1, 4)):
        plant.pause()
        plant.faults += 1
        plant.read(held)


_HAPPENS: dict[Event, Callable[[_Plant], None]] = {
    Event.NOTHING: _nothing,
    Event.WRAP: _nothing,
    Event.RESET: _reset,
    Event.REBOOT: _reboot,
    Event.BASELINE: _nothing,
    Event.GLITCH_0: _glitch_0,
    Event.GLITCH_FFFF: _glitch_ffff,
    Event.TORN: _torn,
    Event.LATE: _late,
    Event.GAP: _gap,
    Event.REPEATED: _repeated,
    Event.OUT_OF_ORDER: _out_of_order,
    Event.FROZEN: _frozen,
}
