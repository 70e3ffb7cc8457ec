"""A command that speaks with whoever stands before the machine: sentences on the terminal, or an event a line with
`--json`. Answers are lines of standard input either way, so that a script can give them."""

from __future__ import annotations

import json
import queue
import sys
import threading
from typing import Protocol

import click

from settings import Mendable


class GoneAway(Mendable):
    """Nobody answers any more."""


class Dialogue(Protocol):
    """Whoever stands before the machine: a person at a terminal, a script, or a test."""

    def say(self, event: str, says: str, **details: object) -> None:
        """`event` names it for a program, `says` is the sentence for a person."""

    def ask(self, event: str, says: str, **details: object) -> str:
        """The answer without its spaces. GoneAway when nobody can answer any more."""

    def answer(self, within_s: float) -> str | None:
        """The next line; None when there is none in that time. GoneAway when nobody can answer any more."""


class TerminalDialogue:
    """Over standard input and output."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._lines: queue.Queue[str | None] = queue.Queue()
        # A thread that nobody waits for: Ctrl-C ends the command while it stands in readline.
        threading.Thread(target=self._listen, name="answers", daemon=True).start()

    def say(self, event: str, says: str, **details: object) -> None:
        if self._as_json:
            click.echo(json.dumps({"event": event, "says": says, **details}, ensure_ascii=False))
        elif says:
            click.echo(says)
        sys.stdout.flush()

    def ask(self, event: str, says: str, **details: object) -> str:
        self.say(event, says, asks=True, **details)
        while (answer := self.answer(within_s=60.0)) is None:
            pass
        return answer

    def answer(self, within_s: float) -> str | None:
        try:
            line = self._lines.get(timeout=within_s)
        except queue.Empty:
            return None
        if line is None:
            raise GoneAway("the input has ended before the last answer, and nothing was recorded; begin again")
        return line.strip()

    def _listen(self) -> None:
        while line := sys.stdin.readline():
            self._lines.put(line)
        self._lines.put(None)
