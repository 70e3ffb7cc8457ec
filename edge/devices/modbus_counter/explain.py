"""What a request and an answer of Modbus say, over TCP and on a serial line. Pure."""

from __future__ import annotations

from pymodbus.framer.rtu import FramerRTU

from edge.devices.modbus_counter.codec import EXCEPTIONS
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.devices.shared.meaning import Explain, Meaning

READS = {1: "coils", 2: "discrete inputs", 3: "holding registers", 4: "input registers"}
HEAD_BYTES = 6
"""Before the unit, over TCP: two of a number, two that are 0, two of the length of the rest."""

REQUEST_BYTES = 8
"""On a line. Some adapters return the request before the answer."""

BYTES_OF_AN_ANSWER_AS_LONG = 3
"""Of coils: its third byte says that three follow."""

CHECKSUM_BYTES = 2
REFUSED = 0x80


def explain(keys: ModbusKeys) -> Explain:
    over_tcp = keys.serial is None and keys.framing == "tcp"
    return _over_tcp if over_tcp else _on_a_line


def _over_tcp(sent: bool, data: bytes) -> Meaning:
    told: list[Meaning] = []
    while data:
        length = int.from_bytes(data[4:HEAD_BYTES], "big")
        frame, data = data[HEAD_BYTES : HEAD_BYTES + length], data[HEAD_BYTES + length :]
        told.append(_message(sent, frame) if length and len(frame) == length else Meaning("not whole", whole=False))
    return Meaning("; ".join(each.text for each in told), all(each.whole for each in told))


def _on_a_line(sent: bool, data: bytes) -> Meaning:
    echo, rest = data[:REQUEST_BYTES], data[REQUEST_BYTES:]
    if not sent and len(echo) == REQUEST_BYTES and echo[2] != BYTES_OF_AN_ANSWER_AS_LONG and _is_whole(echo):
        return Meaning("our own request; " + _on_a_line(sent, rest).text) if rest else Meaning("our own request")
    if not _is_whole(data):
        return Meaning("a wrong checksum, or more or less than one frame", whole=False)
    return _message(sent, data[:-CHECKSUM_BYTES])


def _is_whole(data: bytes) -> bool:
    frame, checksum = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    return len(frame) > 2 and FramerRTU.compute_CRC(frame).to_bytes(CHECKSUM_BYTES, "big") == checksum


def _message(sent: bool, frame: bytes) -> Meaning:
    if len(frame) < 3:
        return Meaning("too short", whole=False)
    unit, function, rest = frame[0], frame[1], frame[2:]
    if function & REFUSED:
        return Meaning(f"unit {unit}: exception {rest[0]} ({EXCEPTIONS.get(rest[0], 'see the manual')})")
    what = READS.get(function)
    if what is None:
        return Meaning(f"unit {unit}: function {function}, which nobody here asks for", whole=False)
    if sent:
        address, count = int.from_bytes(rest[:2], "big"), int.from_bytes(rest[2:4], "big")
        asked = f"{what.removesuffix('s')} {address}" if count == 1 else f"{count} {what} from {address}"
        return Meaning(f"unit {unit}: {asked}?")
    if rest[0] != len(rest) - 1:
        return Meaning(f"unit {unit}: not whole", whole=False)
    return Meaning(f"unit {unit}: {_values(function, rest[1:])}")


def _values(function: int, data: bytes) -> str:
    if function in (1, 2):
        return "bits " + " ".join(f"{byte:08b}"[::-1] for byte in data)
    return " ".join(str(int.from_bytes(data[place : place + 2], "big")) for place in range(0, len(data), 2))
