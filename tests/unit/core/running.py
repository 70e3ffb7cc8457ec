"""Core's loop in a thread, on a real socket and a real journal, with machine time shortened."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import database
from database import immediate, open_writer
from edge.core import server
from edge.core.recorder import Recorder, moment_of
from edge.core.server import CoreServer
from edge.link.ask import ask
from edge.link.codec import decode_reply, encode
from edge.link.doorbell import DoorbellListener
from edge.link.messages import (
    MAX_LINE_BYTES,
    Alive,
    Answer,
    BadgeTapped,
    Command,
    CounterSample,
    CounterSamples,
    Notice,
    NotRecorded,
    Recordable,
    Reply,
)
from edge.store.views import SqlViews
from sync.wire.anchors import ClockAnchor
from sync.wire.envelope import Fact
from tests import cast
from tests.moments import PLANT, StandingClock, moment
from tests.unit.store.boxes import KEY, open_journal

DEADLINE_S = 10.0
EIGHT_S = 8 * 3600.0


def tap(name: str, after_s: float = 0, badge: str = cast.WANG_BADGE, machine: str | None = None) -> BadgeTapped:
    return BadgeTapped(name, moment(EIGHT_S + after_s), "gate", "gate-reader", badge, machine)


def count(name: str, after_s: float, value: int, commissioned: bool = True) -> CounterSamples:
    at = moment(EIGHT_S + after_s)
    sample = CounterSample(cast.PRESS, "press-counter", at, value, "", 65_536, 60, commissioned=commissioned)
    return CounterSamples(name, [sample])


class Peer:
    """A process on the link, as bytes."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(DEADLINE_S)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rb")

    def send(self, line: bytes | Command) -> None:
        self._socket.sendall(line if isinstance(line, bytes) else encode(line))

    def receive(self) -> Reply | None:
        """The next message; None when core has hung up."""
        line = self._lines.readline(MAX_LINE_BYTES)
        return decode_reply(line) if line else None

    def until(self, kind: type[Any]) -> Any:
        while (reply := self.receive()) is not None:
            if isinstance(reply, kind):
                return reply
        raise AssertionError(f"core hung up before any {kind.__name__}")

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


class RunningCore:
    """`start` and `stop` as often as wanted; the kiosk's bell and the views stay."""

    def __init__(self, folder: Path, reserve_bytes: int = 0) -> None:
        self.folder, self.socket = folder, folder / "core.sock"
        self.bell = DoorbellListener(folder / "kiosk.bell")
        self.views = SqlViews(folder / "facts.db", KEY)
        self.clock = StandingClock(moment(EIGHT_S))
        self._reserve_bytes = reserve_bytes
        self.sealed_received: set[str] = set()
        self.server_time: ClockAnchor | None = None
        self._own = itertools.count()
        self._thread: threading.Thread | None = None

    def start(self) -> RunningCore:
        self.journal = open_journal(self.folder)
        recorder = Recorder(self.journal, self.clock, lambda: cast.DIRECTORY, PLANT, [cast.PRESS])
        self._thread = threading.Thread(target=self._serve, args=(recorder,))
        self._thread.start()
        self.notice(Alive)
        return self

    def _serve(self, recorder: Recorder) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            core = CoreServer(
                recorder,
                self.socket,
                self.folder,
                self._reserve_bytes,
                lambda: self.sealed_received,
                lambda: self.server_time,
            )
            self._task = asyncio.ensure_future(core.run())
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

        asyncio.run(main())

    def stop(self) -> None:
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(DEADLINE_S)
            self.journal.close()
            self._thread = None
            while self.bell.receive(0.001):
                pass

    def close(self) -> None:
        self.stop()
        self.bell.close()
        self.views.close()

    def ask(self, command: Command) -> Answer | NotRecorded:
        """Core hears of it when it has been captured."""
        if isinstance(command, Recordable):
            self.clock.reach(moment_of(command))
        return ask(self.socket, command, DEADLINE_S)

    @contextlib.contextmanager
    def peer(self) -> Iterator[Peer]:
        peer = Peer(self.socket)
        yield peer
        peer.close()

    def notice(self, kind: type[Any], **wanted: object) -> Any:
        """The next notice of this kind with these fields."""
        for _ in range(1_000):
            notice: Notice | None = self.bell.receive(DEADLINE_S)
            if isinstance(notice, kind) and all(getattr(notice, name) == value for name, value in wanted.items()):
                return notice
        raise AssertionError(f"no {kind.__name__} with {wanted}")

    @contextlib.contextmanager
    def locked_store(self) -> Iterator[None]:
        """A store that cannot be written for as long as the block lasts."""
        connection = open_writer(self.folder / "facts.db", KEY)
        with immediate(connection):
            yield
        connection.close()

    def facts(self, kind: str) -> list[Fact]:
        return [fact for fact in self.views.after(0, 10_000) if fact.kind == kind]


def quicken(monkeypatch: pytest.MonkeyPatch, snapshot_timeout_s: float = DEADLINE_S) -> None:
    monkeypatch.setattr(database, "WRITER_WAITS_MS", 1)
    monkeypatch.setattr(server, "HEARTBEAT_S", 0.02)
    monkeypatch.setattr(server, "SNAPSHOT_TIMEOUT_S", snapshot_timeout_s)
