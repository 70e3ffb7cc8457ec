"""What stands in a `[[counter]]` of this family beside what all counters have."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge.config import CounterOnLine, Port
from edge.link.inspection import OnNetwork, OnSerial
from settings import Contradiction


class ModbusKeys(CounterOnLine, frozen=True, kw_only=True):
    """`host` and `port` for a counter on the network, `serial` for one on a serial line. `framing`: how a device on the
    network speaks; "rtu" is that of a gateway which hands a serial line through as it is.

    `modulus` defaults to what the register words can hold. `session_address`: a register that changes at each restart
    of the device, if it has one. `template` fills what is left out, and knows the address of a `register`. `unproven`:
    fields that are a guess; while there is one, the values are shown and nothing is counted.
    """

    address: Annotated[int, msgspec.Meta(ge=0, le=65535)]
    host: str | None = None
    port: Port | None = None
    framing: Literal["tcp", "rtu"] = "tcp"
    unit: Annotated[int, msgspec.Meta(ge=0, le=255)] = 1
    function: Literal[3, 4] = 3
    words: Literal[1, 2] = 2
    word_order: Literal["hi-first", "lo-first"] = "hi-first"
    session_address: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None
    template: str | None = None
    register: str | None = None
    unproven: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        on_network = (self.host is not None, self.port is not None)
        if on_network != (self.serial is None,) * 2:
            given = [name for name in ("host", "port", "serial") if getattr(self, name) is not None]
            got = " and ".join(given) or "none of them"
            raise Contradiction("host, port, serial", got, "either host and port, or serial")
        if self.serial is not None and self.framing != "tcp":
            raise Contradiction("framing", repr(self.framing), "none on a serial line, which always speaks RTU")
        on_line = self.serial is not None or self.framing == "rtu"
        if on_line and not 1 <= self.unit <= 247:
            raise Contradiction("unit", str(self.unit), "1 to 247 on a serial line")

    @property
    def commissioned(self) -> bool:
        return not self.unproven

    @property
    def wraps_at(self) -> int:
        return self.modulus or 65536**self.words

    @property
    def place(self) -> str:
        return f"{self.serial or f'{self.host}:{self.port}'} unit {self.unit}"

    @property
    def meaning(self) -> str:
        return (
            f"modbus {self.serial or f'{self.host}:{self.port}'} unit {self.unit} function {self.function} "
            f"address {self.address} words {self.words} {self.word_order if self.words > 1 else 'one-word'} "
            f"modulus {self.wraps_at} counts per piece {self.counts_per_piece}"
        )


def section_of(where: OnNetwork | OnSerial) -> ModbusKeys:
    """A section that points there, for a person's tool; what it would count means nothing."""
    tool = ModbusKeys(name="tool", machine="tool", family="modbus_counter", max_rate_per_min=1, address=0, serial="-")
    if isinstance(where, OnSerial):
        line = {"baud": where.baud, "parity": where.parity, "stop_bits": where.stop_bits}
        return msgspec.structs.replace(tool, serial=where.path, **line)
    return msgspec.structs.replace(tool, serial=None, host=where.host, port=where.port, framing=where.framing)
