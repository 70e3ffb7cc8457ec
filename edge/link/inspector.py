"""A tool's end of the inspection socket: one question, its answer; or a question and all that comes after it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from edge.link.codec import LinkError, decode_seen, encode
from edge.link.inspection import CannotBeDone, NextBadge, Question, Seen, Watch
from edge.link.messages import MAX_LINE_BYTES
from settings import Mendable

WITHIN_S = 10.0
"""For an answer, beside what was asked to be waited for. A mute unit of a serial line takes some seconds."""


class DevicesSilent(Mendable):
    """The process `devices` is not there, or does not answer."""


class NotDone(Mendable):
    """`devices` cannot do what was asked; its sentence."""


class Inspector:
    """Use as a context manager. Raises DevicesSilent, and NotDone where a question is refused."""

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path
        self._link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._begun = b""

    def __enter__(self) -> Inspector:
        try:
            self._link.settimeout(WITHIN_S)
            self._link.connect(str(self._path))
        except OSError as error:
            self._link.close()
            says = (
                f"devices does not answer at {self._path} ({error.strerror or error}); does it run, and may you ask it?"
            )
            raise DevicesSilent(says) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._link.close()

    def ask(self, question: Question) -> Seen:
        """One answer."""
        patience_s = question.within_s + WITHIN_S if isinstance(question, NextBadge) else WITHIN_S
        for seen in self.follow(question, time.monotonic() + patience_s):
            return seen
        raise DevicesSilent(f"devices does not answer at {self._path} within {patience_s:g} s; ask again")

    def follow(self, question: Question, until_s: float | None = None) -> Iterator[Seen]:
        """Each answer as it comes; of `Watch` without end, or until this machine time."""
        try:
            self._link.settimeout(WITHIN_S)
            self._link.sendall(encode(question))
            while (line := self._line(until_s)) is not None:
                seen = decode_seen(line)
                if isinstance(seen, CannotBeDone):
                    raise NotDone(seen.says)
                yield seen
                if not isinstance(question, Watch):
                    return
        except (OSError, LinkError) as error:
            raise DevicesSilent(f"devices does not answer at {self._path} ({error}); ask again when it runs") from error

    def _line(self, until_s: float | None) -> bytes | None:
        """The next one; None when the time is over."""
        while b"\n" not in self._begun:
            left_s = None if until_s is None else until_s - time.monotonic()
            if left_s is not None and left_s <= 0:
                return None
            self._link.settimeout(left_s)
            try:
                chunk = self._link.recv(MAX_LINE_BYTES)
            except TimeoutError:
                return None
            if not chunk:
                raise LinkError("it has closed the link")
            self._begun += chunk
        line, _, self._begun = self._begun.partition(b"\n")
        return line
