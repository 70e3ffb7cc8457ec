"""What time it is, asked of HR and signed by it for this one question. Pure.

Under a heading of its own: what HR signs for anybody who asks can never be taken for an answer to a box.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

TIME = "clockpiece-time-1"
TIME_PATH = "/v1/time"


class TimeQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but a nonce: whoever reads it learns nothing."""

    nonce: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{16,100}$")]


class TimeAnswer(msgspec.Struct, frozen=True):
    """HR's clock, microseconds since 1970; its signature is in the header. More fields may come with a newer HR."""

    server_time_us: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


def time_bytes(nonce: str, server_time_us: int) -> bytes:
    """What HR signs."""
    return "\n".join((TIME, nonce, str(server_time_us))).encode()
