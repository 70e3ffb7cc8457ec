"""HR's ingest: signed batches of twenty boxes in turn, against the bare rows in the same database.

`python -m tests.bench.ingest --facts 1000000` runs it for longer and says how each tenth went.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy import Connection, Engine, MetaData
from sqlalchemy.sql import quoted_name
from werkzeug.test import EnvironBuilder, run_wsgi_app

from hr.accounts import Keys
from hr.ingest.api import api
from hr.ingest.rows import Rows, rows_of
from hr.kiosks import store as kiosks
from hr.service import HrService
from hr.store import engine, receiving, upgrade, writing
from hr.store.tables import actual_use, assigned_use, fact, metadata, person, reading_use
from sync.wire.envelope import (
    GENESIS,
    MAX_BATCH_FACTS,
    ClockState,
    Fact,
    SignedRequest,
    Stamp,
    digest,
    encode_batch,
    sealed,
    sign_request,
)
from sync.wire.facts import Body, Direction, as_dict, body_of
from tests.bench.rows import Row
from tests.postgres import cluster, programs
from tests.unit.hr.cast import MIDNIGHT_US, actual, confirmation, reading, span, tap

BOXES, FACTS = 20, 60_000
ZONE = ZoneInfo("Asia/Shanghai")
PEOPLE_A_BOX = 6
DATABASES = ("SQLite", "PostgreSQL")
SIZES = ("shared_buffers=512MB", "max_wal_size=4GB")
FACT_EVERY_US = 86_400_000_000 // 137
"""Five million facts in five years of twenty boxes."""

BEGIN = date(2026, 11, 2)
"""The day of MIDNIGHT_US in ZONE."""

FACTS_A_TURN = 23


@dataclass
class Sender:
    """A box that writes on: readings, pieces, taps and confirmations in the proportions of an ordinary day."""

    device: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    seq: int = 0
    head: str = GENESIS
    waiting: list[Fact] = field(default_factory=list)
    turns: int = 0

    def people(self) -> list[str]:
        return [f"p-{self.device}-{number}" for number in range(PEOPLE_A_BOX)]

    def batch(self) -> list[Fact]:
        while len(self.waiting) < MAX_BATCH_FACTS:
            self._go_on()
        sent, self.waiting = self.waiting[:MAX_BATCH_FACTS], self.waiting[MAX_BATCH_FACTS:]
        return sent

    def _go_on(self) -> None:
        """One turn of four hours, of two people at one machine: FACTS_A_TURN."""
        who = self.people()
        one, two = who[self.turns % PEOPLE_A_BOX], who[(self.turns + 1) % PEOPLE_A_BOX]
        day = datetime.fromtimestamp(self.wall_us() // 1_000_000, ZONE).date().isoformat()
        self.turns += 1
        on_day = {"work_date": day}
        self._write(tap(Direction.IN, one), on_day)
        parts = []
        for _ in range(5):
            first = self._write(self._reading(0))
            last = self._write(self._reading(40))
            self._write(self._reading(60))
            made = actual([span(first, last, 40)], {one: 80, two: 80})
            parts.append(self._write(made, {"machine": self.device, "calendar_date": day} | on_day))
        self._write(confirmation(parts, 800, one), on_day)
        self._write(tap(Direction.OUT, one), on_day)

    def _reading(self, more: int) -> Body:
        return reading((self.seq + more) % 65536, machine=self.device)

    def wall_us(self) -> int:
        """When the last fact was captured."""
        return MIDNIGHT_US + self.seq * FACT_EVERY_US

    def _write(self, body: Body, changed: dict[str, Any] | None = None) -> int:
        body = msgspec.structs.replace(body, **changed) if changed else body
        self.seq += 1
        wall_us = self.wall_us()
        at = Stamp("boot-1", wall_us * 1000, wall_us, ClockState.NTP)
        command = f"{self.seq:08x}-0000-7000-8000-000000000000"
        made = Fact(self.device, 1, self.seq, command, 0, type(body).__name__, at, as_dict(body), self.head, "")
        self.waiting.append(sealed(made))
        self.head = self.waiting[-1].hash
        return self.seq

    def request(self, facts: list[Fact], nonce: str) -> dict[str, Any]:
        """The signed request as the application gets it from its server (PEP 3333)."""
        body = encode_batch(facts)
        numbers = {"epoch": facts[0].epoch, "first": facts[0].seq, "last": facts[-1].seq}
        claim = SignedRequest("POST", "localhost", "/v1/facts", digest(body), self.device, nonce=nonce, **numbers)
        headers = list(sign_request(self.key, claim).items())
        return EnvironBuilder("/v1/facts", method="POST", data=body, headers=headers).get_environ()


@dataclass(frozen=True)
class Measured:
    """Seconds of each batch: of all that came in, and pairs of those that were written as bare rows as well."""

    ingest: list[float]
    pairs: list[tuple[float, float]]

    @property
    def facts(self) -> int:
        return len(self.ingest) * MAX_BATCH_FACTS

    @property
    def ratio(self) -> float:
        return sum(ingest for ingest, _ in self.pairs) / sum(bare for _, bare in self.pairs)

    def rates(self) -> list[float]:
        """Facts a second in each tenth, by the batch in the middle: what others do to the machine is left out."""
        tenth = len(self.ingest) // 10
        return [
            MAX_BATCH_FACTS / statistics.median(self.ingest[each * tenth : (each + 1) * tenth]) for each in range(10)
        ]


class Filling:
    """An HR on a new database, and the twenty boxes that send to it."""

    def __init__(self, url: str) -> None:
        self.store = engine(url)
        upgrade(self.store)
        self.senders, self.service = _let_in(self.store)
        self._app = _application(self.service)
        self._bare = _Bare(self.store)
        self.batches = 0

    def go_on(self, facts: int, bare_every: int = 1) -> Measured:
        """Sends so many facts in; each so-many-th batch is written as bare rows as well, right after it."""
        found = Measured([], [])
        for _ in range(facts // MAX_BATCH_FACTS):
            sender = self.senders[self.batches % BOXES]
            batch = sender.batch()
            request = sender.request(batch, f"n{self.batches}")
            begin = time.perf_counter()
            answer, status, _headers = run_wsgi_app(self._app, request, buffered=True)
            found.ingest.append(time.perf_counter() - begin)
            assert status == "200 OK", b"".join(answer)
            if self.batches % bare_every == 0:
                found.pairs.append((found.ingest[-1], self._bare.write(batch)))
            self.batches += 1
        return found


def run(url: str, facts: int, bare_every: int = 1) -> Measured:
    """Sends so many facts into a new database."""
    filling = Filling(url)
    found = filling.go_on(facts, bare_every)
    filling.service.close()
    return found


def _let_in(store: Engine) -> tuple[list[Sender], HrService]:
    senders = [Sender(f"box-{number}") for number in range(BOXES)]
    with writing(store).begin() as connection:
        for each in senders:
            kiosks.enrol(connection, each.device, each.key.public_key(), 0)
            for number, key in enumerate(each.people()):
                row = {"id": key, "number": f"{each.device}-{number}", "name": f"工人 {number}", "role": "WORKER"}
                connection.execute(person.insert().values(row))
    service = HrService(store, Keys.generate(), lambda: MIDNIGHT_US)
    for kiosk in service.kiosks.listed():
        service.kiosks.accept(kiosk.fingerprint)
    return senders, service


def _application(service: HrService) -> Flask:
    app = Flask("hr-under-measure")
    app.register_blueprint(api(service))
    return app


class _Bare:
    """Tables like HR's, with the same keys and indexes, filled by the driver's executemany and nothing else."""

    def __init__(self, store: Engine) -> None:
        own = MetaData(naming_convention=metadata.naming_convention)
        self._tables = {}
        for table in (fact, reading_use, actual_use, assigned_use):
            made = self._tables[table.name] = table.to_metadata(own, name=f"bare_{table.name}")
            made.primary_key.name = f"bare_pk_{table.name}"
            for index in made.indexes:
                index.name = quoted_name(f"bare_{index.name}", None)
        with writing(store).begin() as connection:
            own.create_all(connection)
        self._store = receiving(store)
        self._place = "?" if store.dialect.name == "sqlite" else "%s"

    def write(self, batch: list[Fact]) -> float:
        """Seconds from the rows to the commit."""
        rows = rows_of([(each, body_of(each.kind, each.body)) for each in batch], MIDNIGHT_US)
        begin = time.perf_counter()
        with self._store.begin() as connection:
            for each in rows:
                self._insert(connection, each)
        return time.perf_counter() - begin

    def _insert(self, connection: Connection, rows: Rows) -> None:
        places = ", ".join([self._place] * len(rows.names))
        cursor = connection.connection.cursor()
        if rows.values:
            table = self._tables[rows.table.name].name
            cursor.executemany(f"INSERT INTO {table} ({', '.join(rows.names)}) VALUES ({places})", rows.values)
        cursor.close()


@contextmanager
def database(name: str) -> Iterator[str]:
    """The URL of a new one, which flushes what it commits."""
    if name == "SQLite":
        with tempfile.TemporaryDirectory(prefix="cp-ingest-") as folder:
            yield f"sqlite:///{folder}/hr.db"
    else:
        with cluster(*SIZES, on_disk=True) as server:
            yield server.url(server.create())


def ingest_rows(_folder: Path) -> Iterator[Row]:
    for name in DATABASES if programs() else DATABASES[:1]:
        with database(name) as url:
            yield from _rows(name, run(url, FACTS))


def _rows(name: str, found: Measured) -> Iterator[Row]:
    rates = found.rates()
    figures = (
        f"{found.facts / sum(found.ingest):,.0f} facts/s, {found.facts:,} facts of {BOXES} boxes, signed, "
        f"in batches of {MAX_BATCH_FACTS}"
    )
    if name == "PostgreSQL":
        yield Row("sync: HR's ingest on PostgreSQL / executemany of bare rows", figures, found.ratio, 2.0)
    else:
        # A row is taken within the process, in some microseconds: there the hash of a fact is most of the time.
        yield Row("sync: HR's ingest on SQLite / executemany of bare rows", figures, found.ratio, 3.5)
    figures = f"{name}: {rates[0]:,.0f} facts/s in the first tenth, {rates[-1]:,.0f} in the last"
    yield Row("sync: a fact into HR's database, last tenth / first tenth", figures, rates[0] / rates[-1], 1.5)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ingest", description=__doc__)
    parser.add_argument("--facts", type=int, default=FACTS)
    parser.add_argument("--bare-every", type=int, default=1, help="write each so-many-th batch as bare rows as well")
    parser.add_argument("--on", choices=DATABASES, default="PostgreSQL")
    options = parser.parse_args()
    with database(options.on) as url:
        found = run(url, options.facts, options.bare_every)
    for row in _rows(options.on, found):
        print(f"{row.what}: {row.ratio:.2f} ({row.measured})")
    print("facts/s by tenth:", ", ".join(f"{rate:,.0f}" for rate in found.rates()))


if __name__ == "__main__":
    main()
