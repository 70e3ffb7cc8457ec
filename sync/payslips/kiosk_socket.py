"""The socket at which `kiosk` asks `sync` for a payslip: one question, one answer, bounded in size, time and number.

Who may open it is for its folder to say: on a box only sync's user and kiosk's group may enter it.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sync.wire.envelope import WireError
from sync.wire.payslip import (
    MAX_ASKED_BYTES,
    MAX_PAYSLIP_BYTES,
    PayslipAnswer,
    PayslipAsked,
    PayTrouble,
    decode_answer,
    decode_asked,
    encode_answer,
    encode_asked,
)

log = logging.getLogger(__name__)

WITHIN_S = 12.0
"""For HR's answer. Whoever stands at a kiosk does not wait longer."""
GRACE_S = 1.0
SPEAK_S = 2.0
"""For a question, and for an answer to be taken."""
MOST_AT_ONCE = 4


def ask(path: Path, asked: PayslipAsked, within_s: float = WITHIN_S + GRACE_S) -> PayslipAnswer:
    """Never raises for what the other end does or does not do: then there is no payslip, and why."""
    until_s = time.monotonic() + within_s
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(SPEAK_S)
            link.connect(str(path))
            link.sendall(encode_asked(asked) + b"\n")
            line = _line(link, MAX_PAYSLIP_BYTES, until_s)
        # Hung up on without a word: all places are taken.
        return decode_answer(line) if line else PayslipAnswer(trouble=PayTrouble.BUSY)
    except (BrokenPipeError, ConnectionResetError):
        return PayslipAnswer(trouble=PayTrouble.BUSY)
    except (OSError, WireError) as error:
        log.warning("sync gives no payslip: %s", error)
        return PayslipAnswer(trouble=PayTrouble.AWAY)


@contextlib.contextmanager
def serving(path: Path, answer: Callable[[PayslipAsked], PayslipAnswer]) -> Iterator[None]:
    """Answers for as long as the block runs. Where there can be no socket, facts go out all the same."""
    try:
        path.parent.mkdir(mode=0o750, exist_ok=True)
        path.unlink(missing_ok=True)
        server = _Server(str(path), answer)
        path.chmod(0o660)
    except OSError as error:
        log.warning("nobody can ask for a payslip: %s", error)
        yield
        return
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="payslips", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        with contextlib.suppress(OSError):
            path.unlink()


class _Handler(socketserver.BaseRequestHandler):
    """One question."""

    server: _Server

    def handle(self) -> None:
        try:
            asked = decode_asked(_line(self.request, MAX_ASKED_BYTES, time.monotonic() + SPEAK_S).rstrip(b"\n"))
            answered = encode_answer(self.server.answer(asked))
            self.request.settimeout(SPEAK_S)
            self.request.sendall(answered)
        except (OSError, WireError) as error:
            log.warning("a question for a payslip was cut off: %s", error)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, path: str, answer: Callable[[PayslipAsked], PayslipAnswer]) -> None:
        self.answer = answer
        self._places = threading.Semaphore(MOST_AT_ONCE)
        super().__init__(path, _Handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return self._places.acquire(blocking=False)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # The outermost loop of a question: whatever it is, the next one is answered.
        log.exception("a question for a payslip could not be answered")


def _line(link: socket.socket, limit: int, until_s: float) -> bytes:
    """One line, or nothing when the other end hangs up first. TimeoutError, WireError when it is too long or cut."""
    begun = bytearray()
    while b"\n" not in begun:
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("nothing whole in time")
        link.settimeout(left_s)
        chunk = link.recv(65_536)
        if not chunk and begun:
            raise WireError("half a line")
        if not chunk:
            return b""
        begun += chunk
        if len(begun) > limit + 1:
            raise WireError(f"a line of more than {limit} bytes")
    return bytes(begun)
