"""What the bytes of a counter that speaks text say. Pure."""

from __future__ import annotations

from edge.devices.line_counter.codec import BadAnswer, Profile
from edge.devices.line_counter.keys import LineCounterKeys
from edge.devices.shared.meaning import Explain, Meaning
from edge.devices.shared.said_in_lines import said_in_lines
from edge.framing.lines import LINE_ENDS


def explain(keys: LineCounterKeys) -> Explain:
    profile = Profile(keys.prefix, keys.base, keys.digits, keys.checksum)

    def meaning_of(line: bytes) -> Meaning:
        if not keys.ask:
            return Meaning("a piece") if profile.is_piece(line) else Meaning("a line that is no piece", whole=False)
        try:
            return Meaning(f"value {profile.value(line)}")
        except BadAnswer as bad:
            return Meaning(str(bad), whole=False)

    return said_in_lines(LINE_ENDS, meaning_of)
