"""Core on its socket: answers after the commit, notices at the door, one bad peer harms nobody."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from edge.bootstrap import BoxFiles
from edge.bootstrap.alone import SecondInstance, alone
from edge.bootstrap.core import run_core
from edge.core import server
from edge.link.codec import encode
from edge.link.messages import (
    MAX_LINE_BYTES,
    Alive,
    Answer,
    CardShown,
    CardWanted,
    Committed,
    CounterSample,
    CounterSamples,
    DeviceNotice,
    DeviceState,
    NotRecorded,
    OpenCardStep,
    Ping,
    Refused,
    SnapshotWanted,
    ValueShown,
)
from sync.wire.anchors import ClockAnchor
from sync.wire.facts import AnchorSource, CounterRole, Outcome
from sync.wire.reference_data import Directory
from tests import cast
from tests.moments import moment
from tests.newcomers import CARD, NEWCOMER, card_read, registration
from tests.unit.core.running import DEADLINE_S, EIGHT_S, Peer, RunningCore, count, quicken, tap
from tests.unit.domain.test_commissioning import COMMAND
from tests.unit.store.boxes import KEY

MORE_THAN_ANY_DISK = 2**62
Start = Callable[..., RunningCore]


@pytest.fixture
def start(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    started: list[RunningCore] = []

    def start(snapshot_timeout_s: float = 10.0, reserve_bytes: int = 0) -> RunningCore:
        quicken(monkeypatch, snapshot_timeout_s)
        started.append(RunningCore(short_folder, reserve_bytes))
        return started[-1].start()

    yield start
    for core in started:
        core.close()


@pytest.fixture
def core(start: Start) -> RunningCore:
    return start()


def test_a_tap_is_durable_when_it_is_answered(core: RunningCore) -> None:
    answer = core.ask(tap("one"))
    assert isinstance(answer, Answer)
    assert answer.seq is not None
    assert [fact.command for fact in core.views.facts([answer.seq])] == ["one"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\n",
        b"\xff\x00\n",
        b'{"type":"Alive","seq":1}\n',
        b'{"type":"Ping","id":"a","x":1}\n',
        b"[" * 9_000 + b"\n",
    ],
    ids=["text", "bytes", "not a command", "an unknown field", "nested"],
)
def test_a_line_that_is_no_command_cuts_off_its_sender_only(core: RunningCore, garbage: bytes) -> None:
    with core.peer() as bad, core.peer() as good:
        bad.send(garbage)
        assert bad.receive() is None
        good.send(tap("one"))
        assert good.until(Answer).outcome is Outcome.CLOCKED_IN


def test_a_line_that_never_ends_cuts_off_its_sender(core: RunningCore) -> None:
    with core.peer() as bad:
        bad.send(b'"' + b"x" * 2 * MAX_LINE_BYTES)
        assert bad.receive() is None
    assert isinstance(core.ask(Ping("ping")), Answer)


def test_a_peer_that_leaves_without_its_answer_has_its_tap_stored(core: RunningCore) -> None:
    with core.peer() as gone:
        gone.send(tap("one"))
    core.notice(Committed)
    assert isinstance(core.ask(tap("one")), Answer)
    assert len(core.facts("AttendanceTap")) == 1


def test_a_peer_that_never_reads_its_answers_is_cut_off(core: RunningCore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_UNREAD_BYTES", 1_000)

    def ask_for_ever(deaf: Peer) -> None:
        for number in range(100_000):
            deaf.send(Ping(f"ping-{number}"))

    with core.peer() as deaf, pytest.raises((BrokenPipeError, ConnectionResetError)):
        ask_for_ever(deaf)
    assert isinstance(core.ask(tap("one")), Answer)


def test_a_card_step_is_answered_at_once_and_asked_of_the_devices(core: RunningCore) -> None:
    with core.peer() as devices, core.peer() as bystander:
        devices.send(DeviceState("up", moment(), "gate-card-reader", up=True, station="gate"))
        devices.until(Answer)
        assert core.ask(OpenCardStep("open", "gate", 15)) == Answer("open")
        assert devices.until(CardWanted) == CardWanted("gate", 15)
        core.ask(OpenCardStep("close", "gate", 0))
        assert devices.until(CardWanted) == CardWanted("gate", 0)
        bystander.send(Ping("ping"))
        assert bystander.receive() == Answer("ping")


def test_devices_that_come_back_hear_of_a_card_step_that_is_still_open(core: RunningCore) -> None:
    core.ask(OpenCardStep("closed", "press", 15))
    core.ask(OpenCardStep("close", "press", 0))
    core.ask(OpenCardStep("open", "gate", 15))
    with core.peer() as devices:
        devices.send(count("one", 0, 5))
        wanted = devices.until(CardWanted)
        assert (wanted.station, 0 < wanted.for_s <= 15) == ("gate", True)


def test_no_card_step_stays_open_for_long(core: RunningCore) -> None:
    with core.peer() as devices:
        devices.send(count("one", 0, 5))
        devices.until(Answer)
        core.ask(OpenCardStep("open", "gate", 10**9))
        assert devices.until(CardWanted).for_s == server.LONGEST_CARD_STEP_S


def test_what_a_card_says_is_handed_to_the_kiosk_and_kept_nowhere(
    core: RunningCore, caplog: pytest.LogCaptureFixture
) -> None:
    with core.peer() as devices:
        devices.send(card_read(moment()))
        assert devices.receive() == Answer("card")
    assert core.notice(CardShown) == CardShown("gate", "gate-card-reader", card=CARD)
    core.ask(tap("after"))
    assert CARD.name not in "".join(str(fact.body) for fact in core.views.after(0, 1_000))
    assert CARD.name not in caplog.text


def test_a_card_that_cannot_be_understood_is_not_in_the_log(
    core: RunningCore, caplog: pytest.LogCaptureFixture
) -> None:
    with core.peer() as devices:
        devices.send(encode(card_read(moment())).replace(b'"name"', b'"nahme"'))
        assert devices.receive() is None
    assert "was cut off" in caplog.text
    assert not [each for each in (CARD.name, CARD.number[:6], repr(CARD.name.encode())[2:-1]) if each in caplog.text]


def test_a_sealed_record_is_deleted_by_itself_once_hr_has_it(start: Start) -> None:
    core = start()
    core.ask(registration(moment(EIGHT_S)))
    assert len(core.views.sealed_records(10)) == 1
    core.sealed_received = {NEWCOMER}
    deadline = time.monotonic() + DEADLINE_S
    while core.views.sealed_records(10):
        assert time.monotonic() < deadline
        core.notice(Alive)


def test_a_tap_that_was_set_aside_turns_its_screen_red(core: RunningCore, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr("edge.domain.taps.clock", broken)
    answer = core.ask(tap("one"))
    assert isinstance(answer, Answer)
    assert answer.outcome is None
    assert core.notice(Refused).station == "gate"
    assert [fact.command for fact in core.facts("CommandParked")] == ["one"]


def test_many_commands_at_once_are_all_answered(core: RunningCore) -> None:
    with core.peer() as peer:
        for number in range(100):
            peer.send(tap(f"tap-{number}", number, cast.STRANGERS_BADGE))
        assert {peer.until(Answer).id for _ in range(100)} == {f"tap-{number}" for number in range(100)}


# --- the doorbell ---------------------------------------------------------------------------------


def test_the_kiosk_hears_of_each_commit(core: RunningCore) -> None:
    answer = core.ask(tap("one"))
    assert core.notice(Committed, seq=answer.seq if isinstance(answer, Answer) else 0)


def test_the_kiosk_hears_that_core_lives(core: RunningCore) -> None:
    assert core.notice(Alive) == Alive(core.views.head(), True)


def test_the_kiosk_hears_of_a_device_that_is_gone_again_and_again(core: RunningCore) -> None:
    state = DeviceState("state", moment(), "gate-reader", up=False, detail="unplugged", station="gate")
    core.ask(state)
    for _ in range(2):
        assert core.notice(DeviceNotice) == DeviceNotice("gate-reader", False, "gate", None, "unplugged")


def test_what_a_counter_shows_that_is_not_commissioned_is_told_and_never_recorded(core: RunningCore) -> None:
    assert core.ask(count("one", 1, 7, commissioned=False)) == Answer("one")
    assert core.notice(ValueShown) == ValueShown(cast.PRESS, "press-counter", moment(EIGHT_S + 1), 7, "")
    assert core.facts("CounterReading") == []


def test_what_a_counted_counter_shows_is_told_now_and_then_and_of_one_that_is_not_always(core: RunningCore) -> None:
    core.ask(count("one", 1, 7))
    core.ask(count("two", 2, 8))
    core.ask(count("three", 3, 9, commissioned=False))
    assert [core.notice(ValueShown).value for _ in range(2)] == [7, 9]


def test_a_page_is_told_no_value_but_of_what_a_machine_makes(core: RunningCore) -> None:
    (made,) = count("any", 1, 9).samples
    ignored = msgspec.structs.replace(made, counter="of-this-job", value=2, role=CounterRole.IGNORED)
    assert core.ask(CounterSamples("round", [ignored, made])) == Answer("round")
    assert core.notice(ValueShown).value == 9
    assert [fact.body["counter"] for fact in core.facts("CounterReading")] == [made.counter]


def test_no_kiosk_is_no_trouble(core: RunningCore) -> None:
    (core.folder / "kiosk.bell").unlink()
    assert isinstance(core.ask(tap("one")), Answer)


# --- a store that cannot be written ---------------------------------------------------------------


def test_a_tap_that_cannot_be_stored_is_refused_and_its_station_told(core: RunningCore) -> None:
    with core.locked_store():
        answer = core.ask(tap("one"))
        assert isinstance(answer, NotRecorded)
        assert core.notice(Refused) == Refused("gate", answer.reason)
        assert core.notice(Alive, recording=False).reason == answer.reason
    assert core.facts("AttendanceTap") == []


def test_while_it_cannot_record_a_ping_says_so(core: RunningCore) -> None:
    with core.locked_store():
        core.ask(tap("one"))
        assert isinstance(core.ask(Ping("ping")), NotRecorded)


def test_it_records_again_by_itself(core: RunningCore) -> None:
    with core.locked_store():
        core.ask(tap("one"))
        core.notice(Alive, recording=False)
    core.notice(Alive, recording=True)
    assert isinstance(core.ask(tap("one")), Answer)
    assert len(core.facts("AttendanceTap")) == 1


def test_with_little_space_readings_are_refused_and_taps_are_not(start: Start) -> None:
    core = start(reserve_bytes=MORE_THAN_ANY_DISK)
    assert core.ask(count("zero", 0, 0)) == NotRecorded("zero", "no room for readings")
    assert isinstance(core.ask(tap("one")), Answer)


def test_a_full_queue_refuses_readings_first(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "QUEUE_LIMIT", 1)
    core = start()
    with core.peer() as peer:
        peer.send(b"".join(encoded(number) for number in range(20)))
        replies = [peer.receive() for _ in range(20)]
    assert {reply.reason for reply in replies if isinstance(reply, NotRecorded)} <= {"no room for readings"}
    assert isinstance(core.ask(tap("one")), Answer)


def encoded(number: int) -> bytes:
    return encode(count(f"count-{number}", number, number))


# --- snapshots ------------------------------------------------------------------------------------


def test_who_reads_counters_is_asked_for_a_fresh_reading_at_a_change(core: RunningCore) -> None:
    with core.peer() as devices, core.peer() as page:
        devices.send(count("zero", 0, 0))
        devices.until(Answer)
        page.send(tap("on", 5, cast.WANG_BADGE, cast.PRESS))
        assert devices.until(SnapshotWanted) == SnapshotWanted(cast.PRESS)
        page.send(Ping("ping"))
        assert [page.until(Answer).id for _ in range(2)] == ["on", "ping"]


def test_a_reading_that_does_not_come_is_said_to_be_missed(start: Start) -> None:
    core = start(snapshot_timeout_s=0.05)
    core.ask(count("zero", 0, 0))
    answer = core.ask(tap("on", 5, cast.WANG_BADGE, cast.PRESS))
    assert isinstance(answer, Answer)
    core.notice(Committed, seq=(answer.seq or 0) + 1)
    assert [fact.body["changes"] for fact in core.facts("SnapshotMissed")] == [[answer.seq]]


@pytest.mark.slow
def test_a_reading_that_comes_in_time_is_not(start: Start) -> None:
    core = start(snapshot_timeout_s=0.3)
    core.ask(count("zero", 0, 0))
    core.ask(tap("on", 5, cast.WANG_BADGE, cast.PRESS))
    core.ask(count("snapshot", 5.05, 1))
    for _ in range(25):
        core.notice(Alive)
    assert core.facts("SnapshotMissed") == []


def test_devices_that_come_back_are_asked_for_what_still_waits(core: RunningCore) -> None:
    core.ask(count("zero", 0, 0))
    core.ask(tap("on", 5, cast.WANG_BADGE, cast.PRESS))
    with core.peer() as devices:
        devices.send(DeviceState("state", moment(), "press-counter", up=True, machine=cast.PRESS))
        assert devices.until(SnapshotWanted) == SnapshotWanted(cast.PRESS)


# --- one core per folder --------------------------------------------------------------------------

CONFIG = """
[box]
name = "box-1"
data = "."
run = "."
key = "key"

[[station]]
name = "gate"
"""


def test_a_second_core_refuses_to_start_and_touches_nothing(short_folder: Path) -> None:
    config = short_folder / "clockpiece.toml"
    config.write_text(CONFIG)
    (short_folder / "key").write_text(KEY.hex())
    with alone(short_folder, "core"), pytest.raises(SecondInstance, match="stop it first"):
        run_core(BoxFiles.read(config), Directory)
    assert {file.name for file in short_folder.iterdir()} == {"clockpiece.toml", "key", "core.lock"}


def test_a_core_that_died_leaves_no_lock_behind(short_folder: Path) -> None:
    for _ in range(2):
        with alone(short_folder, "core"):
            pass
    with alone(short_folder, "core"):
        assert (short_folder / "core.lock").exists()


def test_a_socket_left_by_a_dead_core_is_taken_over(core: RunningCore) -> None:
    core.stop()
    core.socket.touch()
    core.start()
    assert isinstance(core.ask(tap("one")), Answer)


def test_a_shift_that_ends_ends_a_session_and_asks_for_a_snapshot(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CATCH_UP_S", 0.0)
    core = start()
    core.ask(count("a", 0, 0))
    core.ask(tap("on", 1, machine=cast.PRESS))
    core.ask(count("b", 2, 0))
    with core.peer() as devices:
        devices.send(DeviceState("up", moment(EIGHT_S + 2), "press-counter", up=True))
        devices.until(Answer)
        core.clock.pass_s(12 * 3600)
        assert devices.until(SnapshotWanted).machine == cast.PRESS
    (off,) = core.facts("PersonnelLogOff")
    assert off.body["ended_by"] == "SHIFT_END"


def test_core_that_has_just_come_back_lets_no_shift_end_before_its_clients_have_spoken(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CATCH_UP_S", 1_000.0)
    core = start()
    core.ask(tap("on", 1, machine=cast.PRESS))
    core.clock.pass_s(12 * 3600)
    for _ in range(3):
        core.notice(Alive)
    assert core.facts("PersonnelLogOff") == []


def test_a_counter_that_somebody_has_proven_is_counted(core: RunningCore) -> None:
    sample = CounterSample(
        cast.PRESS, COMMAND.counter, moment(EIGHT_S), 7, "", 65_536, 60, commissioned=False, meaning=COMMAND.meaning
    )
    core.ask(CounterSamples("shown", [sample]))
    core.ask(COMMAND)
    core.ask(CounterSamples("counted", [msgspec.structs.replace(sample, value=8)]))
    assert [fact.body["value"] for fact in core.facts("CounterReading")] == [8]


def test_what_hr_said_of_the_time_becomes_a_fact_of_this_boot_and_of_no_other(core: RunningCore) -> None:
    core.server_time = ClockAnchor(moment(0, "boot-0"), 1, 0, AnchorSource.SERVER)
    for _ in range(3):
        core.notice(Alive)
    core.server_time = ClockAnchor(moment(EIGHT_S), 1_800_000_000_000_000, 250_000, AnchorSource.SERVER)
    core.notice(Committed)
    for _ in range(3):
        core.notice(Alive)
    (fact,) = core.facts("ClockAnchored")
    assert fact.at == moment(EIGHT_S)
    assert (fact.body["utc_us"], fact.body["within_us"]) == (1_800_000_000_000_000, 250_000)
