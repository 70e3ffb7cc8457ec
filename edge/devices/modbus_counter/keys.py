"""What stands in a `[[counter]]` of this family beside what all counters have."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge.config import CounterOnLine, Port
from settings import Contradiction


class ModbusKeys(CounterOnLine, frozen=True, kw_only=True):
    """`host` and `port` for a counter on the network, `serial` for one on a serial line.

    `modulus` defaults to what the register words can hold. `session_address`: a register that changes at each restart
    of the device, if it has one. `template` fills what is left out, and knows the address of a `register`. `unproven`:
    fields that are a guess; while there is one, the values are shown and nothing is counted.
    """

    address: Annotated[int, msgspec.Meta(ge=0, le=65535)]
    host: str | None = None
    port: Port | None = None
    unit: Annotated[int, msgspec.Meta(ge=0, le=255)] = 1
    function: Literal[3, 4] = 3
    words: Literal[1, 2] = 2
    word_order: Literal["hi-first", "lo-first"] = "hi-first"
    session_address: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None
    template: str | None = None
    register: str | None = None
    unproven: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        on_network = (self.host is not None, self.port is not None)
        if on_network != (self.serial is None,) * 2:
            given = [name for name in ("host", "port", "serial") if getattr(self, name) is not None]
            got = " and ".join(given) or "none of them"
            raise Contradiction("host, port, serial", got, "either host and port, or serial")
        if self.serial is not None and not 1 <= self.unit <= 247:
            raise Contradiction("unit", str(self.unit), "1 to 247 on a serial line")

    @property
    def commissioned(self) -> bool:
        return not self.unproven

    @property
    def counts_to(self) -> int:
        return self.modulus or 65536**self.words
