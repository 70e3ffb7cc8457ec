"""Clearances: who may do which kind of work, from when, until when, and on what evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select

from hr.people.records import put
from hr.people.version import bump
from hr.store.tables import clearance, person
from sync.wire.reference_data import Clearance

SOON = timedelta(days=30)
"""So long before its end a clearance is shown as one to renew."""


class Validity(StrEnum):
    NOT_YET = "NOT_YET"
    VALID = "VALID"
    ENDING = "ENDING"
    OVER = "OVER"


@dataclass(frozen=True)
class ClearanceView:
    """One clearance and whose it is. Dates are ISO 8601; an empty `valid_to` does not end."""

    person: str
    number: str
    name: str
    kind: str
    valid_from: str
    valid_to: str
    evidence: str

    def validity(self, today: str) -> Validity:
        """`today` is an ISO date; both dates belong to the clearance."""
        if today < self.valid_from:
            return Validity.NOT_YET
        if not self.valid_to:
            return Validity.VALID
        if self.valid_to < today:
            return Validity.OVER
        return Validity.ENDING if self.valid_to <= _later(today, SOON) else Validity.VALID


def _later(day: str, by: timedelta) -> str:
    return (date.fromisoformat(day) + by).isoformat()


def listed(connection: Connection) -> list[ClearanceView]:
    """Those of employed people, by employee number, kind and beginning."""
    query = (
        select(clearance, person.c.number, person.c.name)
        .join(person, person.c.id == clearance.c.person)
        .where(person.c.active.is_(True))
        .order_by(person.c.number, clearance.c.kind, clearance.c.valid_from)
    )
    return [ClearanceView(**row) for row in connection.execute(query).mappings()]


def by_person(connection: Connection) -> dict[str, list[Clearance]]:
    """What a box is told, by person key: no evidence."""
    found: dict[str, list[Clearance]] = defaultdict(list)
    for each in listed(connection):
        found[each.person].append(Clearance(each.kind, each.valid_from, each.valid_to))
    return found


def to_renew(every: Iterable[ClearanceView], today: str) -> list[ClearanceView]:
    """Those that end soon, or have ended, with nothing of the same kind after them; the first to end first."""
    every = list(every)
    until: dict[tuple[str, str], str] = {}
    for each in every:
        last = each.valid_to or "9999-12-31"
        until[each.person, each.kind] = max(last, until.get((each.person, each.kind), ""))
    due = (
        each
        for each in every
        if each.validity(today) in (Validity.ENDING, Validity.OVER) and each.valid_to == until[each.person, each.kind]
    )
    return sorted(due, key=lambda each: (each.valid_to, each.number, each.kind))


def put_clearance(connection: Connection, owner: str, wanted: Clearance, evidence: str) -> bool:
    """By person, kind and beginning. True when it was new or different."""
    values = {"kind": wanted.kind, "valid_from": wanted.valid_from, "valid_to": wanted.valid_to}
    return put(connection, clearance, {"person": owner, **values, "evidence": evidence})


def remove(connection: Connection, owner: str, kind: str, valid_from: str) -> None:
    """For one that was entered by mistake; one that is taken away is given an end instead."""
    here = (clearance.c.person == owner, clearance.c.kind == kind, clearance.c.valid_from == valid_from)
    if connection.execute(clearance.delete().where(*here)).rowcount:
        bump(connection)
