"""A serial line to a simulated device: a pseudo-terminal under a name that stays, as udev gives one."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import termios
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Self

SPEEDS = {getattr(termios, f"B{baud}"): baud for baud in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)}


class SerialLine:
    """Plugged in from `plug` until `unplug`. `heard` gets what the other end sends, in a thread of the line's own."""

    def __init__(self, link: Path, heard: Callable[[bytes], None]) -> None:
        self.link = link
        self._heard = heard
        self._lock = threading.Lock()
        self._ends: tuple[int, int] | None = None
        self._tell = -1
        self._thread: threading.Thread | None = None

    @property
    def plugged(self) -> bool:
        return self._ends is not None

    def plug(self) -> None:
        """A new pty under the same name, as a USB adapter gets when pushed in again; FileExistsError when something
        else than a link has that name. No effect when plugged in."""
        if self._ends is not None:
            return
        if self.link.exists() and not self.link.is_symlink():
            raise FileExistsError(f"{self.link} is not a link of a simulated device")
        # The slave's end stays open here too: its settings outlive a reading process that comes and goes,
        # and the line is not hung up when it goes.
        controller, line = pty.openpty()
        tty.setraw(controller)
        tty.setraw(line)
        os.set_blocking(controller, False)
        told, self._tell = os.pipe()
        self._ends = (controller, line)
        self._thread = threading.Thread(
            target=self._listen, args=(controller, told), name=f"simulated {self.link.name}", daemon=True
        )
        self._thread.start()
        fresh = self.link.with_name(self.link.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(line))
        fresh.replace(self.link)

    def unplug(self) -> None:
        """The cable is pulled: whoever reads sees the line hang up, and the name is gone."""
        if self._ends is None or self._thread is None:
            return
        self.link.unlink(missing_ok=True)
        os.close(self._tell)
        self._thread.join()
        with self._lock:
            for end in self._ends:
                os.close(end)
            self._ends = None

    def say(self, data: bytes) -> None:
        """Lost when it is unplugged, or when nobody has read for some 4,000 bytes: a real line drops them too."""
        with self._lock, contextlib.suppress(BlockingIOError):
            if self._ends is not None:
                os.write(self._ends[0], data)

    def speed(self) -> int | None:
        """In baud, as the other end has set it; None when it is another than the usual ones, or unplugged."""
        with self._lock:
            return SPEEDS.get(termios.tcgetattr(self._ends[1])[5]) if self._ends is not None else None

    def _listen(self, controller: int, told: int) -> None:
        while True:
            ready, _, _ = select.select([controller, told], [], [])
            if told in ready:
                os.close(told)
                return
            self._heard(os.read(controller, 4096))


class SerialDevice:
    """A simulated device on a line of its own, plugged in as long as it exists.

    `link` is its name in the file system, like /dev/ttyUSB0. A device sets itself up first and calls this last, for
    from then on it hears.
    """

    def __init__(self, link: Path) -> None:
        """Opens the pty and makes `link`, replacing only a symlink; FileExistsError when something else is there."""
        self.link = link
        self._line = SerialLine(link, self._hear)
        self.plug()

    @property
    def plugged(self) -> bool:
        return self._line.plugged

    def plug(self) -> None:
        """A new pty under the same name, as a USB adapter gets when pushed in again. No effect when plugged in."""
        self._line.plug()

    def unplug(self) -> None:
        """The cable is pulled: whoever reads sees the line hang up, and the name is gone."""
        self._line.unplug()

    def say(self, data: bytes) -> None:
        """Sends bytes that nobody asked for: noise, half a frame. Lost when it is unplugged."""
        self._line.say(data)

    def close(self) -> None:
        self.unplug()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _hear(self, data: bytes) -> None:
        """What the other end sends, in the line's thread. A device that only talks hears nothing."""
