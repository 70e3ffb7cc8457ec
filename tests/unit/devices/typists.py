"""Scanners that type, real or not. What they press is found by evdev's own names of the keys, not by our table."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from edge.transport.port import PortLost

NAMES = {
    "-": "MINUS", "=": "EQUAL", "[": "LEFTBRACE", "]": "RIGHTBRACE", ";": "SEMICOLON", "'": "APOSTROPHE", "`": "GRAVE",
    "\\": "BACKSLASH", ",": "COMMA", ".": "DOT", "/": "SLASH", " ": "SPACE", "\r": "ENTER", "\t": "TAB",
}  # fmt: skip
ABOVE = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))


class Press(NamedTuple):
    type: int
    code: int
    value: int


SYN = Press(0, 0, 0)


def key(name: str) -> int:
    from evdev import ecodes

    return int(ecodes.ecodes[f"KEY_{name}"])


def press(name: str, value: int) -> list[Press]:
    return [Press(1, key(name), value), SYN]


def typed(text: str) -> list[Press]:
    """As a scanner presses it: shift for each character that needs it."""
    presses: list[Press] = []
    for each in text:
        plain = ABOVE.get(each, each.lower())
        shift = plain != each
        name = NAMES.get(plain, plain.upper())
        presses += press("LEFTSHIFT", 1) * shift + press(name, 1) + press(name, 0) + press("LEFTSHIFT", 0) * shift
    return presses


class FakeKeyboard:
    """As the kernel's: what nobody reads waits, one may grab it, and after `pull_out` nothing can be read."""

    def __init__(self, grabbed_by_another: bool = False) -> None:
        self.grabbed = grabbed_by_another
        self.closed = False
        self._ours, self._kernels = socket.socketpair()
        self._ours.setblocking(False)

    def fileno(self) -> int:
        return self._ours.fileno()

    def grab(self) -> None:
        if self.grabbed:
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.grabbed = True

    def close(self) -> None:
        self.closed = True
        self._ours.close()
        self._kernels.close()

    def press(self, presses: Sequence[Press]) -> None:
        self._kernels.sendall(b"".join(struct.pack("@llHHi", 0, 0, *each) for each in presses))

    def pull_out(self) -> None:
        self._kernels.close()


class FakeSocket:
    """A USB socket by its name, and what is plugged in there now."""

    def __init__(self) -> None:
        self.path = "/dev/input/by-path/usb-0:1.3-event-kbd"
        self.plugged: FakeKeyboard | None = None

    def plug_in(self) -> None:
        self.plugged = FakeKeyboard()

    def press(self, presses: Sequence[Press]) -> None:
        assert self.plugged is not None
        self.plugged.press(presses)

    def pull_out(self) -> None:
        if self.plugged is not None:
            self.plugged.pull_out()
            self.plugged = None

    def keyboard(self) -> FakeKeyboard:
        """PortLost when nothing is plugged in."""
        if self.plugged is None:
            raise PortLost(f"{self.path}: No such file or directory")
        return self.plugged


class KernelSocket:
    """The same with a keyboard that the kernel makes (uinput)."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "usb-0:1.3-event-kbd")
        self._keyboard: Any = None

    def plug_in(self) -> None:
        from evdev import UInput, ecodes

        self._keyboard = UInput({ecodes.EV_KEY: list(range(1, 128))}, name="clockpiece test scanner")
        Path(self.path).symlink_to(self._keyboard.device.path)

    def press(self, presses: Sequence[Press]) -> None:
        assert self._keyboard is not None
        for each in presses:
            self._keyboard.write(*each)

    def pull_out(self) -> None:
        if self._keyboard is not None:
            self._keyboard.close()
            Path(self.path).unlink()
            self._keyboard = None
