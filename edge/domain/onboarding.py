"""A newcomer gets a badge: he registers, and the badge nobody owns that he then holds there twice is his.

Twice, because a badge may be read wrong once, and because whoever passes by with a strange badge holds it once.
"""

from __future__ import annotations

from edge.domain.rules import Decision, Rules
from edge.domain.state import BoxState, Ledger
from edge.link.messages import BadgeTapped, RegisterPerson
from sync.wire.facts import BadgeBound, BadgeOffered, Outcome, PersonRegistered
from sync.wire.identity import sealed_digest
from sync.wire.reference_data import Badge, Directory

WAITS_FOR_BADGE_S = 180.0
"""How long a newcomer may take to fetch a badge, from his registration and again from each badge he offers."""


def register(ledger: Ledger, command: RegisterPerson, sealed: bytes) -> Decision:
    """He is somebody now, and his station waits for his badge; whoever waited there before him no longer does."""
    body = PersonRegistered(
        outcome=Outcome.REGISTERED,
        station=command.station,
        person=command.person,
        sealed=sealed_digest(sealed),
        sealed_to=command.sealed_to,
        notice=command.notice,
        language=command.language,
        minor=command.minor,
    )
    return Decision(Outcome.REGISTERED, ledger.emit(command.at, body))


def owner(directory: Directory, state: BoxState, key: str | None) -> Badge | None:
    """Whose badge it is. HR's word wins; what was bound here stands for as long as HR says nothing of this badge."""
    if key is None:
        return None
    badge = directory.badge(key)
    if badge is None and (person := state.bound.get(key)) is not None:
        return Badge(key, person)
    return badge


def known_person(directory: Directory, state: BoxState, person: str) -> bool:
    """Whether HR has named this person to the box, or he has registered here and waits or has a badge."""
    if directory.person(person) is not None or person in state.bound.values():
        return True
    return any(newcomer.person == person for newcomer in state.newcomers.values())


def not_owned(command: BadgeTapped) -> Outcome:
    """What a badge is that nobody owns: one that may be given to somebody, or one that never can."""
    return Outcome.UNUSABLE_BADGE if command.badge is None else Outcome.UNKNOWN_BADGE


def give_badge(ledger: Ledger, rules: Rules, command: BadgeTapped) -> Decision | None:
    """A badge nobody owns, at the station where a newcomer waits for one; None when it is another matter."""
    newcomer = ledger.state.newcomers.get(command.station)
    if newcomer is None or command.badge is None:
        return None
    if owner(rules.directory, ledger.state, command.badge) is not None:
        return None
    if not 0 <= command.at.seconds_since(newcomer.at) <= WAITS_FOR_BADGE_S:
        return None
    if newcomer.badge != command.badge:
        offer = BadgeOffered(Outcome.BADGE_OFFERED, command.station, command.reader, newcomer.person, command.badge)
        return Decision(Outcome.BADGE_OFFERED, ledger.emit(command.at, offer))
    bound = BadgeBound(
        Outcome.BADGE_BOUND, command.station, command.reader, newcomer.person, command.badge, newcomer.offered
    )
    return Decision(Outcome.BADGE_BOUND, ledger.emit(command.at, bound))
