"""One contract for everything that carries bytes, run in memory, on a real pseudo-terminal and on a real socket."""

import asyncio
import os
import socket
import struct
import tty

import pytest

from edge.transport import descriptor
from edge.transport.memory import memory_pair
from edge.transport.port import Port, PortLost
from edge.transport.serial_port import open_serial
from edge.transport.tcp_port import open_tcp


class MemoryLine:
    def __init__(self) -> None:
        self.near, self._far = memory_pair("line")

    async def open(self) -> Port:
        return self.near

    async def send(self, data: bytes) -> None:
        await self._far.write(data)

    async def received(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += await self._far.read()
        return data

    def unplug(self) -> None:
        self._far.close()


class PtyLine:
    def __init__(self) -> None:
        self._far, self._slave = os.openpty()
        tty.setraw(self._far)
        tty.setraw(self._slave)
        self.name = os.ttyname(self._slave)

    async def open(self) -> Port:
        port = open_serial(self.name)
        os.close(self._slave)
        return port

    async def send(self, data: bytes) -> None:
        os.write(self._far, data)

    async def received(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += await asyncio.to_thread(os.read, self._far, count)
        return data

    def unplug(self) -> None:
        os.close(self._far)


class TcpLine:
    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))

    async def open(self) -> Port:
        host, number = self._listener.getsockname()
        port = await open_tcp(host, number, within_s=2.0)
        self._far, _ = self._listener.accept()
        self._far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return port

    async def send(self, data: bytes) -> None:
        self._far.sendall(data)

    async def received(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += await asyncio.to_thread(self._far.recv, count)
        return data

    def unplug(self) -> None:
        """At once, as when the gateway is switched off and on again."""
        self._listener.close()
        self._far.close()


@pytest.fixture(params=[MemoryLine, PtyLine, TcpLine])
def line(request):
    return request.param()


def test_it_reads_what_the_other_end_sent(line):
    async def story() -> None:
        port = await line.open()
        await line.send(b"\x00\x02hello\xff\n\r")
        assert await port.read() == b"\x00\x02hello\xff\n\r"
        port.close()
        line.unplug()

    asyncio.run(story())


def test_a_read_waits_for_the_first_byte(line):
    async def story() -> None:
        port = await line.open()
        reading = asyncio.create_task(port.read())
        await asyncio.sleep(0)
        assert not reading.done()
        await line.send(b"x")
        assert await reading == b"x"
        port.close()
        line.unplug()

    asyncio.run(story())


def test_what_is_written_arrives(line):
    async def story() -> None:
        port = await line.open()
        await port.write(b"\x01\x02\x03")
        assert await line.received(3) == b"\x01\x02\x03"
        port.close()
        line.unplug()

    asyncio.run(story())


def test_more_than_the_line_holds_arrives_too(line):
    async def story() -> None:
        port = await line.open()
        many = bytes(range(256)) * 100
        writing = asyncio.create_task(port.write(many))
        assert await line.received(len(many)) == many
        await writing
        port.close()
        line.unplug()

    asyncio.run(story())


def test_a_read_that_is_given_up_loses_nothing(line):
    async def story() -> None:
        port = await line.open()
        reading = asyncio.create_task(port.read())
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await line.send(b"later")
        assert await port.read() == b"later"
        port.close()
        line.unplug()

    asyncio.run(story())


def test_a_waiting_read_hears_that_the_line_is_gone(line):
    async def story() -> None:
        port = await line.open()
        reading = asyncio.create_task(port.read())
        await asyncio.sleep(0)
        line.unplug()
        with pytest.raises(PortLost, match=port.name):
            await reading
        port.close()

    asyncio.run(story())


def test_a_write_hears_that_the_line_is_gone(line):
    async def story() -> None:
        port = await line.open()
        line.unplug()
        with pytest.raises(PortLost, match=port.name):
            await port.write(b"x")
        port.close()

    asyncio.run(story())


def test_closing_wakes_a_waiting_read(line):
    async def story() -> None:
        port = await line.open()
        reading = asyncio.create_task(port.read())
        await asyncio.sleep(0)
        port.close()
        with pytest.raises(PortLost, match="closed"):
            await reading
        line.unplug()

    asyncio.run(story())


def test_a_closed_port_neither_reads_nor_writes_and_closes_again(line):
    async def story() -> None:
        port = await line.open()
        port.close()
        port.close()
        with pytest.raises(PortLost, match="closed"):
            await port.read()
        with pytest.raises(PortLost, match="closed"):
            await port.write(b"x")
        line.unplug()

    asyncio.run(story())


def test_a_port_that_is_not_there_says_which(tmp_path):
    with pytest.raises(PortLost, match="nowhere"):
        open_serial(str(tmp_path / "nowhere"))


def test_a_file_that_is_no_port_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PortLost, match="file"):
        open_serial(str(tmp_path / "file"))


def test_a_port_in_use_is_refused():
    line = PtyLine()
    first = asyncio.run(line.open())
    with pytest.raises(PortLost, match=line.name):
        open_serial(line.name)
    first.close()
    line.unplug()


def test_after_a_full_chunk_it_pauses_so_that_babble_costs_no_cpu(monkeypatch):
    monkeypatch.setattr(descriptor, "CHUNK_BYTES", 4)
    pauses = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def story() -> None:
        line = PtyLine()
        port = await line.open()
        await line.send(b"babble")
        monkeypatch.setattr(asyncio, "sleep", pause)
        assert [await port.read(), await port.read()] == [b"babb", b"le"]
        assert pauses == [descriptor.BABBLE_PAUSE_S]
        port.close()
        line.unplug()

    asyncio.run(story())


def test_a_connection_that_nobody_takes_is_lost():
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            number = closed.getsockname()[1]
        with pytest.raises(PortLost, match=rf"no connection to 127\.0\.0\.1:{number}: Connection refused"):
            await open_tcp("127.0.0.1", number, 1.0)

    asyncio.run(story())
