"""Pulses on a line: which of them are pieces, and that none is lost on its way to core."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.devices.family import CounterValue, DeviceLost
from edge.devices.gpio_counter.codec import Edge, Pulses
from edge.devices.gpio_counter.driver import KernelLine, PulseCounter, PulseLine, gpio_counters
from edge.devices.gpio_counter.keys import GpioKeys
from settings import Contradiction
from tests.unit.devices.bench import Core, RunningClock, box, running
from tests.unit.devices.pulse_lines import Contact, FakeContact, simulated_contact

COMMON = {"name": "strokes", "machine": "press-1", "family": "gpio_counter", "max_rate_per_min": 6000, "line": 0}
MS = 1_000_000


def keys(contact: Contact | None = None, **section: Any) -> GpioKeys:
    chip = contact.chip if contact else "/dev/gpiochip0"
    return msgspec.convert({**COMMON, "chip": chip, "debounce_ms": 2, **section}, GpioKeys)


def counted(debounce_ms: int, *at_ms: int) -> int:
    pulses = Pulses(debounce_ms)
    return sum(pulses.take(Edge(at * MS, seqno)).counted for seqno, at in enumerate(at_ms, start=1))


def test_an_edge_within_the_debounce_of_the_last_piece_is_a_bounce():
    assert counted(10, 0, 3, 9, 10, 19, 25) == 3


def test_a_contact_that_bounces_for_ever_is_still_counted_at_the_debounce():
    assert counted(10, *range(100)) == 10


def test_without_a_debounce_each_edge_is_a_piece():
    assert counted(0, 0, 0, 1, 1) == 4


def test_edges_that_the_kernel_threw_away_are_counted_by_their_numbers():
    pulses = Pulses(10)
    taken = [pulses.take(Edge(at * MS, seqno)) for at, seqno in ((0, 1), (50, 2), (55, 9))]
    assert [(each.counted, each.unseen) for each in taken] == [(1, 0), (1, 0), (7, 6)]


@settings(max_examples=40)
@given(st.lists(st.integers(10, 500), max_size=20), st.data())
def test_bounces_after_each_edge_change_nothing(gaps, data):
    edges, at_ms = [], 0
    for gap in gaps:
        edges.append(at_ms)
        edges += [at_ms + each for each in sorted(data.draw(st.lists(st.integers(0, 9), max_size=5)))]
        at_ms += gap + 10
    assert counted(10, *edges) == len(gaps)


@pytest.mark.parametrize(
    ("section", "key"),
    [({"debounce_ms": 6}, "debounce_ms"), ({"max_rate_per_min": 60_000, "debounce_ms": 1}, "debounce_ms")],
)
def test_a_debounce_that_would_swallow_pieces_is_refused(section, key):
    with pytest.raises(Contradiction, match=key):
        GpioKeys(**{**COMMON, "chip": "/dev/gpiochip0", **section})


# --- one suite for the line that is not there and for the kernel's own ------------------------------------------------


@pytest.fixture(params=["fake", pytest.param("kernel", marks=pytest.mark.needs("gpio-sim"))])
def wire(request) -> Iterator[tuple[Contact, Callable[[GpioKeys], PulseLine]]]:
    if request.param == "fake":
        contact = FakeContact()
        yield contact, contact.open
        return
    with simulated_contact() as real:
        yield real, KernelLine


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(4):
        while not await condition():
            await asyncio.sleep(0.002)


async def reads(counter: PulseCounter, value: int) -> CounterValue:
    readings: list[CounterValue] = []

    async def there() -> bool:
        readings.append(await counter.read())
        return readings[-1].value >= value

    await until(there)
    return readings[-1]


def test_pulses_are_counted_from_0_in_a_session_of_their_own(wire):
    contact, open_line = wire

    async def story() -> tuple[CounterValue, CounterValue]:
        counter = PulseCounter(keys(contact), open_line, RunningClock(), session=77)
        await counter.open()
        first = await counter.read()
        for _ in range(3):
            contact.pulse()
            await asyncio.sleep(0.004)  # longer than the debounce
        last = await reads(counter, 3)
        counter.close()
        return first, last

    first, last = asyncio.run(story())
    assert (first.value, first.session, last.value, last.raw, last.session) == (0, 77, 3, "00000003", 77)


def test_pulses_are_counted_between_two_polls_whether_anybody_asks_or_not(wire):
    contact, open_line = wire

    async def story() -> int:
        counter = PulseCounter(keys(contact, debounce_ms=0), open_line, RunningClock(), session=1)
        await counter.open()
        await counter.read()
        for _ in range(50):
            contact.pulse()
            await asyncio.sleep(0)
        last = await reads(counter, 50)
        counter.close()
        return last.value

    assert asyncio.run(story()) == 50


def test_a_chip_that_goes_is_lost_and_the_count_goes_on_when_it_is_back(wire):
    contact, open_line = wire

    async def story() -> None:
        counter = PulseCounter(keys(contact), open_line, RunningClock(), session=5)
        await counter.open()
        await counter.read()
        contact.pulse()
        await reads(counter, 1)
        contact.tear_out()

        async def gone() -> bool:
            try:
                await counter.read()
            except DeviceLost:
                return True
            return False

        await until(gone)
        counter.close()
        with pytest.raises(DeviceLost, match="line 0"):
            await counter.open()
        if isinstance(contact, FakeContact):
            contact.plugged = True
            await counter.open()
            assert ((await counter.read()).value, (await counter.read()).session) == (1, 5)
            counter.close()

    asyncio.run(story())


def test_pulses_leave_the_kernel_when_they_come_and_not_when_the_counter_is_polled():
    contact = FakeContact()

    async def story() -> None:
        counter = PulseCounter(keys(), contact.open, RunningClock(), session=1)
        await counter.open()
        contact.pulse()
        async with asyncio.timeout(4):
            while contact.lines[-1].unread:
                await asyncio.sleep(0)
        counter.close()

    asyncio.run(story())


# --- on the way to core ---------------------------------------------------------------------------


def test_a_line_that_is_not_there_is_one_sentence_for_the_electrician():
    (counter,) = gpio_counters([keys(chip="/dev/gpiochip-of-nobody")], RunningClock())
    with pytest.raises(DeviceLost, match=r"/dev/gpiochip-of-nobody line 0: .*No such file"):
        asyncio.run(counter.open())


def test_pieces_that_came_before_the_first_reading_are_after_the_baseline():
    contact = FakeContact()

    async def story() -> list[int]:
        counter = PulseCounter(keys(debounce_ms=0), contact.open, RunningClock(), session=1)
        await counter.open()
        for _ in range(7):
            contact.pulse()
        readings = [await counter.read(), await counter.read()]
        counter.close()
        return [each.value for each in readings]

    assert asyncio.run(story()) == [0, 7]


def test_a_flood_that_nobody_reads_is_counted_whole(caplog):
    contact = FakeContact()

    async def story() -> int:
        counter = PulseCounter(keys(debounce_ms=0), contact.open, RunningClock(), session=1)
        await counter.open()
        await counter.read()
        for _ in range(5000):
            contact.pulse()
        value = (await counter.read()).value
        counter.close()
        return value

    assert asyncio.run(story()) == 5000
    assert "3976 pulses came faster than they were read" in caplog.text


def test_the_first_ever_pieces_wait_for_a_core_that_is_away_with_their_baseline(monkeypatch):
    contact = FakeContact()
    monkeypatch.setattr("edge.devices.gpio_counter.driver.KernelLine", contact.open)
    core = Core()

    async def story() -> list[tuple[int, int | None]]:
        core.back.clear()
        async with running(box(counters=[keys(poll_ms=20, debounce_ms=0)]), core):
            async with asyncio.timeout(4):
                while not contact.lines:
                    await asyncio.sleep(0.005)
                for _ in range(9):
                    contact.pulse()
                    await asyncio.sleep(0.03)
            core.back.set()
            await core.until(lambda: any(each.value == 9 for each in core.samples()))
        return [(each.value, each.keep_s) for each in core.samples()]

    told = asyncio.run(story())
    assert told[0] == (0, 5)
    assert told[-1] == (9, 5)
    assert len({each.session for each in core.samples()}) == 1


def test_a_restart_of_the_service_is_another_session():
    contact = FakeContact()

    async def story() -> set[int | None]:
        sessions = set()
        for counter in [*gpio_counters([keys()], RunningClock()), *gpio_counters([keys()], RunningClock())]:
            assert isinstance(counter, PulseCounter)
            counter._open_line = contact.open
            await counter.open()
            sessions.add((await counter.read()).session)
            counter.close()
        return sessions

    assert len(asyncio.run(story())) == 2
