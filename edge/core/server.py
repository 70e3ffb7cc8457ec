"""Core's loop: a Unix socket in, group commits, answers and notices out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import shutil
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path

from edge.core.recorder import Recorder
from edge.link.codec import LinkError, decode_command, encode
from edge.link.doorbell import Doorbell
from edge.link.messages import (
    MAX_LINE_BYTES,
    Alive,
    Answer,
    BadgeTapped,
    CardRead,
    CardShown,
    CardWanted,
    Command,
    Committed,
    CounterSample,
    CounterSamples,
    DeviceNotice,
    DeviceState,
    NotRecorded,
    OpenCardStep,
    Ping,
    Recordable,
    Refused,
    Reply,
    SnapshotWanted,
    ValueShown,
    new_id,
)
from sync.wire.anchors import ClockAnchor
from sync.wire.facts import CounterRole

log = logging.getLogger(__name__)

QUEUE_LIMIT = 5_000
BATCH_LIMIT = 500
SNAPSHOT_TIMEOUT_S = 3.0
HEARTBEAT_S = 1.0
SHOWN_EACH_S = 4.0
"""So often a page is told of a counter that is counted; one that stands still is told of by `devices` each 5 s."""
LATE_BEAT_S = 3.0
"""A beat as late as this means that core has been away: stopped, or waiting for the disk."""
CATCH_UP_S = 5.0
"""After core has been away, its clients have sent what they kept by then. Until then a shift's end ends nothing: the
log-off that lies before it may be on its way."""
MOST_UNREAD_BYTES = 1_000_000
"""A client that asks and never reads must not fill core's memory."""
LONGEST_CARD_STEP_S = 60
ROOM_TO_GO_ON_BYTES = 262_144
"""After a full disk the box says it records again only with this much space: enough for a tap and what it drags in."""


@dataclass(eq=False)
class _Peer:
    """A connected process. `runs_devices` once it has spoken of one: it is asked for snapshots and for cards."""

    writer: asyncio.StreamWriter
    runs_devices: bool = False

    def send(self, message: Reply) -> None:
        if self.writer.is_closing():
            return
        self.writer.write(encode(message))
        if self.writer.transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            log.warning("a process on the link does not read its answers; it is cut off and may come back")
            self.writer.transport.abort()


class CoreServer:
    """One per box. `run()` serves until cancelled."""

    def __init__(
        self,
        recorder: Recorder,
        socket_path: Path,
        data: Path,
        reserve_bytes: int,
        sealed_received: Callable[[], Set[str]] = frozenset,
        server_time: Callable[[], ClockAnchor | None] = lambda: None,
    ) -> None:
        """`sealed_received`: the people whose sealed records HR has, so that the box may forget them. `server_time`:
        what HR's signed receipts said last of the time."""
        self._recorder, self._socket_path, self._data = recorder, socket_path, data
        self._reserve_bytes, self._sealed_received = reserve_bytes, sealed_received
        self._server_time = server_time
        self._queue: asyncio.Queue[tuple[_Peer, Recordable]] = asyncio.Queue(QUEUE_LIMIT)
        self._peers: set[_Peer] = set()
        self._bell = Doorbell(socket_path.with_name("kiosk.bell"))
        self._devices: dict[str, DeviceNotice] = {}
        self._shown_s: dict[str, float] = {}
        self._card_steps: dict[str, float] = {}
        self._reason = ""
        self._low_space = False

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._socket_path.unlink()
        server = await asyncio.start_unix_server(self._serve, str(self._socket_path), limit=MAX_LINE_BYTES)
        self._socket_path.chmod(0o660)
        log.info("core is ready, journal at %d", self._recorder.seq)
        ready()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._commit_forever())
                tasks.create_task(self._beat())
        finally:
            server.close()
            for peer in self._peers:
                peer.writer.close()
            self._bell.close()
            with contextlib.suppress(FileNotFoundError):
                self._socket_path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = _Peer(writer)
        self._peers.add(peer)
        try:
            while line := await reader.readline():
                await self._take(peer, decode_command(line))
        except (OSError, LinkError, ValueError) as error:
            log.warning("a process on the link was cut off: %s", error)
        except asyncio.CancelledError:
            # The service stops; the client keeps what is unanswered.
            log.debug("a process on the link was left at the stop")
        finally:
            self._peers.discard(peer)
            writer.close()

    async def _take(self, peer: _Peer, command: Command) -> None:
        if isinstance(command, OpenCardStep | CardRead):
            # Neither is a fact: they are answered here, and what a card says is only handed on.
            self._hand_on(command)
            peer.send(Answer(command.id))
            return
        if isinstance(command, CounterSamples | DeviceState) and not peer.runs_devices:
            peer.runs_devices = True
            self._catch_up(peer)
        if isinstance(command, DeviceState):
            self._device(command)
        if isinstance(command, CounterSamples) and (self._low_space or self._queue.full()):
            # A cumulative counter repairs a refused sample with its next one; a tap must still fit.
            peer.send(NotRecorded(command.id, "no room for readings"))
            return
        if isinstance(command, CounterSamples):
            self._show(command.samples)
        await self._queue.put((peer, command))

    def _hand_on(self, command: OpenCardStep | CardRead) -> None:
        if isinstance(command, CardRead):
            self._bell.ring(CardShown(command.station, command.reader, command.trouble, command.card))
            return
        for_s = min(max(command.for_s, 0), LONGEST_CARD_STEP_S)
        self._card_steps[command.station] = asyncio.get_running_loop().time() + for_s
        for each in self._peers:
            if each.runs_devices:
                each.send(CardWanted(command.station, for_s))

    def _catch_up(self, peer: _Peer) -> None:
        """Tells a process that runs devices what has been wanted of it since before it came."""
        for machine in self._recorder.awaiting_snapshot():
            peer.send(SnapshotWanted(machine))
        now_s = asyncio.get_running_loop().time()
        for station, until_s in self._card_steps.items():
            if until_s > now_s:
                peer.send(CardWanted(station, math.ceil(until_s - now_s)))

    def _show(self, samples: list[CounterSample]) -> None:
        now_s = asyncio.get_running_loop().time()
        for each in samples:
            if each.role is not CounterRole.PRODUCED:
                continue  # a page shows one value of a machine: of what it has made
            if (
                not self._recorder.counts(each)
                or now_s - self._shown_s.get(each.counter, -SHOWN_EACH_S) >= SHOWN_EACH_S
            ):
                self._shown_s[each.counter] = now_s
                self._bell.ring(ValueShown(each.machine, each.counter, each.at, each.value, each.raw))

    def _device(self, state: DeviceState) -> None:
        notice = DeviceNotice(state.device, state.up, state.station, state.machine, state.detail)
        self._devices[state.device] = notice
        self._bell.ring(notice)

    async def _commit_forever(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH_LIMIT and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            self._commit(batch)
            await asyncio.sleep(0)

    def _commit(self, batch: list[tuple[_Peer, Recordable]], *, caught_up: bool = False) -> None:
        head = self._recorder.seq
        done = self._recorder.record([command for _, command in batch], new_id, caught_up=caught_up)
        if done.reason or self._recorder.seq > head:
            # A commit that had nothing to write says nothing about whether the next tap can be stored.
            self._set_reason(done.reason)
        for (peer, command), answer in zip(batch, done.answers, strict=True):
            if isinstance(command, BadgeTapped) and (reason := _why_no_tick(answer)):
                self._bell.ring(Refused(command.station, reason))
            peer.send(NotRecorded(command.id, self._reason) if isinstance(command, Ping) and self._reason else answer)
        if self._recorder.seq > head:
            self._bell.ring(Committed(self._recorder.seq))
        for machine in done.changed:
            self._want_snapshot(machine)

    def _want_snapshot(self, machine: str) -> None:
        for peer in self._peers:
            if peer.runs_devices:
                peer.send(SnapshotWanted(machine))
        self._expect_snapshot(machine)

    def _expect_snapshot(self, machine: str) -> None:
        changes = self._recorder.pending_changes(machine)
        asyncio.get_running_loop().call_later(SNAPSHOT_TIMEOUT_S, self._missed, machine, changes)

    def _missed(self, machine: str, changes: set[int]) -> None:
        if self._recorder.missed_snapshot(machine, changes, new_id):
            log.warning(
                "no fresh reading of %s within %.0f s of a change; its pieces will be estimated",
                machine,
                SNAPSHOT_TIMEOUT_S,
            )
            self._bell.ring(Committed(self._recorder.seq))

    async def _beat(self) -> None:
        for machine in self._recorder.awaiting_snapshot():
            self._expect_snapshot(machine)
        now_s = asyncio.get_running_loop().time
        last_s, caught_up_s = now_s(), now_s() + CATCH_UP_S
        while True:
            if now_s() - last_s > LATE_BEAT_S:
                caught_up_s = now_s() + CATCH_UP_S
            last_s = now_s()
            free = shutil.disk_usage(self._data).free
            self._low_space = free < self._reserve_bytes
            if self._reason:
                if free >= ROOM_TO_GO_ON_BYTES:
                    self._set_reason(self._recorder.works())
            else:
                self._commit([], caught_up=self._queue.empty() and last_s >= caught_up_s)
                self._recorder.forget_sealed(self._sealed_received)
                self._learn_time()
            self._bell.ring(Alive(self._recorder.seq, not self._reason, self._reason))
            for notice in self._devices.values():
                if not notice.up:
                    self._bell.ring(notice)
            await asyncio.sleep(HEARTBEAT_S)

    def _learn_time(self) -> None:
        head = self._recorder.seq
        self._recorder.learn_time(self._server_time(), new_id)
        if self._recorder.seq > head:
            self._bell.ring(Committed(self._recorder.seq))

    def _set_reason(self, reason: str) -> None:
        if reason and not self._reason:
            log.error("cannot record: %s", reason)
        if self._reason and not reason:
            log.info("recording again")
        self._reason = reason


def _why_no_tick(answer: Answer | NotRecorded) -> str:
    """Why the person must not be shown a tick; empty when the tap was stored and decided."""
    if isinstance(answer, NotRecorded):
        return answer.reason
    return "" if answer.outcome else "the tap was set aside"
