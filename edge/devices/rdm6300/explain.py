"""What the bytes of an RDM6300 say. Pure."""

from __future__ import annotations

from edge.devices.rdm6300.codec import FRAME_BYTES, BadFrame, Frame
from edge.devices.shared.meaning import Explain, Meaning
from edge.framing.delimited import Delimited, DelimitedFrames, NeedMore


def explain(_keys: object) -> Explain:
    return _meaning


def _meaning(_sent: bool, data: bytes) -> Meaning:
    frames, told, whole = DelimitedFrames(FRAME_BYTES), list[str](), True
    frames.receive_data(data)
    while not isinstance(event := frames.next_event(), NeedMore):
        try:
            if not isinstance(event, Delimited):
                raise BadFrame(f"{len(event.raw)} bytes that are no frame")
            told.append(f"badge {Frame.from_bytes(event.raw).badge_key}")
        except BadFrame as bad:
            told.append(str(bad))
            whole = False
    if frames.trailing_data:
        told.append(f"{len(frames.trailing_data)} bytes of a frame that has not ended")
        whole = False
    return Meaning("; ".join(told), whole)
