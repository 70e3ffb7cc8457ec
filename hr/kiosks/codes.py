"""Enrolment codes at HR: made for one name, good for one box, ten minutes and five tries.

The code itself is shown once and kept nowhere. What is stored is the public half of the key that it makes: it checks a
proof and cannot make one (docs/wire.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import ColumnElement, Connection, func, select

from hr.store.tables import enrolment_code
from settings import Mendable
from sync.wire.envelope import public_from_text, public_text, verified

GOOD_FOR_US = 600_000_000
MAX_TRIES = 5
MAX_OPEN = 20
"""More at once nobody sets up; each is something to guess."""


class TooManyCodes(Mendable):
    """One sentence for the person who wanted another code."""


@dataclass(frozen=True)
class OpenCode:
    """A code that has been made and neither used nor forgotten; `until_us` is when it ends."""

    device: str
    made_by: str
    until_us: int
    tries_left: int


def make(connection: Connection, device: str, verifier: Ed25519PublicKey, made_by: str, now_us: int) -> None:
    """Notes a new code for this name, in the place of an earlier one. TooManyCodes."""
    connection.execute(
        enrolment_code.delete().where((enrolment_code.c.device == device) | ~_in_time(now_us)),
    )
    if (connection.scalar(select(func.count()).select_from(enrolment_code)) or 0) >= MAX_OPEN:
        raise TooManyCodes(f"{MAX_OPEN} codes are open: use them, or wait until they end after ten minutes")
    values = {"device": device, "verifier": public_text(verifier), "made_us": now_us, "made_by": made_by, "tries": 0}
    connection.execute(enrolment_code.insert().values(values))


def listed(connection: Connection, now_us: int) -> list[OpenCode]:
    """By name; those that are in time, those without a try left too."""
    query = select(enrolment_code).where(_in_time(now_us)).order_by(enrolment_code.c.device)
    return [
        OpenCode(row.device, row.made_by, row.made_us + GOOD_FOR_US, MAX_TRIES - row.tries)
        for row in connection.execute(query)
    ]


def proves(connection: Connection, device: str, message: bytes, proof: bytes, now_us: int) -> bool:
    """Whether this proof was made with the code of this name. Counts as a try: the caller must commit either way."""
    counted = connection.execute(
        enrolment_code.update()
        .where(enrolment_code.c.device == device, enrolment_code.c.tries < MAX_TRIES, _in_time(now_us))
        .values(tries=enrolment_code.c.tries + 1)
    )
    if counted.rowcount == 0:
        return False
    text = connection.scalars(select(enrolment_code.c.verifier).where(enrolment_code.c.device == device)).one()
    return verified(public_from_text(text), proof, message)


def spend(connection: Connection, device: str) -> None:
    """A box has asked with it: nobody else can."""
    connection.execute(enrolment_code.delete().where(enrolment_code.c.device == device))


def _in_time(now_us: int) -> ColumnElement[bool]:
    """Neither ten minutes old nor made later than now, as after a clock that was set back."""
    return enrolment_code.c.made_us.between(now_us - GOOD_FOR_US + 1, now_us)
