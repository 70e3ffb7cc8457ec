"""The field with an identity-card reader on a pseudo-terminal: when it is asked, what is told, and what is not."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from edge import field
from edge.config import BoxConfig, Station
from edge.devices import MisplacedReader
from edge.devices.samv import driver
from edge.devices.samv.keys import SamvKeys
from edge.field import cards as card_readers
from edge.link.messages import CardRead, CardWanted
from simulators.samv import SimulatedIdCardReader, card_answer, number_of, resident_text
from sync.wire.identity import CardTrouble
from tests.unit.devices.bench import Core, RunningClock, box, running

NUMBER_A, NUMBER_B = number_of("110101", "19000101", 101), number_of("110101", "19050607", 112)
CARD_A, CARD_B = resident_text("甲测试", NUMBER_A), resident_text("乙测试", NUMBER_B)

Story = Callable[[SimulatedIdCardReader, Core], Awaitable[None]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"FIND_EVERY_S": 0.02, "SHORT_S": 1.0, "READ_S": 0.4, "TRY_S": 0.2}.items():
        monkeypatch.setattr(driver, name, seconds)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SimulatedIdCardReader]:
    with SimulatedIdCardReader(tmp_path / "id-card") as reader:
        yield reader


def configured(reader: SimulatedIdCardReader) -> BoxConfig:
    return box([SamvKeys("id-card", "entrance", "samv", str(reader.link))])


def told(reader: SimulatedIdCardReader, story: Story, *, appended_address: bool = False) -> list[CardRead]:
    """What the field tells core while the story goes on, with a step open from its beginning."""
    core = Core()
    keys = SamvKeys("id-card", "entrance", "samv", str(reader.link), appended_address=appended_address)

    async def with_a_step() -> None:
        async with running(box([keys]), core):
            await core.until(core.states)
            await core.cards_wanted.put(CardWanted("entrance", 60))
            await story(reader, core)

    asyncio.run(with_a_step())
    return core.cards_read()


async def asked(reader: SimulatedIdCardReader, command: str, times: int) -> None:
    """Waits for so many more of these commands."""
    wanted = reader.received[command] + times
    async with asyncio.timeout(4.0):
        while reader.received[command] < wanted:
            await asyncio.sleep(0.005)


async def cards(core: Core, count: int) -> None:
    await core.until(lambda: len(core.cards_read()) >= count)


# --- when it is asked ---------------------------------------------------------------------------------


def test_a_card_is_looked_for_only_while_a_step_is_open(reader, monkeypatch):
    monkeypatch.setattr(card_readers, "CHECK_S", 0.05)

    async def story() -> None:
        core = Core()
        reader.place(CARD_A)
        async with running(configured(reader), core):
            await asked(reader, "status", 4)
            assert (reader.received["find"], core.cards_read()) == (0, [])
            await core.cards_wanted.put(CardWanted("canteen", 60))
            await asked(reader, "status", 3)
            assert reader.received["find"] == 0
            await core.cards_wanted.put(CardWanted("entrance", 60))
            await cards(core, 1)
            await core.cards_wanted.put(CardWanted("entrance", 0))
            await asked(reader, "status", 2)
            finds = reader.received["find"]
            await asked(reader, "status", 3)
            assert reader.received["find"] == finds
        (read,) = core.cards_read()
        assert (read.station, read.reader, read.trouble) == ("entrance", "id-card", None)
        assert read.card is not None
        assert (read.card.name, read.card.number) == ("甲测试", NUMBER_A)

    asyncio.run(story())


def test_a_step_that_nobody_keeps_open_ends_by_itself(reader, monkeypatch):
    monkeypatch.setattr(card_readers, "CHECK_S", 0.1)

    async def story() -> None:
        core = Core()
        loop = asyncio.get_running_loop()
        async with running(configured(reader), core):
            await core.until(core.states)
            for _ in range(3):  # asked again while it is open: one second from the last time
                await core.cards_wanted.put(CardWanted("entrance", 1))
                await asked(reader, "find", 3)
            renewed_s = loop.time()
            await asked(reader, "status", 1)  # which is asked between steps only
            assert 0.7 < loop.time() - renewed_s < 3.0

    asyncio.run(story())


def test_finds_keep_their_distance(reader, monkeypatch):
    monkeypatch.setattr(driver, "FIND_EVERY_S", 0.1)
    found_at: list[float] = []
    honest: Callable[[bytes], bytes] = reader.answer_to

    def timed(command: bytes) -> bytes:
        if command[:2] == b"\x20\x01":
            found_at.append(time.monotonic())
        return honest(command)

    monkeypatch.setattr(reader, "answer_to", timed)

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        await asked(reader, "find", 5)

    told(reader, story)
    assert found_at[4] - found_at[0] > 0.3


# --- one card, one event ------------------------------------------------------------------------------


@pytest.mark.parametrize("lies_found", [False, True], ids=["a lying card is not found", "a lying card is found"])
def test_a_card_left_lying_is_one_event_and_the_next_card_another(reader, lies_found):
    reader.faults.lies_found = lies_found

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.place(CARD_A)
        await cards(core, 1)
        await asked(reader, "find", 20)
        reader.lift()
        await asked(reader, "find", 2)
        reader.place(CARD_B)
        await cards(core, 2)
        await asked(reader, "find", 5)

    read = told(reader, story)
    assert [each.card.number for each in read if each.card] == [NUMBER_A, NUMBER_B]
    assert reader.received["read"] == 2


def test_a_card_at_the_edge_of_the_field_is_one_event_until_it_was_away_for_long(reader, monkeypatch):
    monkeypatch.setattr(driver, "SAME_CARD_S", 0.4)

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        for _ in range(4):
            reader.place(CARD_A)
            await asked(reader, "read", 1)
            reader.lift()
            await asked(reader, "find", 2)
        assert len(core.cards_read()) == 1
        await asyncio.sleep(0.45)
        reader.place(CARD_A)
        await cards(core, 2)

    assert len(told(reader, story)) == 2


def test_a_new_step_begins_without_the_card_of_the_one_before(reader):
    reader.faults.lies_found = True

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.place(CARD_A)
        for step in (1, 2):
            await core.cards_wanted.put(CardWanted("entrance", 60))
            await cards(core, step)
            await core.cards_wanted.put(CardWanted("entrance", 0))
            finds = reader.received["find"]
            await asyncio.sleep(0.1)
            assert reader.received["find"] <= finds + 1

    assert len(told(reader, story)) == 2


# --- the address that was written later ---------------------------------------------------------------


async def _one_card(reader: SimulatedIdCardReader, core: Core) -> None:
    reader.place(CARD_A, later_address="测试市新街2号")
    await cards(core, 1)


def test_the_later_address_is_asked_for_only_where_it_is_wanted(reader):
    (read,) = told(reader, _one_card)
    assert read.card is not None
    assert (read.card.appended_address, reader.received["appended"]) == ("", 0)


def test_the_later_address_stands_beside_the_printed_one(reader):
    (read,) = told(reader, _one_card, appended_address=True)
    assert read.card is not None
    assert (read.card.address, read.card.appended_address) == ("测试市测试路1号", "测试市新街2号")


@pytest.mark.parametrize("status", [0x91, 0x21, 0x23, 0x24, 0x10, 0x41, 0x66])
def test_a_reader_that_does_not_tell_the_later_address_has_read_the_card_all_the_same(reader, status):
    reader.faults.status["appended"] = status
    (read,) = told(reader, _one_card, appended_address=True)
    assert read.card is not None
    assert (read.card.number, read.card.appended_address, read.trouble) == (NUMBER_A, "", None)


def test_a_reader_that_is_mute_about_the_later_address_reads_the_next_card_too(reader, monkeypatch):
    monkeypatch.setattr(driver, "SHORT_S", 0.2)
    honest: Callable[[bytes], bytes] = reader.answer_to
    monkeypatch.setattr(reader, "answer_to", lambda asked: b"" if asked[:2] == b"\x30\x03" else honest(asked))

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.place(CARD_A)
        await cards(core, 1)
        reader.lift()
        await asked(reader, "find", 2)
        reader.place(CARD_B)
        await cards(core, 2)
        assert core.states() == [True]

    assert [each.card.number for each in told(reader, story, appended_address=True) if each.card] == [
        NUMBER_A,
        NUMBER_B,
    ]


# --- what cannot be read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "value"), [("checksum_once", True), ("stall_after", 700), ("stall_after", 13), ("stall_after", 1294)]
)
def test_a_card_that_comes_damaged_or_half_is_placed_again_and_nothing_of_it_is_told(reader, fault, value):
    setattr(reader.faults, fault, value)

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.place(CARD_A)
        await cards(core, 1)
        await asked(reader, "find", 3)
        reader.lift()
        await asked(reader, "find", 2)
        reader.place(CARD_B)
        await cards(core, 2)

    first, second = told(reader, story)
    assert (first.trouble, first.card) == (CardTrouble.PLACE_AGAIN, None)
    assert second.card is not None
    assert second.card.number == NUMBER_B


def test_a_card_that_could_not_be_read_is_told_once_while_it_lies_there(reader):
    reader.faults.lies_found = True
    reader.faults.status["read"] = 0x41

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.place(CARD_A)
        await cards(core, 1)
        await asked(reader, "find", 10)

    assert [each.trouble for each in told(reader, story)] == [CardTrouble.PLACE_AGAIN]
    assert reader.received["read"] == 1


@pytest.mark.parametrize(
    ("command", "status", "trouble"),
    [
        ("find", 0x40, CardTrouble.NOT_AN_ID_CARD),
        ("select", 0x31, CardTrouble.PLACE_AGAIN),
        ("select", 0x32, CardTrouble.PLACE_AGAIN),
        ("read", 0x33, CardTrouble.PLACE_AGAIN),
        ("read", 0x41, CardTrouble.PLACE_AGAIN),
        ("read", 0x21, CardTrouble.READER_FAULT),
        ("find", 0x60, CardTrouble.READER_FAULT),
        ("find", 0x66, CardTrouble.READER_FAULT),
        ("find", 0x10, None),
        ("select", 0x81, None),
        ("select", 0x24, None),
        ("read", 0x47, None),
        ("read", 0x91, None),
    ],
)
def test_each_status_has_its_way_on(reader, command, status, trouble):
    reader.faults.status[command] = status

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.place(CARD_A)
        await cards(core, 1)

    (read,) = told(reader, story)
    assert read.trouble is trouble
    assert (read.card is None) == (trouble is not None)


def test_a_wrong_checksum_of_ours_is_sent_once_more_at_once(reader):
    reader.faults.status["select"] = 0x10

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.place(CARD_A)
        await cards(core, 1)

    told(reader, story)
    assert reader.received["select"] == 2


def test_a_card_that_is_begun_three_times_in_vain_has_to_be_placed_again(reader, monkeypatch):
    always = dict.fromkeys(["select"], 0x81)
    monkeypatch.setattr(reader.faults, "status", _Endless(always))

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.place(CARD_A)
        await cards(core, 1)
        await asked(reader, "find", 5)

    (read,) = told(reader, story)
    assert read.trouble is CardTrouble.PLACE_AGAIN


class _Endless(dict[str, int]):
    def pop(self, name: str) -> int:  # type: ignore[override]  # the simulator asks in this one way only
        return self[name]


def test_a_reader_that_needs_its_maker_is_not_asked_again_in_this_step(reader, monkeypatch):
    monkeypatch.setattr(card_readers, "CHECK_S", 0.05)
    monkeypatch.setattr(reader.faults, "status", _Endless(find=0x66))

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        await cards(core, 1)
        await asked(reader, "status", 3)

    assert [each.trouble for each in told(reader, story)] == [CardTrouble.READER_FAULT]
    assert reader.received["find"] == 1


def test_an_answer_for_a_step_that_was_closed_is_not_told_in_the_next(reader):
    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.faults.stall_after = 0
        reader.place(CARD_A)
        await asked(reader, "read", 1)
        await core.cards_wanted.put(CardWanted("entrance", 0))
        await asyncio.sleep(0.05)
        await core.cards_wanted.put(CardWanted("entrance", 60))
        reader.say(card_answer(CARD_A))
        reader.place(CARD_B)
        await cards(core, 1)
        await asked(reader, "find", 3)

    (read,) = told(reader, story)
    assert read.card is not None
    assert read.card.number == NUMBER_B


# --- a reader that goes -------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [115200, 38400, 9600])
def test_a_reader_is_found_at_any_speed(tmp_path, speed):
    with SimulatedIdCardReader(tmp_path / "id-card", speed) as reader:

        async def story(reader: SimulatedIdCardReader, core: Core) -> None:
            reader.place(CARD_A)
            await cards(core, 1)

        assert told(reader, story)[0].card is not None


@pytest.mark.fault("F26")
def test_a_reader_pulled_out_while_it_reads_is_back_in_3_s_under_another_name(reader, caplog):
    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.faults.stall_after = 300
        reader.place(CARD_A)
        await asked(reader, "read", 1)
        before = reader.link.readlink()
        reader.unplug()
        await core.until(lambda: core.states() == [True, False])
        held = SimulatedIdCardReader(reader.link.with_name("another"))  # takes the number that has become free
        reader.plug()
        assert reader.link.readlink() != before
        await core.until(lambda: core.states() == [True, False, True], timeout_s=3.0)
        reader.place(CARD_B)
        await cards(core, 1)
        held.close()

    with caplog.at_level(logging.INFO):
        (read,) = told(reader, story)
    assert read.card is not None
    assert read.card.number == NUMBER_B
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["id-card is gone", "id-card is back"]


@pytest.mark.fault("F26")
@pytest.mark.parametrize("looking", [False, True])
def test_a_silent_reader_is_told(reader, monkeypatch, looking):
    monkeypatch.setattr(card_readers, "CHECK_S", 0.05)
    monkeypatch.setattr(driver, "SHORT_S", 0.3)

    async def story() -> None:
        core = Core()
        async with running(configured(reader), core):
            await core.until(core.states)
            if looking:
                await core.cards_wanted.put(CardWanted("entrance", 60))
                await asked(reader, "find", 1)
            reader.faults.silent = True
            await core.until(lambda: not core.states()[-1])
            reader.faults.silent = False
            await core.until(lambda: core.states()[-1])

    asyncio.run(story())


def test_one_lost_answer_is_no_lost_reader(reader, monkeypatch):
    monkeypatch.setattr(card_readers, "CHECK_S", 0.05)
    honest = reader.answer_to

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        await asked(reader, "find", 1)
        monkeypatch.setattr(reader, "answer_to", lambda command: honest(command)[:0])
        await asked(reader, "find", 1)
        monkeypatch.setattr(reader, "answer_to", honest)
        reader.place(CARD_A)
        await cards(core, 1)
        assert core.states() == [True]

    told(reader, story)


# --- what is kept to itself ---------------------------------------------------------------------------


def test_what_core_does_not_take_in_time_is_dropped(reader, monkeypatch, caplog):
    monkeypatch.setattr(card_readers, "CARD_WORTH_S", 0.1)

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        core.back.clear()
        reader.place(CARD_A)
        await asked(reader, "read", 1)
        await asked(reader, "find", 2)
        core.back.set()
        reader.lift()
        await asked(reader, "find", 2)
        reader.place(CARD_B)
        await cards(core, 1)

    with caplog.at_level(logging.INFO):
        (read,) = told(reader, story)
    assert read.card is not None
    assert read.card.number == NUMBER_B
    (record,) = caplog.records
    assert "it is dropped" in record.getMessage()


def test_nothing_of_a_card_is_in_any_log_line_or_repr(reader, caplog, monkeypatch):
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("a slip of ours")

    async def story(reader: SimulatedIdCardReader, core: Core) -> None:
        reader.place(CARD_A)
        await cards(core, 1)
        monkeypatch.setattr(driver, "card_of", broken)
        reader.lift()
        await asked(reader, "find", 2)
        reader.place(CARD_B)
        await core.until(lambda: False in core.states())

    with caplog.at_level(logging.DEBUG):
        (read,) = told(reader, story)
    logged = logging.Formatter("%(message)s")
    text = "\n".join(logged.format(record) for record in caplog.records) + repr(read)
    assert "ZeroDivisionError" in text
    for canary in ("甲测试", "乙测试", NUMBER_A, NUMBER_B, "1900", CARD_A.hex()[:20]):
        assert canary not in text


def test_a_card_reader_at_a_machine_refuses_to_start(reader):
    config = box([SamvKeys("id-card", "entrance", "samv", str(reader.link), machine="press")])
    with pytest.raises(MisplacedReader, match=r"reader 'id-card': machine: got 'press', wanted none"):
        asyncio.run(field.run_field(config, RunningClock(), Core()))


def test_each_station_has_its_own_reader(reader, tmp_path):
    with SimulatedIdCardReader(tmp_path / "other") as other:
        config = BoxConfig(
            box().box,
            [Station("entrance"), Station("office")],
            [
                SamvKeys("id-card", "entrance", "samv", str(reader.link)),
                SamvKeys("id-card-2", "office", "samv", str(other.link)),
            ],
        )

        async def story() -> None:
            core = Core()
            for each in (reader, other):
                each.place(CARD_A)
            async with running(config, core):
                await core.until(lambda: len(core.states()) == 2)
                await core.cards_wanted.put(CardWanted("office", 60))
                await core.until(partial(_one_read, core))
                await asked(other, "find", 3)
            assert [each.station for each in core.cards_read()] == ["office"]
            assert reader.received["find"] == 0

        asyncio.run(story())


def _one_read(core: Core) -> bool:
    return bool(core.cards_read())
