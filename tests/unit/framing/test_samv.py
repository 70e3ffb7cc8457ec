"""Frames of identity-card readers, whatever the line does to them."""

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.framing.delimited import NEED_MORE, NeedMore
from edge.framing.events import Content, Damaged, Skipped
from edge.framing.samv import LONGEST, PREAMBLE, Event, SamvFrames, frame

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/samv.toml").read_text("utf-8"))
ANSWERS = [bytes.fromhex(each["frame"]) for each in CAPTURES["answer"]]
CARDS = {each["block"]: bytes.fromhex(each["text"]) for each in CAPTURES["card"]}
READ_OK = bytes.fromhex("AA AA AA 96 69 05 08 00 00 90 01 00 04 00")


def parsed(*chunks: bytes) -> list[Event]:
    frames, events = SamvFrames(), []
    for chunk in chunks:
        frames.receive_data(chunk)
        while not isinstance(event := frames.next_event(), NeedMore):
            events.append(event)
    return events


def contents(*chunks: bytes) -> list[bytes]:
    return [event.data for event in parsed(*chunks) if isinstance(event, Content)]


@pytest.mark.parametrize("raw", ANSWERS, ids=[each["what"] for each in CAPTURES["answer"]])
def test_an_answer_is_found_whole_and_byte_by_byte(raw):
    assert parsed(raw) == [Content(raw[7:-1])]
    frames = SamvFrames()
    for byte in raw[:-1]:
        frames.receive_data(bytes([byte]))
        assert frames.next_event() is NEED_MORE
    frames.receive_data(raw[-1:])
    assert frames.next_event() == Content(raw[7:-1])
    assert frame(raw[7:-1]) == raw


@pytest.mark.parametrize("card", CAPTURES["card"], ids=lambda each: each["block"])
def test_the_answer_with_a_card_has_the_checksum_of_the_document(card):
    raw = READ_OK + bytes.fromhex(card["text"]) + bytes(1024) + bytes([card["checksum"]])
    assert len(raw) == 1295
    assert parsed(raw) == [Content(raw[7:-1])]
    assert parsed(*(raw[at : at + 1] for at in range(len(raw)))) == [Content(raw[7:-1])]


@pytest.mark.parametrize("long", CAPTURES["long"], ids=lambda each: each["what"])
def test_the_longest_answers_fit(long):
    raw = bytes.fromhex(long["head"]) + CARDS["R1"]
    raw += bytes(long["bytes"] - len(raw) - 1) + bytes([long["checksum"]])
    assert parsed(raw) == [Content(raw[7:-1])]


def test_two_frames_in_one_chunk_are_two_answers():
    assert contents(ANSWERS[0] + ANSWERS[1] + ANSWERS[2][:5], ANSWERS[2][5:]) == [raw[7:-1] for raw in ANSWERS[:3]]


def test_a_torn_preamble_before_a_frame_is_skipped():
    raw = ANSWERS[0]
    assert parsed(b"\xaa\xaa\xaa\x96\x00" + raw) == [Skipped(5), Content(raw[7:-1])]
    assert contents(b"\xaa" + raw) == [raw[7:-1]]


def test_a_preamble_inside_the_photo_begins_nothing():
    photo = PREAMBLE + ANSWERS[0] + PREAMBLE
    raw = frame(b"\x00\x00\x90\x01\x00\x04\x00" + CARDS["R1"] + photo.ljust(1024, b"\0"))
    assert parsed(raw, ANSWERS[4]) == [Content(raw[7:-1]), Content(ANSWERS[4][7:-1])]


@pytest.mark.parametrize("length", [0, 3, LONGEST + 1, 0xFFFF])
def test_a_length_that_no_answer_has_is_noise(length):
    raw = PREAMBLE + length.to_bytes(2, "big")
    assert contents(raw + ANSWERS[0]) == [ANSWERS[0][7:-1]]


@given(at=st.integers(14, 14 + 255), bit=st.integers(0, 7))
def test_one_wrong_bit_in_the_text_gives_nothing_out(at, bit):
    raw = bytearray(READ_OK + CARDS["R1"] + bytes(1024) + b"\x7d")
    raw[at] ^= 1 << bit
    events = parsed(bytes(raw))
    assert events[0] == Damaged()
    assert not any(isinstance(event, Content) for event in events)


def test_after_a_damaged_frame_the_next_one_is_found():
    damaged = ANSWERS[0][:-1] + b"\x00"
    assert contents(damaged + ANSWERS[1]) == [ANSWERS[1][7:-1]]


def test_what_a_frame_held_is_in_no_repr():
    assert "110101" not in repr(parsed(frame(CARDS["R1"]))[0])
    assert repr(Content(b"x" * 300)) == "Content()"


@given(noise=st.binary(max_size=60), cuts=st.lists(st.integers(0, 80)))
def test_noise_and_cuts_never_hide_what_comes_after_the_longest_frame(noise, cuts):
    """A false preamble in the noise may swallow at most one longest frame."""
    stream = noise + bytes(LONGEST) + ANSWERS[1]
    places = sorted({0, *cuts, len(stream)})
    chunks = [stream[start:end] for start, end in pairwise(places)]
    assert contents(*chunks)[-1:] == [ANSWERS[1][7:-1]]


def test_endless_bytes_are_not_kept():
    frames = SamvFrames()
    for chunk in (b"\xaa" * 4096, b"\xaa\xaa\xaa\x96\x69\x0a\x00" * 1000, bytes(4096)):
        for _ in range(20):
            frames.receive_data(chunk)
            while not isinstance(frames.next_event(), NeedMore):
                pass
            assert len(frames._buffer) < 7 + LONGEST
