"""What was decided of waiting time that facts show: the last word of each person and date, and the entry it became."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec
import uuid_utils
from sqlalchemy import Connection, select

from hr.pay.periods.period import days_of
from hr.pay.rules.items import FactId
from hr.pay.rules.waiting import Waited
from hr.pay.terms import documents
from hr.pay.terms.documents import Kind, new
from hr.people.keys import Owners
from hr.people.rejected import Rejected
from hr.store.pay_tables import waiting_decision
from hr.store.tables import person
from hr.store.versions import Typed

_FACTS = msgspec.json.Decoder(tuple[FactId, ...])


@dataclass(frozen=True)
class Decision:
    """`of` is what was proposed then. `document`: the entry of an accepted one; empty for one that was declined."""

    of: Waited
    accepted: bool
    reason: str
    document: str
    typed: Typed


def last_words(connection: Connection, month: str, keys: Owners) -> dict[tuple[str, str], Decision]:
    """By person and work date."""
    query = select(waiting_decision).where(waiting_decision.c.work_date.between(*days_of(month)))
    found: dict[tuple[str, str], Decision] = {}
    for row in connection.execute(query.order_by(waiting_decision.c.decided_us, waiting_decision.c.id)):
        of = Waited(keys[row.person], row.work_date, row.minutes, facts=_FACTS.decode(row.facts))
        typed = Typed(row.decided_by, row.decided_us)
        found[of.person, of.work_date] = Decision(of, row.accepted, row.reason, row.document or "", typed)
    return found


def facts_of(connection: Connection, month: str) -> Mapping[str, tuple[FactId, ...]]:
    """By the entry that an accepted proposal became."""
    query = select(waiting_decision.c.document, waiting_decision.c.facts).where(
        waiting_decision.c.work_date.between(*days_of(month)), waiting_decision.c.document.is_not(None)
    )
    return {row.document: _FACTS.decode(row.facts) for row in connection.execute(query)}


def accept(connection: Connection, wanted: Waited, before: Decision | None, reason: str, typed: Typed) -> None:
    """It becomes the entry of the date, in the place of the one that was made of it before. Rejected without a reason,
    for somebody whom HR does not have on its list yet, or where the facts show nothing any more."""
    _demand_person(connection, wanted)
    if not wanted.minutes:
        raise Rejected("minutes", "0", "waiting time that the records show: this one can only be declined")
    _take_back(connection, before, reason, typed)
    entry = new(
        Kind.WAITING,
        wanted.person,
        wanted.work_date[:7],
        reason,
        typed,
        wanted.work_date,
        share=Decimal(wanted.minutes),
    )
    documents.put(connection, entry)
    made = documents.standing(connection, entry)
    assert made is not None
    _keep(connection, wanted, reason, typed, made.id)


def decline(connection: Connection, wanted: Waited, before: Decision | None, reason: str, typed: Typed) -> None:
    """Nothing is paid for it; an entry that was made of it before is taken back. Rejected without a reason."""
    _demand_person(connection, wanted)
    if not reason:
        raise Rejected("reason", "", "a reason: the person reads it")
    _take_back(connection, before, reason, typed)
    _keep(connection, wanted, reason, typed, None)


def _demand_person(connection: Connection, wanted: Waited) -> None:
    if connection.scalar(select(person.c.id).where(person.c.id == wanted.person)) is None:
        raise Rejected("person", wanted.person, "a person that is known")


def _take_back(connection: Connection, before: Decision | None, why: str, typed: Typed) -> None:
    made = documents.one(connection, before.document) if before is not None and before.document else None
    if made is not None and made.taken_back is None:
        documents.take_back(connection, made.id, why, typed)


def _keep(connection: Connection, of: Waited, reason: str, typed: Typed, document: str | None) -> None:
    connection.execute(
        waiting_decision.insert().values(
            id=str(uuid_utils.uuid7()),
            person=of.person,
            work_date=of.work_date,
            minutes=of.minutes,
            facts=msgspec.json.encode(of.facts).decode(),
            accepted=document is not None,
            reason=reason,
            document=document,
            decided_by=typed.by,
            decided_us=typed.at_us,
        )
    )
