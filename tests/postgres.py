"""A PostgreSQL of the tests' own: in a temporary folder, on a Unix socket alone, stopped at the end.

PostgreSQL does not run as root; as root the cluster is the Debian package's user `postgres`. Each test gets a database
of its own, copied from one that is made once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

PACKAGES = Path("/usr/lib/postgresql")
IN_MEMORY = Path("/dev/shm")
"""Where a flush costs nothing: HR refuses a server that does not flush."""

ROOM_BYTES = 1_000_000_000
STARTS_IN_S = 60


def programs() -> Path | None:
    """The folder with initdb and pg_ctl of the newest PostgreSQL on this machine."""
    found = [each.parent for each in PACKAGES.glob("*/bin/pg_ctl")]
    on_path = shutil.which("initdb")
    return max(found, key=_release, default=Path(on_path).parent if on_path else None)


def _release(folder: Path) -> float:
    return float(folder.parent.name)


@dataclass
class Cluster:
    """A running server. `url(name)` is for HR, `dsn(name)` for libpq."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _templates: dict[str, str] = field(default_factory=dict)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def dsn(self, database: str = "postgres") -> str:
        return f"host={self.folder} user=postgres dbname={database}"

    def create(self, *, template: str = "template0", locale: str = "C") -> str:
        """The name of a new database, empty or a copy of one that nobody is connected to."""
        name = f"db{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' LOCALE '{locale}'")
        return name

    def copy_of(self, what: str, made: Callable[[str], None]) -> str:
        """A new database as `made` leaves it, given its URL. `made` is called once for each `what`."""
        if what not in self._templates:
            name = self.create()
            made(self.url(name))
            self._templates[what] = name
        return self.create(template=self._templates[what])

    def drop(self, database: str) -> None:
        """Whoever is still connected is thrown out."""
        self.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def restart(self) -> None:
        """At once: whoever is in the middle of something loses his connection."""
        _run("pg_ctl", "restart", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "-s", "-l", self._log)

    def stop(self) -> None:
        _run("pg_ctl", "stop", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "-s")

    def start(self) -> None:
        _run("pg_ctl", "start", "-D", str(self.folder / "data"), "-w", "-s", "-l", self._log, "-t", str(STARTS_IN_S))

    @property
    def _log(self) -> str:
        return str(self.folder / "log")


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and shutil.disk_usage(folder).free > ROOM_BYTES


@contextmanager
def cluster(*options: str, on_disk: bool = False) -> Iterator[Cluster]:
    """A new server with these lines in its postgresql.conf; in memory, if there is room and `on_disk` is not said."""
    place = "/tmp" if on_disk or not _has_room(IN_MEMORY) else str(IN_MEMORY)
    folder = Path(tempfile.mkdtemp(prefix="cp-pg-", dir=place))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    made = Cluster(folder)
    try:
        _run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
             "--locale=C.UTF-8")  # fmt: skip
        lines = ("listen_addresses=''", f"unix_socket_directories='{folder}'", "max_connections=50", *options)
        with (folder / "data" / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{line}\n" for line in lines)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)


def _run(program: str, *arguments: str) -> None:
    folder = programs()
    if folder is None:
        raise FileNotFoundError("no PostgreSQL on this machine: apt install postgresql")
    command = [str(folder / program), *arguments]
    user = "postgres" if os.geteuid() == 0 else None
    # Not a pipe: the server would inherit it and hold it open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(command, stdout=said, stderr=said, cwd="/", check=False, user=user, group=user)
        if done.returncode:
            said.seek(0)
            raise RuntimeError(f"{program}: {said.read().decode(errors='replace')}")
