"""Frames of a PN532, whatever the line does to them."""

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.framing.delimited import NEED_MORE, NeedMore
from edge.framing.events import Content, Damaged, Skipped
from edge.framing.pn532 import (
    ACK,
    LONGEST,
    LONGEST_CONTENT,
    NACK,
    Ack,
    Event,
    Nack,
    Pn532Frames,
    frame,
)

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/pn532.toml").read_text("utf-8"))
PLAIN = [(bytes.fromhex(each["frame"]), bytes.fromhex(each["content"])) for each in CAPTURES["sent"]]
PLAIN += [(bytes.fromhex(each["frame"]), bytes.fromhex(each["content"])) for each in CAPTURES["answer"]]
CARD = bytes.fromhex(CAPTURES["cards"][0]["frame"])
DAMAGED = bytes.fromhex(CAPTURES["damaged"][0]["frame"])


def parsed(*chunks: bytes) -> list[Event]:
    frames, events = Pn532Frames(), []
    for chunk in chunks:
        frames.receive_data(chunk)
        while not isinstance(event := frames.next_event(), NeedMore):
            events.append(event)
    return events


def good(*chunks: bytes) -> list[Event]:
    return [event for event in parsed(*chunks) if not isinstance(event, Skipped)]


@pytest.mark.parametrize(("raw", "content"), PLAIN, ids=[content.hex() for _, content in PLAIN])
def test_a_captured_frame_is_found_whole_and_byte_by_byte(raw, content):
    assert good(raw) == [Content(content)]
    assert good(*(raw[at : at + 1] for at in range(len(raw)))) == [Content(content)]
    assert raw.endswith(frame(content)[2:])


def test_acknowledgements_are_told_from_frames():
    assert parsed(ACK + CARD + NACK + ACK) == [Ack(), Content(CARD[5:-2]), Nack(), Ack()]


@pytest.mark.parametrize("zeros", [0, 1, 2, 40])
def test_any_number_of_zeros_may_stand_before_a_frame_and_is_no_noise(zeros):
    assert parsed(bytes(zeros) + CARD[1:]) == [Content(CARD[5:-2])]


def test_without_its_last_zero_a_frame_is_there_all_the_same():
    assert parsed(CARD[:-1] + CARD) == [Content(CARD[5:-2])] * 2


def test_a_wrong_checksum_gives_out_nothing_and_hides_nothing():
    assert good(DAMAGED + CARD) == [Damaged(), Content(CARD[5:-2])]


def test_a_wrong_byte_anywhere_is_no_other_card():
    for place in range(1, len(CARD) - 1):
        for flip in (0x01, 0x10, 0x80, 0xFF):
            damaged = CARD[:place] + bytes([CARD[place] ^ flip]) + CARD[place + 1 :]
            assert all(event == Content(CARD[5:-2]) for event in parsed(damaged) if isinstance(event, Content))


def test_a_frame_may_begin_within_what_looked_like_one():
    assert good(b"\x00\xff\x06\xfa" + CARD) == [Damaged(), Content(CARD[5:-2])]


@pytest.mark.parametrize(
    "noise",
    [b"\x55\xaa", b"\xff\xff", b"\x00\xff\x05\x05", b"\x00\xff\xff\xff\x01\x00\xff", b"\x00\xff\x00\x00", CARD[:3]],
    ids=["noise", "ones", "wrong complement", "extended", "empty", "torn"],
)
def test_what_is_no_frame_is_skipped(noise):
    assert good(noise + CARD)[-1] == Content(CARD[5:-2])


def test_an_empty_frame_and_one_that_is_too_long_cannot_be_made():
    for content in (b"", bytes(LONGEST_CONTENT + 1)):
        with pytest.raises(ValueError, match="1 to 254"):
            frame(content)


def test_no_content_is_in_a_repr():
    assert "24" not in repr(Content(CARD[5:-2]))


@pytest.mark.parametrize("noise", [b"\x00", b"\x00\xff\xfe\x02", b"\x00\xff", b"\x55"])
def test_endless_babble_keeps_less_than_a_frame(noise):
    frames = Pn532Frames()
    for _ in range(1000):
        frames.receive_data(noise * 7)
        while frames.next_event() is not NEED_MORE:
            pass
        assert len(frames._buffer) < LONGEST


pieces = st.one_of(st.sampled_from([ACK, NACK, CARD, DAMAGED, b"\x00\xff", b"\x00"]), st.binary(max_size=12))


@given(stream=st.lists(pieces, max_size=8).map(b"".join), cuts=st.lists(st.integers(0, 200)))
def test_any_splitting_finds_the_same_frames(stream, cuts):
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    assert good(*(stream[start:end] for start, end in pairwise(edges))) == good(stream)


@given(content=st.binary(min_size=1, max_size=LONGEST_CONTENT))
def test_every_content_survives_the_wire(content):
    assert parsed(frame(content)) == [Content(content)]
