"""How long somebody waited at machines that stood."""

from __future__ import annotations

import random
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hr.pay.rules.waiting import Mark, WorkedTime, stretches, waited
from tests.unit.hr.shift_days import MONDAY, TUESDAY, us

LI, CHEN = "p-li", "p-chen"
MORNING, AFTERNOON = ("08:00", "12:00"), ("13:00", "17:00")
MINUTE = 60_000_000


def marks(*said: str, on: str = MONDAY, device: str = "gate-1") -> list[Mark]:
    """Each `08:00 p-li on M1` or `09:00 M1 stands`, in the order of the journal."""
    seqs = count(1)
    return [_mark(each.split(), on, (device, 1, next(seqs))) for each in said]


def _mark(words: list[str], on: str, fact: tuple[str, int, int]) -> Mark:
    if words[-1] in ("stands", "runs"):
        return Mark(fact, us(on, words[0]), words[1], words[-1] == "stands")
    return Mark(fact, us(on, words[0]), words[3], words[2] == "on", words[1])


def at_work(*worked: tuple[str, str], person: str = LI, on: str = MONDAY) -> WorkedTime:
    return WorkedTime(person, on, tuple((us(on, begin), us(on, end)) for begin, end in worked))


DAY = at_work(MORNING, AFTERNOON)
ALONE = ("08:00 p-li on M1", "17:00 p-li off M1")


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        pytest.param(("09:00 M1 stands", "09:40 M1 runs"), 40, id="from the stop to its end"),
        pytest.param(("11:30 M1 stands", "13:15 M1 runs"), 45, id="the break is no waiting"),
        pytest.param(("07:00 M1 stands", "08:10 M1 runs"), 10, id="from the start of work on"),
        pytest.param(("16:50 M1 stands", "19:00 M1 runs"), 10, id="to the end of work"),
        pytest.param(("16:00 M1 stands",), 60, id="a stop that nobody has ended"),
        pytest.param(("09:00:40 M1 stands", "09:02:20 M1 runs"), 1, id="seconds are cut off"),
        pytest.param(
            ("09:00:00 M1 stands", "09:00:40 M1 runs", "10:00:00 M1 stands", "10:00:40 M1 runs"), 1, id="once for a day"
        ),
        pytest.param(("09:00 M1 stands", "09:10 M1 stands", "09:30 M1 runs"), 30, id="said twice, it began once"),
        pytest.param(("09:00 M2 stands", "09:40 M2 runs"), 0, id="another machine"),
        pytest.param(("09:00 M1 runs",), 0, id="the end of nothing"),
    ],
)
def test_somebody_waits_while_the_machine_he_is_logged_on_at_stands(said: tuple[str, ...], minutes: int):
    assert sum(each.minutes for each in waited(marks(*ALONE, *said), [DAY])) == minutes


def test_at_two_machines_that_stand_nobody_waits_twice():
    both = (*ALONE, "08:00 p-li on M2", "17:00 p-li off M2", "09:00 M1 stands", "10:00 M1 runs", "09:30 M2 stands")
    (found,) = waited(marks(*both, "10:30 M2 runs"), [DAY])
    assert (found.minutes, found.machines) == (30, ("M1", "M2"))


def test_whoever_has_another_machine_that_runs_does_not_wait():
    assert not waited(marks(*ALONE, "08:00 p-li on M2", "09:00 M1 stands", "10:00 M1 runs"), [DAY])


def test_who_is_not_logged_on_waits_for_nothing():
    said = marks("09:30 p-li on M1", "09:45 p-li off M1", "09:00 M1 stands", "10:00 M1 runs")
    (found,) = waited(said, [DAY, at_work(MORNING, person=CHEN)])
    assert (found.person, found.minutes) == (LI, 15)


def test_the_facts_are_those_of_the_stop_and_of_the_session_and_no_others():
    said = marks(
        *ALONE, "08:30 M1 stands", "08:30:30 M1 runs", "09:00 p-chen on M1", "10:00 M1 stands", "11:00 M1 runs"
    )
    (found,) = waited(said, [at_work(("09:00", "12:00"))])
    assert found.facts == (("gate-1", 1, 1), ("gate-1", 1, 2), ("gate-1", 1, 6), ("gate-1", 1, 7))


def test_a_machine_that_was_moved_to_another_box_does_not_stand_there_by_what_the_first_has_said():
    moved = [*marks("08:00 M1 stands"), *marks(*ALONE, device="gate-2")]
    assert not waited(moved, [DAY])


def test_what_happened_when_is_told_by_the_journal_and_not_by_a_clock_that_was_set_back():
    assert not waited(marks(*ALONE, "10:00 M1 stands", "09:50 M1 runs"), [DAY])


def test_a_stop_over_two_days_is_proposed_for_each():
    said = marks("16:30 M1 stands", *ALONE)
    again = marks("32:00 p-li on M1", device="gate-1")
    further = [Mark(("gate-1", 1, 10 + each.fact[2]), each.at_us, each.machine, each.begins, LI) for each in again]
    found = waited([*said, *further], [DAY, at_work(("08:00", "09:00"), on=TUESDAY)])
    assert [(each.work_date, each.minutes) for each in found] == [(MONDAY, 30), (TUESDAY, 60)]


@st.composite
def said_of_a_day(draw: st.DrawFn) -> list[Mark]:
    """Anything that two people and two machines may have had said of them, in the order of time."""
    times = sorted(draw(st.lists(st.integers(7 * 60, 18 * 60), max_size=14)))
    zero = us(MONDAY, "00:00")
    who = st.tuples(st.sampled_from(["M1", "M2"]), st.booleans(), st.sampled_from(["", LI, CHEN]))
    return [Mark(("gate-1", 1, seq), zero + at * MINUTE, *draw(who)) for seq, at in enumerate(times, 1)]


def by_replay(said: list[Mark], day: WorkedTime) -> int:
    """The same, minute by minute: what has been said by then, and nothing else."""
    minutes = 0
    for at_us in (minute for begin, end in day.worked for minute in range(begin, end, MINUTE)):
        now = {(each.machine, each.person): each.begins for each in said if each.at_us <= at_us}
        on = [machine for (machine, person), begun in now.items() if person == day.person and begun]
        minutes += bool(on) and all(now.get((machine, "")) for machine in on)
    return minutes


@settings(max_examples=60, deadline=None)
@given(said_of_a_day(), st.randoms(use_true_random=False))
def test_each_minute_of_waiting_is_worked_and_stood_whatever_comes_in_whatever_order(
    said: list[Mark], chance: random.Random
):
    days = [DAY, at_work(MORNING, person=CHEN)]
    found = waited(said, days)
    minutes = {each.person: each.minutes for each in found}
    assert minutes == {day.person: made for day in days if (made := by_replay(said, day))}
    for each in found:
        (of_him,) = (day.worked for day in days if day.person == each.person)
        assert each.minutes <= sum(end - begin for begin, end in of_him) // MINUTE
        assert set(each.facts) <= {mark.fact for mark in said}
        assert each.minutes <= sum(_stood(said, machine) for machine in each.machines)
    shuffled = [*said, *said[::2]]
    chance.shuffle(shuffled)
    assert waited(shuffled, reversed(days)) == found


def _stood(said: list[Mark], machine: str) -> int:
    """How long a machine stood until the end of work, in minutes."""
    stops = [each for each in stretches(said) if each.machine == machine and not each.person]
    last = us(MONDAY, AFTERNOON[1])
    return sum(max(0, min(each.to_us or last, last) - each.from_us) for each in stops) // MINUTE
