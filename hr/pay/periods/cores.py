"""A month computed on several cores: processes of their own read the database, and this one keeps what they made.

For a command. A page closes by itself, a few blocks at each request.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context, parent_process
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from hr.office import Office
from hr.pay.periods.closing import Compute, Prepared, prepared
from hr.pay.statements import Statements
from hr.store import engine


def on_cores(office: Office, processes: int) -> Compute:
    """By so many processes. Their clock stands at the moment they begin."""

    def compute(month: str, blocks: Sequence[Sequence[str]]) -> Iterator[list[Prepared]]:
        url = office.reading.url.render_as_string(hide_password=False)
        work = partial(_block, url, office.plant.timezone, office.now_us(), month)
        # Spawned: a fork would share the connections of this process.
        with ProcessPoolExecutor(processes, get_context("spawn"), _begin) as pool:
            yield from pool.map(work, blocks)

    return compute


def _begin() -> None:
    # Entries are plain values without cycles: to look for some in a hundred thousand of them costs a sixth of the time.
    gc.set_threshold(200_000, 50, 50)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A pool's processes hold both ends of its pipes: nothing else tells them that their parent was killed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _block(url: str, timezone: str, now_us: int, month: str, people: Sequence[str]) -> list[Prepared]:
    source = Statements(ZoneInfo(timezone), lambda: now_us)
    with _engine(url).connect() as connection:
        return [prepared(each) for each in source.entries(connection, month, people)]


@lru_cache(1)
def _engine(url: str) -> Engine:
    return engine(url)
