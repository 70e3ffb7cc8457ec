"""Commands in, one commit, answers out: once each, in order of capture, or not at all."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from edge.core import recorder as core
from edge.core.recorder import Recorder, moment_of
from edge.domain.state import BoxState
from edge.link.messages import (
    Answer,
    AssignPieces,
    BadgeTapped,
    ConfirmOutput,
    CounterSample,
    CounterSamples,
    DeviceState,
    LinkBadge,
    NotRecorded,
    Ping,
    Recordable,
    SetEquipmentState,
)
from edge.store.journal import Journal
from edge.store.views import SqlViews
from sync.wire.envelope import Fact
from sync.wire.facts import EquipmentState, Outcome
from sync.wire.identity import sealed_digest, unseal
from sync.wire.reference_data import Directory
from tests import cast
from tests.moments import PLANT, StandingClock, later, moment
from tests.newcomers import CARD, NEW_BADGE, NEWCOMER, SEALING_KEY, registration
from tests.unit.domain.test_commissioning import COMMAND
from tests.unit.store.boxes import KEY, broken_at, open_journal

EIGHT_S = 8 * 3600.0


class Core:
    """A recorder on a real journal; `start` again is what a killed core does."""

    def __init__(self, folder: Path) -> None:
        self.clock = StandingClock(moment(EIGHT_S))
        self.directory = cast.DIRECTORY
        self._folder = folder
        self._own = (f"own-{number}" for number in itertools.count())
        self.journal: Journal
        self.recorder: Recorder
        self.start()

    def start(self) -> None:
        self.journal = open_journal(self._folder)
        self.recorder = Recorder(self.journal, self.clock, lambda: self.directory, PLANT, [cast.PRESS])

    def restart(self) -> None:
        self.close()
        self.start()

    def close(self) -> None:
        self.journal.close()

    def record(self, *commands: Recordable) -> list[Answer | NotRecorded]:
        """Core hears of them when the last of them has been captured."""
        for command in commands:
            self.clock.reach(moment_of(command))
        return self.recorder.record([*commands], self.new_id).answers

    def views(self) -> SqlViews:
        return SqlViews(self._folder / "facts.db", KEY)

    def new_id(self) -> str:
        return next(self._own)

    def facts(self, kind: str = "") -> list[Fact]:
        return [fact for fact in self.journal.after(0) if kind in ("", fact.kind)]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Core]:
    box = Core(tmp_path)
    yield box
    box.journal.close()


def tap(name: str, after_s: float = 0, badge: str = cast.WANG_BADGE, machine: str | None = None) -> BadgeTapped:
    return BadgeTapped(name, moment(EIGHT_S + after_s), "gate", "gate-reader", badge, machine)


def count(name: str, after_s: float, value: int) -> CounterSamples:
    at = moment(EIGHT_S + after_s)
    return CounterSamples(name, [CounterSample(cast.PRESS, "press-counter", at, value, "", 65_536, 60)])


def test_an_answer_names_the_fact_that_holds_the_outcome(box: Core) -> None:
    (answer,) = box.record(tap("one"))
    assert isinstance(answer, Answer)
    (fact,) = box.facts("AttendanceTap")
    assert (answer.outcome, answer.seq) == (Outcome.CLOCKED_IN, fact.seq)
    assert (fact.command, fact.part) == ("one", 0)


def test_a_command_sent_again_is_one_fact_and_gets_the_first_answer(box: Core) -> None:
    first = box.record(tap("one"))
    again = box.record(tap("one", after_s=0), tap("one"))
    assert [*again] == [*first, *first]
    assert len(box.facts("AttendanceTap")) == 1


def test_a_command_sent_again_after_a_restart_gets_the_first_answer(box: Core) -> None:
    first = box.record(tap("one"))
    box.restart()
    assert box.record(tap("one")) == first


def test_a_hand_over_sent_again_answers_with_the_hand_over(box: Core) -> None:
    box.record(tap("on", 0, cast.WANG_BADGE, cast.PRESS))
    first = box.record(tap("over", 5, cast.LI_BADGE, cast.PRESS))
    assert box.record(tap("over", 5, cast.LI_BADGE, cast.PRESS)) == first
    assert isinstance(first[0], Answer)
    assert first[0].outcome is Outcome.HANDED_OVER


def test_facts_of_one_commit_are_in_the_order_of_capture_and_answers_in_the_order_of_asking(box: Core) -> None:
    answers = box.record(tap("later", 5, cast.LI_BADGE), tap("earlier", 1, cast.WANG_BADGE), Ping("ping"))
    assert [answer.id for answer in answers] == ["later", "earlier", "ping"]
    assert [fact.command for fact in box.facts("AttendanceTap")] == ["earlier", "later"]


def test_a_reading_of_the_same_instant_counts_before_the_change(box: Core) -> None:
    box.record(count("zero", -400, 0), tap("on", -399, cast.WANG_BADGE, cast.PRESS), count("snap", -398, 0))
    box.record(tap("over", 0, cast.LI_BADGE, cast.PRESS), count("same", 0, 50))
    kinds = [fact.kind for fact in box.facts() if fact.command in ("over", "same")]
    assert kinds.index("CounterReading") < kinds.index("PersonnelLogOn")
    assert [share["person"] for share in box.facts("MaterialActualRecorded")[-1].body["shares"]] == [cast.WANG.id]


@pytest.mark.parametrize(("waited_s", "late"), [(10, False), (11, True)])
def test_a_command_that_waited_long_says_so_and_keeps_its_time(box: Core, waited_s: float, late: bool) -> None:
    box.clock.pass_s(waited_s)
    box.record(tap("one"), tap("on", 0, cast.WANG_BADGE, cast.PRESS))
    for kind in ("AttendanceTap", "PersonnelLogOn"):
        (fact,) = box.facts(kind)
        assert fact.body.get("late", False) is late
        assert fact.at == moment(EIGHT_S)


def test_nothing_to_say_writes_nothing(box: Core) -> None:
    box.record(Ping("ping"))
    before = box.journal.seq
    box.record(Ping("ping"), Ping("pong"))
    assert box.journal.seq == before


def test_an_order_of_hr_is_followed_without_a_command(box: Core) -> None:
    done = box.recorder.record([], box.new_id)
    assert done.changed == {cast.PRESS}
    assert [fact.body["order"] for fact in box.facts("JobOrderStarted")] == [cast.CAPS.id]


def test_without_reference_data_taps_are_kept(box: Core) -> None:
    box.directory = Directory()
    (answer,) = box.record(tap("one"))
    assert isinstance(answer, Answer)
    assert answer.outcome is Outcome.UNKNOWN_BADGE


def test_a_supervisors_seal_is_answered_with_its_refusal_too(box: Core) -> None:
    seal = ConfirmOutput("seal", moment(EIGHT_S), cast.ZHANG.id, cast.WANG.id, "x", "2026-03-31", [1], 1)
    (answer,) = box.record(seal)
    assert isinstance(answer, Answer)
    assert answer.outcome is Outcome.CHANGED_MEANWHILE


# --- devices --------------------------------------------------------------------------------------


def state_of(device: str, machine: str = cast.PRESS) -> DeviceState:
    return DeviceState(f"gone-{device}", moment(EIGHT_S + 9), device, up=False, machine=machine)


def test_a_counter_that_goes_is_stale_and_a_reader_at_the_machine_is_not(box: Core) -> None:
    box.record(count("zero", 0, 5))
    box.record(state_of("press-counter"), state_of("press-reader"))
    assert [fact.body["counter"] for fact in box.facts("CounterStateChanged")] == ["press-counter"]


# --- a store that fails ---------------------------------------------------------------------------


class Failing:
    """A connection whose COMMIT fails as often as it is told to."""

    def __init__(self, connection: Any, message: str) -> None:
        self._connection, self._message = connection, message

    def execute(self, sql: str, *values: Any) -> Any:
        if sql == "COMMIT":
            raise dbapi2.OperationalError(self._message)
        return self._connection.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def break_store(box: Core, message: str) -> Any:
    connection = box.journal._connection
    box.journal._connection = Failing(connection, message)
    return connection


FAILURES = [("disk I/O error", "disk I/O error"), ("database or disk is full", "disk full")]


@pytest.mark.parametrize(("message", "reason"), FAILURES)
def test_when_the_commit_fails_nothing_is_stored_and_nobody_is_told_otherwise(
    box: Core, message: str, reason: str
) -> None:
    box.record(tap("before"))
    before, state = box.facts(), msgspec.to_builtins(box.recorder.state)
    break_store(box, message)
    assert box.record(tap("one", 100), tap("two", 101)) == [NotRecorded("one", reason), NotRecorded("two", reason)]
    if message.startswith("disk"):
        box.restart()
    assert box.facts() == before
    assert msgspec.to_builtins(box.recorder.state) == state


@pytest.mark.parametrize(("message", "reason"), FAILURES)
def test_the_refused_command_sent_again_is_stored_once(box: Core, message: str, reason: str) -> None:
    box.record(tap("before"))
    connection = break_store(box, message)
    box.record(tap("one", 100))
    if reason == "disk full":
        box.journal._connection = connection
    (answer,) = box.record(tap("one", 100))
    assert isinstance(answer, Answer)
    assert answer.outcome is Outcome.CLOCKED_OUT
    assert [fact.command for fact in box.facts("AttendanceTap")] == ["before", "one"]
    assert broken_at(box.facts()) is None


def test_a_sample_that_waited_before_the_failure_waits_after_it(box: Core) -> None:
    box.record(count("zero", 0, 0), count("waits", 10, 8))
    connection = break_store(box, "database or disk is full")
    box.record(tap("one", 11), count("lost", 12, 9))
    box.journal._connection = connection
    box.record(count("restarted", 20, 0), count("goes on", 22, 1))
    assert [fact.body["value"] for fact in box.facts("CounterReading")] == [0, 8, 0, 1]


def test_it_says_whether_it_works(box: Core) -> None:
    box.record(tap("one"))
    assert box.recorder.works() == ""
    connection = break_store(box, "database or disk is full")
    assert box.recorder.works() == "disk full"
    box.journal._connection = connection
    assert box.recorder.works() == ""


# --- newcomers ------------------------------------------------------------------------------------


def kept_sealed(box: Core) -> list[tuple[str, int, bytes]]:
    return box.views().sealed_records(10)


def test_a_registration_is_a_fact_and_its_sealed_record_is_kept_beside_it(box: Core) -> None:
    command = registration(moment(EIGHT_S))
    (answer,) = box.record(command)
    (fact,) = box.facts("PersonRegistered")
    assert answer == Answer("register", Outcome.REGISTERED, fact.seq)
    ((person, seq, sealed),) = kept_sealed(box)
    assert (person, seq, sealed_digest(sealed)) == (NEWCOMER, fact.seq, fact.body["sealed"])
    assert unseal(sealed, NEWCOMER, SEALING_KEY).card == CARD


def test_a_registration_sent_again_is_one_fact_and_one_record(box: Core) -> None:
    command = registration(moment(EIGHT_S))
    first = box.record(command)
    box.restart()
    assert box.record(command, command) == [*first, *first]
    assert len(box.facts("PersonRegistered")) == len(kept_sealed(box)) == 1


def test_a_registration_that_cannot_be_stored_leaves_neither_fact_nor_record(box: Core) -> None:
    box.record(tap("before"))
    connection = break_store(box, "database or disk is full")
    command = registration(moment(EIGHT_S))
    assert isinstance(box.record(command)[0], NotRecorded)
    box.journal._connection = connection
    assert (box.facts("PersonRegistered"), kept_sealed(box)) == ([], [])
    box.record(command)
    assert len(box.facts("PersonRegistered")) == len(kept_sealed(box)) == 1


@pytest.mark.parametrize("fault", ["not base64", "the same person again"])
def test_a_registration_that_makes_no_sense_is_parked(box: Core, fault: str) -> None:
    box.record(registration(moment(EIGHT_S)))
    command = registration(moment(EIGHT_S), "again")
    if fault == "not base64":
        command = msgspec.structs.replace(command, person="other", sealed="*")
    (answer,) = box.record(command)
    assert (answer, len(box.facts("PersonRegistered"))) == (Answer("again", None, box.journal.seq), 1)
    assert [fact.command for fact in box.facts("CommandParked")] == ["again"]


def test_a_newcomer_is_waited_for_across_a_restart_and_with_or_without_a_checkpoint(
    box: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "CHECKPOINT_EVERY", 2)
    outcomes = []
    commands: list[Recordable] = [registration(moment(EIGHT_S))]
    for after_s, command in enumerate([*commands, *(tap(f"tap-{n}", n, NEW_BADGE) for n in (1, 2, 3))]):
        box.clock.now = moment(EIGHT_S + after_s)
        (answer,) = box.record(command)
        assert isinstance(answer, Answer)
        outcomes.append(answer.outcome)
        box.restart()
    assert outcomes == [Outcome.REGISTERED, Outcome.BADGE_OFFERED, Outcome.BADGE_BOUND, Outcome.CLOCKED_IN]


def test_a_registration_and_the_taps_after_it_are_decided_in_the_order_of_capture(box: Core) -> None:
    before, offered, bound = (tap(f"tap-{after_s}", after_s, NEW_BADGE) for after_s in (0, 2, 3))
    box.record(bound, offered, registration(moment(EIGHT_S + 1)), before)
    kinds = [fact.kind for fact in box.facts() if fact.kind != "JobOrderStarted"]
    assert kinds == ["AttendanceTap", "PersonRegistered", "BadgeOffered", "BadgeBound"]


PEOPLE = [f"0190a000-0000-7000-8000-00000000000{number}" for number in range(3)]
BADGES = (NEW_BADGE, "EM4100:20000000B2", cast.WANG_BADGE)
ANY_REGISTRATION = st.tuples(st.just("register"), st.integers(0, 2), st.integers(0, 2))
ANY_TAP = st.tuples(st.just("tap"), st.integers(0, 5), st.integers(0, 2))
RESTART = st.tuples(st.just("restart"), st.just(0), st.just(0))
BEGINS = [("register", 0, 0), ("tap", 10, 0), ("tap", 11, 0), ("register", 1, 0), ("tap", 0, 1)]
"""One has a badge, and the next has offered his once."""


@pytest.mark.slow
@settings(max_examples=25)
@given(
    st.lists(st.one_of(ANY_REGISTRATION, ANY_TAP, ANY_TAP, RESTART), max_size=15).map(lambda script: [*BEGINS, *script])
)
def test_whatever_is_sent_again_and_however_often_core_restarts_a_badge_is_one_persons(
    script: list[tuple[str, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Core(Path(folder))) as box:
        commands: dict[str, Recordable] = {}
        answers: dict[str, Answer | NotRecorded] = {}
        for after_s, (what, number, which) in enumerate(script):
            name = f"{what}-{number}"
            box.clock.now = moment(EIGHT_S + after_s)
            if what == "restart":
                box.restart()
                continue
            if name not in commands:
                at = moment(EIGHT_S + after_s)
                sent = (
                    registration(at, name, PEOPLE[number]) if what == "register" else tap(name, after_s, BADGES[which])
                )
                commands[name] = sent
            (answer,) = box.record(commands[name])
            assert answers.setdefault(name, answer) == answer
        bound = [(fact.body["badge"], fact.body["person"]) for fact in box.facts("BadgeBound")]
        assert len({badge for badge, _ in bound}) == len({person for _, person in bound}) == len(bound)
        assert len(box.facts("PersonRegistered")) == len(kept_sealed(box)) == sum(n.startswith("r") for n in commands)
        since = {fact.body["badge"]: fact.seq for fact in box.facts("BadgeBound")}
        later_taps = [
            fact for fact in box.facts("AttendanceTap") if fact.seq > since.get(fact.body.get("badge"), fact.seq)
        ]
        assert later_taps == []


def test_the_sealed_record_goes_once_hr_has_it_and_the_fact_stays(box: Core) -> None:
    other = "0190a000-0000-7000-8000-00000000bbbb"
    box.record(registration(moment(EIGHT_S)), registration(moment(EIGHT_S), "other", other))
    box.recorder.forget_sealed(set)
    assert len(kept_sealed(box)) == 2
    box.recorder.forget_sealed(lambda: {NEWCOMER, "somebody else"})
    assert [person for person, _, _ in kept_sealed(box)] == [other]
    assert len(box.facts("PersonRegistered")) == 2


def test_nobody_asks_what_hr_has_while_nothing_is_kept(box: Core) -> None:
    def never() -> set[str]:
        raise AssertionError

    box.recorder.forget_sealed(never)


# --- checkpoints ----------------------------------------------------------------------------------


def folded(facts: list[Fact]) -> BoxState:
    state = BoxState()
    for fact in facts:
        state.apply(fact)
    return state


def work(box: Core, commands: int) -> None:
    for number in range(commands):
        badge = (cast.WANG_BADGE, cast.LI_BADGE, cast.STRANGERS_BADGE)[number % 3]
        after_s = 40.0 * number
        box.record(tap(f"tap-{number}", after_s, badge), count(f"count-{number}", after_s + 1, 30 * number))
        box.record(tap(f"on-{number}", after_s + 2, badge, cast.PRESS))


def test_a_checkpoint_and_the_facts_after_it_make_the_state_that_all_facts_make(
    box: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "CHECKPOINT_EVERY", 20)
    work(box, 12)
    saved = box.journal.checkpoint()
    assert saved is not None
    assert 0 < saved[0] < box.journal.seq
    box.restart()
    assert box.recorder.state == folded(box.facts())


def test_a_checkpoint_of_another_version_is_made_anew(box: Core) -> None:
    work(box, 3)
    with box.journal.transaction():
        box.journal.save_checkpoint(b'{"shape":"of another version","seq":"?"}')
    box.restart()
    assert box.recorder.state == folded(box.facts())


# --- snapshots ------------------------------------------------------------------------------------


def changed_at_the_press(box: Core) -> set[int]:
    """The counter is known and Wang logs on 100 s later: the change that waits for its snapshot."""
    box.recorder.record([], box.new_id)
    box.record(count("zero", 0, 0))
    box.clock.pass_s(100)
    box.record(tap("on", 100, cast.WANG_BADGE, cast.PRESS))
    return box.recorder.pending_changes(cast.PRESS)


def test_a_change_waits_for_a_reading(box: Core) -> None:
    changes = changed_at_the_press(box)
    assert changes == {fact.seq for fact in box.facts("PersonnelLogOn")}
    assert box.recorder.awaiting_snapshot() == {cast.PRESS}
    box.record(count("snapshot", 100.05, 9))
    assert box.recorder.awaiting_snapshot() == set()
    assert box.recorder.missed_snapshot(cast.PRESS, changes, box.new_id) is False


def test_a_missed_snapshot_is_said_once(box: Core) -> None:
    changes = changed_at_the_press(box)
    assert box.recorder.missed_snapshot(cast.PRESS, changes, box.new_id) is True
    assert box.recorder.missed_snapshot(cast.PRESS, changes, box.new_id) is False
    assert [fact.body["changes"] for fact in box.facts("SnapshotMissed")] == [sorted(changes)]


def test_the_time_out_of_an_answered_change_says_nothing_of_the_next_one(box: Core) -> None:
    first = changed_at_the_press(box)
    box.record(count("snapshot", 100.05, 9), tap("over", 102.9, cast.LI_BADGE, cast.PRESS))
    assert box.recorder.missed_snapshot(cast.PRESS, first, box.new_id) is False
    assert box.facts("SnapshotMissed") == []


def test_a_snapshot_missed_while_the_disk_was_full_is_said_before_the_next_reading(box: Core) -> None:
    changes = changed_at_the_press(box)
    connection = break_store(box, "database or disk is full")
    box.recorder.missed_snapshot(cast.PRESS, changes, box.new_id)
    box.journal._connection = connection
    box.record(count("much later", 200, 100))
    made = box.facts("MaterialActualRecorded")
    assert [fact.body["basis"] for fact in made] == ["ESTIMATED", "ESTIMATED"]


@pytest.mark.parametrize(("away_s", "bases"), [(1, ["EXACT"]), (100, ["ESTIMATED", "ESTIMATED"])])
def test_a_change_that_found_core_gone_for_long_has_no_snapshot(box: Core, away_s: float, bases: list[str]) -> None:
    changed_at_the_press(box)
    box.clock.pass_s(away_s)
    box.restart()
    box.record(count("back", 100 + away_s, 50))
    assert [fact.body["basis"] for fact in box.facts("MaterialActualRecorded")] == bases


def test_after_the_box_itself_was_off_no_reading_is_a_snapshot(box: Core) -> None:
    changed_at_the_press(box)
    box.clock.now = msgspec.structs.replace(later(box.clock.now, 1), boot_id="boot-2")
    box.restart()
    box.record(tap("any", 102))
    assert len(box.facts("SnapshotMissed")) == 1


def test_a_command_that_cannot_be_decided_is_parked_whole_and_the_others_go_on(
    box: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr("edge.domain.confirmation.confirm", broken)
    seal = ConfirmOutput("c1", moment(EIGHT_S), "s", "p", "o", "2026-03-31", [1], 1)

    refused, ticked = box.record(seal, tap("t1"))

    assert ticked == Answer("t1", Outcome.CLOCKED_IN, box.facts("AttendanceTap")[0].seq)
    parked = box.facts("CommandParked")[0]
    assert msgspec.json.decode(parked.body["command"])["id"] == "c1"
    assert refused == Answer("c1", None, parked.seq)
    assert box.record(seal) == [refused]


# --- what a supervisor says, and what a proof says ---------------------------------------------------


def test_what_a_supervisor_says_is_answered_and_said_twice_it_is_done_once(box: Core) -> None:
    box.record(count("a", 0, 0), count("b", 400, 30), count("c", 800, 40))
    at, by = moment(EIGHT_S + 900), cast.ZHANG.id
    made = [fact.seq for fact in box.facts("MaterialActualRecorded")]
    said: list[Recordable] = [
        SetEquipmentState("set-up", at, by, cast.PRESS, EquipmentState.SETUP),
        AssignPieces("assign", at, by, cast.PRESS, made, {cast.WANG.id: 35}, "forgot to log on"),
        LinkBadge("link", at, by, cast.STRANGERS_BADGE, cast.WANG.id, "hers"),
        msgspec.structs.replace(COMMAND, at=at),
    ]
    first = box.record(*said)
    outcomes = [each.outcome for each in first if isinstance(each, Answer)]
    assert outcomes == [Outcome.SETUP_BEGAN, Outcome.ASSIGNED, Outcome.BADGE_LINKED, Outcome.COMMISSIONED]
    held, kinds = len(box.facts()), [fact.kind for fact in box.facts()]
    assert kinds.count("MaterialActualAssigned") == len(made) == 2
    assert box.record(*said) == first
    box.restart()
    assert box.record(*said) == first
    assert len(box.facts()) == held


def test_what_was_said_outlives_a_restart(box: Core) -> None:
    box.record(LinkBadge("link", moment(EIGHT_S), cast.ZHANG.id, cast.STRANGERS_BADGE, cast.WANG.id, "hers"), COMMAND)
    state = box.recorder.state
    box.restart()
    assert box.recorder.state == state
    assert state.bound == {cast.STRANGERS_BADGE: cast.WANG.id}
    assert state.commissioned == {COMMAND.counter: COMMAND.meaning}


# --- the end of a shift ------------------------------------------------------------------------------

TWELVE_H = 12 * 3600.0


def ended(box: Core) -> list[tuple[float, str]]:
    offs = box.facts("PersonnelLogOff")
    return [(fact.at.seconds_since(moment(EIGHT_S)), fact.body["ended_by"]) for fact in offs]


def test_a_session_left_open_ends_when_core_has_caught_up_and_no_earlier(box: Core) -> None:
    box.record(count("a", 0, 0), tap("on", 1, machine=cast.PRESS), count("b", 2, 0))
    box.clock.pass_s(TWELVE_H + 0.5)
    box.record()
    assert ended(box) == []
    done = box.recorder.record([], box.new_id, caught_up=True)
    assert (ended(box), done.changed) == ([(TWELVE_H, "SHIFT_END")], {cast.PRESS})
    held = len(box.facts())
    box.recorder.record([], box.new_id, caught_up=True)
    assert len(box.facts()) == held


def test_a_log_off_that_lay_before_the_end_is_a_log_off_however_late_it_comes(box: Core) -> None:
    box.record(tap("on", 1, machine=cast.PRESS))
    box.clock.pass_s(TWELVE_H + 600)
    box.record(tap("li", TWELVE_H + 300, cast.LI_BADGE, cast.PRESS), tap("off", TWELVE_H - 120, machine=cast.PRESS))
    assert ended(box) == [(TWELVE_H - 120, "LOG_OFF")]


def test_who_comes_after_the_end_takes_over_from_nobody(box: Core) -> None:
    box.record(tap("on", 1, machine=cast.PRESS))
    box.clock.pass_s(TWELVE_H + 600)
    (answer,) = box.record(tap("li", TWELVE_H + 300, cast.LI_BADGE, cast.PRESS))
    assert isinstance(answer, Answer)
    assert answer.outcome is Outcome.LOGGED_ON
    assert ended(box) == [(TWELVE_H, "SHIFT_END")]


def test_readings_of_after_the_end_are_nobodys_before_any_beat(box: Core) -> None:
    box.record(count("a", 0, 0), tap("on", 1, machine=cast.PRESS), count("b", 2, 0))
    box.clock.pass_s(TWELVE_H)
    box.record(count("c", TWELVE_H - 1, 100), count("d", TWELVE_H + 0.4, 100), count("e", TWELVE_H + 400, 130))
    made = [fact.body for fact in box.facts("MaterialActualRecorded")]
    assert [(each["bucket"], each["counts"]) for each in made] == [("ATTRIBUTED", 100), ("UNATTRIBUTED", 30)]
    assert {each["basis"] for each in made} == {"EXACT"}


# --- stamps that cannot be (AB-R9) ----------------------------------------------------------------------


def test_a_tap_of_the_future_is_one_of_now_and_says_so(box: Core) -> None:
    now = box.clock.now
    (answer,) = box.recorder.record([tap("ahead", 3600)], box.new_id).answers
    assert isinstance(answer, Answer)
    (fact,) = box.facts("AttendanceTap")
    assert (fact.at, fact.body["suspect"], answer.outcome) == (now, True, Outcome.CLOCKED_IN)


def test_a_reading_of_the_future_is_one_of_now_and_the_others_of_its_round_are_as_they_were(box: Core) -> None:
    first, ahead = count("round", -60, 100).samples[0], count("any", 3600, 130).samples[0]
    box.recorder.record([CounterSamples("round", [first])], box.new_id)
    moved = msgspec.structs.replace(ahead, session=1)
    box.recorder.record([CounterSamples("next", [moved])], box.new_id)
    assert [(fact.at, fact.body.get("suspect")) for fact in box.facts("CounterReading")] == [
        (first.at, None),
        (box.clock.now, True),
    ]


def test_what_was_captured_long_ago_keeps_its_stamp_and_is_not_suspect(box: Core) -> None:
    box.recorder.record([tap("buffered", -4 * 3600)], box.new_id)
    (fact,) = box.facts("AttendanceTap")
    assert (fact.at, fact.body.get("suspect")) == (tap("any", -4 * 3600).at, None)


def test_a_reading_of_an_earlier_boot_says_nothing_once_the_counter_was_read_in_this_one(box: Core) -> None:
    box.record(count("old", -600, 100), count("now", -60, 130))
    stray = msgspec.structs.replace(count("any", -300, 0).samples[0], at=moment(EIGHT_S - 300, "boot-0"), session=7)
    box.record(CounterSamples("stray", [stray]), count("on", 0, 140))
    assert all(fact.body["value"] for fact in box.facts("CounterReading"))
