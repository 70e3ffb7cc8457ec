"""What the process that looks through a camera has said, for whoever looks at its line. Pure."""

from __future__ import annotations

from edge.devices.camera.codec import BadReport, Blind, Code, decoded
from edge.devices.camera.keys import CameraKeys
from edge.devices.shared.codes import BadCode, badge_of_code, text_of
from edge.devices.shared.meaning import Explain, Meaning
from edge.devices.shared.said_in_lines import said_in_lines


def explain(keys: CameraKeys) -> Explain:
    def badge(code: Code) -> str:
        try:
            return badge_of_code(text_of(code.raw).strip(" "), keys.prefix) + (
                "" if code.sure else " (one decoder alone)"
            )
        except BadCode as bad:
            return f"no badge ({bad})"

    def meaning_of(line: bytes) -> Meaning:
        try:
            said = decoded(line)
        except BadReport:
            return Meaning("no report", whole=False)
        if isinstance(said, Blind):
            return Meaning(said.says, whole=False)
        seen = ", ".join(map(badge, said.codes)) or "no code"
        return Meaning(f"picture {said.picture}: {seen}")

    return said_in_lines(b"\n", meaning_of)
