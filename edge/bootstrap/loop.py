"""An asyncio service that says how it is, and stops cleanly when it is told to."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

from liveness import NOBODY, Manager


def until_told(work: Coroutine[Any, Any, None], manager: Manager = NOBODY) -> None:
    """Runs until the work ends or SIGTERM or SIGINT asks for a clean stop; beats for as long as the loop turns."""

    async def beat() -> None:
        while True:
            manager.beat()
            await asyncio.sleep(manager.beat_every_s)

    async def main() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        beating = asyncio.create_task(beat())
        try:
            await task
        except asyncio.CancelledError:
            return
        finally:
            manager.stopping()
            beating.cancel()

    asyncio.run(main())
