"""Frames between STX and ETX, whatever the line does to them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.framing.delimited import NEED_MORE, Delimited, DelimitedFrames, Event, Garbage, NeedMore

FRAME = b"\x02100086F44426\x03"
CAP = len(FRAME)


def events_of(frames: DelimitedFrames) -> list[Event]:
    events: list[Event] = []
    while not isinstance(event := frames.next_event(), NeedMore):
        events.append(event)
    return events


def parsed(*chunks: bytes, cap: int = CAP) -> list[Event]:
    frames, events = DelimitedFrames(cap), []
    for chunk in chunks:
        frames.receive_data(chunk)
        events += events_of(frames)
    return events


def check_frame(raw: bytes, expected: Event) -> None:
    """Whole; byte by byte with "need more" after each but the last; with bytes after it that stay."""
    assert parsed(raw) == [expected]

    frames = DelimitedFrames(CAP)
    for byte in raw[:-1]:
        frames.receive_data(bytes([byte]))
        assert frames.next_event() is NEED_MORE
    frames.receive_data(raw[-1:])
    assert frames.next_event() == expected

    frames.receive_data(raw + b"trailing")
    assert frames.next_event() == expected
    assert frames.trailing_data == b"trailing"


@pytest.mark.parametrize("raw", [FRAME, b"\x02\x03", b"\x02" + b"x" * (CAP - 2) + b"\x03"])
def test_a_frame_is_found_whole_in_bytes_and_before_others(raw):
    check_frame(raw, Delimited(raw))


def test_nothing_received_is_no_event():
    assert DelimitedFrames(CAP).next_event() is NEED_MORE


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"noise" + FRAME, [Garbage(b"noise"), Delimited(FRAME)]),
        (FRAME + b"\x00\xff" + FRAME, [Delimited(FRAME), Garbage(b"\x00\xff"), Delimited(FRAME)]),
        (FRAME[:7] + FRAME, [Garbage(FRAME[:7]), Delimited(FRAME)]),
        (FRAME[7:] + FRAME, [Garbage(FRAME[7:]), Delimited(FRAME)]),
        (b"\x02\x02\x02" + FRAME, [Garbage(b"\x02")] * 3 + [Delimited(FRAME)]),
        (b"\x03" + FRAME, [Garbage(b"\x03"), Delimited(FRAME)]),
    ],
)
def test_it_finds_the_next_frame_after_garbage(stream, expected):
    assert parsed(stream) == expected


def test_a_frame_over_its_cap_is_garbage_and_the_next_one_is_found():
    long = b"\x02" + b"x" * CAP + b"\x03"
    assert parsed(long + FRAME) == [Garbage(long[:CAP]), Garbage(long[CAP:]), Delimited(FRAME)]


@pytest.mark.parametrize("byte", [b"x", b"\x02", b"\x03"])
def test_endless_babble_keeps_no_more_than_the_cap(byte):
    frames = DelimitedFrames(CAP)
    for _ in range(1000):
        frames.receive_data(byte * 7)
        events_of(frames)
        assert len(frames.trailing_data) < CAP


def test_a_cap_that_holds_no_frame_is_refused():
    with pytest.raises(ValueError, match="cap=1"):
        DelimitedFrames(1)


noisy = st.lists(st.one_of(st.just(FRAME), st.binary(max_size=30), st.sampled_from([b"\x02", b"\x03"])), max_size=8)


@given(stream=noisy.map(b"".join), cuts=st.lists(st.integers(0, 250)))
def test_any_splitting_gives_the_same_events_and_loses_no_byte(stream, cuts):
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    chunks = [stream[start:end] for start, end in pairwise(edges)]
    events = parsed(*chunks)
    assert events == parsed(stream)
    assert stream.startswith(b"".join(event.raw for event in events))
    assert all(len(event.raw) <= CAP for event in events)
