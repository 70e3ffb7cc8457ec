"""Barcode and QR scanners that type each code as a keyboard does."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import BadgeReader, ReaderFamily
from edge.devices.keyboard_scanner.keys import KeyboardKeys
from edge.devices.shared.meaning import Explain


def _readers(readers: Sequence[KeyboardKeys], clock: Clock) -> Sequence[BadgeReader]:
    from edge.devices.keyboard_scanner.driver import keyboards

    return keyboards(readers, clock)


def _explain(keys: KeyboardKeys) -> Explain:
    from edge.devices.keyboard_scanner.explain import explain

    return explain(keys)


FAMILY = ReaderFamily("keyboard_scanner", KeyboardKeys, _readers, explain=_explain)
