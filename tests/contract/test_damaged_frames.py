"""A frame with one byte lost, changed or doubled is never another badge, card or count.

Of the families whose bytes carry a proof of themselves: a checksum, a parity, a length. A scanner's text carries none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edge.devices.line_counter.codec import Profile as CounterProfile
from edge.devices.pn532.codec import FIND, answer_of, targets_of
from edge.devices.rdm6300.codec import FRAME_BYTES, Frame
from edge.devices.samv.codec import Answer, card_of, text_of
from edge.devices.serial_scanner.codec import Profile as ScannerProfile
from edge.devices.wiegand_serial.codec import Profile as WiegandProfile
from edge.framing.delimited import Delimited, DelimitedFrames, NeedMore
from edge.framing.events import Content
from edge.framing.lines import Line, Lines
from edge.framing.pn532 import Pn532Frames
from edge.framing.rtu import Registers, RtuAnswer
from edge.framing.samv import SamvFrames
from simulators import pn532 as simulated_pn532
from simulators import rdm6300 as simulated_rdm6300
from simulators import rtu as simulated_rtu
from simulators import samv as simulated_samv

FOREIGN = tomllib.loads((Path(__file__).parents[1] / "fixtures/captures/foreign.toml").read_text("utf-8"))["frame"]


@dataclass(frozen=True)
class Proven:
    """`frame` says `event`; `events` reads whatever comes, as the family's driver does."""

    name: str
    frame: bytes
    event: object
    events: Callable[[bytes], list[object]]
    places: int = 1
    """Only each so manieth byte is damaged, for the long ones."""


def events_of(framing: Any, kind: type[Any], meaning: Callable[[Any], object]) -> Callable[[bytes], list[object]]:
    """What a family understands of bytes: the framing's good frames, as far as its codec takes them."""

    def events(data: bytes) -> list[object]:
        fresh, found = framing(), list[object]()
        fresh.receive_data(data)
        while not isinstance(event := fresh.next_event(), NeedMore):
            if isinstance(event, kind):
                try:
                    found.append(meaning(event))
                except ValueError:
                    continue
        return found

    return events


def _uids(content: Content) -> object:
    answer = answer_of(FIND, content.data)
    if answer is None:
        raise ValueError("it answers something else")
    return [target.badge_key for target in targets_of(answer)]


RDM6300 = events_of(
    lambda: DelimitedFrames(FRAME_BYTES), Delimited, lambda event: Frame.from_bytes(event.raw).badge_key
)
PN532 = events_of(Pn532Frames, Content, _uids)
SAMV = events_of(
    SamvFrames, Content, lambda event: card_of(text_of(Answer.from_content(event.data)), date(2026, 3, 31)).number
)
WIEGAND = events_of(lambda: Lines(256), Line, lambda event: WiegandProfile(26, "bits").badge_key(event.raw))
ADAM = events_of(lambda: Lines(64), Line, lambda event: CounterProfile(">", 16, 8, checksum=True).value(event.raw))
RTU = events_of(lambda: RtuAnswer(1, 3, 0x10, 2), Registers, lambda event: event.values)

SCANNER = events_of(lambda: Lines(256), Line, lambda event: ScannerProfile(prefix="A").badge_key(event.raw))
PARSERS = {
    "rdm6300": RDM6300,
    "pn532": PN532,
    "samv": SAMV,
    "wiegand_serial": WIEGAND,
    "line_counter": ADAM,
    "modbus_counter": RTU,
    "serial_scanner": SCANNER,
}


def _adam(count: int) -> bytes:
    text = f">{count:08X}"
    return f"{text}{sum(text.encode()) & 0xFF:02X}\r".encode()


def _rtu(high: int, low: int) -> bytes:
    frame = bytes((1, 3, 4)) + high.to_bytes(2, "big") + low.to_bytes(2, "big")
    return frame + simulated_rtu.checksum(frame)


def _card(uid: str) -> bytes:
    return simulated_pn532.answer(0x4A, b"\1" + simulated_pn532.Card(uid).told(1))


def proven() -> Iterator[Proven]:
    for tag in ("100086F444", "0000000000", "6F007B3972"):
        yield Proven(f"rdm6300 {tag}", simulated_rdm6300.frame_of(tag), f"EM4100:{tag}", RDM6300)
    for uid in ("24D34F59", "D0000000", "24004F00", "04AF68DAC85A80", "04000000000080"):
        yield Proven(f"pn532 {uid}", _card(uid), [f"ISO14443A:{uid}"], PN532)
    number = simulated_samv.number_of("110105", "19900101", 2)
    frame = simulated_samv.card_answer(simulated_samv.resident_text("王芳", number))
    yield Proven("samv", frame, number, SAMV, places=16)
    for bits in ("00111101100111001011100101", "11101010100000111110100001"):
        badge = f"WIEGAND26:{int(bits[1:-1], 2):06X}"
        yield Proven(f"wiegand {badge}", f"{bits}\r\n".encode(), badge, WIEGAND)
    for count in (0, 766, 0xFFFFFFFF):
        yield Proven(f"adam {count}", _adam(count), count, ADAM)
    for words in ((0, 0), (1, 0x2345), (0xFFFF, 0)):
        yield Proven(f"rtu {words}", _rtu(*words), words, RTU)


CASES = list(proven())


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda each: each["what"])
def test_what_is_said_to_others_or_by_others_is_no_event_of_any_family(foreign: dict[str, str]) -> None:
    for name, events in PARSERS.items():
        raw = bytes.fromhex(foreign["frame"])
        assert events(raw) == [], name
        assert events(raw + b"\r\n") == [], name


def damaged(frame: bytes, places: int) -> Iterator[tuple[str, bytes]]:
    """One byte lost, doubled, or any other one."""
    for place in range(0, len(frame), places):
        before, byte, after = frame[:place], frame[place : place + 1], frame[place + 1 :]
        yield f"byte {place} lost", before + after
        yield f"byte {place} doubled", before + byte * 2 + after
        for other in range(0, 256, places):
            if other != byte[0]:
                yield f"byte {place} became {other:02X}", before + bytes((other,)) + after


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_whole_frame_is_the_event_also_amid_noise(case: Proven) -> None:
    assert case.events(case.frame) == [case.event]
    assert case.events(case.frame + case.frame) in ([case.event] * 2, [case.event])  # of two answers one is too many
    assert case.events(b"\r\n" + case.frame) == [case.event]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_damaged_byte_makes_no_other_event(case: Proven) -> None:
    for how, frame in damaged(case.frame, case.places):
        assert set(map(repr, case.events(frame))) <= {repr(case.event)}, how


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_after_a_damaged_frame_the_next_one_is_read(case: Proven) -> None:
    for how, frame in damaged(case.frame, max(7, case.places)):
        assert repr(case.event) in set(map(repr, case.events(frame + case.frame + case.frame))), how
