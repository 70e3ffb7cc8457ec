"""Readers of second-generation identity cards that speak SAM_V on a serial line."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.config import Reader
from edge.devices.family import IdCardFamily, IdCardReader


def _readers(readers: Sequence[Reader], clock: Clock) -> Sequence[IdCardReader]:
    from edge.devices.samv.driver import samv_readers

    return samv_readers(readers, clock)


FAMILY = IdCardFamily("samv", Reader, _readers)
