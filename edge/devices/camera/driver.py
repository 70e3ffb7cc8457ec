"""A camera: another process looks, and here it is decided which badge is believed."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from edge.clock import Clock
from edge.devices.camera.codec import BadReport, Blind, Look, Looked, Said, TwoReads, decoded
from edge.devices.camera.keys import CameraKeys
from edge.devices.family import BackOff, BadgeScan, DeviceLost
from edge.devices.shared.bad_frames import BadFrames
from edge.devices.shared.codes import BadCode, badge_of_code, text_of
from edge.devices.shared.presence import TagsInField
from edge.framing.delimited import NeedMore
from edge.framing.lines import Line, Lines
from edge.transport.child import ChildPort
from edge.transport.frames import NotedPort
from edge.transport.port import Port, PortLost

logger = logging.getLogger(__name__)

BACK_OFF = BackOff(first_s=1.0, last_s=10.0)
"""Each try starts a process."""

START_S = 20.0
"""Large libraries from a slow card."""

SILENT_S = 5.0
"""The process says each second that it sees; after so long it hangs."""

WORTH_S = 2.0
"""What was seen longer ago is not of somebody who waits now."""

LONGEST_REPORT = 65_536

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""The libraries would take a thread for each core, and the other cores are needed."""


class Camera:
    """`bad_frames` counts pictures with codes that no badge can have."""

    back_off = BACK_OFF

    def __init__(
        self,
        keys: CameraKeys,
        clock: Clock,
        machine_time_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.bad_frames = BadFrames(keys.name)
        self._keys = keys
        self._clock = clock
        self._machine_time_s = machine_time_s
        self._child: ChildPort | None = None
        self._port: Port | None = None
        self._lines = Lines(LONGEST_REPORT, b"\n")
        self._reads = TwoReads()
        self._badges = TagsInField(keys.same_code_ms / 1000)
        self._faults = 0

    @property
    def pid(self) -> int | None:
        """Of the process that looks."""
        return None if self._child is None else self._child.pid

    async def open(self) -> None:
        if self._child is not None and not self._child.gone():
            raise DeviceLost(f"{self._keys.port}: the process that looked hangs in the camera's driver; unplug it")
        self._child = self._started()
        self._port = NotedPort(self._child)
        self._lines, self._reads, self._faults = Lines(LONGEST_REPORT, b"\n"), TwoReads(), 0
        await self._heard(START_S)

    async def scan(self) -> BadgeScan:
        while True:
            looked = await self._heard(SILENT_S)
            badge = self._believed(looked)
            if badge is not None and self._badges.arrives(badge, self._machine_time_s()):
                return BadgeScan(self._clock.stamp(), badge)

    def close(self) -> None:
        if self._child is not None:
            self._child.close()

    def _started(self) -> ChildPort:
        keys = self._keys
        look = Look(keys.port, keys.symbologies, keys.width, keys.height, keys.looks_per_s, os.getpid())
        command = [sys.executable, "-m", "edge.devices.camera.eye", msgspec.json.encode(look).decode()]
        try:
            return ChildPort(keys.port, command, ONE_THREAD)
        except PortLost as lost:
            raise DeviceLost(str(lost)) from lost

    async def _heard(self, within_s: float) -> Looked:
        """The next report."""
        where = self._keys.port
        try:
            async with asyncio.timeout(within_s):
                said = await self._said()
        except TimeoutError as silent:
            raise DeviceLost(f"{where}: the process that looks says nothing for {within_s:g} s") from silent
        except (PortLost, BadReport) as lost:
            raise DeviceLost(f"{where}: {lost}") from lost
        if isinstance(said, Blind):
            raise DeviceLost(said.says)
        if said.faults > self._faults:
            self._faults = said.faults
            if str(said.faults).strip("0") == "1":
                logger.warning(
                    "reader %s: a decoder has failed %d times (1, 10, 100, ... are told)", self._keys.name, said.faults
                )
        return said

    async def _said(self) -> Said:
        if self._port is None:
            raise PortLost(f"{self._keys.name} is not open")
        while isinstance(event := self._lines.next_event(), NeedMore):
            self._lines.receive_data(await self._port.read())
        if not isinstance(event, Line):
            raise BadReport("too long")
        return decoded(event.raw)

    def _believed(self, looked: Looked) -> str | None:
        if self._machine_time_s() - looked.at_s > WORTH_S:
            return None
        return self._reads.see(dict(self._badges_of(looked)), looked.at_s)

    def _badges_of(self, looked: Looked) -> Iterator[tuple[str, bool]]:
        for code in looked.codes:
            try:
                yield badge_of_code(text_of(code.raw).strip(" "), self._keys.prefix), code.sure
            except BadCode:
                self.bad_frames.add(self._clock.stamp())


def cameras(readers: Sequence[CameraKeys], clock: Clock) -> Sequence[Camera]:
    return [Camera(each, clock) for each in readers]
