"""HR on PostgreSQL: several workers and their locks, a database that goes away, and what is asked of it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import Connection, Engine, event, select

from hr.accounts import Installation, init, installed_toml
from hr.config import load_config
from hr.kiosks import store as kiosks
from hr.service import opened
from hr.store import Forgetful, WrongOrder, engine, lock_box, receiving, upgrade, writing
from hr.store.connections import UnknownDatabase
from hr.store.tables import fact, reference_version
from sync.wire.envelope import GENESIS, Fact, SignedRequest, digest, encode_batch, sign_request
from sync.wire.facts import Direction
from tests.postgres import Cluster, cluster, programs
from tests.unit.hr.cast import KEYS, MIDNIGHT_US, Box, Factory, factory, tap
from tests.unit.hr.joining import NEW_KEY, bound

pytestmark = pytest.mark.needs("postgresql")
PATIENCE_S = 20.0


@pytest.fixture
def url(postgresql: Cluster) -> Iterator[str]:
    """An empty database."""
    name = postgresql.create()
    yield postgresql.url(name)
    postgresql.drop(name)


@pytest.fixture
def hr(url: str, tmp_path: Path) -> Iterator[Factory]:
    made = engine(url)
    upgrade(made)
    made.dispose()
    found = factory(tmp_path, url)
    yield found
    found.service.close()


def until(true: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline_s, f"never: {what}"
        time.sleep(0.005)


def held(store: Engine, device: str) -> list[tuple[int, str, str]]:
    """Number, hash and previous hash of each fact that is stored."""
    query = select(fact.c.seq, fact.c.hash, fact.c.prev_hash).where(fact.c.device == device).order_by(fact.c.seq)
    with store.connect() as connection:
        return [(row.seq, row.hash, row.prev_hash) for row in connection.execute(query)]


def as_held(facts: list[Fact]) -> list[tuple[int, str, str]]:
    return [(each.seq, each.hash, each.prev_hash) for each in facts]


# --- what is asked of the database ------------------------------------------------------------------


@pytest.mark.parametrize(
    "how", ["ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'", "ENCODING 'LATIN1' LOCALE 'C'"]
)
def test_a_database_that_sorts_or_stores_otherwise_is_refused_with_the_mend(postgresql: Cluster, how: str):
    postgresql.sql("DROP DATABASE IF EXISTS strange")
    postgresql.sql(f"CREATE DATABASE strange TEMPLATE template0 {how}")
    made = engine(postgresql.url("strange"))
    with pytest.raises(WrongOrder, match="ENCODING 'UTF8' LOCALE 'C'"):
        upgrade(made)
    made.dispose()


def test_a_server_that_commits_before_it_flushes_is_refused(url: str):
    made = engine(f"{url}&options=-csynchronous_commit%3Doff")
    with pytest.raises(Forgetful, match="synchronous_commit = off"):
        upgrade(made)
    made.dispose()


@pytest.mark.parametrize("text", ["mysql://hr:geheim@db/hr", "hr.db", "postgresq://hr:geheim@db/hr", ""])
def test_another_database_is_refused_without_telling_its_password(text: str):
    with pytest.raises(UnknownDatabase, match=r"sqlite:///FILE or postgresql\+psycopg") as refused:
        engine(text)
    assert "geheim" not in str(refused.value)


def test_an_installation_is_made_on_it(url: str, tmp_path: Path):
    made = init(tmp_path / "hr", "wang", "correct horse", Installation(plant="永鑫", database=url))
    service = opened(load_config(made.config).hr, lambda: MIDNIGHT_US)
    assert (service.verify("wang", "correct horse"), service.office.plant.name) == (True, "永鑫")
    assert not (tmp_path / "hr" / "hr.db").exists()
    service.close()


# --- who waits for whom -----------------------------------------------------------------------------


@contextmanager
def another_transaction(store: Engine) -> Iterator[Connection]:
    with writing(store).begin() as connection:
        yield connection


def waiting(store: Engine) -> int:
    """How many wait for a lock in this database."""
    with store.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return int(connection.exec_driver_sql(query).scalar_one())


def test_a_box_does_not_wait_for_what_the_office_does(hr: Factory):
    hr.gate.write(tap(Direction.IN))
    with another_transaction(hr.store):
        assert hr.gate.send(hr.client, hr.gate.journal).status == 200


def test_a_box_that_brings_a_badge_waits_for_the_office(hr: Factory):
    hr.gate.write(bound(NEW_KEY))
    with ThreadPoolExecutor() as threads:
        with another_transaction(hr.store):
            answer = threads.submit(hr.gate.send, hr.client, hr.gate.journal)
            until(lambda: waiting(hr.store) == 1, "the box waits")
            assert held(hr.store, "gate-1") == []
        assert answer.result(PATIENCE_S).status == 200


def test_of_two_people_who_decide_at_once_the_second_sees_what_the_first_did(hr: Factory):
    with ThreadPoolExecutor() as threads:
        with another_transaction(hr.store) as connection:
            second = threads.submit(hr.service.kiosks.revoke, hr.gate.fingerprint)
            until(lambda: waiting(hr.store) == 1, "the second waits")
            kiosks.revoke(connection, hr.gate.fingerprint)
            connection.execute(reference_version.update().values(version=41))
        second.result(PATIENCE_S)
    assert hr.service.editions.reference().version == 41


def test_two_workers_with_one_batch_store_it_once(hr: Factory, url: str, tmp_path: Path):
    """The second one begins while the first has stored the facts and not committed."""
    for _ in range(3):
        hr.gate.write(tap(Direction.IN))
    other = engine(url)
    first_has_written, go_on = threading.Event(), threading.Event()

    def before_commit(_connection: Connection) -> None:
        first_has_written.set()
        assert go_on.wait(PATIENCE_S)

    event.listen(hr.store, "commit", before_commit, once=True)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(hr.service.inbox.receive, hr.gate.journal, "n")
        assert first_has_written.wait(PATIENCE_S)
        second = threads.submit(hr.service.inbox.receive, hr.gate.journal, "n")
        until(lambda: waiting(other) == 1, "the second waits")
        go_on.set()
        assert first.result(PATIENCE_S) == second.result(PATIENCE_S)
    assert held(other, "gate-1") == as_held(hr.gate.journal)
    other.dispose()


def test_a_process_that_starts_waits_for_boxes_that_another_one_serves(hr: Factory):
    hr.gate.write(tap(Direction.IN))
    hr.gate.send(hr.client, hr.gate.journal)
    with ThreadPoolExecutor() as threads:
        with receiving(hr.store).begin() as connection:
            lock_box(connection, "gate-1")
            starting = threads.submit(hr.service.inbox.reexamine)
            until(lambda: waiting(hr.store) == 1, "the one that starts waits")
        assert starting.result(PATIENCE_S) == 0


# --- the database goes away -------------------------------------------------------------------------


@pytest.mark.slow
def test_a_database_that_dies_between_the_facts_and_their_commit_has_none_of_them_and_the_next_try_all(tmp_path: Path):
    with cluster() as server:
        url = server.url(server.create())
        made = engine(url)
        upgrade(made)
        made.dispose()
        hr = factory(tmp_path, url)
        for number in range(4):
            hr.gate.write(tap(Direction.IN))
            if number == 1:
                assert hr.gate.send(hr.client, hr.gate.journal).status == 200
        event.listen(hr.store, "commit", lambda _connection: server.restart(), once=True)
        answer = hr.gate.send(hr.client, hr.gate.journal[2:])
        assert (answer.status, answer.signed) == (500, False)
        assert held(hr.store, "gate-1") == as_held(hr.gate.journal[:2])
        assert hr.gate.send(hr.client, hr.gate.journal[2:]).status == 200
        assert held(hr.store, "gate-1") == as_held(hr.gate.journal)
        server.restart()
        assert hr.gate.send(hr.client, hr.gate.journal).status == 200
        hr.service.close()


# --- several processes ------------------------------------------------------------------------------


@contextmanager
def worker(folder: Path, url: str) -> Iterator[str]:
    """A real server process; gives its URL."""
    config = folder / "hr.toml"
    config.write_text(installed_toml({"database": url, "keys": str(folder / "keys"), "listen": "127.0.0.1:0"}), "utf-8")
    command = [sys.executable, "-m", "clockpiece", "run", "hr", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = next((line for line in process.stderr if "ready at" in line), "")
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield line.split("ready at ")[1].split()[0]
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def post(box: Box, server: str, facts: list[Fact], nonce: str) -> requests.Response:
    body, host = encode_batch(facts), server.removeprefix("http://")
    numbers = {"epoch": 1, "first": facts[0].seq, "last": facts[-1].seq}
    claim = SignedRequest("POST", host, "/v1/facts", digest(body), box.device, nonce=nonce, **numbers)
    headers = sign_request(box.key, claim)
    return requests.post(f"{server}/v1/facts", data=body, headers=headers, timeout=PATIENCE_S)


@pytest.mark.slow
def test_ten_boxes_at_three_server_processes_lose_nothing_and_double_nothing(hr: Factory, url: str, tmp_path: Path):
    """Each box sends each batch to two of the servers at once, as a balancer does that repeats a slow request."""
    KEYS.save(_folder(tmp_path / "keys"))
    boxes = [Box(f"box-{number}") for number in range(10)]
    for box in boxes:
        hr.service.kiosks.enrol(box.device, box.key.public_key())
        hr.service.kiosks.accept(box.fingerprint)
        for _ in range(120):
            box.write(tap(Direction.IN))
    with ExitStack() as started:
        with ThreadPoolExecutor() as threads:
            opened = [threads.submit(started.enter_context, worker(tmp_path, url)) for _ in range(3)]
            servers = [each.result() for each in opened]

        def send_all(number: int) -> set[int]:
            box, answers = boxes[number], set()
            with ThreadPoolExecutor(2) as twice:
                for first in range(0, 120, 30):
                    batch = box.journal[first : first + 30]
                    two = (servers[(number + first) % 3], servers[(number + first + 1) % 3])
                    sent = [twice.submit(post, box, each, batch, f"{first}-{each}") for each in two]
                    answers |= {each.result().status_code for each in sent}
            return answers

        with ThreadPoolExecutor(10) as senders:
            assert set().union(*senders.map(send_all, range(10))) == {200}
    for box in boxes:
        stored = held(hr.store, box.device)
        assert stored == as_held(box.journal)
        assert [GENESIS] + [hash_ for _, hash_, _ in stored[:-1]] == [prev for _, _, prev in stored]
    assert hr.service.inbox.waiting() == []


def _folder(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    return folder


# --- a backup ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_pg_dump_wrote_is_the_installation_again(hr: Factory, postgresql: Cluster, url: str, tmp_path: Path):
    """The commands of docs/operations.md."""
    hr.gate.write(tap(Direction.IN))
    hr.gate.send(hr.client, hr.gate.journal)
    found = programs()
    assert found is not None
    target = postgresql.create()
    plain = url.replace("+psycopg", "")
    dump = tmp_path / "hr.dump"
    subprocess.run([found / "pg_dump", "--format=custom", f"--file={dump}", plain], check=True)
    into = postgresql.url(target).replace("+psycopg", "")
    subprocess.run([found / "pg_restore", "--exit-on-error", f"--dbname={into}", dump], check=True)
    again = engine(postgresql.url(target))
    assert held(again, "gate-1") == as_held(hr.gate.journal)
    upgrade(again)
    again.dispose()
    postgresql.drop(target)
