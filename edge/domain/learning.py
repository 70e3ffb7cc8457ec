"""What a reader makes of a card's number, learnt from cards that are known. Pure.

One card may fit by chance, or be the same from both ends: a second one confirms. Nothing is learnt from the same twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from msgspec import structs

from edge.badge_numbers import AS_IT_IS, BadgeNumber
from edge.domain.badge_forms import PLAIN_TEXT, Form, fitting, number_of

FEWEST_CARDS = 2
MOST_CARDS = 5


@dataclass(frozen=True)
class Shown:
    """One card. `known`: its badge key, or the number printed on it; `told`: what the reader makes of it."""

    known: str
    told: str

    @property
    def is_key(self) -> bool:
        return ":" in self.known


@dataclass(frozen=True)
class Learnt:
    number: BadgeNumber


@dataclass(frozen=True)
class OneMore:
    """`ways`: how many still fit."""

    ways: int


@dataclass(frozen=True)
class Nothing:
    """`says`: what may be the matter, for whoever stands there."""

    says: str


def learnt(cards: Sequence[Shown]) -> Learnt | OneMore | Nothing:
    """The simplest way that fits each card, once there is one only and two cards say so."""
    if any(each.told.startswith(f"{PLAIN_TEXT}:") and not each.is_key for each in cards):
        return Nothing("this reader tells texts: name the card by its key, or hold it to a reader that is known")
    ways = [each for each in _ways(cards[0]) if all(_fits(each, card) for card in cards)]
    if not ways:
        return Nothing(_guess(cards[-1]))
    # Ways that turn and invert alike have made the same number of each card.
    effects = {(each.reversed, each.inverted) for each in ways}
    several = len(set(cards)) < FEWEST_CARDS or len(effects) > 1
    return OneMore(len(effects)) if several else Learnt(ways[0])


def _ways(card: Shown) -> Iterator[BadgeNumber]:
    """The simplest first."""
    technology, _, _ = card.told.partition(":")
    written: list[tuple[str | None, int | None]] = [(None, None)]
    if technology == PLAIN_TEXT:
        written += [("decimal", None), ("decimal", 3), ("decimal", 5), ("hex", None)]
    wanted = card.known.partition(":")[0] if card.is_key else technology
    base = AS_IT_IS if wanted == technology else structs.replace(AS_IT_IS, technology=wanted)
    for (writing, many), kept, inverted, turned in product(written, (None, 4, 3), (False, True), (False, True)):
        if technology == PLAIN_TEXT and writing is None and (kept or inverted or turned):
            continue  # a text is never turned
        yield structs.replace(
            base,
            written=writing,
            written_bytes=many,
            reversed=turned,
            inverted=inverted,
            last_bytes=kept if card.is_key else None,
        )


def _fits(way: BadgeNumber, card: Shown) -> bool:
    made = way.of(card.told)
    if made is None or (way.written and made == card.told):
        return False  # it was no number, or nobody's
    if card.is_key:
        return made == card.known
    number = number_of(made)
    return number is not None and any(_is_printed(form) for form in fitting(number, card.known))


def _is_printed(form: Form) -> bool:
    """On a card the number stands as it is."""
    return not form.reversed and not form.inverted


def _guess(card: Shown) -> str:
    number = number_of(card.known) if card.is_key else None
    text = card.told.partition(":")[2]
    if number is not None and (forms := fitting(number, text)):
        kept = forms[0].kept or len(number)
        return (
            f"this reader tells only {kept} of the card's {len(number)} bytes, and what is lost cannot be put back; "
            "give people these badges as this reader tells them, or link them on the supervisor's page"
        )
    return (
        "nothing that readers are known to do makes one number of the other; is it the same card? A card with two "
        "chips has two numbers, and a telephone another one each time"
    )
