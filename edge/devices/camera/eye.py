"""The process that looks through a camera and says what it reads: `python -m edge.devices.camera.eye`.

It is a process of its own, for it runs large libraries on whatever is held before a camera: what crashes or hangs here
takes no tap with it. It dies with the process that has started it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import cv2
import msgspec

from edge.devices.camera.codec import Blind, Look, Looked, Said, encoded
from edge.devices.camera.decoding import Decoders, Picture

NO_PICTURE_S = 3.0
ALIVE_S = 1.0
"""While there is nothing to read, it is said so often that there are pictures."""

FILE_PICTURES_PER_S = 25.0
"""A file that does not say how fast it was taken is shown so fast."""

PR_SET_PDEATHSIG = 1
"""prctl(2)."""


class Newest:
    """The newest picture and no other: whoever is slow misses pictures and is never late."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._picture: Picture | None = None
        self._at_s = 0.0
        self._end = ""

    def show(self, picture: Picture, at_s: float) -> None:
        with self._news:
            self._picture, self._at_s = picture, at_s
            self._news.notify()

    def end(self, why: str) -> None:
        with self._news:
            self._end = why
            self._news.notify()

    def take(self, within_s: float) -> tuple[Picture, float] | str:
        """Each picture once, with when it was taken; or why there is none."""
        with self._news:
            self._news.wait_for(lambda: self._picture is not None or self._end, within_s)
            if self._picture is None:
                return self._end or f"no picture for {within_s:g} s"
            taken, self._picture = (self._picture, self._at_s), None
            return taken


def main() -> int:
    look = msgspec.json.decode(sys.argv[1], type=Look)
    die_with(look.parent)
    # The output is for reports alone: what libraries print goes to the log.
    output = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    cv2.setNumThreads(1)

    def say(said: Said) -> None:
        os.write(output, encoded(said))  # shorter than a pipe takes at once

    newest = Newest()
    threading.Thread(target=show, args=(look, newest), daemon=True).start()
    with suppress(BrokenPipeError):
        say(Blind(watch(newest, Decoders(look.symbologies), say, look.per_s)))
    return 1


def die_with(parent: int) -> None:
    """However the parent dies, and whatever hangs here then."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def show(look: Look, newest: Newest) -> None:
    """Takes pictures until there are no more."""
    device = is_device(look.source)
    capture: Any = cv2.VideoCapture(os.path.realpath(look.source) if device else look.source)
    if not capture.isOpened():
        newest.end(f"{look.source}: {why_not(look.source)}")
        return
    pause_s = 0.0
    if device:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, look.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, look.height)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    else:
        pause_s = 1 / (capture.get(cv2.CAP_PROP_FPS) or FILE_PICTURES_PER_S)
    while True:
        there, picture = capture.read()
        if not there:
            newest.end(f"{look.source}: no more pictures")
            return
        newest.show(picture, time.monotonic())
        time.sleep(pause_s)


def watch(newest: Newest, decoders: Decoders, say: Callable[[Said], None], per_s: int) -> str:
    """Until there are no pictures; returns why."""
    number, said_s, faults = 0, -ALIVE_S, 0
    while not isinstance(taken := newest.take(NO_PICTURE_S), str):
        begun_s = time.monotonic()
        number += 1
        picture, at_s = taken
        codes = decoders.codes(grey(picture))
        if codes or decoders.faults > faults or begun_s - said_s >= ALIVE_S:
            say(Looked(number, at_s, codes, decoders.faults))
            said_s, faults = begun_s, decoders.faults
        time.sleep(max(0.0, begun_s + 1 / per_s - time.monotonic()))
    return taken


def grey(picture: Picture) -> Picture:
    return picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def is_device(source: str) -> bool:
    try:
        return stat.S_ISCHR(os.stat(source).st_mode)
    except OSError:
        return False


def why_not(source: str) -> str:
    try:
        with open(source, "rb"):
            return "no pictures come from it"
    except OSError as error:
        return error.strerror or str(error)


if __name__ == "__main__":
    sys.exit(main())
