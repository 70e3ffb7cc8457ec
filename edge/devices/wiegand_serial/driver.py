"""A Wiegand converter on a serial line: bytes in, one `BadgeScan` for each time a badge comes to the reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.clock import Clock
from edge.devices.shared.lines import BadLine, LineForm, LineReader
from edge.devices.shared.presence import REPEAT_GAP_S
from edge.devices.wiegand_serial.codec import BadFrame, Profile
from edge.devices.wiegand_serial.keys import WiegandKeys
from edge.framing.lines import LINE_ENDS
from edge.transport.port import Port
from edge.transport.serial_port import open_serial

FORM = LineForm(LINE_ENDS, None, REPEAT_GAP_S)


def wiegand_readers(readers: Sequence[WiegandKeys], clock: Clock) -> Sequence[LineReader]:
    return [LineReader(each.name, _opener(each), clock, FORM, _badge_of(each)) for each in readers]


def _badge_of(keys: WiegandKeys) -> Callable[[bytes], str]:
    profile = Profile(keys.bits, keys.form, keys.prefix)

    def badge_of(line: bytes) -> str:
        try:
            return profile.badge_key(line)
        except BadFrame as bad:
            raise BadLine(str(bad)) from bad

    return badge_of


def _opener(keys: WiegandKeys) -> Callable[[], Port]:
    return lambda: open_serial(keys.port, keys.baud)
