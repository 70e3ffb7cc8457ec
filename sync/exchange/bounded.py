"""HTTP whose whole exchange ends at a moment. requests bounds each single receive, so a dripping answer has no end."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

DEADLINE_S: ContextVar[float] = ContextVar("DEADLINE_S")
"""The moment (monotonic) at which the exchange of this thread must be over; set it before each request."""


def _left_s() -> float:
    """ConnectionAbortedError when it is over."""
    left_s = DEADLINE_S.get() - time.monotonic()
    if left_s <= 0:
        raise ConnectionAbortedError("the exchange was not complete in time")
    return left_s


class _Until(io.RawIOBase):
    """A socket's bytes, until the deadline."""

    def __init__(self, wire: socket.socket, read_s: float | None) -> None:
        self._wire, self._read_s = wire, read_s
        self._bytes = wire.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = _left_s()
        self._wire.settimeout(left_s if self._read_s is None else min(self._read_s, left_s))
        try:
            return self._bytes.readinto(buffer)
        except TimeoutError:
            _left_s()
            raise

    def close(self) -> None:
        if not self.closed:
            self._bytes.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Until(sock, sock.gettimeout()))


class _Bounded(http.client.HTTPConnection):
    def send(self, data: Any) -> None:
        """The time-out for connecting is far too short for a large body on a slow line, so sending has the whole."""
        if self.sock is None:
            self.connect()
        self.sock.settimeout(_left_s())
        super().send(data)


class _Http(HTTPConnection, _Bounded):
    response_class = _Answer


class Https(HTTPSConnection, _Bounded):
    response_class = _Answer


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class HttpsPool(HTTPSConnectionPool):
    ConnectionCls = Https


class BoundedAdapter(HTTPAdapter):
    """For a requests session: what is sent through it ends at DEADLINE_S, and speaks TLS 1.3 where it speaks TLS.

    Whom to believe is the session's `verify`, which must name a file: with True, some releases of requests take a
    context of their own.
    """

    flags = 0
    """More for OpenSSL's check of certificates (X509_VERIFY_PARAM_set_flags(3))."""

    https: type[HTTPSConnectionPool] = HttpsPool

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_3)
        context.verify_flags |= self.flags
        super().init_poolmanager(*arguments, ssl_context=context, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": self.https}
