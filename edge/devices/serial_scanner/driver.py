"""A scanner on a serial line or a virtual COM port: bytes in, one `BadgeScan` for each time a code is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.clock import Clock
from edge.devices.serial_scanner.codec import Profile
from edge.devices.serial_scanner.keys import ScannerKeys
from edge.devices.shared.codes import BadCode
from edge.devices.shared.lines import BadLine, LineForm, LineReader
from edge.framing.lines import LINE_ENDS
from edge.transport.port import Port
from edge.transport.serial_port import open_serial

ENDS = {"line": LINE_ENDS, "tab": LINE_ENDS + b"\t", "none": LINE_ENDS + b"\t"}


def scanners(readers: Sequence[ScannerKeys], clock: Clock) -> Sequence[LineReader]:
    return [LineReader(each.name, _opener(each), clock, form_of(each), _badge_of(each)) for each in readers]


def form_of(keys: ScannerKeys) -> LineForm:
    silence_s = keys.silence_ms / 1000 if keys.suffix == "none" else None
    return LineForm(ENDS[keys.suffix], silence_s, keys.same_code_ms / 1000)


def _badge_of(keys: ScannerKeys) -> Callable[[bytes], str | None]:
    profile = Profile(keys.aim == "required", frozenset(keys.symbologies), keys.prefix, frozenset(keys.no_read))

    def badge_of(line: bytes) -> str | None:
        try:
            return profile.badge_key(line)
        except BadCode as bad:
            raise BadLine(str(bad)) from bad

    return badge_of


def _opener(keys: ScannerKeys) -> Callable[[], Port]:
    return lambda: open_serial(keys.port, keys.baud)
