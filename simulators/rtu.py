"""PLCs on one serial line of Modbus RTU, on a pseudo-terminal; each answer may be spoilt on its way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

from simulators.plc import READ_FUNCTIONS, Plc
from simulators.serial_line import SerialDevice

# Written from the Modbus specification over serial line, V1.02, and from nothing else: see simulators/rdm6300.py.

REQUEST_BYTES = 8
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, DEVICE_FAILURE = 1, 2, 4


class Spoilt(Enum):
    """What happens to one answer."""

    SILENT = "it does not come"
    LATE = "it comes too late"
    WITH_NEXT = "it comes when the next request has come, before the answer to that"
    TWICE = "it comes twice"
    FOREIGN = "another unit answers"
    EXCEPTION = "the unit refuses"
    CHECKSUM = "its checksum is wrong"
    HALF = "only its first half comes"
    NOISE = "bytes of no meaning come before it"
    ECHO = "the adapter returns the request before it"


def checksum(frame: bytes) -> bytes:
    """CRC-16, polynomial A001, low byte first."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


class SimulatedRtuLine(SerialDevice):
    """A unit in `mute` hears nothing. `requests` are (unit, function, address, count) as they came."""

    def __init__(
        self,
        link: Path,
        plcs: Sequence[Plc],
        spoil: Callable[[], Spoilt | None] = lambda: None,
        late_s: float = 0.5,
    ) -> None:
        """`spoil` is asked once for each answer; LATE is `late_s` seconds. FileExistsError as for any line."""
        self.mute: set[int] = set()
        self.requests: list[tuple[int, int, int, int]] = []
        self.spoil = spoil
        self._late_s = late_s
        self.plcs = tuple(plcs)
        self._units = {plc.spec.unit: plc for plc in plcs}
        self._heard = b""
        self._held_back = b""
        super().__init__(link)

    def _hear(self, chunk: bytes) -> None:
        self._heard += chunk
        while len(self._heard) >= REQUEST_BYTES:
            request = self._heard[:REQUEST_BYTES]
            if checksum(request[:-2]) != request[-2:]:
                self._heard = self._heard[1:]
                continue
            self._heard = self._heard[REQUEST_BYTES:]
            self._take(request)

    def _take(self, request: bytes) -> None:
        unit, function = request[0], request[1]
        address, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        self.requests.append((unit, function, address, count))
        plc = self._units.get(unit)
        if plc is None or unit in self.mute:
            return
        before, self._held_back = self._held_back, b""
        answer = _answer(plc, function, address, count)
        self._line.say(before + self._sent_now(self.spoil(), request, answer))

    def _sent_now(self, spoilt: Spoilt | None, request: bytes, answer: bytes) -> bytes:
        match spoilt:
            case Spoilt.SILENT:
                return b""
            case Spoilt.LATE:
                threading.Timer(self._late_s, self._line.say, (answer,)).start()
                return b""
            case Spoilt.WITH_NEXT:
                self._held_back = answer
                return b""
            case Spoilt.TWICE:
                return answer * 2
            case Spoilt.FOREIGN:
                other = bytes((answer[0] % 247 + 1,)) + answer[1:-2]
                return other + checksum(other)
            case Spoilt.EXCEPTION:
                return _refusal(answer[0], answer[1], DEVICE_FAILURE)
            case Spoilt.CHECKSUM:
                return answer[:-1] + bytes((answer[-1] ^ 0x01,))
            case Spoilt.HALF:
                return answer[: len(answer) // 2]
            case Spoilt.NOISE:
                return b"\x00\xff\x01\x03\x04" + answer
            case Spoilt.ECHO:
                return request + answer
            case None:
                return answer


def _answer(plc: Plc, function: int, address: int, count: int) -> bytes:
    unit, spec = plc.spec.unit, plc.spec
    if function not in READ_FUNCTIONS:
        return _refusal(unit, function, ILLEGAL_FUNCTION)
    offset, held = address - spec.address, spec.words + (spec.session is not None)
    if offset < 0 or count < 1 or offset + count > held:
        return _refusal(unit, function, ILLEGAL_ADDRESS)
    words = plc.answer()[offset : offset + count]
    frame = bytes((unit, function, 2 * count)) + b"".join(word.to_bytes(2, "big") for word in words)
    return frame + checksum(frame)


def _refusal(unit: int, function: int, code: int) -> bytes:
    frame = bytes((unit, function | 0x80, code))
    return frame + checksum(frame)
