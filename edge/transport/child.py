"""A child process whose output is read like a line, and which is killed when the line is closed."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from edge.transport.descriptor import DescriptorPort
from edge.transport.port import PortLost

ENDED_S = 1.0
"""A process that has closed its output is about to end, and then says how."""

REAP_S = 0.5
"""A killed process is gone at once, but for one that hangs in a driver of the kernel."""


class ChildPort:
    """Nothing is sent to it. PortLost when it cannot be started."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._open = True
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env={**os.environ, **environment}, bufsize=0
            )
        except OSError as error:
            raise PortLost(f"{name}: {error}") from error
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._output = DescriptorPort(name, self._process.stdout)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def read(self) -> bytes:
        try:
            return await self._output.read()
        except PortLost as lost:
            if not self._open:
                raise
            raise PortLost(f"{self.name}: {await self._ended()}") from lost

    async def write(self, data: bytes) -> None:
        raise PortLost(f"{self.name}: nothing can be sent to it")

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._output.close()
        self._process.kill()
        self.gone()

    def gone(self) -> bool:
        """Whether its process is no more."""
        try:
            self._process.wait(REAP_S)
        except subprocess.TimeoutExpired:
            return False
        return True

    async def _ended(self) -> str:
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDED_S):
                while self._process.poll() is None:
                    await asyncio.sleep(ENDED_S / 20)
        status = self._process.returncode
        if status is None:
            return "its process has closed its output"
        return f"its process was killed by signal {-status}" if status < 0 else f"its process ended with {status}"
