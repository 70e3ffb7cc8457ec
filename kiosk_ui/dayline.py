"""The day line: plan as outline, work as filled stretch, brackets at the taps. Positions only; a macro draws it.

Pure. Minutes count from local midnight of the day shown; a night shift runs past 1440.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

MARGIN = 8.0
ARM = 12.0
LABEL_WIDTH = 46.0
LETTER_WIDTH = 17.0
FIRST_MIN, LAST_MIN = 6 * 60, 20 * 60


class Span(NamedTuple):
    """Minutes; None where the mark is missing."""

    start_min: float | None
    end_min: float | None


class Plan(NamedTuple):
    start_min: int
    end_min: int
    name: str = ""


class Box(NamedTuple):
    x: float
    width: float
    name: str = ""


class Mark(NamedTuple):
    """A bracket at `x` whose arm reaches `arm` to the right (opening) or to the left (closing, negative)."""

    x: float
    arm: float


class Label(NamedTuple):
    x: float
    anchor: str
    text: str


class DayLine(msgspec.Struct, frozen=True):
    width: float
    ticks: list[Label]
    plans: list[Box]
    works: list[Box]
    marks: list[Mark]
    labels: list[Label]
    now_x: float | None = None
    ghost: Label | None = None


class Day(msgspec.Struct, frozen=True):
    """What to draw: planned shifts, work done, the moment now, and a tap that did not count."""

    plans: Sequence[Plan] = ()
    spans: Sequence[Span] = ()
    now_min: float | None = None
    ghost_min: float | None = None


def clock_text(minutes: float) -> str:
    whole = int(minutes) % 1440
    return f"{whole // 60:02d}:{whole % 60:02d}"


def window(day: Day) -> tuple[int, int]:
    """First and last minute of the axis: 06 to 20 o'clock, widened in steps of two hours to hold the day."""
    moments = [float(each) for plan in day.plans for each in (plan.start_min, plan.end_min)]
    moments += [each for span in day.spans for each in span if each is not None]
    moments += [each for each in (day.now_min, day.ghost_min) if each is not None]
    first = min([FIRST_MIN, *(int(each) // 120 * 120 for each in moments)])
    last = max([LAST_MIN, *(-(int(-each) // 120) * 120 for each in moments)])
    if moments and min(moments) >= FIRST_MIN + 720:  # a night: the morning would only squeeze it
        first = min(int(each) // 120 * 120 for each in moments) - 120
    return first, last


def draw(day: Day, width: float) -> DayLine:
    first, last = window(day)
    scale = (width - 2 * MARGIN) / (last - first)

    def at(minute: float) -> float:
        return round(MARGIN + (minute - first) * scale, 1)

    step = 120 if last - first <= 18 * 60 else 240
    ticks = [Label(at(each), "middle", f"{each // 60 % 24:02d}") for each in range(first, last + 1, step)]
    plans = [Box(at(each.start_min), round((each.end_min - each.start_min) * scale, 1)) for each in day.plans]
    works, marks, labels = _stretches(day, at)
    ghost = None
    if day.ghost_min is not None:
        x = at(day.ghost_min)
        near_end = x > width - LABEL_WIDTH - 12
        ghost = Label(x, "end" if near_end else "start", clock_text(day.ghost_min))
    return DayLine(
        width=width,
        ticks=ticks,
        plans=_named(plans, day.plans),
        works=works,
        marks=marks,
        labels=_apart(labels, ghost, width),
        now_x=at(day.now_min) if day.now_min is not None else None,
        ghost=ghost,
    )


def _stretches(day: Day, at: Callable[[float], float]) -> tuple[list[Box], list[Mark], list[Label]]:
    works, marks, labels = [], [], []
    for start, end in day.spans:
        until = end if end is not None else day.now_min if day.now_min is not None else day.ghost_min
        if start is not None and until is not None and until > start:
            works.append(Box(at(start), round(at(until) - at(start), 1)))
        room = ARM if start is None or end is None else min(ARM, (at(end) - at(start)) / 2)
        if start is not None:
            marks.append(Mark(at(start), room))
            labels.append(Label(at(start) - 3, "start", clock_text(start)))
        if end is not None:
            marks.append(Mark(at(end), -room))
            labels.append(Label(at(end) + 3, "end", clock_text(end)))
    return works, marks, labels


def _named(boxes: list[Box], plans: Sequence[Plan]) -> list[Box]:
    """Names stand only in boxes that hold them and do not overlap the one before."""
    named: list[Box] = []
    free_from = float("-inf")
    for box, plan in zip(boxes, plans, strict=True):
        fits = len(plan.name) * LETTER_WIDTH <= box.width and box.x >= free_from - 1
        named.append(box._replace(name=plan.name if fits else ""))
        free_from = max(free_from, box.x + box.width)
    return named


def _extent(label: Label) -> tuple[float, float]:
    left = label.x if label.anchor == "start" else label.x - LABEL_WIDTH
    return left, left + LABEL_WIDTH


def _apart(labels: list[Label], ghost: Label | None, width: float) -> list[Label]:
    """Labels that do not touch: the last one and the ghost always stand, earlier ones give way."""
    inside = [
        each
        if _extent(each)[0] >= 0 and _extent(each)[1] <= width
        else each._replace(anchor="end" if each.anchor == "start" else "start")
        for each in labels
    ]
    taken = [_ghost_extent(ghost)] if ghost else []
    kept: list[Label] = []
    for label in [*inside[-1:], *inside[:-1]]:
        left, right = _extent(label)
        if all(right + 4 <= low or left >= high + 4 for low, high in taken):
            kept.append(label)
            taken.append((left, right))
    return sorted(kept, key=lambda each: each.x)


def _ghost_extent(ghost: Label) -> tuple[float, float]:
    """The macro writes a ghost's time 8 to the side of its line."""
    return (ghost.x, ghost.x + 8 + LABEL_WIDTH) if ghost.anchor == "start" else (ghost.x - 8 - LABEL_WIDTH, ghost.x)
