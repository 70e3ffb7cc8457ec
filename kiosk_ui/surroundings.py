"""What lies around a station: the other stations, their readers, the network. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from edge.config import Reader, Station
from kiosk_ui.network import Network


class Surroundings(msgspec.Struct, frozen=True):
    """Of the whole box: readers that do not answer, and how it stands with HR (None: not known, or no HR)."""

    readers_down: frozenset[str] = frozenset()
    network: Network | None = None


class Elsewhere(NamedTuple):
    """Where to go instead; `clocks` says whether it is for clocking in and out, or for a machine."""

    station: Station
    clocks: bool


def elsewhere(
    station: str, down: Collection[str], stations: Sequence[Station], readers: Sequence[Reader]
) -> Elsewhere | None:
    """The first station where all that a broken reader of this one does can be done now; None when there is none."""
    broken = {each.machine for each in readers if each.station == station and each.name in down}
    for other in stations:
        working = {each.machine for each in readers if each.station == other.name and each.name not in down}
        if broken and other.name != station and broken <= working:
            return Elsewhere(other, clocks=None in broken)
    return None
