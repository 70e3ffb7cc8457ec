"""Somebody at a terminal: reads what a command of `clockpiece devices` says, does it, and types the answers."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
WITHIN_S = 15.0
AGAIN_S = 1.5

Event = dict[str, Any]


class Electrician:
    """`events` are those that were said, in their order."""

    def __init__(self, *command: object) -> None:
        self.events: list[Event] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "clockpiece", "devices", *map(str, command), "--json"],
            cwd=REPO,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def does(self, what: Callable[[Event], str | None]) -> int:
        """Its exit code. `what` is done at each event, and what it gives is typed.

        Where the event is to hold a badge somewhere it is done again until something is said: who is asked to may do it
        a moment too early.
        """
        with self._process as process:
            assert process.stdin is not None
            while line := self._line(what):
                self.events.append(json.loads(line))
                typed = what(self.events[-1])
                if typed is not None:
                    process.stdin.write(typed + "\n")
                    process.stdin.flush()
            return process.wait(WITHIN_S)

    def said(self, name: str) -> list[Event]:
        return [each for each in self.events if each["event"] == name]

    def _line(self, what: Callable[[Event], str | None]) -> str:
        """The next event; empty at the end."""
        for _ in range(int(WITHIN_S / AGAIN_S)):
            try:
                return self._lines.get(timeout=AGAIN_S)
            except queue.Empty:
                if self.events and "reader" in self.events[-1]:
                    what(self.events[-1])
        raise AssertionError(f"nothing more was said after {self.events[-1:]}")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")
