"""Head and totals of a payslip, and of a month's hours, in a text that anybody can check without asking us. Pure.

The text is a JSON Web Signature in its compact form (RFC 7515) by Ed25519 (RFC 8037), with HR's signing key. It fits a
QR code on the paper; docs/verify.html checks it in a browser without a network. The bytes are in docs/payslip.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hr.attendance.rules.day import AttendanceDay
from hr.pay.periods.period import Entry
from hr.pay.rules.money import ZERO, to_fen
from sync.wire.envelope import b64, canonical_json, fingerprint, unb64, verified

MAX_TEXT = 1_600
"""What a QR code of a size that a telephone reads from paper holds."""


class Standing(StrEnum):
    """Whether the month may still change."""

    DRAFT = "draft"
    CLOSED = "closed"


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="of"):
    """Whose month it is, and as of when. `month` is YYYY-MM, `number` the employee number, `made` a local time with its
    offset (ISO 8601)."""

    plant: str
    number: str
    name: str
    month: str
    made: str
    standing: Standing

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class PayHead(_Head, frozen=True, tag="pay"):
    """Yuan as decimal text. `sums` are the items by kind; they add up to `net`, before insurance and tax. `held`: what
    waits and is in no sum."""

    sums: dict[str, str]
    gross: str
    deducted: str
    net: str
    held: int


class HoursHead(_Head, frozen=True, tag="hours"):
    """Minutes. `classes` are the paid ones by time class; they add up to `paid`. `unclassified`: those that no calendar
    tells the class of yet. `open`: days that somebody must look at."""

    classes: dict[str, int]
    paid: int
    days: int
    unclassified: int
    open: int
    late: int
    leave: int


Head = PayHead | HoursHead


class NotGenuine(ValueError):
    """Not signed by this key, or changed since."""


def pay_head(plant: str, entry: Entry, standing: Standing, made: str) -> PayHead:
    said = entry.statement
    sums: dict[str, Decimal] = {}
    for item in said.items:
        sums[item.kind] = sums.get(item.kind, ZERO) + item.amount
    return PayHead(
        plant,
        entry.number,
        entry.name,
        said.month,
        made,
        standing,
        sums={str(kind): _text(amount) for kind, amount in sums.items()},
        gross=_text(said.gross),
        deducted=_text(said.deducted),
        net=_text(said.net),
        held=len(said.held),
    )


def hours_head(plant: str, entry: Entry, days: Iterable[AttendanceDay], standing: Standing, made: str) -> HoursHead:
    """The sums are the entry's, which a closed month keeps; `days` say what waits."""
    known = list(days)
    return HoursHead(
        plant,
        entry.number,
        entry.name,
        entry.statement.month,
        made,
        standing,
        classes={str(each): minutes for each, minutes in entry.work.minutes.items()},
        paid=entry.work.paid,
        days=entry.work.days,
        unclassified=sum(day.unclassified_min for day in known),
        open=sum(day.open for day in known),
        late=sum(day.late_min for day in known),
        leave=sum(day.leave_min for day in known),
    )


def signed(key: Ed25519PrivateKey, head: Head) -> str:
    """The text of the QR code."""
    about: Mapping[str, str] = {"alg": "EdDSA", "kid": fingerprint(key.public_key())}
    text = f"{b64(canonical_json(about))}.{b64(canonical_json(msgspec.to_builtins(head)))}"
    return f"{text}.{b64(key.sign(text.encode()))}"


def checked(key: Ed25519PublicKey, text: str) -> Head:
    """What the text says, once its signature is this key's. NotGenuine."""
    try:
        protected, payload, signature = text.split(".")
        genuine = verified(key, _strictly(signature), f"{protected}.{payload}".encode())
        if not genuine or msgspec.json.decode(unb64(protected)).get("alg") != "EdDSA":
            raise NotGenuine("this is not what was signed")
        return msgspec.json.decode(unb64(payload), type=PayHead | HoursHead)
    except (ValueError, msgspec.MsgspecError, AttributeError) as error:
        raise NotGenuine("this is not what was signed") from error


def _strictly(text: str) -> bytes:
    """One text for one signature: the last letter has bits to spare, which must be zero."""
    raw = unb64(text)
    if b64(raw) != text:
        raise ValueError("not base64url")
    return raw


def _text(amount: Decimal) -> str:
    return format(to_fen(amount), "f")
