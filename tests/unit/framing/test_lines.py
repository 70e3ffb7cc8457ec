"""Lines of text, whatever the line does to them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.framing.delimited import NEED_MORE, NeedMore
from edge.framing.lines import Event, Line, Lines, Overlong

CAP = 8


def parsed(*chunks: bytes, cap: int = CAP, silence: bool = False) -> list[Event]:
    lines, events = Lines(cap), []
    for chunk in chunks:
        lines.receive_data(chunk)
        while not isinstance(event := lines.next_event(), NeedMore):
            events.append(event)
    if silence and (last := lines.silence()) is not None:
        events.append(last)
    return events


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"A0123\r", [Line(b"A0123")]),
        (b"A0123\r\n", [Line(b"A0123")]),
        (b"A0123\n", [Line(b"A0123")]),
        (b"\r\n\r\n", []),
        (b"A01\rA02\r", [Line(b"A01"), Line(b"A02")]),
        (b"A0123", []),
        (b"12345678\r", [Line(b"12345678")]),
        (b"123456789\rA1\r", [Overlong(), Line(b"A1")]),
        (b"x" * 100 + b"\r" + b"A1\r", [Overlong(), Line(b"A1")]),
    ],
)
def test_a_line_is_what_stands_before_its_end(stream, expected):
    assert parsed(stream) == expected
    assert parsed(*(bytes([byte]) for byte in stream)) == expected


def test_silence_ends_what_has_begun_and_nothing_else():
    assert parsed(b"A0123", silence=True) == [Line(b"A0123")]
    assert parsed(b"A0123\r\n", silence=True) == [Line(b"A0123")]
    assert parsed(b"x" * 100, silence=True) == [Overlong()]
    assert parsed(silence=True) == []


def test_a_line_says_whether_it_has_begun():
    lines = Lines(CAP)
    for data, begun in [(b"\r\n", False), (b"A", True), (b"\r", False), (b"x" * 100, True), (b"\n", False)]:
        lines.receive_data(data)
        while lines.next_event() is not NEED_MORE:
            pass
        assert lines.begun == begun


def test_after_a_silence_the_next_line_is_its_own():
    lines = Lines(CAP)
    for raw in (b"A01", b"A02"):
        lines.receive_data(raw)
        assert lines.next_event() is NEED_MORE
        assert lines.silence() == Line(raw)
    assert lines.silence() is None


def test_other_ends_can_be_chosen():
    lines = Lines(CAP, b"\t")
    lines.receive_data(b"A\rB\t")
    assert lines.next_event() == Line(b"A\rB")


def test_endless_babble_keeps_nothing():
    lines = Lines(CAP)
    for _ in range(1000):
        lines.receive_data(b"x" * 7)
        assert lines.next_event() is NEED_MORE
        assert len(lines._buffer) <= CAP


def test_a_cap_that_holds_no_line_is_refused():
    with pytest.raises(ValueError, match="cap=0"):
        Lines(0)


def test_what_a_line_said_is_not_in_its_repr():
    assert "A0123" not in repr(Line(b"A0123"))


noisy = st.lists(st.one_of(st.binary(max_size=12), st.sampled_from([b"\r", b"\n", b"A0123\r\n"])), max_size=8)


@given(stream=noisy.map(b"".join), cuts=st.lists(st.integers(0, 100)))
def test_any_splitting_gives_the_same_lines(stream, cuts):
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    chunks = [stream[start:end] for start, end in pairwise(edges)]
    expected: list[Event] = [
        Line(part) if len(part) <= CAP else Overlong() for part in stream.replace(b"\n", b"\r").split(b"\r") if part
    ]
    assert parsed(*chunks, silence=True) == parsed(stream, silence=True) == expected
