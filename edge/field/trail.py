"""The last frames of a device, as the log tells them. Pure.

A counter's bytes are a number of pieces and may be told. A badge reader's are a badge, so only their size is told and
whether they were whole; of an identity-card reader nothing but sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.devices.shared.meaning import Explain
from edge.transport.frames import Frame

MOST_BYTES = 64
"""Of one frame."""


def bytes_of(frames: Sequence[Frame]) -> str:
    def told(frame: Frame) -> str:
        more = "..." if frame.size > MOST_BYTES else ""
        return frame.data[:MOST_BYTES].hex() + more

    return _listed(frames, told)


def sizes(frames: Sequence[Frame], explain: Explain | None = None) -> str:
    def told(frame: Frame) -> str:
        if explain is None or frame.sent:
            return f"{frame.size} bytes"
        return f"{frame.size} bytes {'whole' if explain(frame.sent, frame.data).whole else 'bad'}"

    return _listed(frames, told)


def _listed(frames: Sequence[Frame], told: Callable[[Frame], str]) -> str:
    """With the seconds before the last of them."""
    last_s = frames[-1].at_s if frames else 0.0
    each = (f"{frame.at_s - last_s:+.3f} {'>' if frame.sent else '<'} {told(frame)}" for frame in frames)
    return ", ".join(each)
