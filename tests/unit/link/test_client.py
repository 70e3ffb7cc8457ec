"""The link from the other end: what is unanswered is kept, and sent again with the same id."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from edge.link import client
from edge.link.ask import CoreSilent, ask
from edge.link.client import LinkClient
from edge.link.codec import decode_command, encode
from edge.link.messages import (
    Answer,
    CardRead,
    CardWanted,
    Command,
    Committed,
    NotRecorded,
    Ping,
    Refused,
    SnapshotWanted,
)
from sync.wire.facts import Outcome
from sync.wire.identity import CardTrouble
from tests import cast, moments
from tests.unit.core.running import DEADLINE_S, RunningCore, count, quicken, tap


@pytest.fixture
def core(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCore]:
    quicken(monkeypatch)
    monkeypatch.setattr(client, "RECONNECT_S", 0.01)
    monkeypatch.setattr(client, "RESEND_S", 0.01)
    core = RunningCore(short_folder)
    yield core
    core.close()


def linked(core: RunningCore, scenario: Callable[[LinkClient], Awaitable[None]]) -> None:
    """Runs the scenario with a client that keeps its connection."""

    async def main() -> None:
        link = LinkClient(core.socket)
        run = asyncio.create_task(link.run())
        try:
            await asyncio.wait_for(scenario(link), DEADLINE_S)
        finally:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)

    asyncio.run(main())


def test_a_command_waits_for_core_to_come(core: RunningCore) -> None:
    async def scenario(link: LinkClient) -> None:
        waiting = asyncio.create_task(link.submit(tap("one")))
        await asyncio.to_thread(core.start)
        assert (await waiting).outcome is Outcome.CLOCKED_IN

    linked(core, scenario)


def test_what_core_did_not_answer_before_it_died_is_sent_again_and_stored_once(core: RunningCore) -> None:
    async def scenario(link: LinkClient) -> None:
        first = await link.submit(tap("one"))
        await asyncio.to_thread(core.stop)
        core.clock.pass_s(100)
        waiting = [asyncio.create_task(link.submit(command)) for command in (tap("one"), tap("two", 100))]
        await asyncio.to_thread(core.start)
        again, second = await asyncio.gather(*waiting)
        assert again == first
        assert second.outcome is Outcome.CLOCKED_OUT

    core.start()
    linked(core, scenario)
    assert [fact.command for fact in core.facts("AttendanceTap")] == ["one", "two"]


def test_what_core_could_not_store_is_offered_until_it_can(core: RunningCore) -> None:
    async def scenario(link: LinkClient) -> None:
        with core.locked_store():
            waiting = asyncio.create_task(link.submit(tap("one")))
            await asyncio.to_thread(core.notice, Refused)
            await asyncio.to_thread(core.notice, Refused)
        assert (await waiting).outcome is Outcome.CLOCKED_IN

    core.start()
    linked(core, scenario)
    assert len(core.facts("AttendanceTap")) == 1


def test_a_caller_that_gave_up_is_not_answered_for(core: RunningCore) -> None:
    async def scenario(link: LinkClient) -> None:
        waiting = asyncio.create_task(link.submit(tap("given up")))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.to_thread(core.start)
        assert (await link.submit(tap("one"))).id == "one"

    linked(core, scenario)
    assert [fact.command for fact in core.facts("AttendanceTap")] == ["one"]


def test_cores_wish_for_a_reading_comes_through(core: RunningCore) -> None:
    async def scenario(link: LinkClient) -> None:
        await link.submit(count("zero", 0, 0))
        await link.submit(tap("on", 5, cast.WANG_BADGE, cast.PRESS))
        wishes = link.snapshots()
        assert await anext(wishes) == SnapshotWanted(cast.PRESS)

    core.start()
    linked(core, scenario)


# --- what is sent once or never: this core is a bare socket, to see each line ---------------------


@contextlib.asynccontextmanager
async def bare_core(path: Path) -> AsyncIterator[tuple[list[Command], list[asyncio.StreamWriter]]]:
    """The commands as they come, and the connections."""
    came: list[Command] = []
    clients: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients.append(writer)
        while line := await reader.readline():
            came.append(decode_command(line))

    server = await asyncio.start_unix_server(serve, str(path))
    try:
        yield came, clients
    finally:
        server.close()
        for client in clients:
            client.close()
        path.unlink(missing_ok=True)


async def soon(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.005)


def with_link(folder: Path, scenario: Callable[[LinkClient, Path], Awaitable[None]]) -> None:
    async def main() -> None:
        link = LinkClient(folder / "core.sock")
        run = asyncio.create_task(link.run())
        try:
            await asyncio.wait_for(scenario(link, folder / "core.sock"), DEADLINE_S)
        finally:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)

    asyncio.run(main())


CARD = CardRead("card", moments.moment(), "entrance", "id-card", trouble=CardTrouble.PLACE_AGAIN)


def test_what_is_posted_is_sent_once_and_never_again(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "RECONNECT_S", 0.01)

    async def scenario(link: LinkClient, socket: Path) -> None:
        async with bare_core(socket) as (came, clients):
            assert await link.post(CARD, 5.0)
            await soon(lambda: came == [CARD])
            clients[0].close()
            await soon(lambda: len(clients) == 2)
            clients[1].write(encode(NotRecorded("card", "the disk is full")))
            assert await link.post(msgspec.structs.replace(CARD, id="next"), 5.0)
            await soon(lambda: [each.id for each in came] == ["card", "next"])

    with_link(short_folder, scenario)


def test_what_is_posted_while_core_is_away_waits_a_while_and_is_then_dropped(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "RECONNECT_S", 0.01)

    async def scenario(link: LinkClient, socket: Path) -> None:
        assert not await link.post(msgspec.structs.replace(CARD, id="too early"), 0.05)
        waiting = asyncio.create_task(link.post(CARD, 5.0))
        async with bare_core(socket) as (came, _):
            assert await waiting
            await soon(lambda: came == [CARD])

    with_link(short_folder, scenario)


def test_cores_wish_for_a_card_comes_through(short_folder: Path) -> None:
    async def scenario(link: LinkClient, socket: Path) -> None:
        async with bare_core(socket) as (_, clients):
            await soon(lambda: bool(clients))
            clients[0].write(encode(CardWanted("entrance", 60)))
            assert await anext(link.cards()) == CardWanted("entrance", 60)

    with_link(short_folder, scenario)


def test_the_log_says_once_that_core_went_and_once_that_it_is_back(
    core: RunningCore, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(link: LinkClient) -> None:
        await link.submit(Ping("one"))
        await asyncio.to_thread(core.stop)
        waiting = asyncio.create_task(link.submit(Ping("two")))
        while "core does not answer" not in caplog.text:
            await asyncio.sleep(0)
        await asyncio.to_thread(core.start)
        await waiting

    core.start()
    with caplog.at_level(logging.INFO, "edge.link.client"):
        linked(core, scenario)
    said = [record.getMessage() for record in caplog.records if record.name == "edge.link.client"]
    assert [line.partition(" (")[0].partition(";")[0] for line in said] == [
        "core does not answer",
        "core answers again",
    ]


# --- a page's one question ------------------------------------------------------------------------


def test_a_page_gets_the_answer_to_its_own_question(core: RunningCore) -> None:
    core.start()
    assert ask(core.socket, Ping("mine"), DEADLINE_S) == Answer("mine")


def test_a_page_is_told_when_core_is_not_there(core: RunningCore) -> None:
    with pytest.raises(CoreSilent):
        ask(core.socket, Ping("mine"), DEADLINE_S)


def test_a_question_that_was_not_answered_is_asked_again_with_the_same_id(core: RunningCore) -> None:
    core.start()
    with core.peer() as gone:
        gone.send(tap("one"))
    core.notice(Committed)
    answer = ask(core.socket, tap("one"), DEADLINE_S)
    assert isinstance(answer, Answer)
    assert answer.outcome is Outcome.CLOCKED_IN
