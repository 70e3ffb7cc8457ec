"""Stretches of whole minutes and what is common to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """From a minute until before another one."""

    start: int
    end: int


class Piece(NamedTuple):
    """Minutes of one presence: `stretch` is its place."""

    start: int
    end: int
    stretch: int


def common(one: Iterable[Span], other: Sequence[Span]) -> list[Span]:
    """What lies in both."""
    return [
        span for a in one for b in other if (span := Span(max(a.start, b.start), min(a.end, b.end))).start < span.end
    ]


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What is left of these when the holes are cut out."""
    left = [span for span in spans if span.start < span.end]
    for hole in holes:
        cut = (
            (Span(each.start, min(each.end, hole.start)), Span(max(each.start, hole.end), each.end)) for each in left
        )
        left = [span for pair in cut for span in pair if span.start < span.end]
    return left


def length(spans: Iterable[Span | Piece]) -> int:
    return sum(each.end - each.start for each in spans)


def split(pieces: Iterable[Piece], minutes: int) -> tuple[list[Piece], list[Piece]]:
    """The first so many minutes of these, and the rest."""
    head: list[Piece] = []
    tail: list[Piece] = []
    for each in pieces:
        cut = min(each.end, each.start + max(0, minutes))
        minutes -= cut - each.start
        head += [each._replace(end=cut)] if each.start < cut else []
        tail += [each._replace(start=cut)] if cut < each.end else []
    return head, tail


def by_day(piece: Piece, day: int) -> Iterator[Piece]:
    """The piece cut where a new day of so many minutes begins."""
    start = piece.start
    while start < piece.end:
        end = min(piece.end, (start // day + 1) * day)
        yield Piece(start, end, piece.stretch)
        start = end
