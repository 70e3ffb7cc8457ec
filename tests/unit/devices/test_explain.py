"""What the electrician is told of the bytes he sees: each family's own frames, whole and not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edge.devices import families
from edge.devices.family import IdCardFamily, ReaderFamily
from edge.devices.shared.meaning import Explain, Meaning, unexplained
from simulators.pn532 import ACK, answer
from simulators.rtu import checksum


def explain(family: str, **keys: Any) -> Explain:
    found = families()[family]
    assert not isinstance(found, IdCardFamily)
    common: dict[str, Any] = {"name": "it", "family": family}
    if isinstance(found, ReaderFamily):
        common |= {"station": "entrance", "port": "/dev/null"}
    else:
        common |= {"machine": "press", "max_rate_per_min": 60}
    return found.explain(msgspec.convert(common | keys, found.keys))


def said(family: str, data: bytes, sent: bool = False, **keys: Any) -> Meaning:
    return explain(family, **keys)(sent, data)


MBAP = bytes.fromhex("0001 0000 0006 01")
SERIAL: dict[str, Any] = {"serial": "/dev/null", "address": 0}
NETWORK: dict[str, Any] = {"host": "10.0.0.1", "port": 502, "address": 0}


def rtu(text: str) -> bytes:
    frame = bytes.fromhex(text)
    return frame + checksum(frame)


def scanner(data: bytes, **keys: Any) -> Meaning:
    return said("serial_scanner", data, **keys)


@pytest.mark.parametrize(
    ("meaning", "text", "whole"),
    [
        (said("rdm6300", b"\x02100086F44426\x03"), "badge EM4100:100086F444", True),
        (said("rdm6300", b"\x02100086F444"), "11 bytes of a frame that has not ended", False),
        (scanner(b"A17\r\n"), "badge CODE:A17", True),
        (scanner(b"%%NoRead\r"), "it has read nothing", True),
        (scanner(b"A17"), "a line that has not ended", False),
        (scanner(b"A17", suffix="none"), "badge CODE:A17", True),
        (said("wiegand_serial", b"7B3972\r", form="number-hex"), "badge WIEGAND26:7B3972", True),
        (said("line_counter", b"PIECE\r", serial="/dev/null"), "a piece", True),
        (said("line_counter", b"#010\r", sent=True, serial="/dev/null", ask="#010"), "asked b'#010'", True),
        (said("line_counter", b">00000010\r", serial="/dev/null", ask="#010", prefix=">", base=16), "value 16", True),
        (said("modbus_counter", MBAP + bytes.fromhex("03 0010 0002"), True, **NETWORK), None, True),
        (said("modbus_counter", rtu("01 03 0010 0002"), True, **SERIAL), "unit 1: 2 holding registers from 16?", True),
        (said("modbus_counter", rtu("01 04 02 0007"), **SERIAL), "unit 1: 7", True),
        (said("modbus_counter", rtu("01 03 04 0001 0002"), **SERIAL), "unit 1: 1 2", True),
        (said("modbus_counter", rtu("01 02 01 05"), **SERIAL), "unit 1: bits 10100000", True),
        (said("modbus_counter", rtu("01 03 0010 0001") + rtu("01 03 02 0007"), **SERIAL), None, True),
        (said("modbus_counter", rtu("01 04 02 0007")[:-1], **SERIAL), None, False),
        (said("pn532", ACK + answer(0x4A, b"\x00")), "heard; no card", True),
        (said("pn532", answer(0x4A, bytes.fromhex("01 01 0004 08 04 24D34F59"))), "ISO14443A:24D34F59", True),
        (said("pn532", answer(0x4A, b"\x00")[:-2] + b"\x55\x00"), "a wrong checksum", False),
    ],
)
def test_a_frame_is_told_in_words(meaning: Meaning, text: str | None, whole: bool):
    assert meaning.whole == whole, meaning
    assert meaning.text == text or (text is None and meaning.text)


def test_an_exception_is_told_with_its_mend():
    assert said("modbus_counter", rtu("01 83 02"), **SERIAL).text == (
        "unit 1: exception 2 (illegal address: the device has no such register)"
    )


def test_the_echo_of_an_adapter_is_told_apart_from_the_answer():
    both = said("modbus_counter", rtu("01 03 0010 0001") + rtu("01 03 02 0007"), **SERIAL)
    assert both.text == "our own request; unit 1: 7"


EXPLAINED = [name for name, each in families().items() if getattr(each, "explain", unexplained) is not unexplained]


@pytest.mark.parametrize("name", EXPLAINED)
def test_no_bytes_are_too_strange_to_be_told(name: str):
    needed: dict[str, dict[str, Any]] = {"modbus_counter": SERIAL, "line_counter": {"serial": "/dev/null"}}
    explained = explain(name, **needed.get(name, {}))
    for data in (b"", b"\x00", b"\xff" * 300, bytes(range(256)), b"\x02" * 20, b"\r\n\r\n", b"\x00\x01" * 40):
        for sent in (True, False):
            assert isinstance(explained(sent, data).text, str)
