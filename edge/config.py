"""The schema of a box's configuration file, `clockpiece.toml`. docs/operations.md lists every key."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]
Parity = Literal["N", "E", "O"]
StopBits = Literal[1, 2]


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
    has none.
    """

    name: Name
    station: Name
    family: Name
    port: str
    machine: Name | None = None


class Counter(Section, frozen=True, kw_only=True):
    """A production counter: what all of them have. How it is reached and read stands in its family's `keys.py`."""

    name: Name
    machine: Name
    family: Name
    max_rate_per_min: Annotated[int, msgspec.Meta(ge=1)]
    modulus: Annotated[int, msgspec.Meta(ge=2)] | None = None
    poll_ms: Annotated[int, msgspec.Meta(ge=20, le=60_000)] = 500

    @property
    def counts_to(self) -> int:
        """The first value the counter cannot show."""
        return self.modulus or 2**32

    @property
    def commissioned(self) -> bool:
        """Whether its values may be counted; else they are only shown."""
        return True


class CounterOnLine(Counter, frozen=True, kw_only=True):
    """A counter that is, or may be, on a serial line. All counters on one line speak alike."""

    serial: str | None = None
    baud: Baud = 9600
    parity: Parity = "N"
    stop_bits: StopBits = 1


class Kiosk(Section, frozen=True):
    """`secret`: file with the key that signs the supervisor's session cookie."""

    listen: str = "127.0.0.1:8070"
    secret: str = ""


class Hr(Section, frozen=True):
    """Where facts go: `url`, and the server's `public_key` as `clockpiece hr init` printed it.

    `signing_key`: the file of this box's own Ed25519 key, made at the first start.
    """

    url: str
    public_key: str
    signing_key: str
    interval_s: Annotated[float, msgspec.Meta(gt=0)] = 2.0
    retry_max_s: Annotated[float, msgspec.Meta(ge=1)] = 300.0


class BoxConfig(Section, frozen=True):
    """`edge.bootstrap.read_config` makes each reader and each counter one with the keys of its family."""

    box: Box
    station: list[Station]
    reader: list[Reader] = []
    counter: list[Counter] = []
    kiosk: Kiosk = msgspec.field(default_factory=Kiosk)
    hr: Hr | None = None
