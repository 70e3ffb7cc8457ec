"""What a scanner has typed, for whoever looks at its line. Pure."""

from __future__ import annotations

from edge.devices.keyboard_scanner.codec import SPOILT, TAB
from edge.devices.keyboard_scanner.keys import KeyboardKeys
from edge.devices.shared.codes import BadCode, badge_of_code
from edge.devices.shared.meaning import Explain, Meaning
from edge.devices.shared.said_in_lines import said_in_lines
from edge.framing.lines import LINE_ENDS


def explain(keys: KeyboardKeys) -> Explain:
    def meaning_of(line: bytes) -> Meaning:
        if SPOILT in line:
            return Meaning("a key that is no character, or keys that were lost", whole=False)
        try:
            return Meaning(f"badge {badge_of_code(line.decode('ascii', 'replace').strip(' '), keys.prefix)}")
        except BadCode as bad:
            return Meaning(str(bad), whole=False)

    ends = LINE_ENDS if keys.suffix == "enter" else LINE_ENDS + TAB
    return said_in_lines(ends, meaning_of, ends_by_silence=keys.suffix == "none")
