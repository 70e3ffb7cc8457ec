"""What the judge of the fault harnesses finds in made-up evidence."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from sync.wire.envelope import GENESIS, Fact, sealed
from sync.wire.facts import (
    AttendanceTap,
    Basis,
    Body,
    Bucket,
    CounterReading,
    Direction,
    MaterialActualRecorded,
    Outcome,
    Reading,
    Step,
    as_dict,
)
from tests.faults import evidence as evidence_module
from tests.faults.evidence import Evidence, Findings, judge
from tests.unit.sync.made import DEVICE, NOON_US, stamp


def tap(person: str, *, effective: bool = True) -> AttendanceTap:
    outcome = Outcome.CLOCKED_IN if effective else Outcome.ALREADY_IN
    return AttendanceTap(outcome, "gate", "gate-1", "2026-01-01", person, None, Direction.IN, effective)


def reading(value: int) -> CounterReading:
    return CounterReading("press-1", "strokes", value, "0000", "change", 65536)


def actual(from_seq: int, to_seq: int, counts: int, quantity: int) -> MaterialActualRecorded:
    stretch = Reading(from_seq, to_seq, Step.NORMAL, counts)
    dates = ("2026-01-01", "2026-01-01")
    return MaterialActualRecorded("press-1", Bucket.UNATTRIBUTED, quantity, quantity, 1, Basis.EXACT, [stretch], *dates)


def journal_of(*bodies: Body) -> list[Fact]:
    """One fact a second, each of a command of its own."""
    facts: list[Fact] = []
    for seq, body in enumerate(bodies, 1):
        head = facts[-1].hash if facts else GENESIS
        kind = type(body).__name__
        facts.append(sealed(Fact(DEVICE, 1, seq, f"c-{seq}", 0, kind, stamp(seq), as_dict(body), head, "")))
    return facts


def made_at(us: int) -> int:
    """A piece each second; a reading shows what was made at its stamp."""
    return max(0, (us - NOON_US) // 1_000_000)


HONEST = (reading(1), tap("wei"), tap("fang"), reading(4), actual(1, 4, 3, 3))


def findings_of(*bodies: Body, at_hr: list[Fact] | None = None, journal: list[Fact] | None = None) -> Findings:
    facts = journal_of(*bodies) if journal is None else journal
    evidence = Evidence(
        presented={"wei": 1, "fang": 1},
        acknowledged={"wei": [2], "fang": [3]},
        journal=facts,
        at_hr=facts if at_hr is None else at_hr,
        made_at=made_at,
        made=4,
    )
    return judge(evidence)


def test_an_honest_box_is_found_honest():
    assert findings_of(*HONEST).none


def test_a_tick_without_a_fact_is_lost():
    assert findings_of(HONEST[0], tap("wei"), reading(3), reading(4), actual(1, 3, 2, 2), actual(3, 4, 1, 1)).lost


def test_a_tick_without_an_effective_tap_is_lost():
    assert findings_of(HONEST[0], tap("wei"), tap("fang", effective=False), *HONEST[3:]).lost


def test_a_tap_stored_twice_is_doubled_even_if_it_makes_no_hours():
    findings = findings_of(*HONEST, tap("wei", effective=False))
    assert findings.doubled == [f"wei tapped 1 times, {where} has 2 taps" for where in ("the journal", "HR")]


def test_two_effective_taps_are_doubled():
    assert "wei has 2 effective taps at HR" in findings_of(*HONEST, tap("wei")).doubled


def test_a_tap_of_nobody_is_broken():
    assert findings_of(*HONEST, tap("ghost")).broken


@pytest.mark.parametrize(
    ("counts", "quantity", "lost", "doubled"), [(3, 2, True, False), (3, 6, False, True), (2, 2, True, False)]
)
def test_pieces_must_add_up_to_the_readings(counts: int, quantity: int, lost: bool, doubled: bool):
    findings = findings_of(*HONEST[:4], actual(1, 4, counts, quantity))
    assert (bool(findings.lost), bool(findings.doubled)) == (lost, doubled)


def test_stretches_that_overlap_count_pieces_twice():
    findings = findings_of(*HONEST, actual(1, 3, 0, 0))
    assert "the readings (1, 3) and (1, 4) count the same pieces" in findings.doubled


def test_pieces_made_after_the_last_reading_are_lost():
    assert findings_of(reading(1), tap("wei"), tap("fang")).lost == ["the last reading shows 1, the machine made 4"]


def test_a_reading_the_counter_never_showed_is_broken():
    assert findings_of(*HONEST[:3], reading(40), actual(1, 4, 39, 39)).broken


def test_a_fact_that_hr_has_not_got_is_lost():
    journal = journal_of(*HONEST)
    assert "HR has not got fact 5" in findings_of(journal=journal, at_hr=journal[:4]).lost


def test_a_fact_that_differs_at_hr_is_broken():
    journal = journal_of(*HONEST)
    other = msgspec.structs.replace(journal[4], command="other")
    assert "fact 5 differs at HR" in findings_of(journal=journal, at_hr=[*journal[:4], other]).broken


def test_a_changed_fact_breaks_the_chain():
    journal = journal_of(*HONEST)
    journal[1] = msgspec.structs.replace(journal[1], part=7)
    assert "fact 2 has another hash" in findings_of(journal=journal).broken


def test_a_missing_fact_breaks_the_chain():
    journal = journal_of(*HONEST, tap("wei", effective=False))
    assert "fact 6 does not follow 4" in findings_of(journal=[*journal[:4], journal[5]]).broken


def test_a_command_stored_twice_is_doubled():
    journal = journal_of(*HONEST)
    journal[4] = sealed(msgspec.structs.replace(journal[4], command="c-1"))
    assert "part 0 of command c-1 is stored 2 times" in findings_of(journal=journal).doubled


# --- a PLC that restarts: at 5.5 s its register shows 5 and begins again at 0 -------------------------

RESTART_US = NOON_US + 5_500_000


def made_since_restart(us: int) -> int:
    return made_at(us) if us < RESTART_US else (us - RESTART_US) // 1_000_000


def lives(*readings: tuple[int, int, int], restarts: int = 1) -> Findings:
    """What is found when the journal holds these (second, value, session), and counts as they say."""
    facts, seconds = list[Body](), {second: (value, session) for second, value, session in readings}
    for second in range(1, 11):
        value, session = seconds.get(second, (0, 0))
        step = CounterReading("press-1", "strokes", value, "0000", "change", 65536, session)
        facts.append(step if second in seconds else tap("wei", effective=second == 2))
    for (earlier, before, old), (later, after, new) in pairwise(readings):
        counts = after if old != new else after - before
        facts.append(actual(earlier, later, counts, counts))
    journal = journal_of(*facts)
    evidence = Evidence({"wei": 9}, {"wei": [2]}, journal, journal, made_since_restart, 4)
    evidence.restarts = [(RESTART_US, 5)] * restarts
    return judge(evidence)


def test_pieces_between_the_last_poll_and_a_restart_of_the_plc_are_gone_with_it():
    assert lives((1, 1, 1), (4, 4, 1), (8, 2, 2), (10, 4, 2)).none


def test_a_restart_that_no_reading_tells_of_is_lost():
    assert "the PLC began 2 times, the readings show 1" in lives((1, 1, 1), (4, 4, 1), (10, 4, 1)).lost


def test_a_restart_that_never_was_is_found():
    assert lives((1, 1, 1), (4, 4, 1), (8, 2, 2), (10, 4, 2), restarts=0).lost


def test_more_than_a_poll_may_not_be_lost_at_a_restart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(evidence_module, "LOST_IN_PLC", 3)
    assert lives((1, 1, 1), (8, 2, 2), (10, 4, 2)).lost == [
        "the PLC restarted at 5, the last reading before it shows 1"
    ]


def test_a_reading_after_a_restart_shows_what_was_made_since():
    assert lives((1, 1, 1), (4, 4, 1), (8, 4, 2), (10, 4, 2)).broken
