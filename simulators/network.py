"""The cable between a box and HR as something a person can pull: a TCP proxy on loopback with a fault built in."""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum

from simulators.loop_thread import LoopThread

log = logging.getLogger(__name__)

CHUNK_BYTES = 65_536
MAX_DISCARDED_BYTES = 4_000_000
LOOPBACK = "127.0.0.1"


class Network(StrEnum):
    """What happens to a request on its way.

    CUT: refused at once. BLACK_HOLE: taken and never answered. LOST_ANSWER: HR gets it, its answer does not come
    back. HTML_*: something that is not HR answers, as a hotel's log-in page or a broken proxy does.
    """

    PASS = "pass"  # noqa: S105 (a mode, not a password)
    CUT = "cut"
    BLACK_HOLE = "black-hole"
    LOST_ANSWER = "lost-answer"
    HTML_200 = "html-200"
    HTML_401 = "html-401"
    HTML_500 = "html-500"


_REASONS = {
    Network.HTML_200: "200 OK",
    Network.HTML_401: "401 Unauthorized",
    Network.HTML_500: "500 Internal Server Error",
}


class NetworkSwitch:
    """Listens on 127.0.0.1 and hands everything on to HR, unless told otherwise. Counts the bytes that went through."""

    def __init__(self, upstream_host: str, upstream_port: int, port: int = 0) -> None:
        """Port 0 takes a free one and keeps it. OSError when the port cannot be had."""
        self.upstream = (upstream_host, upstream_port)
        self.port = port
        self.connections = 0
        self.bytes_up = 0
        self.bytes_down = 0
        self._mode = Network.PASS
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._loop = LoopThread("network-switch")
        try:
            self._loop.call(self._listen())
        except OSError:
            self._loop.stop()
            raise

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def mode(self) -> Network:
        return self._mode

    def set(self, mode: Network) -> None:
        """From the moment this returns. What was under way is broken off; into a black hole it only falls silent."""
        self._loop.call(self._set(mode))

    def cut(self) -> None:
        self.set(Network.CUT)

    def restore(self) -> None:
        self.set(Network.PASS)

    def close(self) -> None:
        if not self._loop.stopped:
            self._loop.call(self._set(Network.CUT))
            self._loop.stop()

    def __enter__(self) -> NetworkSwitch:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # --- in the loop --------------------------------------------------------------------------------

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _set(self, mode: Network) -> None:
        self._mode = mode
        if mode is Network.CUT and self._server is not None:
            self._server.close()
            self._server = None
        if mode is not Network.BLACK_HOLE:
            await self._break_off()
        if mode is not Network.CUT and self._server is None:
            await self._listen()

    async def _break_off(self) -> None:
        under_way = list(self._open.items())
        for task, writer in under_way:
            writer.transport.abort()  # a reset, not a polite end: nothing half-sent may look complete
            task.cancel()
        await asyncio.gather(*(task for task, _ in under_way), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        self.connections += 1
        try:
            if self._mode in _REASONS:
                await self._answer_in_html(reader, writer)
            elif self._mode is Network.BLACK_HOLE:
                await _swallow(reader)
            else:
                await self._pass_on(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.debug("connection broken off: %s", error)
        except asyncio.CancelledError:
            pass  # broken off by a switch: the task ends here either way, and a stream's callback would log it
        finally:
            del self._open[task]
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(*self.upstream)
        pumps = {
            asyncio.create_task(self._pump(reader, up_writer, up=True)),
            asyncio.create_task(self._pump(up_reader, writer, up=False)),
        }
        try:
            # The first end to close ends the other: HTTP needs no half-open connections.
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in done:
                pump.result()
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            up_writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            if self._mode is Network.BLACK_HOLE:
                continue
            if self._mode is Network.LOST_ANSWER and not up:
                raise ConnectionResetError("the answer is lost on its way back, on purpose")
            if up:
                self.bytes_up += len(chunk)
            else:
                self.bytes_down += len(chunk)
            writer.write(chunk)
            await writer.drain()

    async def _answer_in_html(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await _read_body(reader, head)
        page = b"<!doctype html><title>Welcome</title><p>Please log in to use this network."
        writer.write(
            f"HTTP/1.1 {_REASONS[self._mode]}\r\nContent-Type: text/html\r\n"
            f"Content-Length: {len(page)}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(page)
        await writer.drain()


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK_BYTES):
        pass


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> None:
    """Takes the request's body off the wire: an unread one would reset the connection before the answer is read."""
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length" and value.strip().isdigit():
            await reader.readexactly(min(int(value), MAX_DISCARDED_BYTES))
