"""What people type of a month beside facts and terms: scores, allowances, claims, waiting time, leave. Each with who,
when and why; taken back at most once, never changed, never deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

import uuid_utils
from sqlalchemy import ColumnElement, Connection, select

from hr.pay.rules.money import ZERO
from hr.pay.terms.records import Typed
from hr.people.records import Rejected
from hr.store.pay_tables import pay_document


class Kind(StrEnum):
    BONUS = "BONUS"
    """`amount` is the base, `share` the score in per cent; a fixed bonus has 100."""
    ALLOWANCE = "ALLOWANCE"
    HAZARD = "HAZARD"
    """An allowance for heat, cold, underground or hazard, which the minimum wage leaves out."""
    CLAIM = "CLAIM"
    """Compensation for a loss."""
    WAITING = "WAITING"
    """`share` are the minutes without work on `work_date`."""
    LONG_STOP = "LONG_STOP"
    """`share` are due minutes of the month in a stop that has gone on for more than a pay period."""
    LEAVE = "LEAVE"
    """Paid leave: `share` days from `work_date` on, `amount` the day wage."""
    INSURANCE = "INSURANCE"
    """The person's own part of social insurance."""


OF_A_DAY = frozenset({Kind.WAITING, Kind.LEAVE})
"""Kinds that name a work date; the others are of the month."""

ONE_A_MONTH = frozenset({Kind.INSURANCE})
"""Kinds of which a person has one a month, whatever its reason."""

MEASURES: Mapping[Kind, tuple[bool, bool]] = MappingProxyType(
    {
        Kind.BONUS: (True, True),
        Kind.ALLOWANCE: (True, False),
        Kind.HAZARD: (True, False),
        Kind.CLAIM: (True, False),
        Kind.WAITING: (False, True),
        Kind.LONG_STOP: (False, True),
        Kind.LEAVE: (True, True),
        Kind.INSURANCE: (True, False),
    }
)
"""Whether a kind has an amount in yuan, and whether it has a share (per cent, minutes or days)."""


@dataclass(frozen=True)
class Document:
    """One of them. `month` is YYYY-MM. `taken_back`: it counts for nothing any more, and why."""

    id: str
    kind: Kind
    person: str
    month: str
    work_date: str
    amount: Decimal
    share: Decimal
    reason: str
    typed: Typed
    taken_back: Typed | None = None
    taken_back_why: str = ""


def documents(connection: Connection, month: str, person: str | None = None) -> list[Document]:
    """All of a month, taken back ones included, in the order they were typed."""
    return _found(connection, pay_document.c.month == month, *([pay_document.c.person == person] if person else []))


def one(connection: Connection, identifier: str) -> Document | None:
    return next(iter(_found(connection, pay_document.c.id == identifier)), None)


def put(connection: Connection, wanted: Document) -> bool:
    """Adds it in the place of the standing one for the same matter; that one is taken back. False when the same stands
    already, so that an import twice changes nothing. Rejected without a reason."""
    if not wanted.reason and wanted.kind not in ONE_A_MONTH:
        raise Rejected("reason", "", "a reason: the person reads it")
    before = standing(connection, wanted)
    if before is not None:
        if (before.amount, before.share) == (wanted.amount, wanted.share):
            return False
        _take_back(connection, before.id, "", wanted.typed)
    connection.execute(
        pay_document.insert().values(
            id=str(uuid_utils.uuid7()),
            kind=wanted.kind.value,
            person=wanted.person,
            month=wanted.month,
            work_date=wanted.work_date,
            amount=wanted.amount,
            share=wanted.share,
            reason=wanted.reason,
            typed_by=wanted.typed.by,
            typed_us=wanted.typed.at_us,
        )
    )
    return True


def take_back(connection: Connection, identifier: str, why: str, typed: Typed) -> Document:
    """Rejected for one that is not there or does not stand any more, or without a reason."""
    found = one(connection, identifier)
    if found is None or found.taken_back is not None:
        raise Rejected("document", "", "an entry that stands")
    if not why:
        raise Rejected("why", "", "a reason: the person reads it")
    _take_back(connection, identifier, why, typed)
    return found


def _take_back(connection: Connection, identifier: str, why: str, typed: Typed) -> None:
    """`why` is empty for one that another took the place of."""
    connection.execute(
        pay_document.update()
        .where(pay_document.c.id == identifier)
        .values(taken_back_by=typed.by, taken_back_us=typed.at_us, taken_back_why=why)
    )


def standing(connection: Connection, wanted: Document) -> Document | None:
    """The one for the same matter that counts now."""
    same = ["kind", "person", "month", "work_date"] + ([] if wanted.kind in ONE_A_MONTH else ["reason"])
    conditions = [pay_document.c[name] == getattr(wanted, name) for name in same]
    found = _found(connection, pay_document.c.taken_back_by.is_(None), *conditions)
    return found[0] if found else None


def _found(connection: Connection, *conditions: ColumnElement[bool]) -> list[Document]:
    query = select(pay_document).where(*conditions).order_by(pay_document.c.typed_us, pay_document.c.id)
    return [
        Document(
            row.id,
            Kind(row.kind),
            row.person,
            row.month,
            row.work_date,
            row.amount,
            row.share,
            row.reason,
            Typed(row.typed_by, row.typed_us),
            None if row.taken_back_by is None else Typed(row.taken_back_by, row.taken_back_us),
            row.taken_back_why or "",
        )
        for row in connection.execute(query)
    ]


def new(
    kind: Kind,
    person: str,
    month: str,
    reason: str,
    typed: Typed,
    work_date: str = "",
    amount: Decimal = ZERO,
    share: Decimal = ZERO,
) -> Document:
    """One that is not stored yet."""
    return Document("", kind, person, month, work_date, amount, share, reason, typed)
