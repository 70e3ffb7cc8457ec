"""One file that holds a whole HR installation, taken while the server runs; and back into an empty folder.

The file is a tar archive: `manifest.json` first, with the SHA-256 of each other member, then `hr.toml`, the keys and
`hr.db`. Nothing of it is written anywhere before every checksum has been looked at.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec
import sqlcipher3.dbapi2
from sqlalchemy import inspect, make_url, select

from hr.accounts import COOKIE_SECRET, SEALING_KEY, SIGNING_KEY, installed_toml
from hr.authority import CA_CERTIFICATE, CA_KEY, SERVER_CERTIFICATE
from hr.config import HrConfig, Server
from hr.people.newcomers import mark_safe
from hr.store import engine, writing
from hr.store.tables import sealed_record
from settings import Mendable

MANIFEST, CONFIG, DATABASE, KEYS = "manifest.json", "hr.toml", "hr.db", "keys"
LATER_KEYS = (SEALING_KEY, CA_KEY, CA_CERTIFICATE, SERVER_CERTIFICATE)
"""An installation that is older than one of them does not have it."""

CHUNK = 1 << 20
MAX_SMALL_BYTES = 1_000_000
"""Manifest, configuration and keys are far smaller; a file that says otherwise is none of ours."""


class CannotBackUp(Mendable):
    """One sentence for the person who wanted a backup."""


class CannotRestore(Mendable):
    """One sentence for the person who wanted to restore; nothing has been written."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`members` are SHA-256 by path in the archive; `made_us` is microseconds UTC."""

    clockpiece: int
    made_us: int
    members: dict[str, str]


FORMAT = 1


def back_up(server: Server, config: Path, file: Path, now_us: int) -> None:
    """Writes the backup, readable by its owner only, and notes in the database which newcomers' records are in it.

    The database is not brought up to date by this: a backup can be made before an update. CannotBackUp when the file is
    there already, or the database is not one in a file.
    """
    source = _database_file(server)
    if file.exists():
        raise CannotBackUp(f"{file} is there already: choose another name, nothing is ever overwritten")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as folder:
            copy = Path(folder) / DATABASE
            _copy_database(source, copy)
            whole = Path(folder) / "whole"
            _pack(whole, _members(config, Path(server.keys), copy), now_us)
            # A link never replaces: a file that came meanwhile stays.
            file.hardlink_to(whole)
            held = _records_in(copy)
        _sync_folder(file.parent)
    except FileExistsError as error:
        raise CannotBackUp(f"{file} is there already: choose another name, nothing is ever overwritten") from error
    except OSError as error:
        raise CannotBackUp(f"{error.filename or file}: {error.strerror}; no backup was made") from error
    _tell_what_is_safe(server.database, held)


def restore(file: Path, folder: Path) -> Path:
    """Makes the installation in `folder`, which must be empty or not there, and returns its hr.toml. CannotRestore."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotRestore(f"{folder} is not an empty folder: choose one that is empty or not there")
    folder = folder.absolute()
    with _opened(file) as archive:
        members = _verified(file, archive)
        config = _read_config(file, _content(archive, members[CONFIG]))
        keys = folder / KEYS
        keys.mkdir(mode=0o700, parents=True)
        folder.chmod(0o700)
        for name, member in members.items():
            if name != CONFIG:
                _unpack(archive, member, folder / name)
    # Last, because a service starts from it: a restore cut short is seen as such.
    own = config.hr.certificate and (keys / SERVER_CERTIFICATE).exists()
    server = msgspec.structs.replace(
        config.hr,
        database=f"sqlite:///{folder / DATABASE}",
        keys=str(keys),
        certificate=str(keys / SERVER_CERTIFICATE) if own else config.hr.certificate,
    )
    target = folder / CONFIG
    target.write_text(installed_toml(msgspec.structs.asdict(server)), "utf-8")
    return target


# --- making one -------------------------------------------------------------------------------------


def _database_file(server: Server) -> Path:
    url = make_url(server.database)
    engine_name = url.get_backend_name()
    if engine_name != "sqlite" or not url.database:
        raise CannotBackUp(
            f"the database is {engine_name}: run `pg_dump --format=custom --file=hr.dump NAME`, and copy hr.toml "
            f"and {server.keys}"
        )
    file = Path(url.database)
    if not file.exists():
        raise CannotBackUp(f"{file}: there is no database; is this the configuration of the server that runs?")
    return file


def _copy_database(source: Path, copy: Path) -> None:
    """SQLite's online backup: the server goes on writing, the copy is of one moment."""
    original = sqlcipher3.dbapi2.connect(f"file:{source}?mode=ro", uri=True)
    target = sqlcipher3.dbapi2.connect(str(copy))
    try:
        # In one step: a write in between would make it begin again. Writers of a WAL database go on meanwhile.
        original.backup(target)
        # As one file without a log beside it.
        target.execute("PRAGMA journal_mode = DELETE").close()
        if target.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise CannotBackUp(f"{source} is damaged: stop the server, and restore the backup before this one")
    except sqlcipher3.dbapi2.Error as error:
        raise CannotBackUp(f"{source}: {error}; no backup was made") from error
    finally:
        target.close()
        original.close()


def _members(config: Path, keys: Path, database: Path) -> dict[str, Path]:
    names = [SIGNING_KEY, COOKIE_SECRET, *(name for name in LATER_KEYS if (keys / name).exists())]
    return {CONFIG: config, **{f"{KEYS}/{name}": keys / name for name in names}, DATABASE: database}


def _pack(whole: Path, members: dict[str, Path], now_us: int) -> None:
    manifest = Manifest(FORMAT, now_us, {name: _digest_of(file) for name, file in members.items()})
    descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            told = whole.with_name(MANIFEST)
            told.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
            for name, file in {MANIFEST: told, **members}.items():
                archive.add(file, name, recursive=False, filter=_plain)
        stream.flush()
        os.fsync(stream.fileno())


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names of this machine's users."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _records_in(copy: Path) -> list[tuple[str, str]]:
    """The newcomers' records that the copy holds, by person key and digest."""
    store = engine(f"sqlite:///{copy}")
    try:
        with store.connect() as connection:
            if not inspect(connection).has_table(sealed_record.name):
                return []
            rows = connection.execute(select(sealed_record.c.person, sealed_record.c.digest))
            return [(row.person, row.digest) for row in rows]
    finally:
        store.dispose()


def _tell_what_is_safe(url: str, held: list[tuple[str, str]]) -> None:
    if not held:
        return
    store = engine(url)
    with writing(store).begin() as connection:
        mark_safe(connection, held)
    store.dispose()


# --- reading one ------------------------------------------------------------------------------------


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, mode="r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError) as error:
        raise CannotRestore(f"{file}: not a whole backup ({error}); take another one") from error
    except OSError as error:
        raise CannotRestore(f"{error.filename or file}: {error.strerror}") from error


def _verified(file: Path, archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """The members by path, each with the checksum that the manifest names; nothing else is in there."""
    members = {member.name: member for member in archive.getmembers()}
    try:
        manifest = msgspec.json.decode(_content(archive, members.pop(MANIFEST)), type=Manifest)
    except (KeyError, msgspec.MsgspecError) as error:
        raise CannotRestore(f"{file}: not a backup of Clockpiece; take another one") from error
    if manifest.clockpiece != FORMAT:
        raise CannotRestore(
            f"{file}: of format {manifest.clockpiece}, this release knows {FORMAT}; install a newer one"
        )
    wanted = {CONFIG, DATABASE, f"{KEYS}/{SIGNING_KEY}", f"{KEYS}/{COOKIE_SECRET}"}
    known = wanted | {f"{KEYS}/{name}" for name in LATER_KEYS}
    if members.keys() != manifest.members.keys() or not wanted <= members.keys() <= known:
        raise CannotRestore(f"{file}: parts are missing or strange; take another backup")
    for name, digest in manifest.members.items():
        stream = archive.extractfile(members[name])
        if stream is None or _digest(stream) != digest:
            raise CannotRestore(f"{file}: {name} does not have its checksum, the file is damaged; take another backup")
    return members


def _read_config(file: Path, raw: bytes) -> HrConfig:
    try:
        return msgspec.toml.decode(raw, type=HrConfig)
    except msgspec.MsgspecError as error:
        raise CannotRestore(f"{file}: its hr.toml is of another release ({error}); install that one") from error


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    return b"" if stream is None else stream.read(MAX_SMALL_BYTES)


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    source = archive.extractfile(member)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        while source is not None and (chunk := source.read(CHUNK)):
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())


def _digest_of(file: Path) -> str:
    with file.open("rb") as stream:
        return _digest(stream)


def _digest(stream: IO[bytes]) -> str:
    found = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        found.update(chunk)
    return found.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
