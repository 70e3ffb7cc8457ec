"""HTTPS for other machines: TLS 1.3 on cheroot, with a certificate of the factory's own authority (hr/authority.py)."""

from __future__ import annotations

import logging
import ssl
from datetime import UTC, datetime, timedelta
from errno import ECONNRESET
from pathlib import Path
from socket import create_server, socket
from typing import Any

from cheroot.makefile import StreamReader, StreamWriter
from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from cheroot.ssl import Adapter
from cheroot.wsgi import Server as WsgiServer
from cryptography import x509
from werkzeug.exceptions import ClientDisconnected

from settings import Mendable

log = logging.getLogger(__name__)

IDLE_S = 10
END_S = 5
MAX_HEADER_BYTES = 65_536
MAX_KEPT_CONNECTIONS = 200
RENEW_BEFORE = timedelta(days=60)


class BadCertificate(Mendable):
    """The file named in the configuration cannot be served with; the message says why, and how one is made."""


def names_in(file: Path) -> list[str]:
    """The host names and addresses that a certificate is for. BadCertificate."""
    try:
        found = _certificate(file).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]


def server_context(file: Path) -> ssl.SSLContext:
    """For a file with a private key and its certificate in PEM. Says so when it ends soon. BadCertificate."""
    ends = _certificate(file).not_valid_after_utc
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(file)
    except (OSError, ValueError) as error:
        raise _bad(file, "the private key in it is not that of the certificate") from error
    soon = ends - datetime.now(UTC) < RENEW_BEFORE
    log.log(logging.WARNING if soon else logging.INFO, "%s is good until %s", file, ends.date())
    return context


def _certificate(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except OSError as error:
        raise _bad(file, error.strerror or "cannot be read") from error
    except ValueError as error:
        raise _bad(file, "holds no certificate in PEM") from error


def _bad(file: Path, why: str) -> BadCertificate:
    return BadCertificate(f"{file}: {why}; `clockpiece hr certificate` makes one")


class _Headers(HeaderReader):
    """A_B and A-B become one name in WSGI, so that one could pass for the other; cheroot's own class expects text."""

    def _allow_header(self, key_name: bytes) -> bool:
        return b"_" not in key_name


class _Request(HTTPRequest):
    header_reader = _Headers()


class _Reader(StreamReader):
    """A body that does not go on ends the request: what has come of it is none, and cheroot would read on."""

    is_silent = False

    def read(self, *args: Any, **kwargs: Any) -> bytes:
        if self.is_silent:
            raise ConnectionResetError(ECONNRESET, "it stopped half way")
        try:
            return bytes(super().read(*args, **kwargs))  # type: ignore[no-untyped-call]  # cheroot leaves it without types
        except TimeoutError as error:
            self.is_silent = True
            log.info("a request stopped half way")
            raise ClientDisconnected from error


class _Connection(HTTPConnection):
    """Shakes hands in a worker's thread: cheroot does it in the one that accepts, where a silent client stops all."""

    RequestHandlerClass = _Request
    socket: ssl.SSLSocket
    secured = False

    def communicate(self) -> bool:
        if not self.secured:
            try:
                self.socket.do_handshake()
            except OSError as error:
                log.info("no TLS with %s: %s", self.remote_addr, error)
                return False
            self.secured = True
        return bool(super().communicate())  # type: ignore[no-untyped-call]  # cheroot leaves it without types


class _Adapter(Adapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context

    def bind(self, sock: socket) -> socket:
        return sock

    def wrap(self, sock: socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        return self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False), self.get_environ()

    def get_environ(self) -> dict[str, str]:
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def makefile(self, sock: socket, mode: str = "r", bufsize: int = -1) -> StreamReader | StreamWriter:
        return (_Reader if "r" in mode else StreamWriter)(sock, mode, bufsize)


class TlsServer(WsgiServer):
    """Bound when it is made; OSError when it cannot be. `serve` runs it, `stop` gives requests END_S to end."""

    ConnectionClass = _Connection

    def __init__(
        self, app: Any, address: tuple[str, int], context: ssl.SSLContext, threads: int, backlog: int, max_body: int
    ) -> None:
        super().__init__(
            address,
            app,
            numthreads=threads,
            max=threads,
            server_name="clockpiece",
            request_queue_size=backlog,
            timeout=IDLE_S,
            shutdown_timeout=END_S,
        )
        self.ssl_adapter = _Adapter(context)
        self.max_request_body_size = max_body
        self.max_request_header_size = MAX_HEADER_BYTES
        self.keep_alive_conn_limit = MAX_KEPT_CONNECTIONS
        self.prepare()

    def bind(self, family: int, type: int, proto: int = 0) -> socket:
        """cheroot leaks its socket when the port is taken."""
        bound = self.socket = create_server(self.bind_addr, family=family)
        self.bind_addr = bound.getsockname()[:2]
        return bound

    def process_conn(self, conn: HTTPConnection) -> None:
        """A connection gets a thread when something has come on it, and not before."""
        if conn.last_used is None:
            self.put_conn(conn)
        else:
            super().process_conn(conn)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        log.log(level, "%s", msg, exc_info=traceback)
