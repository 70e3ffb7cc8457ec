"""What the bytes of a scanner say. Pure."""

from __future__ import annotations

from edge.devices.serial_scanner.codec import Profile
from edge.devices.serial_scanner.keys import ScannerKeys
from edge.devices.shared.codes import BadCode
from edge.devices.shared.meaning import Explain, Meaning
from edge.devices.shared.said_in_lines import said_in_lines
from edge.framing.lines import LINE_ENDS


def explain(keys: ScannerKeys) -> Explain:
    profile = Profile(keys.aim == "required", frozenset(keys.symbologies), keys.prefix, frozenset(keys.no_read))

    def meaning_of(line: bytes) -> Meaning:
        try:
            badge = profile.badge_key(line)
        except BadCode as bad:
            return Meaning(str(bad), whole=False)
        return Meaning("it has read nothing" if badge is None else f"badge {badge}")

    ends = LINE_ENDS if keys.suffix == "line" else LINE_ENDS + b"\t"
    return said_in_lines(ends, meaning_of, ends_by_silence=keys.suffix == "none")
