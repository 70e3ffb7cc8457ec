"""A line of bytes over TCP, such as a serial gateway hands through."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket

from edge.transport.descriptor import DescriptorPort
from edge.transport.frames import NotedPort
from edge.transport.port import Port, PortLost


async def open_tcp(host: str, port: int, within_s: float) -> Port:
    """PortLost when nobody takes the connection in time."""
    name = f"{host}:{port}"
    try:
        async with asyncio.timeout(within_s):
            return NotedPort(DescriptorPort(name, await _connected(host, port)))
    except TimeoutError as late:
        raise PortLost(f"no connection to {name} within {within_s:g} s") from late
    except OSError as error:
        raise PortLost(f"no connection to {name}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    """asyncio puts a text of its own in the place of the system's; a name that is not found has a negative number."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)


async def _connected(host: str, port: int) -> socket.socket:
    """The first address of the host that takes the connection; OSError of the last one when none does."""
    loop = asyncio.get_running_loop()
    failed = OSError("the name has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        with contextlib.ExitStack() as unless_connected:
            connection = socket.socket(family, kind, protocol)
            unless_connected.callback(connection.close)
            connection.setblocking(False)
            try:
                await loop.sock_connect(connection, address)
            except OSError as error:
                failed = error
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            unless_connected.pop_all()
            return connection
    raise failed
