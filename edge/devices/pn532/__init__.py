"""13.56 MHz readers with an NXP PN532 on a serial line, for cards of ISO/IEC 14443 type A."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.config import Reader
from edge.devices.family import BadgeReader, ReaderFamily
from edge.devices.shared.meaning import Explain


def _readers(readers: Sequence[Reader], clock: Clock) -> Sequence[BadgeReader]:
    from edge.devices.pn532.driver import pn532_readers

    return pn532_readers(readers, clock)


def _explain(keys: Reader) -> Explain:
    from edge.devices.pn532.explain import explain

    return explain(keys)


FAMILY = ReaderFamily("pn532", Reader, _readers, explain=_explain, asked=True)
