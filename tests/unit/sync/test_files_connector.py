"""Runs of files: whole or not there, the same bytes for the same lines, and nothing in them that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import msgspec
import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from settings import ConfigError
from sync.connectors.config import open_system, read_systems
from sync.connectors.files import FilesKeys
from sync.connectors.files.formats import FORMATS
from sync.connectors.files.rows import PIECES, tables, unfit
from sync.connectors.port import AttendanceLine, Before, Delivered, Event, Fault, Level, PieceLine, Refused, Trouble
from sync.wire.facts import Direction

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING_US = 1_793_548_800_000_000 + 20 * 3_600_000_000
"""2026-11-02 20:00 in Asia/Shanghai."""


def mark(position: int = 1, number: str = "0012345678") -> Event:
    line = AttendanceLine(number, "2026-11-02", EVENING_US + 999_999, Direction.OUT)
    return Event(f"e-{position}", f"attendance/gate-1/1/{position}", 1, position, line)


def pieces(position: int = 2, **change: Any) -> Event:
    line = PieceLine("0101", "2026-11-02", "W-100", "CAP-28", "MOULD", 400, 398, 2, 0, 0, -3, Decimal("0.01255"),
                     Decimal("4.99"))  # fmt: skip
    return Event(f"e-{position}", f"pieces/gate-1/1/{position}", 1, position, msgspec.structs.replace(line, **change))


def keys(folder: Path, form: str = "csv", **more: str) -> FilesKeys:
    values = {"name": "payroll", "connector": "files", "since": "2026-11-01", "folder": str(folder), "format": form}
    return msgspec.convert(values | more, FilesKeys)


def runs(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if not each.name.startswith("."))


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_same_run_is_the_same_bytes(tmp_path: Path, form: str):
    contents = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        open_system(keys(tmp_path / name, form), "Asia/Shanghai").send([mark(), pieces()])
        (run,) = runs(tmp_path / name)
        contents.append((run.name, {file.name: file.read_bytes() for file in run.iterdir()}))
    assert contents[0] == contents[1]


def test_a_workbook_bears_no_date_of_its_making():
    (sheet, rows), *_ = tables([pieces()], SHANGHAI)
    with ZipFile(io.BytesIO(FORMATS["xlsx"].write(sheet, rows))) as archive:
        assert {each.date_time[0] for each in archive.infolist()} == {1980}
        assert b"2000-01-01" in archive.read("docProps/core.xml")


def test_employee_numbers_keep_their_zeros_in_a_workbook(tmp_path: Path):
    open_system(keys(tmp_path, "xlsx"), "Asia/Shanghai").send([mark()])
    (run,) = runs(tmp_path)
    sheet = openpyxl.load_workbook(run / "attendance.xlsx").active
    assert sheet is not None
    cell = sheet["F2"]
    assert (cell.value, cell.data_type, cell.number_format) == ("0012345678", "s", "@")


def test_times_are_whole_seconds_of_the_systems_zone_and_utc_beside_it(tmp_path: Path):
    open_system(keys(tmp_path, timezone="Europe/Berlin"), "Asia/Shanghai").send([mark()])
    (run,) = runs(tmp_path)
    (row,) = csv.DictReader(io.StringIO((run / "attendance.csv").read_text("utf-8-sig")))
    assert (row["at_local"], row["at_utc"]) == ("2026-11-02 13:00:00", "2026-11-02T12:00:00Z")
    assert json.loads((run / "manifest.json").read_bytes())["timezone"] == "Europe/Berlin"


@pytest.mark.parametrize("start", list("=+-@＝＋－＠"))
def test_text_that_a_spreadsheet_would_run_is_made_plain(start: str):
    text = start + 'HYPERLINK("http://example.org";"pay")'
    (sheet, rows), *_ = tables([pieces(order=text)], SHANGHAI)
    raw = FORMATS["csv"].write(sheet, rows)
    assert next(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))["order"] == "'" + text
    workbook = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"].write(sheet, rows)))
    assert {cell.data_type for row in workbook.worksheets[0].iter_rows() for cell in row} <= {"s", "n"}


def test_a_negative_adjustment_stays_a_number():
    (sheet, rows), *_ = tables([pieces()], SHANGHAI)
    raw = FORMATS["csv"].write(sheet, rows)
    assert next(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))["adjustment"] == "-3"


@pytest.mark.slow
@pytest.mark.parametrize("form", sorted(FORMATS))
@settings(max_examples=60)
@example(order="_x004_ _X0041_", number=" 1 ", good=0, amount=Decimal(0))
@example(order="", number="'=1", good=-1, amount=Decimal("-0.10"))
@given(
    order=st.text(max_size=40),
    number=st.text("0123456789'=+-@_x", max_size=20),
    good=st.integers(-(2**60), 2**60),
    amount=st.decimals(-(10**12), 10**12, places=2),
)
def test_whatever_fits_reads_back_as_it_was_written(form: str, order: str, number: str, good: int, amount: Decimal):
    event = pieces(order=order, number=number, good=good, amount=amount)
    if unfit(event) is None:
        (sheet, rows), *_ = tables([event], SHANGHAI)
        assert FORMATS[form].read(sheet, FORMATS[form].write(sheet, rows)) == rows


@pytest.mark.parametrize("text", ["_x005F_", "a\x00", "a\nb", "a\ud800", "a\ufffe", "x" * 501])
def test_what_no_table_can_hold_is_refused_by_column_and_without_its_value(text: str):
    why = unfit(pieces(order=text))
    assert why is not None
    assert why.startswith("order ")
    assert text not in why


@pytest.mark.parametrize("change", [{"good": 2**53}, {"amount": Decimal("1234567890123456.78")}])
def test_numbers_that_a_spreadsheet_would_round_are_refused(change: dict[str, Any]):
    assert "exactly" in str(unfit(pieces(**change)))


def test_a_damaged_file_is_a_value_error():
    for form in FORMATS.values():
        for raw in (b"", b"PK\x03\x04 not a file of ours", b'"event"x,line', b"\xff"):
            with pytest.raises(ValueError, match=r"^(not|the columns|'utf-8')"):
                form.read(PIECES, raw)


# --- the folder ---------------------------------------------------------------------------------------


def test_a_correction_is_a_run_of_its_own_that_names_what_it_replaces(tmp_path: Path):
    system = open_system(keys(tmp_path), "Asia/Shanghai")
    first = system.send([mark()])["e-1"]
    assert isinstance(first, Delivered)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.csv")}
    later = msgspec.structs.replace(mark().content, at_us=EVENING_US + 60_000_000)
    system.send([Event("e-9", mark().line, 2, 9, later, before=Before("e-1", first, mark().content))])
    assert {file: file.read_bytes() for file in before} == before
    _, run = runs(tmp_path)
    (row,) = csv.DictReader(io.StringIO((run / "attendance.csv").read_text("utf-8-sig")))
    assert (row["state"], row["replaces"], row["revision"]) == ("correction", "e-1", "2")


def test_nothing_there_is_ever_overwritten(tmp_path: Path):
    open_system(keys(tmp_path), "Asia/Shanghai").send([mark()])
    (run,) = runs(tmp_path)
    (run / "manifest.json").unlink()
    (run / "attendance.csv").write_text("theirs")
    with pytest.raises(Trouble, match=r"File exists|is there already") as caught:
        open_system(keys(tmp_path), "Asia/Shanghai").send([mark()])
    assert caught.value.fault is Fault.CONFIG
    assert (run / "attendance.csv").read_text() == "theirs"


def test_a_run_that_was_moved_to_taken_is_found(tmp_path: Path):
    open_system(keys(tmp_path), "Asia/Shanghai").send([mark()])
    (run,) = runs(tmp_path)
    (tmp_path / "taken").mkdir()
    run.rename(tmp_path / "taken" / run.name)
    assert set(open_system(keys(tmp_path), "Asia/Shanghai").find([mark(), pieces()])) == {"e-1"}


def test_what_a_crash_left_half_written_is_no_run_and_is_cleared_away(tmp_path: Path):
    half = tmp_path / ".staging-000000000001-0123456789abcdef"
    half.mkdir()
    (half / "manifest.json").write_text("{")
    system = open_system(keys(tmp_path), "Asia/Shanghai")
    assert system.find([mark()]) == {}
    system.send([mark()])
    assert not half.exists()


def test_a_damaged_manifest_stops_the_sender_with_a_sentence(tmp_path: Path):
    open_system(keys(tmp_path), "Asia/Shanghai").send([mark()])
    (run,) = runs(tmp_path)
    (run / "manifest.json").write_bytes(b'{"clockpiece":1')
    with pytest.raises(Trouble, match="is damaged") as caught:
        open_system(keys(tmp_path), "Asia/Shanghai").find([mark()])
    assert caught.value.fault is Fault.CONFIG


def test_files_are_for_the_folders_group_whatever_the_umask(tmp_path: Path):
    before = os.umask(0o077)
    try:
        open_system(keys(tmp_path), "Asia/Shanghai").send([mark()])
    finally:
        os.umask(before)
    (run,) = runs(tmp_path)
    assert stat.S_IMODE(run.stat().st_mode) == 0o750
    assert {stat.S_IMODE(file.stat().st_mode) for file in run.iterdir()} == {0o640}


def test_a_line_that_does_not_fit_is_refused_alone(tmp_path: Path):
    answers = open_system(keys(tmp_path), "Asia/Shanghai").send([mark(), pieces(order="\x07")])
    assert isinstance(answers["e-1"], Delivered)
    assert answers["e-2"] == Refused(Fault.FINAL, "order holds a character that no spreadsheet takes; correct it at HR")


def test_a_file_that_does_not_read_back_is_not_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sync.connectors.files.formats._plain", lambda cell: str(cell).lower())
    with pytest.raises(Trouble, match="does not read back") as caught:
        open_system(keys(tmp_path), "Asia/Shanghai").send([mark()])
    assert caught.value.fault is Fault.CONFIG
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_bad_and_is_not_made(tmp_path: Path):
    (finding,) = open_system(keys(tmp_path / "none"), "Asia/Shanghai").check([])
    assert finding.level is Level.BAD
    assert not (tmp_path / "none").exists()


# --- systems.toml -------------------------------------------------------------------------------------

GOOD = '[[system]]\nname = "payroll"\nconnector = "files"\nsince = "2026-11-01"\nfolder = "/srv/payroll"\n'


def test_a_system_is_read_with_the_keys_of_its_connector(tmp_path: Path):
    file = tmp_path / "systems.toml"
    file.write_text(GOOD)
    assert read_systems(file) == {"payroll": keys(Path("/srv/payroll"))}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('"files"', '"sap"'), r"system\[0\].connector: got 'sap', wanted one of files"),
        (GOOD.replace("folder", "folders"), r"system\[0\].folder"),
        (GOOD.replace("2026-11-01", "2026-11-31"), r"system\[0\].since: got '2026-11-31', wanted a date"),
        (GOOD + 'timezone = "Shanghai"\n', r"system\[0\].timezone: got 'Shanghai', wanted a zone"),
        (GOOD + 'format = "xls"\n', r"system\[0\].format: got 'xls', wanted 'csv' or 'xlsx'"),
        (GOOD + GOOD, r"system\[1\].name: got 'payroll', wanted a name that no other system has"),
        (GOOD.replace('"payroll"', '"Pay roll"'), r"system\[0\].name: got 'Pay roll'"),
    ],
)
def test_a_bad_key_is_named_with_what_is_wanted(tmp_path: Path, text: str, said: str):
    file = tmp_path / "systems.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_systems(file)
