"""Wiegand badge readers behind a converter that sends each badge as a line of text."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import BadgeReader, ReaderFamily
from edge.devices.shared.meaning import Explain
from edge.devices.wiegand_serial.keys import WiegandKeys


def _readers(readers: Sequence[WiegandKeys], clock: Clock) -> Sequence[BadgeReader]:
    from edge.devices.wiegand_serial.driver import wiegand_readers

    return wiegand_readers(readers, clock)


def _explain(keys: WiegandKeys) -> Explain:
    from edge.devices.wiegand_serial.explain import explain

    return explain(keys)


FAMILY = ReaderFamily("wiegand_serial", WiegandKeys, _readers, explain=_explain)
