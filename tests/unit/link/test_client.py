"""The link from the other end: what is unanswered is kept, and sent again with the same id."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from edge.link import client
from edge.link.ask import CoreSilent, ask
from edge.link.client import LinkClient
from edge.link.messages import Answer, Committed, Ping, Refused, SnapshotWanted
from sync.facts import Outcome
from tests import cast
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
