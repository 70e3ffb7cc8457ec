"""The parallel month on the page and on the command line."""

from io import BytesIO

import pytest
from click.testing import CliRunner

import cli.compare
from cli.hr import hr
from hr.compare.sheet import read
from tests.unit.hr.test_compare_sheet import xlsx
from tests.unit.hr_web.conftest import words

HEADER = ("工号", "姓名", "日期", "件数", "工时", "计件工资")
SHEET = xlsx(
    HEADER,
    ("0317", "张三丰", "2026-11-20", 660, 10.5, 151.32),
    ("0288", "周大勇", "2026/11/20", 520, 8.5, 135.20),
    ("0392", "李小梅", "2026年11月20日", 267, 8.5, 60),
    (221, "刘春生", "2026-11-20", 90, "", ""),
    ("0999", "某人", "2026-11-20", 1, 1, 1),
)


@pytest.fixture
def compared(desk):
    return desk.post("/compare/", file=(BytesIO(SHEET), "sheet.xlsx"))


def test_each_worker_day_has_its_verdict_and_its_reason(compared):
    text = words(compared)
    assert "张三丰 0317 20 Nov paper wrong 660 642 10:30 10:37 CNY 151.32 CNY 147.72 the record is whole" in text
    assert "周大勇 0288 20 Nov unexplained 520 500 8:30 8:22 CNY 135.20 CNY 130.00 pieces were split by time" in text
    assert "李小梅 0392 20 Nov ours wrong 267 0" in text
    assert "a line has no price" in text
    assert "刘春生 0221 20 Nov ours wrong 90 0" in text
    assert "a line does not add up" in text


def test_the_sums_stand_in_yuan_and_strangers_in_none(compared):
    text = words(compared)
    assert "paper wrong 1 CNY 151.32 CNY 147.72 −CNY 3.60" in text
    assert "Sum 4 CNY 346.52 CNY 277.72 −CNY 68.80" in text
    assert "Not on the list of people, and in no sum: line 6: 0999 某人" in text


def test_a_verdict_opens_to_the_readings_or_to_what_mends_it(compared, shown, desk):
    assert f'href="/pay/of/{shown.keys["0317"]}?start=2026-11-20&amp;end=2026-11-20"' in compared.text
    ladder = f"/pay/line/gate-1/1/{shown.unpriced_line}"
    assert f'href="{ladder}"' in compared.text
    assert "Enter the price" in desk.text(ladder)


def test_a_sheet_that_cannot_be_read_names_what_to_mend(desk):
    answer = desk.post("/compare/", file=(BytesIO(xlsx(("工号", "件数"), ("0317", 1))), "sheet.xlsx"))
    assert answer.status_code == 422
    assert "1 date no such column" in words(answer)


def test_no_file_is_no_comparison(desk):
    assert desk.post("/compare/").status_code == 409


def test_the_template_can_be_filled_in_and_read(desk):
    answer = desk.get("/compare/template.xlsx")
    assert read(answer.data) == []


@pytest.fixture
def command(monkeypatch, shown):
    monkeypatch.setattr(cli.compare, "hr_service", lambda _file: (shown.service, None))
    return lambda *arguments: CliRunner().invoke(hr, ["compare", *map(str, arguments)])


def test_the_command_says_the_same(command, tmp_path):
    (tmp_path / "sheet.xlsx").write_bytes(SHEET)
    said = command(tmp_path / "sheet.xlsx")
    assert said.exit_code == 0
    assert "2026-11-20  0317  paper_wrong  pieces: sheet 660, here 642  (the record is whole)" in said.output
    assert "paper wrong              1        151.32        147.72         -3.60" in said.output
    assert command(tmp_path / "sheet.xlsx", "--json").output.count('"verdict"') >= 4


def test_the_command_writes_an_empty_sheet_and_names_what_to_mend(command, tmp_path):
    assert command("--template", tmp_path / "empty.xlsx").exit_code == 0
    assert read((tmp_path / "empty.xlsx").read_bytes()) == []
    (tmp_path / "bad.xlsx").write_bytes(xlsx(("工号",), ("0317",)))
    refused = command(tmp_path / "bad.xlsx")
    assert refused.exit_code == 1
    assert "line 1, date: got 'no such column', wanted it in the first line" in refused.output
    assert command().exit_code == 1
