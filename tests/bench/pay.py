"""Closing a month: 500 workers x 26 days x 20 sealed quantities on SQLite, beside a plain SQL sum over the same rows.

`python -m tests.bench.pay --people 500` closes one and says how it went; `--kill` kills the closing once on its way.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Engine, text

from hr.accounts import Keys
from hr.attendance import rosters
from hr.attendance.rosters import How
from hr.ingest.rows import rows_of
from hr.pay.periods.closing import Progress
from hr.pay.periods.cores import on_cores
from hr.pay.periods.period import Step, next_month, sums_of
from hr.pay.rules.settings import Terms
from hr.pay.statements import Statements
from hr.pay.terms import records
from hr.pay.terms.records import Typed
from hr.people.csv_import import Kind
from hr.service import HrService
from hr.store import bulk, engine, upgrade, writing
from hr.store.tables import person
from sync.wire.envelope import ClockState, Fact, Stamp
from sync.wire.facts import Body, CounterReading, Direction, as_dict
from tests.bench.rows import Row
from tests.unit.hr.cast import actual, confirmation, span, tap

PEOPLE, DAYS, LINES = 500, 26, 20
PEOPLE_A_BOX = 25
MONTH, FIRST_DAY = "2026-11", 2
AFTER_US = int(datetime(2026, 12, 3, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()) * 1_000_000
BUDGET_S = 30.0
STATEMENT_BUDGET_MS = 200.0
COUNTS = 30
"""Of each line; each is four pieces."""

BOSS = "bench"
PLAIN_SQL = """
SELECT f.person, sum(json_extract(f.body, '$.good') * CAST(p.price AS REAL))
FROM fact f JOIN price p ON p.product = json_extract(f.body, '$.product')
                        AND p.operation = json_extract(f.body, '$.operation')
WHERE f.kind = 'QuantityConfirmed' AND f.work_date BETWEEN '2026-11-01' AND '2026-11-30' GROUP BY f.person
"""


def moment(date: str, minute: int) -> int:
    """Microseconds UTC of a minute of a date in the plant."""
    start = datetime.fromisoformat(date).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    return int(start) * 1_000_000 + minute * 60_000_000


class _Box:
    """A box whose facts are written straight into the tables; their hashes are nobody's business here."""

    def __init__(self, name: str) -> None:
        self.name, self.seq = name, 0
        self.written: list[tuple[Fact, Body]] = []

    def write(self, wall_us: int, body: Body, **changed: Any) -> int:
        self.seq += 1
        body = msgspec.structs.replace(body, **changed) if changed else body
        at = Stamp("boot-1", wall_us * 1000, wall_us, ClockState.NTP)
        fact = Fact(self.name, 1, self.seq, "", 0, type(body).__name__, at, as_dict(body), "", "")
        self.written.append((fact, body))
        return self.seq

    def day(self, who: str, date: str, lines: int) -> None:
        """Eight hours at one machine, with a seal each 24 minutes."""
        self.write(moment(date, 475), tap(Direction.IN, who), work_date=date)
        value = 0
        last = self.write(moment(date, 480), CounterReading(who, "total", value, "", "change", 2**32))
        for line in range(lines):
            at = moment(date, 500 + line * 24)
            value += COUNTS
            this = self.write(at, CounterReading(who, "total", value, "", "change", 2**32))
            made = actual([span(last, this, COUNTS)], {who: COUNTS * 4})
            part = self.write(at, made, machine=who, work_date=date, calendar_date=date)
            self.write(moment(date, 1021), confirmation([part], COUNTS * 4, who), work_date=date)
            last = this
        self.write(moment(date, 1025), tap(Direction.OUT, who), work_date=date)


def filled(url: str, people: int, days: int = DAYS, lines: int = LINES) -> HrService:
    """A month that lacks nothing."""
    store = engine(url)
    upgrade(store)
    service = HrService(store, Keys.generate(), lambda: AFTER_US)
    keys = [f"p-{number:04d}" for number in range(people)]
    with writing(store).begin() as connection:
        listed = [
            {"id": key, "number": key[2:], "name": f"工人 {key[2:]}", "role": "WORKER", "team": f"T{place % 20}"}
            for place, key in enumerate(keys)
        ]
        connection.execute(person.insert(), listed)
    for kind, file in (
        (Kind.SHIFTS, "shift,name,start,end\nday,白班,08:00,17:00\n"),
        (
            Kind.PRICES,
            "product,product_name,operation,operation_name,price,valid_from\n"
            "CAP-28,瓶盖28,MOULD,注塑,0.0125,2026-01-01\n",
        ),
    ):
        service.catalogue.import_csv(kind, file.encode())
    dates = _dates(MONTH, days)
    typed = Typed(BOSS, AFTER_US)
    with writing(store).begin() as connection:
        records.put_setting(connection, "minimum_month", "2026-01-01", "2490", typed)
        for key in keys:
            records.put_terms(connection, key, Terms("2026-01-01", contract_month=Decimal(3000)), typed)
        plan = dict.fromkeys(itertools.product(keys, dates), ("day",))
        rosters.put(connection, plan, How.FILE, BOSS, AFTER_US)
    for start in range(0, people, PEOPLE_A_BOX):
        _fill(store, f"box-{start}", keys[start : start + PEOPLE_A_BOX], dates, lines)
    service.periods.take(MONTH, Step.REVIEW, BOSS)
    return service


def _dates(month: str, days: int) -> list[str]:
    return [f"{month}-{day:02d}" for day in range(FIRST_DAY, FIRST_DAY + days)]


def _fill(store: Engine, name: str, keys: list[str], dates: list[str], lines: int) -> None:
    box = _Box(name)
    for key, date in itertools.product(keys, dates):
        box.day(key, date, lines)
    with writing(store).begin() as connection:
        connection.execute(text("INSERT INTO journal VALUES (:device, 1, :seq, '')"), {"device": name, "seq": box.seq})
        for each in rows_of(box.written, AFTER_US):
            bulk.insert(connection, each.table, each.names, each.values)


def close(service: HrService) -> Iterator[tuple[float, Progress]]:
    began = time.perf_counter()
    for each in service.periods.close(MONTH, BOSS, on_cores(service.office, os.cpu_count() or 1)):
        yield time.perf_counter() - began, each


def _close_in_child(url: str, told: Any) -> None:
    for each in HrService(engine(url), Keys.generate(), lambda: AFTER_US).periods.close(MONTH, BOSS):
        told.send(each.done)


def killed_on_its_way(url: str) -> int:
    """Begins to close in another process and kills it between its blocks; how many people it had done."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_close_in_child, args=(url, theirs))
    child.start()
    while (done := ours.recv()) == 0:
        pass
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    return int(done)


def plain_sum(store: Engine) -> float:
    """Seconds for the database alone: good pieces times price, by person."""
    began = time.perf_counter()
    with store.connect() as connection:
        connection.execute(text(PLAIN_SQL)).all()
    return time.perf_counter() - began


def statement_ms(service: HrService, key: str = "p-0000") -> float:
    """Milliseconds for one worker's month when he has three years of facts; the middle of nine."""
    months = [next_month(MONTH, -back) for back in range(1, 36)]
    _fill(service.office.reading, "box-years", [key], [each for month in months for each in _dates(month, DAYS)], LINES)
    source = Statements(service.office.zone, service.office.now_us)
    took = []
    for _ in range(9):
        began = time.perf_counter()
        with service.office.reading.connect() as connection:
            source.one(connection, MONTH, key)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def pay_rows(folder: Path, people: int = PEOPLE) -> Iterator[Row]:
    service = filled(f"sqlite:///{folder / 'hr.db'}", people)
    seconds, end = list(close(service))[-1]
    assert end.closed, end.obstacles
    plain = plain_sum(service.office.reading)
    net = sums_of(service.periods.ledger(MONTH).rows).net
    alone = statement_ms(service)
    service.close()
    lines = people * DAYS * LINES
    figures = (
        f"{seconds:.1f} s for {lines:,} lines of {people} people, {lines / seconds:,.0f} lines/s, net {net:,.2f}; "
        f"a plain SQL sum {plain:.2f} s, 1/{seconds / plain:.0f} of it"
    )
    yield Row("pay: closing a month of 500 people on SQLite / 30 s", figures, seconds / BUDGET_S, 1.0)
    yield Row(
        "pay: one worker's statement, of three years of facts / 200 ms",
        f"{alone:.0f} ms beside {people} people",
        alone / STATEMENT_BUDGET_MS,
        1.0,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pay", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--kill", action="store_true", help="kill the closing once on its way, and go on")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cp-pay-") as folder:
        url = f"sqlite:///{folder}/hr.db"
        began = time.perf_counter()
        service = filled(url, options.people)
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
        if options.kill:
            print(f"killed after {killed_on_its_way(url)} of {options.people} people")
        for seconds, each in close(service):
            print(f"{seconds:6.1f} s  {each.done} of {each.of}{'  closed' if each.closed else ''}", flush=True)
            for obstacle in each.obstacles:
                print(f"          {obstacle}")
        print(
            f"plain SQL sum: {plain_sum(service.office.reading):.2f} s; chain intact: {service.periods.intact(MONTH)}"
        )
        print(f"one worker's statement, of three years of facts: {statement_ms(service):.0f} ms")


if __name__ == "__main__":
    main()
