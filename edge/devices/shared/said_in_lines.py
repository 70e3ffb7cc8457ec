"""What the bytes of a device that speaks in lines of text say. Pure."""

from __future__ import annotations

from collections.abc import Callable

from edge.devices.shared.meaning import Explain, Meaning
from edge.framing.delimited import NeedMore
from edge.framing.lines import Line, Lines

LONGEST = 256


def said_in_lines(ends: bytes, meaning_of: Callable[[bytes], Meaning], ends_by_silence: bool = False) -> Explain:
    """`meaning_of` one line."""

    def meaning(sent: bool, data: bytes) -> Meaning:
        if sent:
            return Meaning(f"asked {data.strip(ends)!r}")
        lines, told = Lines(LONGEST, ends), list[Meaning]()
        lines.receive_data(data)
        while not isinstance(event := lines.next_event(), NeedMore):
            told.append(meaning_of(event.raw) if isinstance(event, Line) else Meaning("too long a line", whole=False))
        if lines.begun:
            rest = lines.silence()
            if ends_by_silence and isinstance(rest, Line):
                told.append(meaning_of(rest.raw))
            else:
                told.append(Meaning("a line that has not ended", whole=False))
        return Meaning("; ".join(each.text for each in told), all(each.whole for each in told))

    return meaning
