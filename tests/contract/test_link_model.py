"""The link of the state machine offers core the same commands, in the same order, as the real one."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from edge.link import client
from edge.link.client import LinkClient
from edge.link.codec import decode_command, encode
from edge.link.messages import MAX_LINE_BYTES, Answer, DeviceState, NotRecorded, Recordable
from tests.faults.machine.link import LinkModel
from tests.unit.core.running import DEADLINE_S, tap


class Link(ABC):
    """A client, and the core that the test plays."""

    @abstractmethod
    async def submit(self, command: Recordable) -> None: ...

    @abstractmethod
    async def accept(self) -> None:
        """Core takes a connection."""

    @abstractmethod
    async def hang_up(self) -> None: ...

    @abstractmethod
    async def hear(self, count: int) -> list[str]:
        """The ids of the next commands."""

    @abstractmethod
    async def say(self, reply: Answer | NotRecorded) -> None: ...


class Modelled(Link):
    def __init__(self) -> None:
        self._model = LinkModel()

    async def submit(self, command: Recordable) -> None:
        self._model.submit(command)

    async def accept(self) -> None:
        self._model.connect()

    async def hang_up(self) -> None:
        self._model.disconnect()

    async def hear(self, count: int) -> list[str]:
        self._model.pause()
        return [command.id for command in self._model.read(count)]

    async def say(self, reply: Answer | NotRecorded) -> None:
        self._model.take(reply)


class Real(Link):
    def __init__(self, path: Path) -> None:
        self._path, self._client = path, LinkClient(path)
        self._peers: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self._server: asyncio.Server | None = None
        self.tasks: list[asyncio.Task[Any]] = [asyncio.create_task(self._client.run())]

    async def submit(self, command: Recordable) -> None:
        self.tasks.append(asyncio.create_task(self._client.submit(command)))
        await asyncio.sleep(0)

    async def accept(self) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._peers.put((reader, writer))

        self._server = await asyncio.start_unix_server(serve, str(self._path), limit=MAX_LINE_BYTES)
        self._reader, self._writer = await self._peers.get()

    async def hang_up(self) -> None:
        assert self._server is not None
        self._server.close()
        self._path.unlink(missing_ok=True)
        self._writer.close()

    async def hear(self, count: int) -> list[str]:
        return [decode_command(await self._reader.readline()).id for _ in range(count)]

    async def say(self, reply: Answer | NotRecorded) -> None:
        self._writer.write(encode(reply))
        await self._writer.drain()


@contextlib.asynccontextmanager
async def linked(kind: str, folder: Path) -> AsyncIterator[Link]:
    if kind == "model":
        yield Modelled()
        return
    real = Real(folder / "core.sock")
    try:
        yield real
    finally:
        with contextlib.suppress(OSError, AttributeError):
            await real.hang_up()
        for task in real.tasks:
            task.cancel()
        await asyncio.gather(*real.tasks, return_exceptions=True)


def down(name: str) -> DeviceState:
    at = tap("moment").at
    return DeviceState(name, at, "press-counter", up=False, machine="press-1")


@pytest.fixture(params=["model", "real"])
def played(
    request: pytest.FixtureRequest, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Link], Awaitable[None]]], None]:
    monkeypatch.setattr(client, "RECONNECT_S", 0.01)
    monkeypatch.setattr(client, "RESEND_S", 0.01)

    def play(scenario: Callable[[Link], Awaitable[None]]) -> None:
        async def main() -> None:
            async with asyncio.timeout(DEADLINE_S), linked(request.param, short_folder) as link:
                await scenario(link)

        asyncio.run(main())

    return play


def test_what_was_submitted_while_core_was_away_comes_in_order(played):
    async def scenario(link: Link) -> None:
        for name in ("a", "b", "c"):
            await link.submit(tap(name))
        await link.accept()
        assert await link.hear(3) == ["a", "b", "c"]

    played(scenario)


def test_what_was_not_answered_comes_again_and_what_was_does_not(played):
    async def scenario(link: Link) -> None:
        await link.accept()
        for name in ("a", "b", "c"):
            await link.submit(tap(name))
        assert await link.hear(3) == ["a", "b", "c"]
        await link.say(Answer("b"))
        await link.say(NotRecorded("a", "disk full"))
        assert await link.hear(1) == ["a"]
        await link.hang_up()
        await link.submit(tap("d"))
        await link.accept()
        assert await link.hear(3) == ["a", "c", "d"]

    played(scenario)


def test_a_new_core_is_told_first_how_the_devices_stand(played):
    async def scenario(link: Link) -> None:
        await link.accept()
        await link.submit(down("state-1"))
        await link.submit(tap("a"))
        assert await link.hear(2) == ["state-1", "a"]
        await link.say(Answer("state-1"))
        await link.say(NotRecorded("a", "disk full"))
        assert await link.hear(1) == ["a"]
        await link.hang_up()
        await link.accept()
        assert await link.hear(2) == ["state-1", "a"]

    played(scenario)
