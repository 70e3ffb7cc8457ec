"""A scanner as a keyboard that this process alone hears: keys in, one `BadgeScan` for each time a code is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from edge.clock import Clock
from edge.devices.keyboard_scanner.codec import Events, Key, Typed
from edge.devices.keyboard_scanner.keys import KeyboardKeys
from edge.devices.shared.codes import BadCode, badge_of_code
from edge.devices.shared.lines import BadLine, LineForm, LineReader
from edge.framing.lines import LINE_ENDS
from edge.transport.descriptor import BABBLE_PAUSE_S, DescriptorPort, OpenFile
from edge.transport.frames import NotedPort
from edge.transport.port import Port, PortLost

ENDS = {"enter": LINE_ENDS, "tab": LINE_ENDS + b"\t", "none": LINE_ENDS + b"\t"}

AT_REST_S = 0.1
"""A keyboard that types while it is opened is heard from its first silence on: a code's tail can be another code."""

FLOOD = 20
"""So many events at once come from no scanner that is read in time."""


class Keyboard(OpenFile, Protocol):
    """What is used of an evdev.InputDevice. Reading its descriptor gives events, and an error when it is gone."""

    def grab(self) -> None:
        """Nobody else hears it from here on. OSError when somebody else has it."""


class KeyboardPort:
    """A `Port` whose bytes are what is typed. PortLost when somebody else has the keyboard."""

    def __init__(self, name: str, keyboard: Keyboard) -> None:
        self.name = name
        self._typed = Typed()
        self._at_rest = False
        self._events = Events()
        self._bytes = DescriptorPort(name, keyboard)
        try:
            keyboard.grab()
        except OSError as error:
            keyboard.close()
            raise PortLost(f"{name}: {error}") from error

    async def read(self) -> bytes:
        if not self._at_rest:
            await self._rest()
        while not (text := self._typed.text(await self._keys())):
            pass
        return text

    async def write(self, data: bytes) -> None:
        raise PortLost(f"{self.name}: nothing can be sent to a keyboard")

    def close(self) -> None:
        self._bytes.close()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(AT_REST_S):
                    await self._keys()
        self._at_rest = True

    async def _keys(self) -> list[Key]:
        keys = self._events.keys(await self._bytes.read())
        if len(keys) >= FLOOD:
            await asyncio.sleep(BABBLE_PAUSE_S)
        return keys


def open_keyboard(path: str) -> Port:
    """PortLost when it is not there, not allowed, or in use."""
    try:
        from evdev import InputDevice

        keyboard = InputDevice(path, readonly=True)
    except ImportError as missing:
        raise PortLost(f"{path}: the extra `keyboard` is not installed here: install.sh --with keyboard") from missing
    except OSError as error:
        raise PortLost(f"{path}: {error}") from error
    return NotedPort(KeyboardPort(path, keyboard))


def keyboards(readers: Sequence[KeyboardKeys], clock: Clock) -> Sequence[LineReader]:
    return [LineReader(each.name, _opener(each), clock, form_of(each), _badge_of(each)) for each in readers]


def form_of(keys: KeyboardKeys) -> LineForm:
    silence_s = keys.silence_ms / 1000 if keys.suffix == "none" else None
    return LineForm(ENDS[keys.suffix], silence_s, keys.same_code_ms / 1000)


def _badge_of(keys: KeyboardKeys) -> Callable[[bytes], str | None]:
    def badge_of(line: bytes) -> str | None:
        try:
            return badge_of_code(line.decode("ascii").strip(" "), keys.prefix)
        except BadCode as bad:
            raise BadLine(str(bad)) from bad

    return badge_of


def _opener(keys: KeyboardKeys) -> Callable[[], Port]:
    return lambda: open_keyboard(keys.port)
