"""Whose pieces they are (AB-R3 to AB-R7): counts between two readings spread over the contexts in force.

When a reading was taken at the change, everything before it belongs to one context and the split is EXACT.
Where it was missed, counts are spread by time and marked ESTIMATED.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from edge.domain.shares import split
from sync.wire.envelope import Stamp
from sync.wire.facts import Basis, Bucket, CounterRole, EquipmentState, MaterialActualRecorded, Reading, Share


class Context(msgspec.Struct, frozen=True):
    """What holds at a machine at one moment. `operators`: the weight of each person who is logged on."""

    operators: dict[str, int] = {}
    order: str | None = None
    product: str | None = None
    operation: str | None = None
    pieces_per_count: int = 1
    state: EquipmentState = EquipmentState.EXECUTE


class Since(msgspec.Struct, frozen=True):
    """A context and the moment it began."""

    at: Stamp
    context: Context


class Dated(NamedTuple):
    work_date: str
    calendar_date: str


class Stretch(NamedTuple):
    """A part of the time between two readings with one context and one date; `weight` is its length."""

    weight: int
    context: Context
    dated: Dated


def stretches(
    first: Stamp, last: Stamp, timeline: list[Since], breaks: list[int], dated: Callable[[int], Dated]
) -> list[Stretch]:
    """The time from `first` to `last` cut where the context changes and at the moments in `breaks` (wall time).

    `timeline` begins with the context in force at `first`. Neighbours that differ in nothing are one stretch.
    """
    length_us = max(1, round(last.seconds_since(first) * 1e6))
    cuts = {0: timeline[0].context}
    for since in timeline[1:]:
        cuts[min(length_us, max(0, round(since.at.seconds_since(first) * 1e6)))] = since.context
    changes = sorted(cuts)
    for wall_us in breaks:
        place = min(length_us, max(0, wall_us - first.wall_us))
        cuts.setdefault(place, cuts[changes[bisect_right(changes, place) - 1]])
    found: list[Stretch] = []
    places = sorted(cuts)
    for place, end in zip(places, [*places[1:], length_us], strict=True):
        stretch = Stretch(end - place, cuts[place], dated(first.wall_us + place))
        if found and found[-1][1:] == stretch[1:]:
            found[-1] = found[-1]._replace(weight=found[-1].weight + stretch.weight)
        elif end > place or not found:
            found.append(stretch)
    return found


def actuals(
    machine: str, role: CounterRole, reading: Reading, plausible: bool, spread: list[Stretch]
) -> list[MaterialActualRecorded]:
    """The facts that one believed step makes; empty for no counts. Their counts add up to the step's."""
    if reading.counts == 0:
        return []
    basis = Basis.EXACT if len(spread) == 1 else Basis.ESTIMATED
    parts = split(reading.counts, {f"{place:06d}": max(1, each.weight) for place, each in enumerate(spread)})
    return [
        _actual(machine, role, reading, counts, basis, spread[int(key)], plausible)
        for key, counts in parts.items()
        if counts
    ]


def _actual(
    machine: str, role: CounterRole, reading: Reading, counts: int, basis: Basis, stretch: Stretch, plausible: bool
) -> MaterialActualRecorded:
    context = stretch.context
    pieces = counts * context.pieces_per_count
    shares: list[Share] = []
    if not plausible:
        bucket = Bucket.QUARANTINED
    elif context.state is EquipmentState.SETUP:
        bucket = Bucket.SETUP
    elif not any(context.operators.values()):
        bucket = Bucket.UNATTRIBUTED
    else:
        bucket = Bucket.ATTRIBUTED
        shares = [Share(person, each) for person, each in sorted(split(pieces, context.operators).items()) if each]
    return MaterialActualRecorded(
        machine=machine,
        bucket=bucket,
        quantity=pieces,
        counts=counts,
        pieces_per_count=context.pieces_per_count,
        basis=basis,
        readings=[reading],
        work_date=stretch.dated.work_date,
        calendar_date=stretch.dated.calendar_date,
        order=context.order,
        product=context.product,
        operation=context.operation,
        shares=shares,
        role=role,
    )
