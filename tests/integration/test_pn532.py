"""The field with a PN532 on a pseudo-terminal: what it is asked, what becomes a tap, and what does not."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from edge.config import Reader
from edge.devices.pn532 import driver
from simulators.pn532 import PHONE, Card, SimulatedPn532
from tests.unit.devices.bench import Core, box, running

GONE_S = 1.0

ANNA, BAO = Card("24D34F59"), Card("04AF68DAC85A80", "78 80 70 02")
ANNAS, BAOS = "ISO14443A:24D34F59", "ISO14443A:04AF68DAC85A80"

Story = Callable[[SimulatedPn532, Core], Awaitable[None]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "FIND_EVERY_S", 0.01)
    monkeypatch.setattr(driver, "HEARD_S", 0.4)
    monkeypatch.setattr(driver, "ANSWER_S", 0.4)
    monkeypatch.setattr(driver, "REPEAT_GAP_S", GONE_S)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SimulatedPn532]:
    with SimulatedPn532(tmp_path / "gate") as reader:
        yield reader


def badges(reader: SimulatedPn532, story: Story) -> list[str | None]:
    """The badges of the taps that core gets while the story goes on."""
    core = Core()

    async def with_a_field() -> None:
        async with running(box([Reader("gate", "entrance", "pn532", str(reader.link))]), core):
            await core.until(core.states)
            await story(reader, core)
            assert core.states() == [True]

    asyncio.run(with_a_field())
    return [tap.badge for tap in core.taps()]


async def asked(reader: SimulatedPn532, command: str, times: int) -> None:
    """Waits for so many more of these commands."""
    wanted = reader.received[command] + times
    async with asyncio.timeout(4.0):
        while reader.received[command] < wanted:
            await asyncio.sleep(0.005)


async def taps(core: Core, count: int) -> None:
    await core.until(lambda: len(core.taps()) >= count)


async def away(reader: SimulatedPn532) -> None:
    reader.lift()
    await asyncio.sleep(GONE_S + 0.1)


def test_a_card_that_lies_there_is_one_tap_and_the_next_one_another(reader):
    async def story(reader: SimulatedPn532, core: Core) -> None:
        reader.hold(ANNA)
        await taps(core, 1)
        await asked(reader, "find", 30)
        await away(reader)
        reader.hold(BAO)
        await taps(core, 2)
        await away(reader)
        reader.hold(ANNA)
        await taps(core, 3)

    assert badges(reader, story) == [ANNAS, BAOS, ANNAS]


def test_without_a_card_every_search_is_answered(reader):
    async def story(reader: SimulatedPn532, _core: Core) -> None:
        await asked(reader, "find", 20)

    assert badges(reader, story) == []
    assert reader.received["sam"] == 1


def test_two_cards_at_once_are_two_taps(reader):
    async def story(reader: SimulatedPn532, core: Core) -> None:
        reader.hold(ANNA, BAO)
        await taps(core, 2)
        await asked(reader, "find", 20)

    assert badges(reader, story) == [ANNAS, BAOS]


def test_a_telephone_is_told_once_however_often_it_changes_its_number(reader):
    async def story(reader: SimulatedPn532, core: Core) -> None:
        reader.hold(PHONE)
        await taps(core, 1)
        await asked(reader, "find", 30)

    assert badges(reader, story) == [None]


def test_a_telephone_beside_a_badge_is_not_told(reader):
    async def story(reader: SimulatedPn532, core: Core) -> None:
        reader.hold(PHONE, ANNA)
        await taps(core, 1)
        await asked(reader, "find", 20)

    assert badges(reader, story) == [ANNAS]


@pytest.mark.parametrize("fault", ["acks_lost", "unheard", "damaged", "unsent"])
def test_what_is_lost_or_damaged_once_loses_no_tap_and_no_reader(reader, fault):
    async def story(reader: SimulatedPn532, core: Core) -> None:
        await asked(reader, "find", 2)
        setattr(reader.faults, fault, 1)
        reader.hold(ANNA)
        await taps(core, 1)
        await asked(reader, "find", 5)

    assert badges(reader, story) == [ANNAS]
    assert reader.received["nack"] == (fault == "damaged")
    assert reader.received["sam"] == 1


def test_after_a_dip_of_its_supply_it_is_set_up_anew(reader):
    async def story(reader: SimulatedPn532, core: Core) -> None:
        await asked(reader, "find", 2)
        reader.dip()
        await asked(reader, "sam", 1)
        reader.hold(ANNA)
        await taps(core, 1)

    assert badges(reader, story) == [ANNAS]


def test_noise_between_the_frames_costs_no_tap_and_names_nobody(reader, caplog):
    async def story(reader: SimulatedPn532, core: Core) -> None:
        for torn in (b"\xff\x13", b"\x00\xff\x0c", bytes.fromhex("00 00 FF 0C F4 D5 4B 01 01 00 04 08 04 24 D3")):
            reader.say(torn)
            await asked(reader, "find", 2)
        reader.hold(ANNA)
        await taps(core, 1)

    with caplog.at_level(logging.DEBUG):
        assert badges(reader, story) == [ANNAS]
    assert "bad frames" in caplog.text
    assert "24D3" not in caplog.text.upper()


def test_a_reader_that_falls_silent_is_gone_and_comes_back(reader, caplog):
    core = Core()

    async def story() -> None:
        async with running(box([Reader("gate", "entrance", "pn532", str(reader.link))]), core):
            await core.until(lambda: core.states() == [True])
            reader.faults.silent = True
            await core.until(lambda: core.states() == [True, False], 8.0)
            reader.faults.silent = False
            await core.until(lambda: core.states() == [True, False, True], 8.0)
            reader.unplug()
            await core.until(lambda: core.states()[-1:] == [False])
            reader.plug()
            await core.until(lambda: core.states()[-1:] == [True], 8.0)
            reader.hold(ANNA)
            await taps(core, 1)

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert [tap.badge for tap in core.taps()] == [ANNAS]
    assert "no answer at 115200 baud" in caplog.text


def test_a_port_where_nothing_answers_is_no_reader(tmp_path):
    with SimulatedPn532(tmp_path / "mute") as mute:
        mute.faults.silent = True
        core = Core()

        async def story() -> None:
            async with running(box([Reader("gate", "entrance", "pn532", str(mute.link))]), core):
                await core.until(lambda: core.states() == [False])

        asyncio.run(story())
