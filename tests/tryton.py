"""A Tryton of the tests' own: a program of its own, installed once from its lock and reached over the network alone.

Its environment and a database with a small company lie in the user's cache: both take half a minute to make. Every run
puts that database into the tests' PostgreSQL anew.
"""

from __future__ import annotations

import base64
import fcntl
import functools
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests

from tests import postgres

LOCK = Path(__file__).parents[1] / "requirements" / "tryton.txt"
USER, ADMIN, PASSWORD = "clockpiece", "admin", "shunda-2026-tests"
COMPANY, ZONE = "Shunda Caps", "Asia/Shanghai"
STARTS_IN_S = 60.0
INSTALLS_IN_S = 600.0


@functools.cache
def environment() -> Path | None:
    """The environment with Tryton's programs, installed when it is not there yet; None when that cannot be done."""
    name = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "clockpiece" / f"tryton-{name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            if not (folder / "ready").exists():
                venv.create(folder / "venv", with_pip=True, clear=True)
                pip = [str(folder / "venv/bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
                subprocess.run(
                    [*pip, "--require-hashes", "-r", str(LOCK)], check=True, timeout=INSTALLS_IN_S, capture_output=True
                )
                (folder / "ready").touch()
    except (OSError, subprocess.SubprocessError):
        return None
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Other runs of the tests on this machine wait."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def can_run() -> bool:
    return postgres.programs() is not None and environment() is not None


@dataclass
class Tryton:
    """A running server with a company, two employees, and one who left at the end of October 2026.

    `key` is an application key that USER has confirmed. `sql` reads and writes as nobody of Tryton would.
    """

    url: str
    database: str
    dsn: str
    key: str = ""
    _sessions: dict[str, tuple[str, int, str]] = field(default_factory=dict)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def rpc(self, model: str, method: str, *arguments: Any, user: str = ADMIN) -> Any:
        """As a client of this user does it."""
        if user not in self._sessions:
            number, session, *_ = self._ask("common.db.login", [user, {"password": PASSWORD}, "en"])
            self._sessions[user] = (user, number, session)
        said = ":".join(str(each) for each in self._sessions[user])
        token = base64.b64encode(said.encode()).decode()
        return self._ask(f"model.{model}.{method}", [*arguments, {}], {"Authorization": f"Session {token}"})

    def _ask(self, method: str, arguments: list[Any], headers: Mapping[str, str] | None = None) -> Any:
        body = {"id": 1, "method": method, "params": arguments}
        answer = requests.post(f"{self.url}/{self.database}/rpc/", json=body, headers=headers, timeout=30).json()
        assert "error" not in answer, answer
        return answer["result"]

    def ask_for_key(self) -> str:
        """As anybody may; USER confirms it afterwards, or not."""
        body = {"user": USER, "application": "rest"}
        key: str = requests.post(f"{self.url}/{self.database}/r/user/application/", json=body, timeout=30).json()
        return key

    def confirm_keys(self) -> None:
        asked = self.rpc("res.user.application", "search", [["state", "=", "requested"]], 0, None, None, user=USER)
        self.rpc("res.user.application", "validate_", asked, user=USER)


@contextmanager
def running(cluster: postgres.Cluster) -> Iterator[Tryton]:
    """The small company's database in this cluster, and a server on it."""
    home = environment()
    assert home is not None
    text = LOCK.read_bytes() + Path(__file__).read_bytes() + str(postgres.programs()).encode()
    dump = home / f"company-{hashlib.sha256(text).hexdigest()[:12]}.dump"
    key_file = dump.with_suffix(".key")
    with _alone(home):
        if not key_file.exists():
            for older in home.glob("company-*"):
                older.unlink()
            _make(home, cluster, dump, key_file)
    database = cluster.create()
    _run(_tool("pg_restore"), "--no-owner", "--dbname", cluster.dsn(database), str(dump))
    with _serving(home, cluster, database) as server:
        server.key = key_file.read_text("ascii")
        yield server
    cluster.drop(database)


def _make(home: Path, cluster: postgres.Cluster, dump: Path, key_file: Path) -> None:
    database = cluster.create()
    with _configured(cluster) as (conf, _), tempfile.NamedTemporaryFile("w") as password:
        password.write(f"{PASSWORD}\n")
        password.flush()
        modules = ["-u", "attendance", "--activate-dependencies", "--email", "admin@example.com"]
        _run(
            str(home / "venv/bin/trytond-admin"),
            "-c",
            str(conf),
            "-d",
            database,
            *modules,
            TRYTONPASSFILE=password.name,
        )
    with _serving(home, cluster, database) as server:
        _furnish(server)
        key = server.ask_for_key()
        server.confirm_keys()
    _run(_tool("pg_dump"), "--format=custom", "--file", str(dump), cluster.dsn(database))
    key_file.touch(0o600)
    key_file.write_text(key, "ascii")
    cluster.drop(database)


def _furnish(server: Tryton) -> None:
    ((admin,),) = server.sql("SELECT id FROM res_user WHERE login = 'admin'")
    (currency,) = server.rpc("currency.currency", "create", [{"name": "Renminbi", "symbol": "¥", "code": "CNY"}])
    people = [(COMPANY, "SHUNDA"), ("李伟", "0101"), ("王芳", "0102"), ("赵敏", "0103")]
    party, *parties = server.rpc("party.party", "create", [{"name": name, "code": code} for name, code in people])
    company = {"party": party, "currency": currency, "timezone": ZONE}
    (company_id,) = server.rpc("company.company", "create", [company])
    of = {"companies": [("add", [company_id])], "company": company_id}
    server.rpc("res.user", "write", [admin], of)
    *_, left = server.rpc("company.employee", "create", [{"party": each, "company": company_id} for each in parties])
    server.rpc(
        "company.employee", "write", [left], {"end_date": {"__class__": "date", "year": 2026, "month": 10, "day": 31}}
    )
    group = server.rpc("ir.model.data", "get_id", "attendance", "group_attendance_admin")
    made = {"name": USER, "login": USER, "password": PASSWORD, "groups": [("add", [group])]}
    server.rpc("res.user", "create", [made | of])


@contextmanager
def _serving(home: Path, cluster: postgres.Cluster, database: str) -> Iterator[Tryton]:
    with _configured(cluster) as (conf, port), tempfile.TemporaryFile() as log:
        command = [str(home / "venv/bin/trytond"), "-c", str(conf), "-d", database]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        try:
            _until_it_answers(process, port)
            yield Tryton(f"http://127.0.0.1:{port}", database, cluster.dsn(database))
        finally:
            process.terminate()
            process.wait(30)


def _until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + STARTS_IN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("trytond does not listen")


@contextmanager
def _configured(cluster: postgres.Cluster) -> Iterator[tuple[Path, int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="cp-tryton-"))
    conf = folder / "trytond.conf"
    uri = f"postgresql://postgres@/?host={cluster.folder}"
    conf.write_text(f"[database]\nuri = {uri}\npath = {folder}\n[web]\nlisten = 127.0.0.1:{port}\n", "ascii")
    try:
        yield conf, port
    finally:
        shutil.rmtree(folder)


def _tool(name: str) -> str:
    folder = postgres.programs()
    assert folder is not None
    return str(folder / name)


def _run(*command: str, **env: str) -> None:
    done = subprocess.run(command, env=os.environ | env, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
