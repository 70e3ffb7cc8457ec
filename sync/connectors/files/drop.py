"""The folder: one run of events is one folder in it, which appears whole or not at all and is never written again."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from sync.connectors.files import FilesKeys
from sync.connectors.files.formats import FORMATS
from sync.connectors.files.rows import Row, Sheet, sheet_of, tables, unfit
from sync.connectors.port import Delivered, Employee, Event, Fault, Finding, Level, Refused, Trouble
from sync.wire.envelope import canonical_json

BATCH = 5000
LOOK_BACK_RUNS = 20_000
"""Runs that are looked through for an event, the newest first: months, at a run every few minutes."""

TAKEN = "taken"
"""Whoever imports the runs may move them here."""

MANIFEST = "manifest.json"
STAGING = ".staging-"
MENDED_BY_A_PERSON = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}


class InRun(msgspec.Struct, frozen=True):
    """One file of a run. `events` are those of its rows, in order."""

    file: str
    rows: int
    bytes: int
    sha256: str
    events: list[str]


class Manifest(msgspec.Struct, frozen=True):
    """`run` is the same for the same events in the same form; `first` and `last` are positions in the outbox."""

    clockpiece: int
    run: str
    system: str
    timezone: str
    first: int
    last: int
    files: list[InRun]


class DropFolder:
    """A System of `sync.connectors.port`."""

    batch = BATCH

    def __init__(self, keys: FilesKeys, zone: ZoneInfo) -> None:
        self._keys, self._zone = keys, zone
        self._folder = Path(keys.folder)
        self._format = FORMATS[keys.format]
        self._there: dict[str, Delivered] | None = None

    def check(self, people: Sequence[Employee]) -> list[Finding]:
        folder = self._folder
        if not folder.is_dir():
            return [Finding(Level.BAD, f"{folder} is no folder", "make it, or correct `folder` in systems.toml")]
        if not os.access(folder, os.W_OK | os.X_OK | os.R_OK):
            return [Finding(Level.BAD, f"nothing can be written in {folder}", "give this user the right to write")]
        try:
            runs = len(self._in_folder())
        except Trouble as trouble:
            return [Finding(Level.BAD, str(trouble))]
        free = shutil.disk_usage(folder).free
        space = Finding(Level.OK, f"{folder} can be written, {free // 1_000_000:,} MB are free; events there: {runs}")
        if free < 100_000_000:
            space = Finding(Level.LOOK, f"only {free // 1_000_000:,} MB are free in {folder}", "make room")
        return [
            space,
            Finding(Level.OK, f"times are written in {self._zone.key}, and in UTC beside it"),
            Finding(Level.OK, f"{len(people)} people are named by employee number; files cannot say who is unknown"),
        ]

    def find(self, events: Sequence[Event]) -> Mapping[str, Delivered]:
        there = self._in_folder()
        return {each.event: there[each.event] for each in events if each.event in there}

    def send(self, events: Sequence[Event]) -> Mapping[str, Delivered | Refused]:
        refused = {each.event: Refused(Fault.FINAL, why) for each in events if (why := unfit(each))}
        fit = [each for each in events if each.event not in refused]
        if not fit:
            return refused
        manifest, contents = self._run(fit)
        name = f"{manifest.first:012d}-{manifest.run}"
        with _sorted_by_the_mend(self._folder):
            self._publish(name, contents)
        written = _delivered(name, manifest)
        if self._there is not None:
            self._there |= written
        return refused | written

    def _run(self, events: Sequence[Event]) -> tuple[Manifest, dict[str, bytes]]:
        """The files of a run by name, the manifest among them; each is read back before it is believed."""
        files: list[InRun] = []
        contents: dict[str, bytes] = {}
        for sheet, rows in tables(events, self._zone):
            raw = self._format.write(sheet, rows)
            self._read_back(sheet, rows, raw)
            name = f"{sheet.name}.{self._format.suffix}"
            ids = [each.event for each in events if sheet_of(each) is sheet]
            files.append(InRun(name, len(rows), len(raw), hashlib.sha256(raw).hexdigest(), ids))
            contents[name] = raw
        same = canonical_json([self._keys.name, self._zone.key, [[each.file, each.sha256] for each in files]])
        run = hashlib.sha256(same).hexdigest()[:16]
        positions = [each.position for each in events]
        manifest = Manifest(1, run, self._keys.name, self._zone.key, min(positions), max(positions), files)
        return manifest, contents | {MANIFEST: canonical_json(msgspec.to_builtins(manifest)) + b"\n"}

    def _read_back(self, sheet: Sheet, rows: list[Row], raw: bytes) -> None:
        try:
            same = self._format.read(sheet, raw) == rows
        except ValueError:
            same = False
        if not same:
            raise Trouble(Fault.CONFIG, f"a {self._format.suffix} file does not read back as it was meant; report this")

    def _publish(self, name: str, contents: dict[str, bytes]) -> None:
        """Written beside, flushed, looked at once more on the disk, then renamed into its place."""
        final, staging = self._folder / name, self._folder / f"{STAGING}{name}"
        for left in self._folder.glob(f"{STAGING}*"):
            shutil.rmtree(left)
        staging.mkdir()
        # Whoever imports is of the folder's group, whatever this process's umask says.
        staging.chmod(0o750)
        for file, raw in contents.items():
            _write(staging / file, raw)
        _flush_folder(staging)
        if any((staging / file).read_bytes() != raw for file, raw in contents.items()):
            raise OSError(errno.EIO, "what was written does not read back")
        if final.exists():
            # rename() would take the place of an empty folder.
            raise FileExistsError(errno.EEXIST, f"{name} is there already")
        staging.rename(final)
        _flush_folder(self._folder)

    def _in_folder(self) -> dict[str, Delivered]:
        """Every event of the runs that lie here or were taken; looked up once and then kept."""
        if self._there is None:
            with _sorted_by_the_mend(self._folder):
                # A run may have been renamed just before a crash: what is not on the disk must not be believed.
                _flush_folder(self._folder)
                found: dict[str, Delivered] = {}
                for run in self._runs():
                    found |= _delivered(run.name, _manifest(run))
                self._there = found
        return self._there

    def _runs(self) -> list[Path]:
        taken = self._folder / TAKEN
        places = [self._folder, *([taken] if taken.is_dir() else [])]
        runs = [each for place in places for each in place.iterdir() if (each / MANIFEST).is_file()]
        shown = [each for each in runs if not each.name.startswith(".")]
        return sorted(shown, key=lambda each: each.name)[-LOOK_BACK_RUNS:]


def _manifest(run: Path) -> Manifest:
    raw = (run / MANIFEST).read_bytes()
    try:
        return msgspec.json.decode(raw, type=Manifest)
    except msgspec.MsgspecError as error:
        said = f"{run / MANIFEST} is damaged: move the run away once it is sure that it was imported"
        raise Trouble(Fault.CONFIG, said) from error


def _delivered(name: str, manifest: Manifest) -> dict[str, Any]:
    return {
        event: Delivered(f"{name}/{each.file}:{number}", each.sha256)
        for each in manifest.files
        for number, event in enumerate(each.events, 2)
    }


def _write(file: Path, raw: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchmod(stream.fileno(), 0o640)
        stream.write(raw)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _sorted_by_the_mend(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fault = Fault.CONFIG if error.errno in MENDED_BY_A_PERSON | {errno.EEXIST} else Fault.RETRY
        raise Trouble(fault, f"{folder}: {error.strerror}") from error
