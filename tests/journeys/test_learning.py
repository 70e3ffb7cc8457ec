"""A reader of another make is learnt with cards that the old one knows, and then tells the same badges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from simulators.rdm6300 import SimulatedReader
from tests.journeys.electrician import Electrician, Event

pytestmark = pytest.mark.slow

TOML = """
[box]
name = "box-1"
data = "data"
run = "run"
key = "box.key"

[[station]]
name = "gate"
"""

READER = """
[[reader]]
name = "{name}"
station = "gate"
family = "rdm6300"
port = "{port}"
"""

CARDS = ["6F007B3972", "100086F444", "01026F6C3A"]


class Gate:
    """Two readers at one gate; the new one turns the bytes round."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.config = folder / "box.toml"
        (folder / "run").mkdir()
        self.readers = {name: stack.enter_context(SimulatedReader(folder / name)) for name in ("old", "new")}
        self._cards = iter(CARDS)
        self._card = ""

    def configure(self, number: str = "") -> None:
        readers = "".join(READER.format(name=name, port=each.link) for name, each in self.readers.items())
        self.config.write_text(TOML + readers + number, "utf-8")

    def held(self, event: Event) -> str | None:
        """The next card at the old reader, and then at the new one."""
        match event["event"]:
            case "known":
                self._card = next(self._cards)
                self.readers["old"].tap(self._card)
            case "card":
                self.readers["new"].tap(bytes.fromhex(self._card)[::-1].hex().upper())
        return None


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with ExitStack() as stack:
        yield Gate(tmp_path, stack)


def test_two_cards_teach_what_the_new_reader_does_and_what_is_written_undoes_it(gate: Gate):
    gate.configure()
    lesson = Electrician("learn", "new", "--at", "old", "--config", gate.config)
    assert lesson.does(gate.held) == 0, lesson.events
    assert [each["event"] for each in lesson.events] == ["known", "card", "more", "known", "card", "learnt"]
    (learnt,) = lesson.said("learnt")
    assert learnt["number"] == {"reversed": True}
    assert "number = { reversed = true }" in learnt["says"]
    assert not any(card in each["says"] for card in CARDS for each in lesson.events)

    gate.configure("number = { reversed = true }")
    again = Electrician("learn", "new", "--config", gate.config)
    known = iter(CARDS)

    def typed(event: Event) -> str | None:
        if event["event"] == "known":
            gate._card = next(known)
            return f"EM4100:{gate._card}"
        return gate.held(event)

    assert again.does(typed) == 0, again.events
    assert again.said("learnt")[0]["number"] == {}
