"""Keeps one device open for as long as the service runs, and tells when it goes and when it is back."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass

from edge.clock import Clock
from edge.devices.family import Device, DeviceLost
from edge.field.core_link import CoreLink
from edge.link.messages import DeviceState, new_id

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
    """Tells the log and core when a device goes and when it is back: once each, however often it was tried."""

    def __init__(self, place: Place, clock: Clock, core: CoreLink) -> None:
        self._place = place
        self._clock = clock
        self._core = core
        self._up: bool | None = None
        self._up_since_s = 0.0
        self._waiting: asyncio.Queue[DeviceState] = asyncio.Queue(MAX_WAITING_STATES)

    @property
    def up(self) -> bool:
        return self._up is True

    def settled(self) -> bool:
        return self.up and asyncio.get_running_loop().time() - self._up_since_s >= SETTLED_S

    def works(self) -> None:
        if self._up:
            return
        if self._up is False:
            logger.info("%s is back", self._place.device)
        self._up_since_s = asyncio.get_running_loop().time()
        self._tell(True, "")

    def gone(self, detail: str, fault: Exception | None = None) -> None:
        """`fault` is an error of the program, whose traceback belongs in the log."""
        if self._up is False:
            return
        logger.warning("%s is gone: %s", self._place.device, detail, exc_info=fault)
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


class Runner(ABC):
    """Keeps one device open for as long as the service runs."""

    def __init__(self, place: Place, device: Device) -> None:
        self.place = place
        self._device = device

    async def run(self, health: Health) -> None:
        failures = 0
        while True:
            try:
                await self._device.open()
                await self._serve(health)
            except DeviceLost as lost:
                worked = health.settled()
                health.gone(str(lost))
            except Exception as fault:  # noqa: BLE001 - outermost loop: one device's fault must not stop the others
                worked = False
                health.gone(f"fault in the program: {fault!r}", fault)
            finally:
                self._device.close()
            failures = 0 if worked else failures + 1
            await asyncio.sleep(self._device.back_off.delay_s(max(0, failures - 1)))

    @abstractmethod
    async def _serve(self, health: Health) -> None:
        """Uses the open device until it raises."""
