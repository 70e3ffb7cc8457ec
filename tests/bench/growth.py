"""HR as it fills: twenty boxes for five years are five million facts.

`python -m tests.bench.growth --facts 5000000 --on PostgreSQL` prints at 100,000 facts and at each million what the
newest batches cost beside the database's own executemany, and what each page takes beside what it took at first.
"""

from __future__ import annotations

import argparse
import time
from datetime import date, datetime, timedelta
from itertools import pairwise

from flask.testing import FlaskClient
from sqlalchemy import Engine

from hr.service import HrService
from hr.store.connections import POSTGRESQL
from tests.bench.ingest import BEGIN, DATABASES, FACT_EVERY_US, FACTS_A_TURN, PEOPLE_A_BOX, ZONE, Filling, database
from tests.unit.hr_web.conftest import desk_of

FIRST, STEP = 100_000, 1_000_000
COUNTED = 50_000
"""So many of the newest facts before each mark are what a fact costs there."""

DAYS_LOOKED_AT = 3
PAGE_GROWS = 1.5
"""A page at the end may take this many times what it took at the first mark."""

FLOOR_S = 0.005
"""Below this a page's time is that of its template."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("--facts", type=int, default=5 * STEP)
    parser.add_argument("--on", choices=DATABASES, default="PostgreSQL")
    parser.add_argument("--bare-every", type=int, default=10, help="write each so-many-th batch as bare rows as well")
    options = parser.parse_args()
    marks = [0, min(FIRST, options.facts), *range(STEP, options.facts + 1, STEP)]
    with database(options.on) as url:
        filling = Filling(url)
        at_first: dict[str, float] = {}
        for before, mark in pairwise(marks):
            fill(filling, before, mark, options.bare_every)
            times = pages_s(filling)
            at_first = at_first or times
            print("\n".join(page_line(path, took_s, at_first[path]) for path, took_s in times.items()), flush=True)
        filling.service.close()


def fill(filling: Filling, before: int, mark: int, bare_every: int) -> None:
    """Up to so many facts; prints what the newest of them cost."""
    counted = min(COUNTED, mark - before)
    filling.go_on(mark - before - counted, bare_every)
    # Of these each batch is written as bare rows too.
    found = filling.go_on(counted)
    print(
        f"{mark:,} facts: {found.facts / sum(found.ingest):,.0f} facts/s, {100 / found.ratio:.0f} % of executemany, "
        f"{min(found.rates()):,.0f} in the slowest tenth",
        flush=True,
    )


def page_line(path: str, took_s: float, first_s: float) -> str:
    grown = max(took_s, FLOOR_S) / max(first_s, FLOOR_S)
    return f"  {took_s * 1000:7.1f} ms  {grown:5.2f} {'' if grown <= PAGE_GROWS else 'GROWS':6} {path}"


def pages_s(filling: Filling) -> dict[str, float]:
    """Each page's shortest time over the last days that are full: what others do to the machine is left out."""
    analysed(filling.store)
    last_us = min(each.wall_us() for each in filling.senders)
    newest = datetime.fromtimestamp(last_us // 1_000_000, ZONE).date() - timedelta(days=1)
    clock, filling.service.office.clock = filling.service.office.clock, lambda: last_us
    client = desk_of(filling.service).client
    took: dict[str, list[float]] = {}
    for back in range(DAYS_LOOKED_AT):
        for name, path in paths(newest - timedelta(days=back)).items():
            took.setdefault(name, []).append(fetched_s(client, path))
    filling.service.office.clock = clock
    return {name: min(each) for name, each in took.items()} | asked_s(filling.service)


def analysed(store: Engine) -> None:
    """What autovacuum has done within a minute by itself."""
    if store.dialect.name == POSTGRESQL:
        with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def paths(day: date) -> dict[str, str]:
    """What people open, for this day or the four weeks up to it."""
    turn = (day - BEGIN).days * 86_400_000_000 // FACT_EVERY_US // FACTS_A_TURN + 1
    seq, person = turn * FACTS_A_TURN, f"p-box-0-{turn % PEOPLE_A_BOX}"
    weeks = f"start={day - timedelta(days=27)}&end={day}"
    return {
        "board": "/",
        "attendance of a day": f"/attendance?date={day}",
        "attendance of a person": f"/attendance/of/{person}?date={day}",
        "output of a day": f"/output?date={day}",
        "wages of four weeks": f"/pay?{weeks}",
        "wages of a person": f"/pay/of/{person}?{weeks}",
        "a wage line": f"/pay/line/box-0/1/{seq + FACTS_A_TURN - 1}",
        "a fact": f"/fact/box-0/1/{seq}",
        "fleet": "/kiosks",
        "a box": "/kiosks/of/box-0",
        "people": "/people",
        "newcomers": "/newcomers/",
        "counters": "/counters/",
        "set aside": "/aside/",
    }


def fetched_s(client: FlaskClient, path: str) -> float:
    begin = time.perf_counter()
    answer = client.get(path, follow_redirects=True)
    took_s = time.perf_counter() - begin
    if answer.status_code != 200:
        raise AssertionError(f"{path}: {answer.status}")
    return took_s


def asked_s(service: HrService) -> dict[str, float]:
    """What boxes ask for."""
    begin = time.perf_counter()
    service.editions.reference()
    return {"reference data": time.perf_counter() - begin}


if __name__ == "__main__":
    main()
