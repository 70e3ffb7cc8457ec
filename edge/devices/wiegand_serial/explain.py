"""What the bytes of a Wiegand converter say. Pure."""

from __future__ import annotations

from edge.devices.shared.meaning import Explain, Meaning
from edge.devices.shared.said_in_lines import said_in_lines
from edge.devices.wiegand_serial.codec import BadFrame, Profile
from edge.devices.wiegand_serial.keys import WiegandKeys
from edge.framing.lines import LINE_ENDS


def explain(keys: WiegandKeys) -> Explain:
    profile = Profile(keys.bits, keys.form, keys.prefix)

    def meaning_of(line: bytes) -> Meaning:
        try:
            return Meaning(f"badge {profile.badge_key(line)}")
        except BadFrame as bad:
            return Meaning(str(bad), whole=False)

    return said_in_lines(LINE_ENDS, meaning_of)
