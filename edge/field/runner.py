"""Keeps one device open for as long as the service runs, and tells when it goes and when it is back."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass

from edge.clock import Clock
from edge.devices.family import Device, DeviceLost
from edge.field.core_link import CoreLink
from edge.field.flapping import Flapping
from edge.link.messages import DeviceState, new_id
from edge.transport.frames import Frames, note_for

logger = logging.getLogger(__name__)

MAX_WAITING_STATES = 20

SETTLED_S = 2.0
"""Only a device that worked for so long starts again with the shortest back-off."""


@dataclass(frozen=True)
class Place:
    """A device and what stops when it does."""

    device: str
    station: str | None
    machine: str | None


class Health:
    """Tells the log and core when a device goes and when it is back: once each, however often it was tried. Of one that
    goes again and again the log is told once an hour, and core each time.

    `told` is what was told last; None while it has not been tried.
    """

    def __init__(self, place: Place, clock: Clock, core: CoreLink) -> None:
        self._place = place
        self._clock = clock
        self._core = core
        self._up: bool | None = None
        self._up_since_s = 0.0
        self._flapping = Flapping()
        self._in_log = False
        self.told: DeviceState | None = None
        self._waiting: asyncio.Queue[DeviceState] = asyncio.Queue(MAX_WAITING_STATES)

    @property
    def up(self) -> bool:
        return self._up is True

    def settled(self) -> bool:
        return self.up and asyncio.get_running_loop().time() - self._up_since_s >= SETTLED_S

    def works(self) -> None:
        if self._up:
            return
        if self._in_log:
            logger.info("%s is back", self._place.device)
            self._in_log = False
        self._up_since_s = asyncio.get_running_loop().time()
        self._tell(True, "")

    def gone(self, detail: str, fault: Exception | None = None, last_frames: str = "") -> None:
        """`fault` is an error of the program, whose traceback belongs in the log."""
        if self._up is False:
            return
        telling = self._flapping.goes(asyncio.get_running_loop().time())
        if telling.tell:
            more = f"; last frames: {last_frames}" if last_frames else ""
            more += f"; it went {telling.untold} times before this" if telling.untold else ""
            more += "; it goes again and again, which is told once an hour" if telling.often else ""
            logger.warning("%s is gone: %s%s", self._place.device, detail, more, exc_info=fault)
        self._in_log = telling.tell and not telling.often
        self._tell(False, detail)

    async def send(self) -> None:
        while True:
            await self._core.submit(await self._waiting.get())

    def _tell(self, up: bool, detail: str) -> None:
        self._up = up
        if self._waiting.full():
            self._waiting.get_nowait()  # the last state is the one that counts
        place = self._place
        state = DeviceState(new_id(), self._clock.stamp(), place.device, up, detail, place.station, place.machine)
        self._waiting.put_nowait(state)
        self.told = state


class Runner(ABC):
    """Keeps one device open for as long as the service runs. `frames`: the last bytes on its line."""

    def __init__(self, place: Place, device: Device, frames: Frames) -> None:
        self.place = place
        self.frames = frames
        self._device = device

    async def run(self, health: Health) -> None:
        note_for([self.frames])
        failures = 0
        while True:
            try:
                await self._device.open()
                await self._serve(health)
            except DeviceLost as lost:
                worked = health.settled()
                health.gone(str(lost), last_frames=self.last_frames())
            except Exception as fault:  # noqa: BLE001 - outermost loop: one device's fault must not stop the others
                worked = False
                health.gone(f"fault in the program: {fault!r}", fault)
            finally:
                self._device.close()
            failures = 0 if worked else failures + 1
            await asyncio.sleep(self._device.back_off.delay_s(max(0, failures - 1)))

    @abstractmethod
    def last_frames(self) -> str:
        """For the log: nothing in it names a person."""

    @abstractmethod
    async def _serve(self, health: Health) -> None:
        """Uses the open device until it raises."""
