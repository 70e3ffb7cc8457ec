"""What is asked of a PN532 and what it answers, in words. Pure."""

from __future__ import annotations

from edge.devices.pn532.codec import (
    FEW_TRIES,
    FIELD_OFF,
    FIND,
    FIRMWARE,
    FROM_PN532,
    NORMAL_MODE,
    TO_PN532,
    WAKE_UP,
    BadAnswer,
    Command,
    answer_of,
    targets_of,
)
from edge.devices.shared.meaning import Explain, Meaning
from edge.framing.delimited import NeedMore
from edge.framing.events import Content, Damaged, Skipped
from edge.framing.pn532 import Ack, Nack, Pn532Frames


def explain(_keys: object) -> Explain:
    return _meaning


def _meaning(_sent: bool, data: bytes) -> Meaning:
    frames, told, whole = Pn532Frames(), list[str](), True
    frames.receive_data(data.removeprefix(WAKE_UP))
    if data.startswith(WAKE_UP):
        told.append("wake up")
    while not isinstance(event := frames.next_event(), NeedMore):
        match event:
            case Content(content):
                told.append(_said(content))
            case Damaged():
                told.append("a wrong checksum")
            case Skipped(count) if whole:
                told.append(f"{count} bytes that are no frame")
            case Ack():
                told.append("heard")
            case Nack():
                told.append("say that again")
        whole = whole and not isinstance(event, Damaged | Skipped)
    return Meaning("; ".join(told), whole)


def _said(content: bytes) -> str:
    names = {int(each.command): each.what for each in (NORMAL_MODE, FIRMWARE, FIND, FEW_TRIES)}
    if content[0] == TO_PN532 and content[2:] == FIELD_OFF.data:
        return FIELD_OFF.what
    if content[0] == TO_PN532 and len(content) > 1:
        return names.get(content[1], f"command {content[1]:02X}")
    if content[0] != FROM_PN532 or len(content) < 2:
        return "it does not understand what it is asked"
    if content[1] - 1 != Command.IN_LIST_PASSIVE_TARGET:
        return "done"
    try:
        found = targets_of(answer_of(FIND, content) or b"")
    except BadAnswer as bad:
        return str(bad)
    return ", ".join(each.badge_key or "a card without a number of its own" for each in found) or "no card"
