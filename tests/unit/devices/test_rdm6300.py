"""The RDM6300 family: frames as captured, and what counts as one tap."""

import asyncio
import logging
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.family import DeviceLost
from edge.devices.rdm6300.codec import BadChecksum, BadFrame, Frame
from edge.devices.rdm6300.driver import Rdm6300
from edge.devices.shared.presence import REPEAT_GAP_S, TagsInField
from edge.transport.port import Port, PortLost
from sync.wire.envelope import ClockState, Stamp
from tests.unit.devices.bench import ReaderOnALine

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/rdm6300.toml").read_text("utf-8"))
TAG = bytes.fromhex(CAPTURES["good"][0]["frame"])
OTHER = bytes.fromhex(CAPTURES["good"][1]["frame"])
AT = Stamp("boot", 7, 8, ClockState.RTC)


@pytest.mark.parametrize("capture", CAPTURES["good"], ids=lambda each: each["tag"])
def test_a_good_frame_is_its_badge(capture):
    raw = bytes.fromhex(capture["frame"])
    frame = Frame.from_bytes(raw)
    assert frame.badge_key == f"EM4100:{capture['tag']}"
    assert frame.printed_8h10d == capture["printed"]
    assert frame.to_bytes() == raw
    assert Frame.of_tag(capture["tag"]) == frame


@pytest.mark.parametrize("capture", CAPTURES["bad"], ids=lambda each: each["source"][:40])
def test_a_bad_frame_is_refused(capture):
    with pytest.raises(BadFrame) as refused:
        Frame.from_bytes(bytes.fromhex(capture["frame"]))
    assert isinstance(refused.value, BadChecksum) == (capture["why"] == "checksum")


@pytest.mark.parametrize("raw", [b"", TAG[:-1], TAG[1:], TAG + b"\n", TAG.replace(b"8", b"g"), b"\x02" + b"0" * 13])
def test_what_has_not_the_form_of_a_frame_is_refused(raw):
    with pytest.raises(BadFrame):
        Frame.from_bytes(raw)


def test_lower_case_digits_are_the_same_badge():
    assert Frame.from_bytes(TAG.lower()) == Frame.from_bytes(TAG)


@pytest.mark.parametrize("tag", ["1000", "100086F44400"])
def test_a_tag_has_ten_digits(tag):
    with pytest.raises(ValueError, match="ten hex digits"):
        Frame.of_tag(tag)


@given(number=st.binary(min_size=5, max_size=5))
def test_every_tag_survives_the_wire(number):
    frame = Frame.of_tag(number.hex())
    assert Frame.from_bytes(frame.to_bytes()) == frame


@given(place=st.integers(1, 12), digit=st.sampled_from(b"0123456789ABCDEF"))
def test_no_single_wrong_digit_is_accepted(place, digit):
    damaged = TAG[:place] + bytes([digit]) + TAG[place + 1 :]
    if damaged != TAG:
        with pytest.raises(BadChecksum):
            Frame.from_bytes(damaged)


def test_a_tag_that_lies_in_the_field_arrives_once():
    tags = TagsInField()
    assert [tags.arrives("a", step * 0.065) for step in range(100)] == [True] + [False] * 99


def test_a_tag_arrives_again_only_after_it_was_away():
    tags = TagsInField()
    assert tags.arrives("a", 0.0)
    assert not tags.arrives("a", REPEAT_GAP_S - 0.01)
    assert tags.arrives("a", REPEAT_GAP_S - 0.01 + REPEAT_GAP_S)


def test_two_tags_do_not_hide_one_another():
    tags = TagsInField()
    assert [tags.arrives(tag, 0.1 * step) for step, tag in enumerate("abab")] == [True, True, False, False]


class StandingClock:
    def stamp(self) -> Stamp:
        return AT


class Bench(ReaderOnALine):
    """A reader on an in-memory line, with machine time set by hand."""

    def __init__(self, *, two_equal_frames: bool = False) -> None:
        self.now_s = 0.0
        self.reader = Rdm6300("gate", self.plug, StandingClock(), lambda: self.now_s, two_equal_frames=two_equal_frames)


def test_a_scan_is_stamped_when_its_frame_is_there():
    async def story() -> None:
        bench = Bench()
        await bench.reader.open()
        await bench.module.write(TAG)
        assert (await bench.reader.scan()).at == AT
        bench.reader.close()

    asyncio.run(story())


def test_two_badges_in_one_chunk_are_two_scans():
    assert asyncio.run(Bench().badges(TAG + TAG + OTHER)) == ["EM4100:100086F444", "EM4100:6F007B3972"]


def test_bad_frames_are_counted_and_never_accepted():
    bench = Bench()
    bad = bytes.fromhex(CAPTURES["bad"][0]["frame"])
    assert asyncio.run(bench.badges(bad + bad + b"noise" + TAG)) == ["EM4100:100086F444"]
    assert bench.reader.bad_frames.total == 3


WRONG, OTHER_WRONG = (bytes.fromhex(each["frame"]) for each in CAPTURES["bad"][2:4])
"""Of two modules that send wrong checksums with every card."""


def test_a_module_that_sends_wrong_checksums_is_read_only_where_two_equal_frames_are_enough():
    assert asyncio.run(Bench().badges(WRONG * 5)) == []
    bench = Bench(two_equal_frames=True)
    assert asyncio.run(bench.badges(WRONG * 5)) == ["EM4100:02004DB005"]
    assert bench.reader.bad_frames.total == 1


@pytest.mark.parametrize(
    "between",
    [OTHER_WRONG, TAG, b"noise", bytes.fromhex(CAPTURES["bad"][4]["frame"])],
    ids=["another wrong frame", "a good frame", "noise", "a checksum that is no number"],
)
def test_two_equal_frames_follow_one_another(between):
    badges = asyncio.run(Bench(two_equal_frames=True).badges(WRONG, between, WRONG))
    assert "EM4100:02004DB005" not in badges


def test_a_checksum_that_is_no_number_is_refused_however_often_it_comes():
    assert asyncio.run(Bench(two_equal_frames=True).badges(bytes.fromhex(CAPTURES["bad"][4]["frame"]) * 5)) == []


def test_two_equal_frames_are_of_one_tap():
    bench = Bench(two_equal_frames=True)

    async def story() -> None:
        await bench.reader.open()
        scan = asyncio.create_task(bench.reader.scan())
        for bench.now_s in (0.0, 2 * REPEAT_GAP_S):
            await bench.module.write(WRONG)
            for _ in range(5):
                await asyncio.sleep(0)
            assert not scan.done()
        await bench.module.write(WRONG)
        assert (await scan).badge == "EM4100:02004DB005"
        bench.reader.close()

    asyncio.run(story())


def test_a_frame_from_before_an_unplug_is_not_the_first_of_two():
    bench = Bench(two_equal_frames=True)
    assert asyncio.run(bench.badges(WRONG)) == []
    assert asyncio.run(bench.badges(WRONG)) == []


def test_half_a_frame_before_an_unplug_does_not_join_what_comes_after():
    bench = Bench()
    assert asyncio.run(bench.badges(TAG[:6])) == []
    assert asyncio.run(bench.badges(TAG[6:] + OTHER)) == ["EM4100:6F007B3972"]


def test_a_tag_that_lay_there_during_an_unplug_is_not_a_new_tap():
    bench = Bench()
    assert asyncio.run(bench.badges(TAG)) == ["EM4100:100086F444"]
    bench.now_s = REPEAT_GAP_S / 2
    assert asyncio.run(bench.badges(TAG)) == []


def test_the_log_counts_bad_frames_by_tens_and_names_no_badge(caplog):
    bad = bytes.fromhex(CAPTURES["bad"][0]["frame"])
    with caplog.at_level(logging.WARNING):
        asyncio.run(Bench().badges(bad * 50))
    assert [record.getMessage().split()[1] for record in caplog.records] == ["1", "10"]
    assert "86F444" not in caplog.text


def test_a_reader_that_is_not_there_is_lost():
    def nothing() -> Port:
        raise PortLost("no such port")

    async def story() -> None:
        reader = Rdm6300("gate", nothing, StandingClock())
        with pytest.raises(DeviceLost, match="no such port"):
            await reader.open()
        with pytest.raises(DeviceLost, match="not open"):
            await reader.scan()

    asyncio.run(story())
