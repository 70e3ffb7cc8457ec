"""The month for the payroll program: sums that agree, one run for one content, and files that read back."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import openpyxl
import pytest

from hr.pay.payroll import ITEMS, ONE_DAY, PAYROLL, Manifest, NotWritten, Payroll, payroll
from hr.pay.payslips.head import Standing
from sync.connectors.files.formats import FORMATS
from tests.unit.hr.months import entry


def made(form: str = "csv", *entries: object, standing: Standing = Standing.CLOSED) -> Payroll:
    known = entries or (entry(), entry("p-li", "0392", "李小梅"))
    return payroll("顺达五金厂", "2026-11", standing, known, form)  # type: ignore[arg-type]  # always entries


def files(run: Payroll) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(run.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_persons_items_and_columns_add_up_to_his_net(form: str):
    found = files(made(form))
    columns = [name for name, _sort in PAYROLL.columns]
    for row in FORMATS[form].read(PAYROLL, found[f"payroll.{form}"]):
        said: dict[str, Any] = dict(zip(columns, row, strict=True))
        items = [each for each in FORMATS[form].read(ITEMS, found[f"items.{form}"]) if each[1] == said["number"]]
        amount = [name for name, _sort in ITEMS.columns].index("amount")
        assert sum((Decimal(each[amount]) for each in items), Decimal(0)) == said["net"] == Decimal("493.00")
        assert said["piece"] + said["night_allowance"] + said["deduction"] == said["net"]
        assert said["gross"] - said["deducted"] == said["net"]
        assert (said["minutes_normal"], said["minutes_ot_workday"], said["held"]) == (960, 120, 1)


def test_people_come_by_employee_number_and_zeros_before_it_stay():
    book = openpyxl.load_workbook(io.BytesIO(files(made("xlsx"))["payroll.xlsx"]))
    assert [row[1] for row in book["payroll"].iter_rows(min_row=2, values_only=True)] == ["0392", "1017"]


def test_the_same_month_is_the_same_run_byte_for_byte_in_any_order():
    one, other = made("xlsx"), made("xlsx", entry("p-li", "0392", "李小梅"), entry())
    assert (one.run, one.content) == (other.run, other.content)
    with zipfile.ZipFile(io.BytesIO(one.content)) as archive:
        assert {each.date_time for each in archive.infolist()} == {ONE_DAY}


def test_another_figure_or_another_standing_is_another_run():
    dearer = replace(entry(), statement=replace(entry().statement, gross=Decimal("543.01")))
    runs = {made().run, made("csv", entry()).run, made("csv", dearer).run, made(standing=Standing.DRAFT).run}
    assert len(runs) == 4


def test_the_manifest_has_the_run_and_the_checksum_of_every_file():
    run = made()
    found = files(run)
    manifest = msgspec.json.decode(found["manifest.json"], type=Manifest)
    assert (manifest.run, manifest.month, manifest.standing) == (run.run, "2026-11", Standing.CLOSED)
    assert {each.file: each.sha256 for each in manifest.files} == {
        name: hashlib.sha256(raw).hexdigest() for name, raw in found.items() if name != "manifest.json"
    }
    assert [each.rows for each in manifest.files] == [2, 8]


def test_a_name_that_a_spreadsheet_would_run_stays_text():
    raw = files(made("csv", entry(name="=1+1")))["payroll.csv"].decode("utf-8-sig")
    assert ",'=1+1," in raw


def test_a_name_that_no_spreadsheet_takes_is_refused_and_not_written_otherwise():
    with pytest.raises(NotWritten, match=r"payroll\.xlsx"):
        made("xlsx", entry(name="a\x00b"))
