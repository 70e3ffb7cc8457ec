"""The field with real devices: readers on pseudo-terminals, counters behind real Modbus TCP servers."""

import asyncio
import logging
import socket
from functools import partial
from itertools import pairwise

import pytest
from pymodbus.constants import ExcCodes

from edge import field
from edge.config import Reader
from edge.devices import UnknownFamily
from edge.devices.family import BackOff
from edge.devices.modbus_counter import driver as modbus
from edge.devices.rdm6300 import driver as rdm6300
from edge.devices.rdm6300.codec import Frame
from edge.field import counters, samples, ticks
from edge.link.messages import CounterSample, CounterSamples, DeviceState, SnapshotWanted
from edge.transport.port import Port, PortLost
from edge.transport.serial_port import open_serial
from tests.unit.devices.bench import Core, RunningClock, Terminal, box, gate, running
from tests.unit.devices.plc import Plc

ANNA, BAO = Frame.of_tag("100086F444").to_bytes(), Frame.of_tag("6F007B3972").to_bytes()


@pytest.fixture
def terminal(tmp_path):
    terminal = Terminal(tmp_path / "reader")
    yield terminal
    terminal.pull_out()


# --- readers ------------------------------------------------------------------------------------------


def test_a_badge_becomes_a_tap_with_the_moment_it_arrived(terminal):
    async def story() -> None:
        terminal.plug_in()
        core = Core()
        async with running(box([gate(terminal, machine="press")]), core):
            await core.until(lambda: core.states() == [True])
            before = RunningClock().stamp().boottime_ns
            terminal.send(ANNA)
            (tap,) = await core.until(core.taps)
        assert (tap.station, tap.reader, tap.badge, tap.machine) == ("entrance", "gate", "EM4100:100086F444", "press")
        assert 0 <= tap.at.boottime_ns - before < 0.5e9

    asyncio.run(story())


def test_a_badge_that_stays_is_one_tap_and_the_next_badge_another(terminal):
    async def story() -> None:
        terminal.plug_in()
        core = Core()
        async with running(box([gate(terminal)]), core):
            await core.until(core.states)
            terminal.send(ANNA * 5 + BAO)
            await core.until(lambda: len(core.taps()) == 2)
        assert [tap.badge for tap in core.taps()] == ["EM4100:100086F444", "EM4100:6F007B3972"]

    asyncio.run(story())


def test_taps_wait_in_order_while_core_is_away(terminal):
    async def story() -> None:
        terminal.plug_in()
        core = Core()
        tags = [f"01000000{number:02X}" for number in range(40)]
        async with running(box([gate(terminal)]), core):
            await core.until(core.states)
            core.back.clear()
            for tag in tags:
                terminal.send(Frame.of_tag(tag).to_bytes())
            core.back.set()
            await core.until(lambda: len(core.taps()) == len(tags))
        assert [tap.badge for tap in core.taps()] == [f"EM4100:{tag}" for tag in tags]
        assert len({tap.id for tap in core.taps()}) == len(tags)

    asyncio.run(story())


def test_a_reader_that_is_away_at_the_start_comes_by_itself(terminal, caplog):
    async def story() -> None:
        core = Core()
        async with running(box([gate(terminal)]), core):
            await core.until(lambda: core.states() == [False])
            terminal.plug_in()
            await core.until(lambda: core.states() == [False, True])
            terminal.send(ANNA)
            await core.until(core.taps)

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


@pytest.mark.fault("F26")
def test_a_reader_pulled_out_and_replugged_under_another_name_is_back_in_3_s(terminal, caplog):
    async def story() -> None:
        terminal.plug_in()
        core = Core()
        async with running(box([gate(terminal)]), core):
            await core.until(lambda: core.states() == [True])
            terminal.pull_out()
            await core.until(lambda: core.states() == [True, False])
            terminal.plug_in()
            await core.until(lambda: core.states() == [True, False, True], timeout_s=3.0)
            terminal.send(BAO)
            await core.until(core.taps)

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["gate is gone", "gate is back"]


def test_a_reader_away_for_long_costs_one_log_line(terminal, caplog, monkeypatch):
    tries = asyncio.Semaphore(0)

    def open_in_vain(path: str) -> Port:
        tries.release()
        raise PortLost(f"{path} is not there")

    async def story() -> None:
        async with running(box([gate(terminal)]), Core()):
            for _ in range(10):
                await tries.acquire()

    monkeypatch.setattr(rdm6300, "open_serial", open_in_vain)
    monkeypatch.setattr(rdm6300.Rdm6300, "back_off", BackOff(0.001, 0.001))
    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert len(caplog.records) == 1


def test_cancelling_the_field_closes_its_ports(terminal):
    async def story() -> None:
        terminal.plug_in()
        core = Core()
        async with Plc() as plc:
            async with running(box([gate(terminal)], [plc.counter()]), core):
                await core.until(lambda: len(core.states()) == 2)
            await plc.until(lambda: plc.connected_now == 0)
            open_serial(str(terminal.path)).close()  # PortLost if it were still held

    asyncio.run(story())


def test_an_unknown_family_refuses_to_start(terminal):
    with pytest.raises(UnknownFamily, match="abacus"):
        asyncio.run(field.run_field(box([Reader("gate", "entrance", "abacus", "x")]), RunningClock(), Core()))


# --- counters -----------------------------------------------------------------------------------------


def test_a_changed_counter_is_told_each_round_with_what_core_needs():
    async def story() -> None:
        core = Core()
        async with Plc() as plc:
            config = box(counters=[plc.counter(word_order="lo-first", session_address=12)])
            async with running(config, core):
                await core.until(lambda: [each.value for each in core.samples()] == [0])
                plc.registers.update({10: 7, 12: 3})
                await core.until(lambda: len(core.samples()) == 2)
        sample = core.samples()[1]
        assert (sample.value, sample.raw, sample.session, sample.snapshot) == (7, "00070000", 3, False)
        assert (sample.machine, sample.counter) == ("press", "strokes")
        assert (sample.modulus, sample.max_rate_per_min) == (2**32, 60)

    asyncio.run(story())


def test_a_counter_that_is_not_commissioned_says_so_with_each_value_and_once_in_the_log(caplog):
    async def story() -> None:
        core = Core()
        async with Plc() as plc:
            config = box(counters=[plc.counter("known"), plc.counter("guessed", unproven=("word_order",))])
            async with running(config, core):
                await core.until(lambda: len(core.samples("known")) == len(core.samples("guessed")) == 1)
                plc.registers[11] = 7
                await core.until(lambda: len(core.samples("known")) == len(core.samples("guessed")) == 2)
        assert {each.commissioned for each in core.samples("known")} == {True}
        assert [(each.value, each.commissioned) for each in core.samples("guessed")] == [(0, False), (7, False)]

    asyncio.run(story())
    assert [each.getMessage() for each in caplog.records if "commissioned" in each.getMessage()] == [
        "the section of guessed is a guess: it is shown, and counted only if it was commissioned as it stands"
    ]


def test_two_counts_a_piece_are_told_as_pieces_with_the_words_as_they_were_sent():
    async def story() -> None:
        core = Core()
        async with Plc() as plc:
            counter = plc.counter("strokes", counts_per_piece=2)
            async with running(box(counters=[counter]), core):
                await core.until(lambda: len(core.samples()) == 1)
                plc.registers[11] = 21
                await core.until(lambda: len(core.samples()) == 2)
        sample = core.samples()[1]
        assert (sample.value, sample.raw, sample.modulus) == (10, "00000015", 2**31)
        assert {each.meaning for each in core.samples()} == {counter.meaning}

    asyncio.run(story())


def test_counters_of_one_round_go_in_one_message():
    async def story() -> None:
        core = Core()
        async with Plc() as one, Plc() as other:
            counters = [one.counter("a"), one.counter("b", address=20), other.counter("c")]
            async with running(box(counters=counters), core):
                await core.until(lambda: len(core.samples()) == 3)
                seen = len(core.rounds())
                one.registers.update({11: 1, 21: 1})
                other.registers[11] = 1
                await core.until(lambda: len(core.samples()) == 6)
        changed = core.rounds()[seen:]
        assert len(changed) <= 2  # two when the change fell between two readings of one round
        assert {each.counter for samples in changed for each in samples} == {"a", "b", "c"}

    asyncio.run(story())


def test_an_unchanged_counter_is_told_now_and_then(monkeypatch):
    monkeypatch.setattr(counters, "UNCHANGED_S", 0.1)

    async def story() -> None:
        core = Core()
        async with Plc() as plc, running(box(counters=[plc.counter()]), core):
            await core.until(lambda: len(core.samples()) == 3)
            polls = len(plc.requests)
        gaps = [later.at.seconds_since(earlier.at) for earlier, later in pairwise(core.samples())]
        assert min(gaps) >= 0.09
        assert polls > 2 * len(core.samples())

    asyncio.run(story())


def test_a_snapshot_is_read_at_once_and_does_not_wait_for_the_grid():
    async def story() -> None:
        core = Core()
        async with Plc() as plc:
            counters = [plc.counter(poll_ms=60_000), plc.counter("other", machine="lathe", poll_ms=60_000)]
            async with running(box(counters=counters), core):
                await core.until(lambda: len(core.samples()) == 2)
                plc.registers[11] = 9
                await core.wanted.put(SnapshotWanted("press"))
                await core.until(lambda: len(core.samples()) == 3)
        sample = core.samples()[2]
        assert (sample.machine, sample.value, sample.snapshot) == ("press", 9, True)

    asyncio.run(story())


def snapshots_told(core: Core, number: int) -> bool:
    return sum(each.snapshot for each in core.samples()) == number


def last_value_is(core: Core, value: int) -> bool:
    return core.samples("strokes")[-1].value == value


def test_a_snapshot_of_an_unchanged_counter_is_told_too():
    async def story() -> None:
        core = Core()
        async with Plc() as plc, running(box(counters=[plc.counter()]), core):
            await core.until(core.samples)
            for number in (1, 2, 3):
                await core.wanted.put(SnapshotWanted("press"))
                await core.until(partial(snapshots_told, core, number), 0.5)

    asyncio.run(story())


def test_while_core_is_away_only_the_tops_and_bottoms_wait():
    async def story() -> None:
        core = Core()
        async with Plc() as plc, running(box(counters=[plc.counter()]), core):
            await core.until(core.samples)
            core.back.clear()
            for value in (5, 6, 80, 2, 3, 200):
                plc.registers[11] = value
                await plc.is_read(times=2)
            core.back.set()
            await core.until(lambda: core.samples()[-1].value == 200)
            assert [each.value for each in core.samples()] == [0, 5, 80, 2, 200]

    asyncio.run(story())


def test_the_reading_beside_a_badge_at_a_machine_is_kept_until_core_is_back(terminal):
    async def story() -> None:
        terminal.plug_in()
        core = Core()
        async with Plc() as plc:
            counters = [plc.counter()]
            async with running(box([gate(terminal, machine="press")], counters), core):
                await core.until(lambda: core.samples() and core.states())
                core.back.clear()
                for value in (1, 2, 3):
                    plc.registers[11] = value
                    await plc.is_read(times=2)
                terminal.send(ANNA)
                await plc.until(lambda: terminal.unread() == 0)
                await plc.is_read(times=2)
                for value in (4, 5, 6):
                    plc.registers[11] = value
                    await plc.is_read(times=2)
                core.back.set()
                await core.until(lambda: core.samples()[-1].value == 6)
        (beside,) = [each for each in core.samples() if each.snapshot]
        assert beside.value == 3
        assert beside.at.seconds_since(core.taps()[0].at) >= 0

    asyncio.run(story())


def test_a_stopped_and_restarted_device_is_gone_once_and_back_once(caplog):
    async def story() -> None:
        core = Core()
        async with Plc() as plc, running(box(counters=[plc.counter()]), core):
            await core.until(lambda: core.states() == [True])
            await core.until(core.samples)
            await plc.stop()
            await core.until(lambda: core.states() == [True, False])
            told = len(core.samples())
            plc.registers[11] = 4
            await plc.start()
            await core.until(lambda: core.states() == [True, False, True])
            await core.until(lambda: len(core.samples()) > told)
            assert core.samples()[told].value == 4

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["strokes is gone", "strokes is back"]


def test_a_device_that_answers_with_exceptions_is_gone_once(caplog, monkeypatch):
    monkeypatch.setattr(modbus.ModbusCounter, "back_off", BackOff(0.01, 0.01))

    async def story() -> None:
        core = Core()
        async with Plc() as plc:
            plc.exception = ExcCodes.ILLEGAL_ADDRESS
            async with running(box(counters=[plc.counter()]), core):
                await core.until(core.states)
                await plc.until(lambda: plc.connections >= 5)
        assert core.states() == [False]

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert len(caplog.records) == 1


def test_a_mute_device_does_not_delay_the_others():
    async def story() -> None:
        core = Core()
        with socket.create_server(("127.0.0.1", 0)) as mute:
            async with Plc() as plc:
                dead = Plc()
                dead.port = mute.getsockname()[1]
                async with running(box(counters=[dead.counter("dead", poll_ms=20), plc.counter()]), core):
                    await core.until(lambda: core.samples("strokes"))
                    for value in range(30, 0, -1):  # a drop is told at once
                        plc.registers[11] = value
                        await core.until(partial(last_value_is, core, value), 0.5)
        assert True not in core.states("dead")
        at = [each.at.boottime_ns for each in core.samples("strokes")]
        assert max(later - earlier for earlier, later in pairwise(at)) < 0.2e9

    asyncio.run(story())


def test_readings_that_only_say_that_a_machine_goes_on_share_a_message(monkeypatch):
    monkeypatch.setattr(samples, "WAITS_S", 0.3)

    async def story() -> None:
        core = Core()
        async with Plc() as plc, running(box(counters=[plc.counter(max_rate_per_min=60_000)]), core):
            await core.until(lambda: core.samples())
            for value in range(1, 40):
                plc.registers[11] = value
                await plc.is_read(1)
            await core.until(partial(last_value_is, core, 39))
            told = [each.value for each in core.samples()]
            assert told[:2] == [0, 1]
            assert len(told) < 12
            plc.registers[11] = 3
            await core.until(partial(last_value_is, core, 3), 0.25)

    asyncio.run(story())


def test_what_waits_is_told_before_the_word_that_its_counter_is_gone():
    async def story() -> None:
        core = Core()
        async with Plc() as plc, running(box(counters=[plc.counter(max_rate_per_min=60_000)]), core):
            await core.until(lambda: core.samples())
            for value in (1, 2):
                plc.registers[11] = value
                await plc.is_read(2)
            plc.exception = ExcCodes.DEVICE_FAILURE
            await core.until(lambda: core.states() == [True, False])
            kinds = [each.value if isinstance(each, CounterSample) else each.up for each in flat(core)]
            assert kinds[-2:] == [2, False]

    asyncio.run(story())


def flat(core: Core) -> list[CounterSample | DeviceState]:
    told: list[CounterSample | DeviceState] = []
    for each in core.commands:
        if isinstance(each, CounterSamples):
            told += each.samples
        elif isinstance(each, DeviceState):
            told.append(each)
    return told


def test_polls_keep_to_the_grid_and_skip_what_they_missed():
    assert [ticks.next_tick_s(now, 0.5) for now in (0.0, 0.1, 0.5, 0.9999, 1.7)] == [0.5, 0.5, 1.0, 1.5, 2.0]


def test_a_fault_in_one_driver_shows_its_traceback_once_and_leaves_the_others_running(caplog, terminal, monkeypatch):
    async def broken(_counter):
        raise ZeroDivisionError("a slip of ours")

    async def story() -> None:
        monkeypatch.setattr(modbus.ModbusCounter, "read", broken)
        monkeypatch.setattr(modbus.ModbusCounter, "back_off", BackOff(0.01, 0.01))
        terminal.plug_in()
        core = Core()
        async with Plc() as plc, running(box([gate(terminal)], [plc.counter()]), core):
            await core.until(lambda: core.states("strokes") == [False])
            await core.until(lambda: core.states("gate") == [True])
            terminal.send(ANNA)
            await core.until(core.taps)
            await plc.until(lambda: plc.connections >= 3)

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    (record,) = caplog.records
    assert record.exc_info is not None
