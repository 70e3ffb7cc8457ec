"""`clockpiece devices learn`: what a new reader makes of the numbers of cards that are known already."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.devices.dialogue import Dialogue, TerminalDialogue
from cli.options import CONFIG
from settings import Mendable

if TYPE_CHECKING:
    from edge.badge_numbers import BadgeNumber
    from edge.bootstrap import BoxFiles
    from edge.config import Reader
    from edge.domain.learning import Shown
    from edge.link.inspector import Inspector

BADGE_WITHIN_S = 60.0
TRIES = 3


class NoLesson(Mendable):
    """Nothing can be learnt like this."""


@click.command()
@click.argument("reader")
@CONFIG
@click.option("--at", "other", help="A reader that is right already: each card is held there too. Else it is typed.")
@click.option("--json", "as_json", is_flag=True, help="One event a line; the answers are lines of standard input.")
def learn(reader: str, file: Path, other: str | None, as_json: bool) -> None:
    """Finds with two or more known cards what READER makes of a card's number, and what to write into its section.

    Exits 1 when nothing fits. No badge is recorded meanwhile.
    """
    from edge.bootstrap import BoxFiles
    from edge.bootstrap.inspecting import inspector

    files = BoxFiles.read(file)
    new = _reader(files, reader)
    known = _reader(files, other) if other else None
    with inspector(files, new.name, *([known.name] if known else [])) as devices:
        sys.exit(0 if Lesson(devices, new, known, TerminalDialogue(as_json)).run() else 1)


class Lesson:
    """Card by card, until one way is left that fits them all."""

    def __init__(self, devices: Inspector, new: Reader, known: Reader | None, dialogue: Dialogue) -> None:
        self._devices = devices
        self._new = new
        self._known = known
        self._talk = dialogue

    def run(self) -> bool:
        """Whether something was learnt."""
        from edge.domain.learning import MOST_CARDS, Learnt, Nothing, OneMore, Shown, learnt

        cards: list[Shown] = []
        while len(cards) < MOST_CARDS:
            known = self._known_number()
            told = self._badge(self._new, "card", f"Now hold the same card to {self._new.name}.")
            if told is None:
                return False
            cards.append(Shown(known, told))
            match learnt(cards):
                case Learnt(number):
                    return self._tell(number)
                case OneMore(ways):
                    self._talk.say("more", "That fits. Another card, to be sure.", ways=ways)
                case Nothing(says):
                    self._talk.say("nothing", f"Nothing fits: {says}.")
                    return False
        self._talk.say("nothing", f"After {MOST_CARDS} cards several ways still fit: take cards of another delivery.")
        return False

    def _known_number(self) -> str:
        """Of the next card. What is typed is a badge's key, or the number printed on it."""
        if self._known is not None:
            name = self._known.name
            while (badge := self._badge(self._known, "known", f"Hold a card to {name}.")) is None:
                self._talk.say("again", f"{name} does not understand that card. Another one.")
            return badge
        says = "Type a card's badge, such as EM4100:100086F444, or the number printed on it."
        while not (typed := self._talk.ask("known", says)):
            pass
        return typed.upper()

    def _badge(self, reader: Reader, event: str, says: str) -> str | None:
        """None when the reader's section does not understand what came."""
        from edge.link.inspection import BadgeSeen, NextBadge

        self._talk.say(event, says, reader=reader.name)
        for _ in range(TRIES):
            seen = self._devices.ask(NextBadge(reader.name, BADGE_WITHIN_S))
            if not isinstance(seen, BadgeSeen):
                self._talk.say("unread", "No card was read. Once more.")
            elif seen.badge is not None:
                return seen.badge
            elif not seen.understood:
                heard = b"".join(bytes.fromhex(each) for each in seen.frames)
                says = f"{reader.name} does not understand what came: {_reason(reader, heard)}."
                self._talk.say("misunderstood", says)
                return None
            else:
                self._talk.say("useless", "This card shows no number of its own, as telephones do. Another card.")
        raise NoLesson(f"{reader.name} has read no card; look with `clockpiece devices watch {reader.name}`")

    def _tell(self, number: BadgeNumber) -> bool:
        from edge.badge_numbers import AS_IT_IS

        if number == AS_IT_IS:
            says = f"{self._new.name} tells the card's own number as it is configured: nothing is to be written."
        elif self._new.number is not None:
            raise NoLesson(
                f"{self._new.name} has a `number` that is wrong: take it out of its section, start the service devices "
                "again, and learn once more"
            )
        else:
            says = (
                f"Write into the section of {self._new.name}\n  number = {_toml(number)}\n"
                "and start the service devices again."
            )
        self._talk.say("learnt", says, number=_keys(number))
        return True


def _reader(files: BoxFiles, name: str) -> Reader:
    from edge.devices import reads_id_cards

    badges = {each.name: each for each in files.config.reader if not reads_id_cards(each.family)}
    if name not in badges:
        raise NoLesson(f"{files.file} has no badge reader {name!r}; it has {', '.join(badges) or 'none'}")
    return badges[name]


def _reason(reader: Reader, heard: bytes) -> str:
    """What may be wrong with the section or the wires."""
    from edge.devices.wiegand_serial.codec import fitting, swapped
    from edge.devices.wiegand_serial.keys import WiegandKeys

    if isinstance(reader, WiegandKeys):
        line = heard.strip(b"\r\n")
        if swapped(line, reader.bits, reader.form, reader.prefix):
            return "every bit is the other way: D0 and D1 are swapped, swap the two wires"
        if ways := fitting(line, reader.prefix):
            shown = ", or ".join(f'bits = {each.bits}, form = "{each.form}"' for each in ways)
            return f"it would be a badge with {shown}"
    return f"see `clockpiece devices watch {reader.name}` and the page of its family"


def _keys(number: BadgeNumber) -> dict[str, object]:
    import msgspec

    return dict(msgspec.to_builtins(number))


def _toml(number: BadgeNumber) -> str:
    def value(each: object) -> str:
        return f'"{each}"' if isinstance(each, str) else str(each).lower()

    return "{ " + ", ".join(f"{key} = {value(each)}" for key, each in _keys(number).items()) + " }"
