"""停工待料: how long somebody who was logged on waited at machines that stood, as facts show it (PR-R11). Pure.

It is a proposal and nothing more: whoever sets a machine up himself is logged on as well, and works. A person decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from hr.attendance.rules.taps import MINUTE_US
from hr.pay.rules.items import FactId


@dataclass(frozen=True)
class Mark:
    """A fact that begins or ends something at a machine: the presence of a `person`, or, where that is empty, a
    standstill. `at_us` is its stamp."""

    fact: FactId
    at_us: int
    machine: str
    begins: bool
    person: str = ""


@dataclass(frozen=True)
class Stretch:
    """From one mark to another; `to_us` is None while nothing has ended it. `facts` are the marks."""

    machine: str
    person: str
    from_us: int
    to_us: int | None
    facts: tuple[FactId, ...]

    @property
    def place(self) -> tuple[str, str]:
        """The box and the machine: a machine that was moved to another box is said to stand anew there."""
        return self.facts[0][0], self.machine

    def covers(self, from_us: int, to_us: int) -> bool:
        return self.from_us <= from_us and (self.to_us is None or to_us <= self.to_us)


@dataclass(frozen=True)
class WorkedTime:
    """The working time of one person and work date that is paid: stretches that do not overlap, microseconds UTC."""

    person: str
    work_date: str
    worked: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Wait:
    """One time without work, at these machines."""

    from_us: int
    to_us: int
    machines: tuple[str, ...]


@dataclass(frozen=True)
class Waited:
    """What is proposed for one person and work date: whole minutes over all `waits`, seconds cut off, with every fact
    they stand on."""

    person: str
    work_date: str
    minutes: int
    waits: tuple[Wait, ...] = ()
    facts: tuple[FactId, ...] = ()

    @property
    def what(self) -> tuple[int, tuple[FactId, ...]]:
        """What a decision was about: later facts make it another one."""
        return self.minutes, self.facts

    @property
    def machines(self) -> tuple[str, ...]:
        return tuple(sorted({machine for each in self.waits for machine in each.machines}))


class State(StrEnum):
    OPEN = "OPEN"
    """Nobody has decided, or the entry that came of it was taken back."""
    CHANGED = "CHANGED"
    """Facts or attendance have changed since it was decided: it is to be looked at again."""
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"


UNDECIDED = (State.OPEN, State.CHANGED)


def state_of(now: Waited, decided: Waited | None, *, accepted: bool, stands: bool) -> State:
    """`decided`: what the last word was about; `stands`: whether the entry of an accepted one does."""
    if decided is None or (accepted and not stands):
        return State.OPEN
    if now.what != decided.what:
        return State.CHANGED
    return State.ACCEPTED if accepted else State.DECLINED


def stretches(marks: Iterable[Mark]) -> list[Stretch]:
    """In the order of the box's journal, whatever order they come in, and each mark once. What is said again changes
    nothing, and an end without a beginning is none."""
    by_place: dict[tuple[str, str, str], list[Mark]] = defaultdict(list)
    for mark in sorted({each.fact: each for each in marks}.values(), key=lambda each: each.fact):
        by_place[mark.fact[0], mark.machine, mark.person].append(mark)
    found: list[Stretch] = []
    for (_device, machine, person), of_place in by_place.items():
        begun: Mark | None = None
        for mark in of_place:
            if mark.begins:
                begun = begun or mark
            elif begun is not None:
                found.append(Stretch(machine, person, begun.at_us, mark.at_us, (begun.fact, mark.fact)))
                begun = None
        if begun is not None:
            found.append(Stretch(machine, person, begun.at_us, None, (begun.fact,)))
    return found


def waited(marks: Iterable[Mark], days: Iterable[WorkedTime]) -> list[Waited]:
    """The time of each day in which somebody was logged on and every machine he was logged on at stood: while another
    one runs he has work. By date and person; days with less than a minute are left out."""
    found = stretches(marks)
    standing = [each for each in found if not each.person]
    sessions: dict[str, list[Stretch]] = defaultdict(list)
    for each in found:
        if each.person:
            sessions[each.person].append(each)
    made = (_of_day(day, sessions.get(day.person, ()), standing) for day in days)
    return sorted((each for each in made if each.minutes), key=lambda each: (each.work_date, each.person))


@dataclass
class _Waits:
    """The waits of a day while they are put together."""

    done: list[Wait] = field(default_factory=list)
    facts: set[FactId] = field(default_factory=set)

    def add(self, from_us: int, to_us: int, machines: tuple[str, ...]) -> None:
        last = self.done[-1] if self.done else None
        if last is not None and (last.to_us, last.machines) == (from_us, machines):
            self.done[-1] = Wait(last.from_us, to_us, machines)
        else:
            self.done.append(Wait(from_us, to_us, machines))


def _of_day(day: WorkedTime, sessions: Sequence[Stretch], standing: Sequence[Stretch]) -> Waited:
    there = {each.place for each in sessions}
    stops = [each for each in standing if each.place in there]
    waits = _Waits()
    for begin, end in sorted(day.worked) if stops else ():
        for from_us, to_us in _pieces(begin, end, [*sessions, *stops]):
            on = [each for each in sessions if each.covers(from_us, to_us)]
            places = {each.place for each in on}
            still = [each for each in stops if each.place in places and each.covers(from_us, to_us)]
            if on and places == {each.place for each in still}:
                waits.add(from_us, to_us, tuple(sorted(machine for _device, machine in places)))
                waits.facts |= {fact for each in (*on, *still) for fact in each.facts}
    total_us = sum(each.to_us - each.from_us for each in waits.done)
    return Waited(day.person, day.work_date, total_us // MINUTE_US, tuple(waits.done), tuple(sorted(waits.facts)))


def _pieces(begin: int, end: int, of: Iterable[Stretch]) -> Iterable[tuple[int, int]]:
    """The stretch, cut wherever anything begins or ends."""
    edges = {edge for each in of for edge in (each.from_us, each.to_us) if edge is not None and begin < edge < end}
    cuts = [begin, *sorted(edges), end]
    return pairwise(cuts)
