"""Readers of second-generation identity cards that speak SAM_V on a serial line."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import IdCardFamily, IdCardReader
from edge.devices.samv.keys import SamvKeys


def _readers(readers: Sequence[SamvKeys], clock: Clock) -> Sequence[IdCardReader]:
    from edge.devices.samv.driver import samv_readers

    return samv_readers(readers, clock)


FAMILY = IdCardFamily("samv", SamvKeys, _readers)
