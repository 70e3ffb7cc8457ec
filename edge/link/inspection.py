"""What a person's tool may ask of the process `devices`, and what it answers. Looking only: nothing here writes.

Over the Unix stream socket `devices.sock`, one JSON object a line. A connection asks one question after another, and
each is answered by one reply, but for `Watch`, whose replies come until the connection is closed. Who asks again before
the answer has given the first question up.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge.config import Baud, Parity, Port, StopBits
from edge.link.messages import Message
from sync.wire.envelope import Stamp

LONGEST_WAIT_S = 120.0
MOST_REGISTERS = 125
"""In one request (Modbus application protocol 1.1b3, 6.3)."""

Function = Literal[1, 2, 3, 4]
"""Coils, discrete inputs, holding registers, input registers: what can be read, and nothing that writes."""

Unit = Annotated[int, msgspec.Meta(ge=0, le=255)]
Address = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Count = Annotated[int, msgspec.Meta(ge=1, le=MOST_REGISTERS)]

# --- where registers are asked for ------------------------------------------------------------------


class OfCounter(Message, frozen=True):
    """The line of this configured counter, and its unit."""

    counter: str


class OnNetwork(Message, frozen=True):
    """`framing`: "tcp", or "rtu" for a gateway that hands a serial line through as it is."""

    host: str
    port: Port = 502
    unit: Unit = 1
    framing: Literal["tcp", "rtu"] = "tcp"


class OnSerial(Message, frozen=True):
    path: str
    unit: Unit = 1
    baud: Baud = 9600
    parity: Parity = "N"
    stop_bits: StopBits = 1


Where = OfCounter | OnNetwork | OnSerial

# --- questions --------------------------------------------------------------------------------------


class ListDevices(Message, frozen=True):
    """Answered by `Devices`."""


class Watch(Message, frozen=True):
    """`device` None: all of them. Answered by `StateSeen`, `FrameSeen`, `ValueSeen` and `ScanSeen`, as
    they come."""

    device: str | None = None


class ReadRegisters(Message, frozen=True):
    """Answered by `Words`, `ExceptionAnswer` or `NoAnswer`.

    A line that a counter of the configuration uses has one owner, and is asked through it.
    """

    where: Where
    function: Function
    address: Address
    count: Count


class NextBadge(Message, frozen=True):
    """What comes next at this badge reader goes to the asker, and core is not told. Answered by `BadgeSeen`, or by
    `NoAnswer` when nothing came within `within_s`."""

    reader: str
    within_s: Annotated[float, msgspec.Meta(gt=0, le=LONGEST_WAIT_S)] = 30.0


Question = ListDevices | Watch | ReadRegisters | NextBadge

# --- replies ----------------------------------------------------------------------------------------


class CannotBeDone(Message, frozen=True):
    """It cannot be done at all; `says` is a sentence for a person."""

    says: str


class DeviceSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`where`: its port, or host and unit. `up` None: not tried yet. `since`: when it came or went. `detail`: why it is
    gone. `last_at`: of its last badge or reading; `value` of a counter only, of a badge nothing.

    `bad_frames`: since the service started, and today. `commissioned`: whether the configuration says for sure what
    the values of a counter mean; True for readers.
    """

    name: str
    sort: Literal["badge reader", "id-card reader", "counter"]
    family: str
    where: str
    station: str | None = None
    machine: str | None = None
    up: bool | None = None
    since: Stamp | None = None
    detail: str = ""
    bad_frames: int = 0
    bad_frames_today: int = 0
    last_at: Stamp | None = None
    value: int | None = None
    commissioned: bool = True


class Devices(Message, frozen=True):
    devices: list[DeviceSeen]


class StateSeen(Message, frozen=True):
    """A watched device is there, or gone and why: told at the beginning, and each time it comes or goes."""

    device: str
    up: bool
    since: Stamp
    detail: str = ""


class FrameSeen(Message, frozen=True):
    """Bytes on the line, as they stood together. `at_us`: UTC. `hex` and `meaning` are empty for an identity-card
    reader, of which only the size is told. `missed`: frames before this one that came too fast to be told."""

    device: str
    at_us: int
    sent: bool
    size: int
    hex: str = ""
    meaning: str = ""
    missed: int = 0


class ValueSeen(Message, frozen=True):
    """What a counter said. `raw`: the words as sent, in hex."""

    device: str
    at: Stamp
    value: int
    raw: str
    session: int | None = None


class ScanSeen(Message, frozen=True):
    """A badge came to a reader. `badge` None: a card without a number of its own."""

    device: str
    at: Stamp
    badge: str | None


class Words(Message, frozen=True):
    """One number for each register that was asked for; of coils and discrete inputs 0 or 1. `at`: of the answer."""

    at: Stamp
    words: list[int]


class ExceptionAnswer(Message, frozen=True):
    """The device is there and refuses: Modbus exception `code`. `says` is a sentence for the electrician."""

    code: int
    says: str


class NoAnswer(Message, frozen=True):
    """Nobody answered, or nothing that could be understood. `says` is a sentence for the electrician."""

    says: str


class BadgeSeen(Message, frozen=True):
    """`badge` is technology:number; None for a card without a number of its own, and, with `understood` False, for
    bytes that are no badge by the reader's configuration. `frames`: what came from the reader meanwhile, in hex, the
    last one last."""

    at: Stamp
    reader: str
    badge: str | None
    frames: list[str]
    understood: bool = True


Seen = (
    CannotBeDone
    | Devices
    | StateSeen
    | FrameSeen
    | ValueSeen
    | ScanSeen
    | Words
    | ExceptionAnswer
    | NoAnswer
    | BadgeSeen
)
