"""What every connector must pass, with HR's real outbox before it and its system behind it.

A connector brings a `Rig`: its system, and what an outsider sees there. `ConnectorContract` is the suite; a test class
that inherits it and has a fixture `rig` runs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

from hr.outbox.rules import State
from hr.outbox.sender import Sent, send
from hr.outbox.service import Outbox
from hr.store import engine, writing
from hr.store.tables import metadata, outbox
from sync.connectors.port import AttendanceLine, Employee, Fault, Kinds, Level, Line, PieceLine, Refused, System
from sync.wire.facts import Direction
from tests.unit.hr.cast import DAY, clock_us

SYSTEM = "payroll"

Seen = tuple[str, ...]
"""A line as an outsider reads it in the system: see `seen`."""


class Rig(Protocol):
    """`edits`: people of that system can change what we wrote. `knows_people`: it refuses strangers. `takes`: which
    lines it has a place for."""

    edits: bool
    knows_people: bool

    @property
    def takes(self) -> Kinds: ...

    def open(self) -> System:
        """As a new process would."""

    def counted(self) -> list[Seen]:
        """What somebody would count who reads the system and nothing else; each line once for each time it counts."""

    def writes(self) -> object:
        """Something that is another value once anything was written there."""

    def poison(self, line: Line) -> Line:
        """The same line as this system will never take it."""

    def edit(self, line: Line) -> None:
        """Somebody there corrects it."""

    def answer_lost(self) -> AbstractContextManager[None]:
        """Inside, what is sent is done, and the answer does not come."""

    def away(self) -> AbstractContextManager[None]:
        """Inside, nothing can be sent; Trouble RETRY."""

    def locked_out(self) -> AbstractContextManager[Fault]:
        """Inside, it must be mended by a person: REVOKED or CONFIG."""


def mark(hours: int, number: str = "0101", direction: Direction = Direction.IN) -> AttendanceLine:
    return AttendanceLine(number, DAY, clock_us(hours), direction)


def pieces(good: int, number: str = "0101") -> PieceLine:
    return PieceLine(number, DAY, "W-100", "CAP-28", "MOULD", good + 2, good, 2, 0, 0, 0, Decimal("0.0125"),
                     (good * Decimal("0.0125")).quantize(Decimal("0.01")))  # fmt: skip


def seen(line: Line) -> Seen:
    """What an outsider must find of a line: whole seconds UTC, and exact amounts."""
    if isinstance(line, AttendanceLine):
        return (line.number, line.direction.value, str(line.at_us // 1_000_000))
    return (line.number, line.order, str(line.good), str(line.amount))


class Hr:
    """HR's side: an outbox in a real database, and all lines that count now."""

    def __init__(self, folder: Path, rig: Rig) -> None:
        store = engine(f"sqlite:///{folder / 'hr.db'}")
        metadata.create_all(store, tables=[outbox])
        self.store, self.rig = store, rig
        self.outbox = Outbox(store, writing(store), lambda: clock_us(12))

    def queue(self, lines: Mapping[str, Line]) -> None:
        self.outbox.queue(SYSTEM, lines, DAY, DAY)

    def send(self) -> Sent:
        return send(self.outbox, SYSTEM, self.rig.open())

    def say(self, lines: Mapping[str, Line]) -> Sent:
        """These are all lines of the day."""
        self.queue(lines)
        return self.send()

    def say_and_be_killed(self, lines: Mapping[str, Line], patch: pytest.MonkeyPatch) -> None:
        """It dies after the system has taken something, before that is noted."""

        def killed(system: str, answers: Mapping[str, object]) -> None:
            if answers:
                raise CrashError

        with patch.context() as until_then:
            until_then.setattr(self.outbox, "note", killed)
            with pytest.raises(CrashError):
                self.say(lines)

    def states(self) -> dict[str, tuple[State, Fault | None]]:
        """Of each line's newest revision."""
        return {each.line: (each.state, each.fault) for each in self.outbox.listed(SYSTEM)}


class CrashError(BaseException):
    """The process is killed here."""


DAY_LINES: dict[str, Line] = {
    "attendance/gate-1/1/1": mark(8),
    "attendance/gate-1/1/2": mark(17, direction=Direction.OUT),
    "attendance/gate-1/1/3": mark(9, "0102"),
    "attendance/gate-1/1/4": mark(18, "0102", Direction.OUT),
    "pieces/gate-1/1/5": pieces(398),
}
FIRST = "attendance/gate-1/1/1"


def one_more(rig: Rig) -> Line:
    """A line that can be poisoned."""
    return pieces(1) if PieceLine in rig.takes else mark(20)


class ConnectorContract:
    """The suite."""

    @pytest.fixture
    def hr(self, tmp_path: Path, rig: Rig) -> Iterator[Hr]:
        made = Hr(tmp_path, rig)
        yield made
        made.store.dispose()

    @pytest.fixture
    def day(self, rig: Rig) -> dict[str, Line]:
        """All lines of the day that this system has a place for."""
        return {key: each for key, each in DAY_LINES.items() if isinstance(each, rig.takes)}

    def test_every_line_is_there_once_and_in_order(self, hr: Hr, rig: Rig, day: dict[str, Line]):
        done = hr.say(day)
        assert (done.sent, done.parked, done.trouble) == (len(day), 0, None)
        marks = [mark(8), mark(9, "0102"), mark(17, direction=Direction.OUT), mark(18, "0102", Direction.OUT)]
        assert [each for each in rig.counted() if len(each) == 3] == [seen(each) for each in marks]
        assert sorted(rig.counted()) == sorted(seen(each) for each in day.values())

    def test_the_same_lines_again_write_nothing(self, hr: Hr, rig: Rig, day: dict[str, Line]):
        hr.say(day)
        before = rig.writes()
        assert hr.say(day).sent == 0
        assert rig.writes() == before

    def test_a_crash_after_sending_and_before_the_note_doubles_nothing(
        self, hr: Hr, rig: Rig, monkeypatch: pytest.MonkeyPatch, day: dict[str, Line]
    ):
        hr.say_and_be_killed(day, monkeypatch)
        again = hr.say(day)
        assert again.found >= 1
        assert sorted(rig.counted()) == sorted(seen(each) for each in day.values())
        assert {state for state, _ in hr.states().values()} == {State.SENT}

    def test_a_correction_that_comes_while_a_note_is_missing_corrects_and_does_not_add(
        self, hr: Hr, rig: Rig, monkeypatch: pytest.MonkeyPatch
    ):
        hr.say_and_be_killed({FIRST: mark(8)}, monkeypatch)
        hr.say({FIRST: mark(7)})
        assert rig.counted() == [seen(mark(7))]

    def test_a_lost_answer_is_looked_up_and_not_sent_again(self, hr: Hr, rig: Rig):
        with rig.answer_lost():
            lost = hr.say({FIRST: mark(8)})
        assert lost.trouble is not None
        assert lost.trouble.fault is Fault.RETRY
        done = hr.say({FIRST: mark(8)})
        assert (done.found, done.sent) == (1, 0)
        assert rig.counted() == [seen(mark(8))]

    def test_a_server_restored_from_a_backup_finds_what_it_had_sent_since(
        self, hr: Hr, rig: Rig, tmp_path: Path, day: dict[str, Line]
    ):
        hr.say(day)
        (tmp_path / "restored").mkdir()
        restored = Hr(tmp_path / "restored", rig)
        done = restored.say(day)
        restored.store.dispose()
        assert (done.found, done.sent) == (len(day), 0)
        assert sorted(rig.counted()) == sorted(seen(each) for each in day.values())

    def test_while_it_is_away_everything_waits_with_the_reason_and_then_goes(
        self, hr: Hr, rig: Rig, day: dict[str, Line]
    ):
        with rig.away():
            done = hr.say(day)
        assert done.trouble is not None
        assert done.trouble.fault is Fault.RETRY
        assert all(state is State.WAITING for state, _ in hr.states().values())
        assert hr.states()[FIRST][1] is Fault.RETRY
        assert hr.send().sent == len(day)

    def test_what_a_person_must_mend_stops_the_sender_and_parks_nothing(self, hr: Hr, rig: Rig, day: dict[str, Line]):
        with rig.locked_out() as fault:
            done = hr.say(day)
        assert done.trouble is not None
        assert done.trouble.fault is fault
        assert all(state is State.WAITING for state, _ in hr.states().values())
        assert hr.send().sent == len(day)

    def test_a_line_it_will_never_take_is_parked_with_its_reason_and_the_others_go_on(
        self, hr: Hr, rig: Rig, day: dict[str, Line]
    ):
        done = hr.say({**day, "more/gate-1/1/0": rig.poison(one_more(rig))})
        assert (done.sent, done.parked) == (len(day), 1)
        (parked,) = hr.outbox.listed(SYSTEM, [State.PARKED])
        assert parked.line == "more/gate-1/1/0"
        assert parked.fault is Fault.FINAL
        assert parked.reason

    def test_a_parked_line_is_tried_again_when_a_person_says_so(self, hr: Hr, rig: Rig):
        hr.say({FIRST: rig.poison(one_more(rig))})
        assert hr.send().parked == 0
        assert hr.outbox.retry(SYSTEM) == 1
        assert hr.send().parked == 1

    def test_a_corrected_line_takes_the_place_of_one_that_was_parked(self, hr: Hr, rig: Rig):
        hr.say({FIRST: rig.poison(one_more(rig))})
        assert hr.say({FIRST: one_more(rig)}).sent == 1
        assert rig.counted() == [seen(one_more(rig))]
        assert [each.state for each in hr.outbox.listed(SYSTEM)] == [State.SUPERSEDED, State.SENT]

    def test_a_correction_takes_the_place_of_what_was_sent(self, hr: Hr, rig: Rig, day: dict[str, Line]):
        hr.say(day)
        hr.say({**day, FIRST: mark(7)})
        hr.say({**day, FIRST: mark(6)})
        assert sorted(rig.counted()) == sorted(seen(each) for each in {**day, FIRST: mark(6)}.values())

    def test_a_line_that_does_not_count_any_more_is_taken_back_and_may_come_again(
        self, hr: Hr, rig: Rig, day: dict[str, Line]
    ):
        hr.say(day)
        without = {key: each for key, each in day.items() if key != FIRST}
        hr.say(without)
        assert sorted(rig.counted()) == sorted(seen(each) for each in without.values())
        hr.say(day)
        assert sorted(rig.counted()) == sorted(seen(each) for each in day.values())

    def test_a_line_that_was_refused_twice_and_then_does_not_count_leaves_nothing(self, hr: Hr, rig: Rig):
        hr.say({FIRST: rig.poison(one_more(rig))})
        hr.outbox.retry(SYSTEM)
        before = rig.writes()
        hr.say({})
        assert (rig.writes(), rig.counted()) == (before, [])
        assert hr.send().sent == 0

    def test_what_never_came_there_is_not_taken_back(self, hr: Hr, rig: Rig):
        hr.queue({FIRST: mark(8)})
        (event,) = hr.outbox.next(SYSTEM, 1)
        hr.queue({})
        hr.outbox.note(SYSTEM, {event.event: Refused(Fault.FINAL, "that month is closed")})
        before = rig.writes()
        assert hr.send().trouble is None
        assert (rig.writes(), rig.counted()) == (before, [])

    def test_what_is_held_back_with_its_answer_lost_is_still_taken_back_once_it_may_go(self, hr: Hr, rig: Rig):
        with rig.answer_lost():
            hr.say({FIRST: mark(8)})
        (lost,) = hr.outbox.listed(SYSTEM)
        hr.outbox.park(SYSTEM, lost.event, "asked first")
        hr.say({})
        assert rig.counted() == [seen(mark(8))]
        for each in hr.outbox.listed(SYSTEM, [State.PARKED]):
            hr.outbox.retry(SYSTEM, each.event)
        hr.send()
        assert rig.counted() == []

    def test_what_people_there_have_edited_is_not_overwritten(self, hr: Hr, rig: Rig, day: dict[str, Line]):
        if not rig.edits:
            assert hr.say(day).parked == 0
            return
        hr.say(day)
        rig.edit(mark(8))
        theirs = rig.counted()
        assert hr.say(day).sent == 0
        done = hr.say({**day, FIRST: mark(7)})
        assert (done.sent, done.parked) == (0, 1)
        assert hr.states()[FIRST] == (State.PARKED, Fault.CONFLICT)
        assert rig.counted() == theirs

    def test_a_line_that_a_person_holds_back_stays_and_so_do_its_corrections(
        self, hr: Hr, rig: Rig, day: dict[str, Line]
    ):
        hr.queue(day)
        (event,) = [each.event for each in hr.outbox.listed(SYSTEM) if each.line == FIRST]
        hr.outbox.park(SYSTEM, event, "asked the payroll office first")
        assert hr.say({**day, FIRST: mark(7)}).sent == len(day) - 1
        assert hr.states()[FIRST] == (State.PARKED, Fault.HELD)
        assert hr.outbox.retry(SYSTEM) == 0
        (held,) = hr.outbox.listed(SYSTEM, [State.PARKED])
        hr.outbox.retry(SYSTEM, held.event)
        hr.send()
        assert seen(mark(7)) in rig.counted()

    def test_checking_writes_nothing_and_names_whom_the_system_does_not_know(self, hr: Hr, rig: Rig):
        before = rig.writes()
        findings = rig.open().check([Employee("0101", "李伟"), Employee("0999", "陈杰")])
        assert rig.writes() == before
        assert findings
        assert not any(each.level is Level.BAD for each in findings)
        if rig.knows_people:
            assert [each.what for each in findings if "0999" in each.what and "陈杰" in each.what]

    def test_no_line_carries_a_name(self, hr: Hr):
        fields = {field for kind in (AttendanceLine, PieceLine) for field in msgspec.structs.asdict(_made(kind))}
        assert not {"name", "person_name", "badge"} & fields


def _made(kind: type[Line]) -> Line:
    return mark(8) if kind is AttendanceLine else pieces(1)
