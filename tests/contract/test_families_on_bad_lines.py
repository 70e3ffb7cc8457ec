"""Every family over good, one-byte, lossy, noisy and late lines, against a device whose encoder is not its decoder.

Good and one-byte: every event once. Lossy and noisy: never another event than what was shown, and all is well again
when the line is. Late: nothing twice, and no answer taken for the one to a later question.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from edge.devices import families
from edge.devices.family import BadgeScan, CardSeen, DeviceLost
from tests.contract.bad_lines import Damage, Transport
from tests.contract.families_on_lines import ASKED, READERS, TELLING, WHOLE, Bench, Case

pytestmark = [pytest.mark.slow, pytest.mark.fault("F27")]

WITHOUT_LINE = {"camera", "keyboard_scanner", "gpio_counter"}
"""Frames of a picture, key events and edges are no bytes on a line; what is wrong with them their own tests do."""

RECOVERS_S = 6.0
HELD_S = 0.25
"""A person holds a badge for so long when nothing happens."""


def test_the_table_has_every_family() -> None:
    named = {case.name.split()[0] for case in (*READERS, *ASKED, *TELLING)}
    assert named | WITHOUT_LINE >= set(families())


class Seen:
    """What a reader's driver has told of, and a wait for more."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self._news = asyncio.Event()

    def add(self, event: str) -> None:
        self.events.append(event)
        self._news.set()

    async def until(self, event: str, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                while event not in self.events:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def reading(bench: Bench) -> AsyncIterator[Seen]:
    """The driver as the field runs it: opened again whenever it is lost."""
    seen, device = Seen(), bench.device
    first = asyncio.Event()

    async def run() -> None:
        while True:
            try:
                await device.open()
                first.set()
                while True:
                    event = await (device.card() if hasattr(device, "card") else device.scan())
                    if (name := _name(event)) is not None:
                        seen.add(name)
            except DeviceLost:
                device.close()
                await asyncio.sleep(0.02)

    task = asyncio.create_task(run())
    try:
        async with asyncio.timeout(RECOVERS_S):
            await first.wait()
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        device.close()


def _name(event: BadgeScan | CardSeen) -> str | None:
    """None for a card that could not be read: its holder is asked to place it again."""
    if isinstance(event, BadgeScan):
        return event.badge
    return event.card.number if event.card is not None else None


@pytest.mark.parametrize("transport", Transport)
@pytest.mark.parametrize("case", READERS, ids=lambda case: case.name)
def test_a_reader(case: Case, transport: Transport, tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        async with reading(bench) as seen:
            for what, event in case.items.items():
                bench.show(what)
                came = await seen.until(event, RECOVERS_S if transport in WHOLE else HELD_S)
                await _lifted(bench)
                assert came or transport not in WHOLE, (event, seen.events)
            if transport in WHOLE:
                assert seen.events == list(case.items.values())
                return
            assert bench.relay.damage.damaged, "the line did nothing"
            bench.relay.damage.transport = Transport.GOOD
            await _reads_again(bench, seen, case)
            _nothing_else(case, seen.events)

    with case.running(tmp_path, transport) as bench:
        asyncio.run(story(bench))


def _nothing_else(case: Case, events: list[str]) -> None:
    """None twice; of a text without a proof, no badge but those that were shown can be anybody's."""
    ours = [event for event in events if event in case.items.values()]
    assert len(ours) == len(set(ours))
    assert ours == events or not case.proven


async def _reads_again(bench: Bench, seen: Seen, case: Case) -> None:
    """Whoever was not read shows his badge again."""
    await _lifted(bench)
    for what, event in case.items.items():
        while event not in seen.events:
            bench.show(what)
            assert await seen.until(event, RECOVERS_S), (event, seen.events)
            await _lifted(bench)


async def _lifted(bench: Bench) -> None:
    """Away until the reader has been asked for a card and found none, as when the next person steps up."""
    bench.lift()
    if bench.looks is None:
        return
    enough = bench.looks() + 2
    async with asyncio.timeout(RECOVERS_S):
        while bench.looks() < enough:
            await asyncio.sleep(0.005)


class ZeroLost(Damage):
    """Of the first answer that holds the card 24004F00, a zero in its number."""

    def pass_on(self, data: bytes) -> list[tuple[float, bytes]]:
        number = bytes.fromhex("24 00 4F 00")
        if number in data and not self.damaged:
            self.damaged += 1
            data = data.replace(number, bytes.fromhex("24 4F 00"))
        return [(0.0, data)]


def test_a_card_whose_number_lost_a_zero_on_the_way_is_no_other_card_whatever_comes_after(tmp_path: Path) -> None:
    """The checksum of such an answer is right; its end alone is missing, and what comes next begins with that."""
    pn532 = next(case for case in READERS if case.name == "pn532")

    async def story(bench: Bench) -> None:
        async with reading(bench) as seen:
            bench.show("24004F00")
            assert await seen.until("ISO14443A:24004F00", RECOVERS_S), seen.events
            assert bench.relay.damage.damaged
            assert seen.events == ["ISO14443A:24004F00"]

    with replace(pn532, damage=ZeroLost).running(tmp_path, Transport.LOSSY) as bench:
        asyncio.run(story(bench))


# --- counters ---------------------------------------------------------------------------------------------------------

POLLS = 5
"""On a bad line; each has a value of its own, so that an answer to an earlier question is found out."""


def _value(poll: int) -> int:
    return 1_000_000 + 65_537 * poll


class Polling:
    """The driver as the field runs it: opened again after it was lost, and not before."""

    def __init__(self, bench: Bench) -> None:
        self._device = bench.device
        self._open = False

    async def read(self) -> int | None:
        """None when the device is lost, as it says."""
        try:
            if not self._open:
                await self._device.open()
                self._open = True
            value: int = (await self._device.read()).value
        except DeviceLost:
            self.close()
            return None
        return value

    async def at_least(self, expected: int) -> int:
        async with asyncio.timeout(RECOVERS_S):
            while (value := await self.read()) is None or value < expected:
                await asyncio.sleep(0.01)
        return value

    def close(self) -> None:
        self._device.close()
        self._open = False


@pytest.mark.parametrize("transport", Transport)
@pytest.mark.parametrize("case", ASKED, ids=lambda case: case.name)
def test_a_counter_that_is_asked(case: Case, transport: Transport, tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        with closing(Polling(bench)) as polling:
            await polled(bench, polling)

    async def polled(bench: Bench, polling: Polling) -> None:
        for poll in range(POLLS):
            bench.put(_value(poll))
            value = await polling.read()
            assert value == _value(poll) or (value is None and transport not in WHOLE), poll
        assert bench.relay.damage.damaged or transport in WHOLE, "the line did nothing"
        bench.relay.damage.transport = Transport.GOOD
        bench.put(_value(POLLS))
        assert await polling.at_least(0) == _value(POLLS)

    with case.running(tmp_path, transport) as bench:
        asyncio.run(story(bench))


@pytest.mark.parametrize("transport", Transport)
@pytest.mark.parametrize("case", TELLING, ids=lambda case: case.name)
def test_a_counter_that_tells_of_each_piece(case: Case, transport: Transport, tmp_path: Path) -> None:
    """What a line loses of them is lost, and nobody can know; but never more than were made are counted."""
    made, more = 40, 20

    async def story(bench: Bench) -> None:
        with closing(Polling(bench)) as polling:
            await told(bench, polling)

    async def told(bench: Bench, polling: Polling) -> None:
        assert await polling.read() == 0
        for _ in range(made):
            bench.put(1)
        lost_at_most = 0 if transport in (*WHOLE, Transport.LATE) else made // 2 + 1
        seen = await polling.at_least(made - lost_at_most)
        bench.relay.damage.transport = Transport.GOOD
        for _ in range(more):
            bench.put(1)
        assert seen + more - 1 <= await polling.at_least(seen + more - 1) <= made + more

    with case.running(tmp_path, transport) as bench:
        asyncio.run(story(bench))
