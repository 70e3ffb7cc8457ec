"""Runs an app until SIGTERM or Ctrl-C: on waitress for this machine, with a certificate on cheroot for others."""

from __future__ import annotations

import ipaddress
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from flask import Flask
from waitress import create_server, wasyncore

from pages import MAX_BODY_BYTES
from pages.tls import TlsServer, server_context
from settings import Mendable

BACKLOG = 64


class BadAddress(Mendable):
    """An address to listen on that is not host:port."""


class AddressTaken(Mendable):
    """The address cannot be listened on: another program has it, or this user may not."""


class UnsafeBinding(Mendable):
    """The address would carry sessions and wages in the clear over the network; the message says what to do."""


def split_listen(listen: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8070" or "[::1]:8070". BadAddress when it is not of that form."""
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise BadAddress(f"listen is {listen!r}, wanted host:port such as 127.0.0.1:8070")
    return host.strip("[]"), int(port)


def refuse_unsafe(host: str) -> None:
    """UnsafeBinding for anything but loopback."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UnsafeBinding(
            f"will not listen on {host} without TLS: make a certificate with `clockpiece hr certificate`, or listen on "
            "127.0.0.1 and put nginx with a certificate in front (docs/operations.md)"
        )


class Bound(Protocol):
    """A server that listens; `url` holds the real port."""

    url: str

    def run(self) -> None: ...

    def stop(self) -> None: ...


def bound(app: Flask, listen: str, threads: int, certificate: Path | None = None) -> Bound:
    """With a certificate HTTPS on any address, else plain HTTP on loopback. Raises what Server and SecureServer do."""
    return SecureServer(app, listen, threads, certificate) if certificate else Server(app, listen, threads)


class SecureServer:
    """A bound cheroot server that speaks TLS 1.3 alone.

    Raises tls.BadCertificate, BadAddress for a malformed `listen`, AddressTaken.
    """

    def __init__(self, app: Any, listen: str, threads: int, certificate: Path) -> None:
        host, port = split_listen(listen)
        context = server_context(certificate)
        try:
            self._cheroot = TlsServer(app, (host, port), context, threads, BACKLOG, MAX_BODY_BYTES)
        except OSError as error:
            raise AddressTaken(f"cannot listen on {listen} ({error}); choose another address") from error
        shown = f"[{host}]" if ":" in host else host
        self.url = f"https://{shown}:{self._cheroot.bind_addr[1]}"

    def run(self) -> None:
        """Serves until `stop`, SystemExit or KeyboardInterrupt, then gives running requests five seconds to end."""
        try:
            self._cheroot.serve()
        finally:
            self._cheroot.stop()

    def stop(self) -> None:
        """Ends `run` from another thread."""
        self._cheroot.stop()


class Server:
    """A bound waitress server; `url` holds the real port (port 0 takes a free one).

    Raises UnsafeBinding, BadAddress for a malformed `listen`, AddressTaken when somebody else has the port.
    """

    def __init__(self, app: Flask, listen: str, threads: int) -> None:
        host, port = split_listen(listen)
        refuse_unsafe(host)
        address = "127.0.0.1" if host == "localhost" else host
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        # Bound here, because waitress leaks its socket when the port is taken.
        try:
            bound = socket.create_server((address, port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise AddressTaken(f"cannot listen on {listen} ({error.strerror}); choose another address") from error
        self._sockets: dict[int, Any] = {}
        self._left_open: dict[int, Any] = {}
        self._closing, self._closed = threading.Lock(), False
        self._waitress = create_server(
            app,
            map=self._sockets,
            sockets=[bound],
            threads=threads,
            backlog=BACKLOG,
            ident=None,
            max_request_body_size=MAX_BODY_BYTES,
            # Reading on while a request runs is how a stream learns that its client has left.
            channel_request_lookahead=1,
            clear_untrusted_proxy_headers=True,
        )
        shown = f"[{address}]" if family == socket.AF_INET6 else address
        self.url = f"http://{shown}:{bound.getsockname()[1]}"

    def run(self) -> None:
        """Serves until `stop`, SystemExit or KeyboardInterrupt, then gives running requests five seconds to end."""
        try:
            self._waitress.run()
        finally:
            self._waitress.task_dispatcher.shutdown()
            with self._closing:
                self._closed = True
                wasyncore.close_all(self._left_open | self._sockets)

    def stop(self) -> None:
        """Ends `run` from another thread; not for signal handlers, because it takes a lock."""
        with self._closing:
            if not self._closed:
                self._waitress.trigger.pull_trigger(self._let_go)

    def _let_go(self) -> None:
        """In the loop's own thread: without sockets it ends; `run` closes them once the requests are done."""
        self._left_open.update(self._sockets)
        self._sockets.clear()


def serve(
    app: Flask,
    listen: str,
    threads: int,
    ready: Callable[[str], None] | None = None,
    stopping: Callable[[], None] | None = None,
    certificate: Path | None = None,
) -> None:
    """Serves until SIGTERM or Ctrl-C; `ready` gets the URL, `stopping` ends long answers before threads are joined.

    Raises what `bound` raises.
    """
    server = bound(app, listen, threads, certificate)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if stopping is not None:
            stopping()
        raise SystemExit(0)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
    if ready is not None:
        ready(server.url)
    try:
        server.run()
    finally:
        if stopping is not None:
            stopping()
