"""A process's end of the link to core. What is unanswered is kept and sent again, with the same id, until it is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from edge.link.codec import LinkError, decode_reply, encode
from edge.link.messages import (
    MAX_LINE_BYTES,
    Answer,
    CardWanted,
    Command,
    DeviceState,
    NotRecorded,
    Reply,
    SnapshotWanted,
)

log = logging.getLogger(__name__)

RECONNECT_S = 0.2
RESEND_S = 0.5
"""Pause before a command that core could not store is offered again."""


class LinkClient:
    """For asyncio. `run()` keeps the connection; `submit` waits for a durable answer, however long it takes."""

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path
        self._unanswered: dict[str, tuple[bytes, asyncio.Future[Answer]]] = {}
        self._snapshots: asyncio.Queue[SnapshotWanted] = asyncio.Queue()
        self._cards: asyncio.Queue[CardWanted] = asyncio.Queue()
        self._connected = asyncio.Event()
        self._states: dict[str, bytes] = {}
        self._writer: asyncio.StreamWriter | None = None

    async def submit(self, command: Command) -> Answer:
        """The answer, after core's commit."""
        line = encode(command)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._unanswered[command.id] = (line, future)
        if isinstance(command, DeviceState):
            self._states[command.device] = line
        self._send(line)
        try:
            return await future
        finally:
            self._unanswered.pop(command.id, None)

    async def post(self, command: Command, within_s: float) -> bool:
        """Sends once and never again; False when core was not there within `within_s`, and then nothing is kept."""
        try:
            async with asyncio.timeout(within_s):
                await self._connected.wait()
        except TimeoutError:
            return False
        self._send(encode(command))
        return True

    async def snapshots(self) -> AsyncIterator[SnapshotWanted]:
        """Core's requests for a fresh reading."""
        while True:
            yield await self._snapshots.get()

    async def cards(self) -> AsyncIterator[CardWanted]:
        """Core's requests to look for an identity card."""
        while True:
            yield await self._cards.get()

    async def run(self) -> None:
        """Connects, and connects again, until cancelled. One log line each way."""
        away = False
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(self._path), limit=MAX_LINE_BYTES)
            except OSError as error:
                if not away:
                    log.warning("core does not answer (%s); keeping what it has not answered", error)
                away = True
                await asyncio.sleep(RECONNECT_S)
                continue
            if away:
                log.info("core answers again; sending %d unanswered", len(self._unanswered))
            away = False
            await self._talk(reader, writer)
            # Also after a talk: a core that accepts and hangs up must not make this a busy loop.
            await asyncio.sleep(RECONNECT_S)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        try:
            # A core that has just started knows nothing of the devices: it is told again how each stands.
            waiting = [line for line, _ in self._unanswered.values()]
            for line in [*(each for each in self._states.values() if each not in waiting), *waiting]:
                self._send(line)
            self._connected.set()
            while line := await reader.readline():
                self._take(decode_reply(line))
        except (OSError, LinkError, ValueError) as error:
            log.warning("the link to core broke: %s", error)
        finally:
            self._connected.clear()
            self._writer = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _take(self, reply: Reply) -> None:
        match reply:
            case SnapshotWanted():
                self._snapshots.put_nowait(reply)
            case CardWanted():
                self._cards.put_nowait(reply)
            case NotRecorded():
                asyncio.get_running_loop().call_later(RESEND_S, self._resend, reply.id)
            case Answer():
                waiting = self._unanswered.get(reply.id)
                if waiting and not waiting[1].done():
                    waiting[1].set_result(reply)

    def _resend(self, command_id: str) -> None:
        waiting = self._unanswered.get(command_id)
        if waiting:
            self._send(waiting[0])

    def _send(self, line: bytes) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(line)
