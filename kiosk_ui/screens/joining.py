"""A newcomer at a station, step by step: notice, card, confirm, badge. Pure; seconds are of the monotonic clock.

What his card says is in here from the moment it was read until he confirms, leaves, or is away for too long, or until
somebody else is served; nothing else in the program keeps it.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from edge.link.messages import RegisterPerson
from sync.wire.identity import CardTrouble, IdCard

UNTOUCHED_S = 60.0
COVERED_S = 20.0
"""Longer than elsewhere, because people read: then the data are covered, and after this they are forgotten."""
TOLD_S = 12.0
SAVING_S = 120.0
BADGE_S = 180.0
"""As long as core waits for a badge."""
YOUNGEST, GROWN_UP = 16, 18
SHOWN_FIRST, SHOWN_LAST = 3, 4


class Step(StrEnum):
    NOTICE = "notice"
    CARD = "card"
    CONFIRM = "confirm"
    SAVING = "saving"
    BADGE = "badge"
    BADGE_AGAIN = "badge-again"
    TOO_YOUNG = "too-young"
    NOT_READY = "not-ready"


WATCHED = frozenset({Step.NOTICE, Step.CARD, Step.CONFIRM})
"""Steps that somebody must be standing at."""
HOLDS_S = {
    Step.SAVING: SAVING_S,
    Step.BADGE: BADGE_S,
    Step.BADGE_AGAIN: BADGE_S,
    Step.TOO_YOUNG: TOLD_S,
    Step.NOT_READY: TOLD_S,
}


class Joining(msgspec.Struct, frozen=True):
    """One newcomer. `language` None is the site's.

    `person` is his key and `command` the id of his registration, both minted when his card was shown: however often he
    confirms, it is one fact. `tries` counts the cards that could not be read. `fact` is what the badge steps speak of.
    """

    step: Step
    until_s: float
    language: str | None = None
    covered: bool = False
    card: IdCard | None = None
    trouble: CardTrouble | None = None
    tries: int = 0
    person: str = ""
    command: str = ""
    minor: bool = False
    registration: RegisterPerson | None = None
    fact: int | None = None

    @property
    def looks_for_card(self) -> bool:
        return self.step is Step.CARD


class Started(msgspec.Struct, frozen=True):
    """`ready`: HR's sealing key is here, so that what is read can be kept from everybody else."""

    ready: bool


class NoticeRead(msgspec.Struct, frozen=True):
    """He goes on after the notice."""


class CardCame(msgspec.Struct, frozen=True):
    """A card was read, or could not be; `today` tells his age."""

    card: IdCard | None
    trouble: CardTrouble | None
    person: str
    command: str
    today: date


class CardWrong(msgspec.Struct, frozen=True):
    """He says that this is not right: another card, or the same one again."""


class Confirmed(msgspec.Struct, frozen=True):
    """He says that it is right; from here on only what was sealed is left."""

    registration: RegisterPerson


class Left(msgspec.Struct, frozen=True):
    """He goes, or the registration could not be taken."""


JoiningEvent = Started | NoticeRead | CardCame | CardWrong | Confirmed | Left


def at_step(step: Step, now_s: float, language: str | None, fact: int | None = None) -> Joining:
    return Joining(step, now_s + HOLDS_S.get(step, UNTOUCHED_S), language, fact=fact)


def expired(joining: Joining, now_s: float) -> Joining | None:
    """Covers what nobody looks at, and forgets it when nobody comes back."""
    if now_s < joining.until_s:
        return joining
    if joining.step in WATCHED and not joining.covered:
        return msgspec.structs.replace(joining, covered=True, until_s=now_s + COVERED_S)
    return None


def touched(joining: Joining, now_s: float) -> Joining:
    """A finger on the screen: he is still there."""
    if joining.step not in WATCHED:
        return joining
    return msgspec.structs.replace(joining, covered=False, until_s=now_s + UNTOUCHED_S)


def interrupted(joining: Joining) -> Joining:
    """Somebody else was served here: what a card has said is gone, and its owner begins again at the card."""
    if joining.step is not Step.CONFIRM:
        return joining
    return Joining(Step.CARD, joining.until_s, joining.language, joining.covered)


def advance(joining: Joining | None, event: JoiningEvent, language: str | None, now_s: float) -> Joining | None:
    """The step after `event`; an event that does not fit the step changes nothing."""
    match event, joining:
        case Started(ready), None:
            return at_step(Step.NOTICE if ready else Step.NOT_READY, now_s, language)
        case NoticeRead(), Joining(step=Step.NOTICE, language=chosen):
            return at_step(Step.CARD, now_s, chosen)
        case CardCame(), Joining(step=Step.CARD):
            return _card_came(joining, event, now_s)
        case CardWrong(), Joining(step=Step.CONFIRM, language=chosen):
            return at_step(Step.CARD, now_s, chosen)
        case Confirmed(registration), Joining(step=Step.CONFIRM, language=chosen):
            return msgspec.structs.replace(at_step(Step.SAVING, now_s, chosen), registration=registration)
        case Left(), _:
            return None
    return joining


def _card_came(joining: Joining, event: CardCame, now_s: float) -> Joining:
    replace = msgspec.structs.replace
    if event.trouble is CardTrouble.READER_FAULT:
        # The reader says so by itself, again and again: nobody has touched anything.
        return replace(joining, trouble=event.trouble)
    again = replace(at_step(Step.CARD, now_s, joining.language), tries=joining.tries + 1)
    if event.card is None:
        return replace(again, trouble=event.trouble or CardTrouble.PLACE_AGAIN)
    age = age_on(event.card.birth, event.today)
    if age is None:
        return replace(again, trouble=CardTrouble.PLACE_AGAIN)
    if age < YOUNGEST:
        return at_step(Step.TOO_YOUNG, now_s, joining.language)
    confirm = at_step(Step.CONFIRM, now_s, joining.language)
    return replace(confirm, card=event.card, person=event.person, command=event.command, minor=age < GROWN_UP)


def age_on(birth: str, today: date) -> int | None:
    """Full years; None when `birth` is no date."""
    try:
        born = date.fromisoformat(birth)
    except ValueError:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def masked(number: str) -> str:
    """A card's number as a screen may show it."""
    hidden = len(number) - SHOWN_FIRST - SHOWN_LAST
    if hidden < SHOWN_LAST:
        return "*" * len(number)
    return number[:SHOWN_FIRST] + "*" * hidden + number[-SHOWN_LAST:]
