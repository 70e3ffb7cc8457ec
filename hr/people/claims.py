"""Badges that boxes have given to people: bound by a newcomer, or linked by a supervisor.

Each is one claim. It becomes the person's badge at once when HR knows who he is and nobody else has it; else a person
at HR decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update

from hr.people import badges
from hr.people.records import Rejected
from hr.store import lock_office
from hr.store.tables import badge, badge_claim, fact, person, person_key
from sync.wire.envelope import Fact
from sync.wire.facts import BadgeBound, BadgeLinked


class ClaimState(StrEnum):
    """WAITING: HR does not know the person yet. LEFT: a person decided that the badge stays with the other one."""

    WAITING = "WAITING"
    GIVEN = "GIVEN"
    CONFLICT = "CONFLICT"
    LEFT = "LEFT"


@dataclass(frozen=True)
class Claim:
    """A badge that a box has given to somebody. `holder` is the person key of whoever has it at HR, or None."""

    device: str
    epoch: int
    seq: int
    badge: str
    state: ClaimState
    holder: str | None


@dataclass(frozen=True)
class Link:
    """A claim that a supervisor made: what his fact says, and when. `person` may be a key that a box has minted."""

    claim: Claim
    at_us: int
    body: BadgeLinked


def by_person(connection: Connection) -> dict[str, list[Claim]]:
    """By the person key that the facts name."""
    found: dict[str, list[Claim]] = {}
    for row in connection.execute(_query()):
        found.setdefault(row.person, []).append(_claim(row))
    return found


def links(connection: Connection) -> list[Link]:
    """What supervisors have linked: those that need a decision first, then the newest first."""
    query = (
        _query()
        .add_columns(fact.c.wall_us, fact.c.body)
        .join(
            fact,
            (fact.c.device == badge_claim.c.device)
            & (fact.c.epoch == badge_claim.c.epoch)
            & (fact.c.seq == badge_claim.c.seq),
        )
        .where(fact.c.kind == BadgeLinked.__name__)
    )
    rows = connection.execute(query).all()
    found = [Link(_claim(row), row.wall_us, msgspec.json.decode(row.body, type=BadgeLinked)) for row in rows]
    return sorted(found, key=lambda each: (each.claim.state is not ClaimState.CONFLICT, -each.at_us))


def _query() -> Any:
    return (
        select(badge_claim, badge.c.person.label("holder"))
        .outerjoin(badge, badge.c.key == badge_claim.c.badge)
        .order_by(badge_claim.c.device, badge_claim.c.epoch, badge_claim.c.seq)
    )


def _claim(row: Row[Any]) -> Claim:
    return Claim(row.device, row.epoch, row.seq, row.badge, ClaimState(row.state), row.holder)


def note(connection: Connection, given: Iterable[tuple[Fact, BadgeBound | BadgeLinked]]) -> None:
    """Badges that boxes have given: each becomes its person's, at once when HR knows who that is."""
    people = set()
    given = list(given)
    if given:
        lock_office(connection)
    for each, body in given:
        values = {"device": each.device, "epoch": each.epoch, "seq": each.seq}
        connection.execute(
            badge_claim.insert().values(**values, badge=body.badge, person=body.person, state=ClaimState.WAITING)
        )
        people.add(body.person)
    for key in sorted(people):
        settle(connection, key)


def settle(connection: Connection, key: str) -> None:
    """Gives what waits for this person key, if HR knows whose key it is and nobody else has the badge."""
    owner = _owner(connection, key)
    if owner is None:
        return
    waiting = select(badge_claim).where(badge_claim.c.person == key, badge_claim.c.state == ClaimState.WAITING)
    for row in connection.execute(waiting.order_by(badge_claim.c.device, badge_claim.c.epoch, badge_claim.c.seq)).all():
        holder = connection.scalar(select(badge.c.person).where(badge.c.key == row.badge))
        if holder is None:
            badges.put_badge(connection, row.badge, owner, False)
        set_state(connection, row, ClaimState.GIVEN if holder in (None, owner) else ClaimState.CONFLICT)


def _owner(connection: Connection, key: str) -> str | None:
    """Whose person key it is; None for a newcomer who waits, or whom HR has refused."""
    mapped: str | None = connection.scalar(select(person_key.c.person).where(person_key.c.key == key))
    return mapped or connection.scalar(select(person.c.id).where(person.c.id == key))


def set_state(connection: Connection, claim: Claim | Row[Any], state: ClaimState) -> None:
    place = (badge_claim.c.device == claim.device, badge_claim.c.epoch == claim.epoch, badge_claim.c.seq == claim.seq)
    connection.execute(update(badge_claim).where(*place).values(state=state))


def decide(connection: Connection, device: str, epoch: int, seq: int, give: bool) -> None:
    """A linked badge that somebody else has: the linked person's from now on, or the other's still. Rejected when
    there is nothing to decide."""
    found = [each for each in links(connection) if _place(each.claim) == (device, epoch, seq)]
    if not found or found[0].claim.state is not ClaimState.CONFLICT:
        raise Rejected("badge", f"{device}/{epoch}/{seq}", "a badge that two people claim")
    claim, key = found[0].claim, found[0].body.person
    if give:
        badges.put_badge(connection, claim.badge, _owner(connection, key) or key, False)
    set_state(connection, claim, ClaimState.GIVEN if give else ClaimState.LEFT)


def _place(claim: Claim) -> tuple[str, int, int]:
    return claim.device, claim.epoch, claim.seq
