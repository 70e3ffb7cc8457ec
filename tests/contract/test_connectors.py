"""The connectors, and a small system of the tests' own, pass one suite."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import msgspec
import openpyxl
import pytest

import sync.connectors.files.drop as drop
from sync.connectors import connectors
from sync.connectors.config import open_system
from sync.connectors.files import FilesKeys, Form
from sync.connectors.port import AttendanceLine, Fault, Line, PieceLine, System
from tests.contract.connectors import DAY_LINES, SYSTEM, ConnectorContract, CrashError, Hr, Rig, Seen, seen
from tests.contract.punch_book import PunchBook, PunchBookSystem, moved

ZONE = "Asia/Shanghai"


@dataclass
class BookRig:
    edits = True
    knows_people = True
    takes = (AttendanceLine, PieceLine)
    book: PunchBook = field(default_factory=PunchBook)

    def open(self) -> System:
        return PunchBookSystem(self.book)

    def counted(self) -> list[Seen]:
        return [seen(row.content) for row in self.book.rows.values()]

    def writes(self) -> object:
        return self.book.writes

    def poison(self, line: Line) -> Line:
        return msgspec.structs.replace(line, number="0999")

    def edit(self, line: Line) -> None:
        (row,) = [each for each in self.book.rows.values() if each.content == line]
        self.book.write(row.id, moved(line))

    @contextmanager
    def answer_lost(self) -> Iterator[None]:
        self.book.lose_answer = True
        yield
        self.book.lose_answer = False

    @contextmanager
    def away(self) -> Iterator[None]:
        self.book.down = True
        yield
        self.book.down = False

    @contextmanager
    def locked_out(self) -> Iterator[Fault]:
        self.book.revoked = True
        yield Fault.REVOKED
        self.book.revoked = False


class FilesRig:
    """Reads what lies in the folder as whoever imports it would: other code, and for XLSX another library."""

    edits = False
    knows_people = False
    takes = (AttendanceLine, PieceLine)

    def __init__(self, folder: Path, form: Form, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.form, self.patch = folder, form, patch
        folder.mkdir()

    def open(self) -> System:
        keys = FilesKeys(
            name=SYSTEM,
            connector="files",
            since="2026-11-01",
            folder=str(self.folder),
            format=self.form,
        )
        return open_system(keys, ZONE)

    def counted(self) -> list[Seen]:
        counting: dict[str, Seen] = {}
        events: set[str] = set()
        for run in sorted(each for each in self.folder.iterdir()):
            for row in rows_of(run):
                assert row["event"] not in events
                events.add(row["event"])
                if row["replaces"]:
                    del counting[row["replaces"]]
                if row["state"] != "withdrawn":
                    counting[row["event"]] = self._seen(row)
        return list(counting.values())

    def _seen(self, row: dict[str, str]) -> Seen:
        if "order" in row:
            return (row["number"], row["order"], row["good"], str(Decimal(row["amount"]).quantize(Decimal("0.01"))))
        at = datetime.fromisoformat(row["at_utc"])
        assert at.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%d %H:%M:%S") == row["at_local"]
        return (row["number"], row["direction"], str(int(at.timestamp())))

    def writes(self) -> object:
        return {str(file): file.read_bytes() for file in self.folder.rglob("*") if file.is_file()}

    def poison(self, line: Line) -> Line:
        assert isinstance(line, PieceLine)
        return msgspec.structs.replace(line, order="W-100\x07")

    def edit(self, line: Line) -> None:
        raise NotImplementedError

    @contextmanager
    def answer_lost(self) -> Iterator[None]:
        """The run is in its place, and the folder's flush fails."""

        def failing(folder: Path) -> None:
            if folder == self.folder and any(folder.glob("0*")):
                raise OSError(errno.EIO, "Input/output error")

        with self.patch.context() as patch:
            patch.setattr(drop, "_flush_folder", failing)
            yield

    @contextmanager
    def away(self) -> Iterator[None]:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with self.patch.context() as patch:
            patch.setattr(drop, "_write", full)
            yield

    @contextmanager
    def locked_out(self) -> Iterator[Fault]:
        elsewhere = self.folder.with_name("unmounted")
        self.folder.rename(elsewhere)
        yield Fault.CONFIG
        elsewhere.rename(self.folder)


def rows_of(run: Path) -> Iterator[dict[str, str]]:
    """All rows of a run, by column; the manifest must be true of each file."""
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    assert {each["file"] for each in manifest["files"]} == {each.name for each in run.iterdir()} - {"manifest.json"}
    for each in manifest["files"]:
        raw = (run / each["file"]).read_bytes()
        assert (hashlib.sha256(raw).hexdigest(), len(raw)) == (each["sha256"], each["bytes"])
        head, *rows = _table(run / each["file"])
        assert [row[0] for row in rows] == each["events"]
        assert len(rows) == each["rows"]
        yield from (dict(zip(head, row, strict=True)) for row in rows)


def _table(file: Path) -> list[Sequence[str]]:
    if file.suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.reader(stream))
    (sheet,) = openpyxl.load_workbook(file).worksheets
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "n"}
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


class TestThePunchBookOfTheTests(ConnectorContract):
    @pytest.fixture
    def rig(self) -> Rig:
        return BookRig()


class TestCsvFiles(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
        return FilesRig(tmp_path / "drop", "csv", monkeypatch)


class TestXlsxFiles(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
        return FilesRig(tmp_path / "drop", "xlsx", monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("form", get_args(Form))
def test_killed_at_any_flush_a_run_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Form):
    """Flushed are the folder of all runs, three files, their folder, and the folder of all runs again."""
    for step in range(1, 7):
        folder = tmp_path / str(step)
        folder.mkdir()
        rig = FilesRig(folder / "drop", form, monkeypatch)
        hr = Hr(folder, rig)
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", killer(step))
            with pytest.raises(CrashError):
                hr.say(DAY_LINES)
        done = hr.say(DAY_LINES)
        hr.store.dispose()
        assert done.found + done.sent == len(DAY_LINES)
        assert sorted(rig.counted()) == sorted(seen(each) for each in DAY_LINES.values())
        assert len(list((folder / "drop").iterdir())) == 1


def killer(at: int) -> Callable[[int], None]:
    """In the place of fsync: the process dies in its call number `at`."""
    calls = iter(range(1, at))

    def fsync(_descriptor: int) -> None:
        if next(calls, None) is None:
            raise CrashError

    return fsync


def test_every_connector_is_in_the_suite():
    """Whoever adds a folder adds a class here, or one in a module of its own, and its name."""
    assert set(connectors()) == {"files", "tryton"}
