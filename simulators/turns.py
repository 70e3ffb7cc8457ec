"""Who took over which machine when, and what the journal's own readings say of the moment of each change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise

from sync.wire.envelope import Fact

EXACT_WITHIN_S = 4.0
"""Machine time from a badge to the reading that is called its own. Later than this the split must be by time."""


@dataclass(frozen=True)
class Turn:
    """A person took over a machine, or left it, as the simulator saw it; `number` is whose badge it was.

    `taps`: when he held it there, until the screen answered him.
    """

    machine: str
    number: str
    leaves: bool
    taps: tuple[int, ...]

    @property
    def person(self) -> str | None:
        """Whose the pieces are from here on."""
        return None if self.leaves else self.number


@dataclass(frozen=True)
class Window:
    """`mark`: up to which count of the machine the pieces still go to whoever was there before."""

    mark: int
    words: str


def counted(number: int) -> str:
    return f"{number} count{'' if abs(number) == 1 else 's'}"


def readings_of(machine: str, journal: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in journal if fact.kind == "CounterReading" and fact.body["machine"] == machine]


def counts_between(earlier: Fact, later: Fact) -> int:
    """From the raw values alone: the value itself after a restart, else the difference modulo the counter's end."""
    before, after = earlier.body, later.body
    if before.get("session") != after.get("session"):
        return int(after["value"])
    return int((after["value"] - before["value"]) % after["modulus"])


def window_of(
    turn: Turn, journal: list[Fact], readable: Callable[[int], int], machine_s: Callable[[int, int], float]
) -> Window | str:
    """The window of one turn, or a sentence about what is wrong with it.

    `readable`: the machine's counts up to a moment, as far as a reading can see them.
    """
    change = _change_of(turn, journal)
    if change is None:
        return "the badge changed nothing"
    tapped = readable(max(each for each in turn.taps if each <= change.at.wall_us))
    if any(fact.kind == "SnapshotMissed" and change.seq in fact.body["changes"] for fact in journal):
        return _split_by_time(turn.machine, change, journal, tapped)
    readings = readings_of(turn.machine, journal)
    snapshot = next((each for each in readings if change.seq in each.body.get("changes", [])), None)
    if snapshot is None:
        return f"no reading was taken for the change {change.seq}, and nothing says that it was missed"
    waited_s = machine_s(change.at.wall_us, snapshot.at.wall_us)
    if waited_s > EXACT_WITHIN_S:
        return f"the change {change.seq} is called EXACT, and its reading {snapshot.seq} came {waited_s:.1f} s later"
    mark = _counted_until(snapshot, readings)
    possible = readable(snapshot.at.wall_us) - tapped
    if not 0 <= mark - tapped <= possible:
        return f"{mark - tapped} counts in a window that saw {possible}"
    return Window(mark, f"{counted(mark - tapped)} between the badge and the snapshot")


def _change_of(turn: Turn, journal: list[Fact]) -> Fact | None:
    changes = (
        fact
        for fact in journal
        if fact.kind in {"PersonnelLogOn", "PersonnelLogOff"}
        and "station" in fact.body
        and fact.body["machine"] == turn.machine
        and fact.at.wall_us >= turn.taps[0]
    )
    return min(changes, key=lambda fact: fact.seq, default=None)


def _split_by_time(machine: str, change: Fact, journal: list[Fact], tapped: int) -> Window | str:
    """No reading came in time: the counts between the two readings around the change must be divided by time, to the
    count, and be called ESTIMATED."""
    readings = readings_of(machine, journal)
    before = max((each for each in readings if each.at.wall_us <= change.at.wall_us), key=lambda each: each.seq)
    after = next((each for each in readings if each.seq > max(before.seq, change.seq)), None)
    if after is None:
        return f"no reading came after the change {change.seq}"
    parts = [
        fact.body
        for fact in journal
        if fact.kind == "MaterialActualRecorded"
        and any((each["from_seq"], each["to_seq"]) == (before.seq, after.seq) for each in fact.body["readings"])
    ]
    if len(parts) > 1 and any(part["basis"] != "ESTIMATED" for part in parts):
        return f"the counts around the change {change.seq} were divided and not called ESTIMATED"
    length_us = max(1, after.at.wall_us - before.at.wall_us)
    due = counts_between(before, after) * (change.at.wall_us - before.at.wall_us) / length_us
    first = min(accumulate((part["counts"] for part in parts), initial=0), key=lambda given: abs(given - due))
    if abs(first - due) > 1:
        return f"{first} counts were given away before the change {change.seq}, where its time makes {due:.1f}"
    mark = _counted_until(before, readings) + first
    return Window(
        mark, f"ESTIMATED by time between facts {before.seq} and {after.seq}, {mark - tapped:+} counts from the truth"
    )


def _counted_until(reading: Fact, readings: list[Fact]) -> int:
    """Counts since the first reading, up to and including this one."""
    until = [fact for fact in readings if fact.seq <= reading.seq]
    return sum(counts_between(*step) for step in pairwise(until))
