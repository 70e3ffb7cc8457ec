"""Runs `clockpiece ARGUMENTS` with a fault built in: `python -m tests.faults.armed FAULT[=FILE] -- run core ...`.

The product has no hooks for this; what is changed is changed here, from outside.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import clockpiece


def die_after_commit(flag: str) -> None:
    """While the flag file is there, core is killed between the COMMIT of a tap and the answer to it."""
    from edge.core.recorder import Committed, Recorder
    from edge.link.messages import BadgeTapped, Recordable

    honest = Recorder.record

    def record(
        self: Recorder, commands: list[Recordable], new_id: Callable[[], str], *, caught_up: bool = False
    ) -> Committed:
        done = honest(self, commands, new_id, caught_up=caught_up)
        if any(isinstance(command, BadgeTapped) for command in commands) and Path(flag).exists():
            Path(flag).unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    Recorder.record = record  # type: ignore[method-assign]  # the fault


def forget_ids(_: str) -> None:
    """A lie: what core has not answered is sent again under a fresh id, as if it were something new."""
    from edge.link.client import LinkClient
    from edge.link.messages import new_id

    honest = LinkClient._talk

    async def talk(self: LinkClient, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for old, (line, future) in list(self._unanswered.items()):
            fresh = new_id()
            del self._unanswered[old]
            self._unanswered[fresh] = (line.replace(old.encode(), fresh.encode()), future)
            future.add_done_callback(partial(_answered, self._unanswered, fresh))
        await honest(self, reader, writer)

    LinkClient._talk = talk  # type: ignore[method-assign]  # the lie


def _answered(unanswered: dict[str, Any], command: str, _answer: object) -> None:
    unanswered.pop(command, None)


def drop_a_tap(_: str) -> None:
    """A lie: HR signs for everything but does not keep the first tap that it receives."""
    from hr.ingest import receive
    from sync.wire.envelope import Fact
    from sync.wire.facts import AttendanceTap, Body

    honest = receive.insert_facts
    seen: list[int] = []

    def insert_facts(connection: Any, stored: list[tuple[Fact, Body]], now_us: int) -> None:
        kept = []
        for fact, body in stored:
            if isinstance(body, AttendanceTap):
                seen.append(fact.seq)
            if not (isinstance(body, AttendanceTap) and len(seen) == 1):
                kept.append((fact, body))
        honest(connection, kept, now_us)

    receive.insert_facts = insert_facts


def count_twice(_: str) -> None:
    """A lie: core writes what was counted between two readings a second time."""
    from edge.core.recorder import _Ledger
    from sync.wire.envelope import Stamp
    from sync.wire.facts import Body, MaterialActualRecorded

    honest = _Ledger.emit

    def emit(self: _Ledger, at: Stamp, body: Body) -> int:
        if isinstance(body, MaterialActualRecorded):
            honest(self, at, body)
        return honest(self, at, body)

    _Ledger.emit = emit  # type: ignore[method-assign]  # the lie


FAULTS: dict[str, Callable[[str], None]] = {
    "die-after-commit": die_after_commit,
    "forget-ids": forget_ids,
    "drop-a-tap": drop_a_tap,
    "count-twice": count_twice,
}


def main(arguments: list[str]) -> None:
    here = arguments.index("--")
    faults = [each.partition("=") for each in arguments[:here]]
    for arm in [partial(FAULTS[name], value) for name, _, value in faults]:
        arm()
    clockpiece.main(arguments[here + 1 :])


if __name__ == "__main__":
    main(sys.argv[1:])
