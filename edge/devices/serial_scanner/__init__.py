"""Barcode and QR scanners that send each code as a line of text on a serial line or a virtual COM port."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import BadgeReader, ReaderFamily
from edge.devices.serial_scanner.keys import ScannerKeys
from edge.devices.shared.meaning import Explain


def _readers(readers: Sequence[ScannerKeys], clock: Clock) -> Sequence[BadgeReader]:
    from edge.devices.serial_scanner.driver import scanners

    return scanners(readers, clock)


def _explain(keys: ScannerKeys) -> Explain:
    from edge.devices.serial_scanner.explain import explain

    return explain(keys)


FAMILY = ReaderFamily("serial_scanner", ScannerKeys, _readers, explain=_explain)
