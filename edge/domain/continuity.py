"""What goes from a journal that cannot go on into the next one.

The new journal begins with a fresh state: counters take a new baseline and nothing that was sealed is sealed again, or
pieces that HR holds already would count twice. Four things must not be forgotten: what people did after the last fact
that HR has; who is in, or his next tap would clock him in a second time; which counters are proven; and which questions
about pay are open, or no supervisor could answer them any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from edge.domain.direction import LONGEST_PRESENCE_S
from sync.wire.envelope import Fact, Stamp
from sync.wire.facts import (
    AttendanceTap,
    BadgeBound,
    BadgeLinked,
    BadgeOffered,
    Body,
    CounterCommissioned,
    Direction,
    DirectionChosen,
    EpochOpened,
    FactCarried,
    LineQuestioned,
    PersonRegistered,
    QuestionAnswered,
    body_of,
)

AS_THEY_ARE = (
    AttendanceTap, PersonRegistered, BadgeOffered, BadgeBound, BadgeLinked, CounterCommissioned, FactCarried,
    LineQuestioned,
)  # fmt: skip
"""What people did, and what means the same in another journal. Everything else rests on the state of the old one."""


@dataclass(frozen=True)
class Carried:
    """A fact for the new journal, under the command and the stamp it had."""

    command: str
    part: int
    at: Stamp
    body: Body


def opening(
    opened: EpochOpened, command: str, now: Stamp, common: int, before: Sequence[Fact], rest: Sequence[Fact]
) -> list[Carried]:
    """The first facts of the new journal.

    `before`: the old journal's recent taps, its commissionings and questions; `rest` all of it after `common`, the last
    fact that HR has too. Who is in by a tap that HR has is carried as that tap: HR takes the same moment twice as one
    (AT-R3), and so it does with a question.
    """
    old = [*_still_proven(before, common), *_still_in(before, common, now), *_still_asked(before, common), *rest]
    # The opening itself is fact 1, so the first of these is fact 2.
    places = {fact.seq: place for place, fact in enumerate(old, start=2)}
    chosen = _chosen(before, common)
    first = Carried(command, 0, now, msgspec.structs.replace(opened, carried=len(rest)))
    bodies = [_carried(fact, places, chosen, common) for fact in old]
    return [first, *(Carried(fact.command, fact.part, fact.at, body) for fact, body in zip(old, bodies, strict=True))]


def _carried(fact: Fact, places: dict[int, int], chosen: dict[int, DirectionChosen], common: int) -> Body:
    body = body_of(fact.kind, fact.body)
    match body:
        case AttendanceTap():
            if choice := chosen.get(fact.seq):
                body = msgspec.structs.replace(body, outcome=choice.outcome, direction=choice.direction)
            return msgspec.structs.replace(body, repeats=None)
        case DirectionChosen() if body.tap > common:
            # Of a tap that HR has under its old number, only a person can say so under the new one.
            return msgspec.structs.replace(body, tap=places[body.tap])
        case BadgeBound():
            # A badge that was offered before the parting is named by the opening instead.
            return msgspec.structs.replace(body, offered=places.get(body.offered, 1))
        case QuestionAnswered() if body.question in places:
            return msgspec.structs.replace(body, question=places[body.question])
        case _ if isinstance(body, AS_THEY_ARE):
            return body
    return FactCarried(msgspec.to_builtins(fact))


def _still_proven(facts: Iterable[Fact], common: int) -> list[Fact]:
    of_kind = [each for each in facts if each.kind == CounterCommissioned.__name__ and each.seq <= common]
    last = {each.body["counter"]: each for each in sorted(of_kind, key=lambda each: each.seq)}
    return list(last.values())


def _still_in(facts: Iterable[Fact], common: int, now: Stamp) -> list[Fact]:
    last: dict[str, Fact] = {}
    facts = list(facts)
    chosen = _chosen(facts, common)
    for fact in facts:
        tap = body_of(fact.kind, fact.body)
        if isinstance(tap, AttendanceTap) and tap.effective and fact.seq <= common and tap.person:
            last[tap.person] = fact
    return [
        fact
        for fact in sorted(last.values(), key=lambda each: each.seq)
        if _direction(fact, chosen) == Direction.IN and now.seconds_since(fact.at) < LONGEST_PRESENCE_S
    ]


def _still_asked(facts: Iterable[Fact], common: int) -> list[Fact]:
    known = [each for each in facts if each.seq <= common]
    answered = {each.body["question"] for each in known if each.kind == QuestionAnswered.__name__}
    return [each for each in known if each.kind == LineQuestioned.__name__ and each.seq not in answered]


def _chosen(facts: Iterable[Fact], common: int) -> dict[int, DirectionChosen]:
    """What people have said of their taps that HR has too, by the tap."""
    bodies = [body_of(each.kind, each.body) for each in facts if each.seq <= common]
    return {body.tap: body for body in bodies if isinstance(body, DirectionChosen)}


def _direction(tap: Fact, chosen: dict[int, DirectionChosen]) -> str | None:
    choice = chosen.get(tap.seq)
    return choice.direction if choice else tap.body.get("direction")
