"""The way from a box to HR with faults built in: a proxy on loopback that knows where a request and an answer end.

Each exchange gets one fault: the standing one, or the next of a plan. What happened is in `log`, for a test to ask.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain, repeat
from random import Random
from types import MappingProxyType
from typing import Self

from sync.wire.envelope import HEADER, Receipt, b64, canonical_json

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 65_536
DRIP_BYTES = 64
SMALL_BUFFER = 4096
STEP_S = 0.02
HTML = b"<!doctype html><title>Welcome</title><p>Please log in to use this network."


class Kind(StrEnum):
    """What happens to an exchange."""

    PASS = "pass"
    REFUSE = "refused"
    RESET = "reset at once"
    BLACK_HOLE = "taken and never answered"
    CUT_REQUEST = "request cut"
    CUT_ANSWER = "answer cut"
    LOST_ANSWER = "answer lost after HR's commit"
    HALF_ANSWER = "half an answer, then silence"
    DRIP = "answer drips"
    SLOW_REQUEST = "request crawls"
    DELAY = "answer late"
    PORTAL = "captive portal"
    FORGED = "forged receipt"
    STATUS = "error status"


STATUSES = (500, 429, 401, 503)
"""Those that a broken or a busy server, or one that has forgotten this box, would give."""


@dataclass(frozen=True)
class Fault:
    """`share` of the bytes pass before the cut; `bytes_per_s` is the speed of a drip; `seconds` is a delay."""

    kind: Kind = Kind.PASS
    share: float = 0.5
    bytes_per_s: int = 200
    seconds: float = 0.3
    status: int = 500


PASS = Fault()


def seeded(chance: Random, kinds: list[Kind]) -> Fault:
    """Any fault of these kinds, at any place."""
    return Fault(
        chance.choice(kinds),
        share=chance.random(),
        bytes_per_s=chance.choice([50, 500, 5_000]),
        seconds=chance.uniform(0.05, 1.0),
        status=chance.choice(STATUSES),
    )


class Over(Exception):
    """One end has gone, or the proxy is being closed."""


@dataclass
class Exchange:
    """One request as the proxy saw it. `committed` once HR's whole answer was read here."""

    fault: Fault
    began_s: float = field(default_factory=time.monotonic)
    request_bytes: int = 0
    passed_up: int = 0
    answer: bytes = b""
    passed_down: int = 0
    committed: bool = False


class FaultProxy:
    """Listens from construction until `close`."""

    def __init__(self, upstream_port: int) -> None:
        self._upstream_port = upstream_port
        self.log: list[Exchange] = []
        self._standing = PASS
        self._plan: Iterator[Fault] = iter(())
        self._changed = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepting = self._begin_accepting()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def set(self, fault: Fault, plan: Iterable[Fault] = ()) -> None:
        """From the next exchange on: first those of the plan, one each, then the standing fault for ever.

        What is under way ends at once; so does a connection that is kept open.
        """
        with self._lock:
            self._standing, self._plan = fault, iter(plan)
            self._changed.set()
            self._changed = threading.Event()
        if fault.kind is Kind.SLOW_REQUEST:
            # Otherwise loopback would take a whole batch at once, however slowly it is read.
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        if fault.kind is Kind.REFUSE:
            self._stop_listening()
        elif self._listener.fileno() < 0:
            self._listener = socket.create_server((LOOPBACK, self.port))
            self._accepting = self._begin_accepting()

    def close(self) -> None:
        self._changed.set()
        self._stop_listening()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # --- threads ------------------------------------------------------------------------------------

    def _begin_accepting(self) -> threading.Thread:
        thread = threading.Thread(target=self._accept, args=(self._listener,), name="fault-proxy")
        thread.start()
        return thread

    def _stop_listening(self) -> None:
        if self._listener.fileno() >= 0:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
            self._accepting.join()
            self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                box, _ = listener.accept()
            except OSError:
                return
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            thread = threading.Thread(target=self._serve, args=(box,), name="fault-proxy connection")
            self._threads.append(thread)
            thread.start()

    def _serve(self, box: socket.socket) -> None:
        """One exchange, then the connection closes."""
        with self._lock:
            fault = next(chain(self._plan, repeat(self._standing)))
            over = self._changed
        exchange = Exchange(fault)
        self.log.append(exchange)
        with box:
            try:
                _Conversation(box, exchange, over, self._upstream_port).hold()
            except (OSError, Over):
                _reset(box)


class _Conversation:
    """One connection of the box, with the fault of its exchange."""

    def __init__(self, box: socket.socket, exchange: Exchange, over: threading.Event, upstream_port: int) -> None:
        self._box, self._exchange, self._over = box, exchange, over
        self._upstream_port = upstream_port

    def hold(self) -> None:
        """Raises Over or OSError when it is to end with a reset."""
        fault = self._exchange.fault
        if fault.kind is Kind.RESET:
            raise Over
        if fault.kind is Kind.BLACK_HOLE:
            self._silence()
        request = self._whole(self._box, crawl=fault if fault.kind is Kind.SLOW_REQUEST else None)
        self._exchange.request_bytes = len(request)
        answer = _made_up(fault, request) or self._of_hr(request)
        self._give(answer)
        self._box.shutdown(socket.SHUT_WR)

    def _of_hr(self, request: bytes) -> bytes:
        fault, exchange = self._exchange.fault, self._exchange
        with socket.create_connection((LOOPBACK, self._upstream_port), 5) as hr:
            if fault.kind is Kind.CUT_REQUEST:
                exchange.passed_up = _part(request, fault.share)
                hr.sendall(request[: exchange.passed_up])
                _reset(hr)
                raise Over
            hr.sendall(request)
            exchange.passed_up = len(request)
            exchange.answer = self._whole(hr)
            exchange.committed = True
        # This connection is good for one exchange, and the box should know.
        return exchange.answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)

    def _give(self, answer: bytes) -> None:
        fault, exchange = self._exchange.fault, self._exchange
        if fault.kind is Kind.LOST_ANSWER:
            raise Over
        if fault.kind is Kind.DELAY:
            self._wait(fault.seconds)
        if fault.kind in (Kind.CUT_ANSWER, Kind.HALF_ANSWER):
            answer = answer[: _part(answer, fault.share)]
        if fault.kind is Kind.DRIP:
            size = max(1, min(DRIP_BYTES, round(fault.bytes_per_s * STEP_S)))
            for start in range(0, len(answer), size):
                self._box.sendall(answer[start : start + size])
                exchange.passed_down += len(answer[start : start + size])
                self._wait(size / fault.bytes_per_s)
        else:
            self._box.sendall(answer)
            exchange.passed_down = len(answer)
        if fault.kind is Kind.CUT_ANSWER:
            raise Over
        if fault.kind is Kind.HALF_ANSWER:
            self._silence()

    def _whole(self, end: socket.socket, crawl: Fault | None = None) -> bytes:
        """A whole request or answer: head and as many bytes as Content-Length says. Over when the end hangs up."""
        end.settimeout(STEP_S)
        got = b""
        while (missing := _missing(got)) > 0:
            if self._over.is_set():
                raise Over
            if crawl:
                self._wait(STEP_S)
                missing = max(1, round(crawl.bytes_per_s * STEP_S))
            try:
                chunk = end.recv(min(missing, CHUNK_BYTES))
            except TimeoutError:
                continue
            if not chunk:
                raise Over
            got += chunk
        end.settimeout(None)
        return got

    def _wait(self, seconds: float) -> None:
        if self._over.wait(seconds):
            raise Over

    def _silence(self) -> None:
        """Takes what comes and says nothing, until the other end gives up."""
        self._box.settimeout(STEP_S)
        while not self._over.is_set():
            try:
                if not self._box.recv(CHUNK_BYTES):
                    return
            except TimeoutError:
                continue
        raise Over


def _made_up(fault: Fault, request: bytes) -> bytes:
    """An answer by somebody who is not HR."""
    match fault.kind:
        case Kind.PORTAL:
            return _http("200 OK", "text/html", HTML)
        case Kind.FORGED:
            return _forged(request)
        case Kind.STATUS:
            # Whoever believed it would come again at once.
            return _http(f"{fault.status} Trouble", "text/plain", b"trouble", {"Retry-After": "0"})
    return b""


def _forged(request: bytes) -> bytes:
    """A receipt for all that was sent, right in everything but its signature: what it says can be read on the way."""
    head = request.partition(b"\r\n\r\n")[0].decode("latin-1")
    asked = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n"))}
    device, nonce = (asked.get((HEADER + name).lower(), "") for name in ("Device", "Nonce"))
    receipt = Receipt(device, 1, 999_999, "0" * 64, 1_767_240_000_000_000, nonce)
    return _http("200 OK", "application/json", canonical_json(receipt), {HEADER + "Signature": b64(bytes(64))})


def _missing(got: bytes) -> int:
    """Bytes that may still come: nobody asks a second question before the first is answered."""
    head, end, body = got.partition(b"\r\n\r\n")
    if not end:
        return CHUNK_BYTES
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value) - len(body)
    return 0


def _part(message: bytes, share: float) -> int:
    """Never all of it: a cut that cuts nothing off is no cut."""
    return min(len(message) - 1, round(len(message) * share))


def _http(status: str, kind: str, body: bytes, more: Mapping[str, str] = MappingProxyType({})) -> bytes:
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close", **more}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def _reset(end: socket.socket) -> None:
    """The next close sends a reset instead of a polite end."""
    if end.fileno() >= 0:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
