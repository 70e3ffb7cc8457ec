"""The schema of a box's configuration file, `clockpiece.toml`. docs/operations.md lists every key."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge.badge_numbers import BadgeNumber
from settings import Contradiction
from sync.wire.facts import CounterRole

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]
Parity = Literal["N", "E", "O"]
StopBits = Literal[1, 2]

MAX_COUNTS_PER_PIECE = 1000
"""Far below 65,536, which is what each count looks like when the words are read in the wrong order."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: an unknown key is an error."""


class Box(Section, frozen=True):
    """`data` holds the databases, `run` the sockets (a short path), `key` the 32-byte database key as hex.

    `reserve_bytes`: with less free space than this, readings are refused so that taps still fit.
    """

    name: Name
    data: str
    run: str
    key: str
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en", "vi"] = "zh"
    clock_table: str | None = None
    reserve_bytes: Annotated[int, msgspec.Meta(ge=0)] = 20_000_000


class Station(Section, frozen=True):
    """A screen with its readers."""

    name: Name
    title: str = ""


class Reader(Section, frozen=True):
    """A reader of badges or of identity cards: what all of them have. A family that needs more adds it in a struct of
    its own, in its `keys.py`.

    A badge reader with `machine` logs people on there, without it clocks them in and out; a reader of identity cards
    has neither. `number`: how what a badge reader tells of a card becomes the card's own number.
    """

    name: Name
    station: Name
    family: Name
    port: str
    machine: Name | None = None
    number: BadgeNumber | None = None


class Counter(Section, frozen=True, kw_only=True):
    """A production counter: what all of them have. How it is reached and read stands in its family's `keys.py`.

    `counts_per_piece`: counts of the device that one piece makes. The value told to core is in pieces, and so are
    `counts_to` and `max_rate_per_min`; the raw words stay as they were sent. `role`: whether it counts pieces made,
    rejects among them, or nothing that is ours to count.
    """

    name: Name
    machine: Name
    family: Name
    max_rate_per_min: Annotated[int, msgspec.Meta(ge=1)]
    modulus: Annotated[int, msgspec.Meta(ge=2)] | None = None
    poll_ms: Annotated[int, msgspec.Meta(ge=20, le=60_000)] = 500
    counts_per_piece: Annotated[int, msgspec.Meta(ge=1, le=MAX_COUNTS_PER_PIECE)] = 1
    role: Literal["produced", "defective", "ignored"] = "produced"

    def __post_init__(self) -> None:
        if self.wraps_at % self.counts_per_piece:
            # The piece that is half counted at the end of the register would be lost, or counted twice.
            wanted = f"a divisor of {self.wraps_at}, where the counter begins anew; else set the prescale in the device"
            raise Contradiction("counts_per_piece", str(self.counts_per_piece), wanted)

    @property
    def wraps_at(self) -> int:
        """The first value that the device cannot show."""
        return self.modulus or 2**32

    @property
    def counts_to(self) -> int:
        """The same of the value that core is told."""
        return self.wraps_at // self.counts_per_piece

    @property
    def counts_as(self) -> CounterRole:
        return CounterRole(self.role.upper())

    @property
    def place(self) -> str:
        """Where it is, for a person."""
        return ""

    @property
    def commissioned(self) -> bool:
        """Whether the configuration alone says for sure what its values mean; else a commissioning must."""
        return True

    @property
    def meaning(self) -> str:
        """What makes a value of it what it is, as text: the same for two sections that read the same thing in the same
        way. A commissioning holds for this text and for no other."""
        return self.name

    @property
    def keep_s(self) -> int | None:
        """How often a reading is a fact while it moves; None: as the rules have it for counts that the device keeps."""
        return None


class CounterOnLine(Counter, frozen=True, kw_only=True):
    """A counter that is, or may be, on a serial line. All counters on one line speak alike."""

    serial: str | None = None
    baud: Baud = 9600
    parity: Parity = "N"
    stop_bits: StopBits = 1


class Kiosk(Section, frozen=True):
    """`secret`: file with the key that signs the supervisor's session cookie.

    `supervisors`: where the supervisor's pages are for other machines, over TLS with this `certificate`. `payslips`:
    whether workers may see their pay at the stations of this box.
    """

    listen: str = "127.0.0.1:8070"
    secret: str = ""
    payslips: bool = True
    supervisors: str | None = None
    certificate: str | None = None

    def __post_init__(self) -> None:
        if self.supervisors is not None and self.certificate is None:
            wanted = "the file that `clockpiece hr certificate --out` wrote: PINs do not cross a network in the clear"
            raise Contradiction("certificate", "nothing", wanted)


class Hr(Section, frozen=True):
    """Where facts go: `url`, and the server's `public_key` as `clockpiece hr init` printed it.

    `signing_key`: the file of this box's own Ed25519 key, made at the first start. `ca`: the file of the only
    certificate authority that may vouch for `url`. `presence_s`: how often, at most, HR is asked who tapped elsewhere.
    """

    url: str
    public_key: str
    signing_key: str
    ca: str | None = None
    interval_s: Annotated[float, msgspec.Meta(gt=0)] = 2.0
    retry_max_s: Annotated[float, msgspec.Meta(ge=1)] = 300.0
    presence_s: Annotated[float, msgspec.Meta(gt=0, le=120)] = 30.0


class BoxConfig(Section, frozen=True):
    """`edge.bootstrap.read_config` makes each reader and each counter one with the keys of its family."""

    box: Box
    station: list[Station]
    reader: list[Reader] = []
    counter: list[Counter] = []
    kiosk: Kiosk = msgspec.field(default_factory=Kiosk)
    hr: Hr | None = None
