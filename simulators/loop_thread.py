"""An asyncio loop in a thread of its own, so that a simulated device answers whatever its owner is doing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

CALL_TIMEOUT_S = 5.0


class LoopThread:
    """Runs until `stop`. Every call from outside is bounded by CALL_TIMEOUT_S (TimeoutError)."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def stopped(self) -> bool:
        return self.loop.is_closed()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine run in the loop; its exception is raised here."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(CALL_TIMEOUT_S)

    def stop(self) -> None:
        """Cancels what still runs, and returns when the thread has ended. No effect the second time."""
        if self.stopped:
            return
        self.call(_cancel_the_rest())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(CALL_TIMEOUT_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()


async def _cancel_the_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.sleep(0)  # closed transports say goodbye in the loop's next round
