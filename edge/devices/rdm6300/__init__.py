"""125 kHz readers of the RDM6300 kind, which send EM4100 tags on a serial line."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.config import Reader
from edge.devices.family import BadgeReader, ReaderFamily


def _readers(readers: Sequence[Reader], clock: Clock) -> Sequence[BadgeReader]:
    from edge.devices.rdm6300.driver import rdm6300_readers

    return rdm6300_readers(readers, clock)


FAMILY = ReaderFamily("rdm6300", Reader, _readers)
