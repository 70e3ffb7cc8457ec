"""Payslips and hours on paper, their signed codes, and the payroll file, from the pages of the plant."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from pathlib import Path

import pytest
import zxingcpp
from flask_babel import force_locale
from PIL import Image

from hr.attendance.rules.day import AttendanceDay, Stretch
from hr.calendar.day_class import TimeClass
from hr.pay.payslips.head import Standing, checked
from hr.pay.payslips.pdf import Sheet, _code
from hr.pay.rules.items import Form, Hold, Kind, Name
from hr.web import formulas
from hr.web import payslip as papers
from hr.web.payslip_sheets import Paper, hours_paper, payslip
from tests.unit.hr.months import entry
from tests.unit.hr_web.conftest import app_of, desk_of

MONTH = "/pay/papers/2026-11"
PAPER = Paper("顺达五金厂", Standing.DRAFT, "2026-11-23T12:00:00+08:00")


@pytest.fixture(scope="module")
def app(shown):
    return app_of(shown.service)


def slip(app, language: str = "en") -> Sheet:
    with app.test_request_context(), force_locale(language):
        return payslip(PAPER, entry(), {}, "code")


# --- the vocabulary -----------------------------------------------------------------------------------


def test_every_kind_factor_class_and_reason_has_a_word():
    assert set(formulas.KINDS) == set(Kind)
    assert set(formulas.FACTORS) == set(Name)
    assert set(formulas.HOLDS) == set(Hold)
    assert set(formulas.TIME_CLASSES) == set(TimeClass)
    assert set(Form) == {Form.SUM, Form.DIFFERENCE, Form.EXCESS, Form.LEAST}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "pieces 480 × price 0.3500 × skill grade 1.15 × time class 150%"),
        ("zh", "数量 480 × 单价 0.3500 × 技能系数 1.15 × 倍数 150%"),
        ("vi", "số lượng 480 × đơn giá 0,3500 × hệ số tay nghề 1,15 × hệ số loại giờ 150%"),
    ],
)
def test_a_formula_names_each_of_its_figures(app, language: str, said: str):
    with app.test_request_context(), force_locale(language):
        assert formulas.formula_text(entry().statement.items[1].formula) == said
        least = formulas.formula_text(entry().statement.items[3].formula)
        assert "; " in least
        assert re.search(r"20\s?%", least)


# --- what stands on the paper -------------------------------------------------------------------------


def test_each_line_has_quantity_price_its_date_grade_class_and_amount(app):
    (pieces, others, held) = slip(app).tables
    assert pieces.rows[0].cells[2:8] == ("480", "0.3500", "2026-10-01", "1.15", "normal", "193.20")
    assert pieces.rows[1].cells[6:8] == ("overtime 150%", "289.80")
    assert [row.cells[-1] for row in others.rows] == ["60.00", "-50.00"]
    assert "a shift 20 × shifts 3" in others.rows[0].cells[1]
    assert "模具损坏" in others.rows[1].cells[0]
    assert held.rows[0].cells[0] == "no price is in force on that day"


def test_the_sums_on_the_paper_are_those_of_its_rows(app):
    sheet = slip(app)
    amounts = [row.cells[7] for row in sheet.tables[0].rows] + [row.cells[2] for row in sheet.tables[1].rows]
    assert round(sum(float(each) for each in amounts), 2) == float(sheet.sums[-1][1]) == 493.0


def test_a_draft_says_that_it_may_still_change(app):
    assert "may still change" in slip(app).subtitle


def test_the_hours_paper_has_a_row_a_day_and_the_months_sums(app):
    day = AttendanceDay("p", "张敏", "1017", "", "2026-11-20", (Stretch(1_795_132_800_000_000, None),), 0, True, 1, 1)
    with app.test_request_context(), force_locale("en"):
        sheet = hours_paper(PAPER, entry(), [day], "code")
    (row,) = sheet.tables[0].rows
    assert (row.cells[0], row.cells[-1]) == ("20 Nov", "to be looked at")
    assert row.cells[1].endswith("–?")
    assert ("Paid time", "18:00") in sheet.sums


def test_the_code_on_the_paper_reads_back_as_it_was_signed():
    text = "eyJ" + "aB3-_9" * 110
    (found,) = zxingcpp.read_barcodes(Image.open(_code(text)))
    assert found.text == text


# --- the pages ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.needs("fonts")
@pytest.mark.parametrize(("name", "language"), [("payslips", "zh"), ("hours", "vi")])
def test_a_persons_paper_is_a_pdf_with_one_font_in_two_weights(shown, desk, name: str, language: str):
    person = shown.service.periods.ledger("2026-11").rows[0].person
    desk.speak(language)
    try:
        answer = desk.get(f"{MONTH}/{name}.pdf?person={person}")
    finally:
        desk.speak("en")
    assert (answer.status_code, answer.content_type, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert answer.data.count(b"/FontFile3") == 2


def test_the_page_lists_everybody_of_the_ledger_and_the_key_that_vouches(shown, desk):
    text = desk.text(MONTH)
    assert all(row.name in text for row in shown.service.periods.ledger("2026-11").rows if row.name)
    assert shown.service.office.keys.public_text in text
    assert shown.service.office.keys.fingerprint in text


@pytest.mark.parametrize(
    "path",
    [
        "/pay/papers/2026-13",
        "/pay/papers/x",
        f"{MONTH}/payslips.pdf?person=nobody",
        f"{MONTH}/hours.pdf?team=none",
        f"{MONTH}/payroll.zip?form=doc",
    ],
)
def test_what_is_not_there_is_not_found(desk, path: str):
    assert desk.get(path).status_code == 404


def test_the_payroll_file_names_its_run_and_is_the_same_each_time(desk):
    one, other = desk.get(f"{MONTH}/payroll.zip"), desk.get(f"{MONTH}/payroll.zip")
    assert one.data == other.data
    with zipfile.ZipFile(io.BytesIO(one.data)) as archive:
        assert archive.namelist() == ["payroll.csv", "items.csv", "manifest.json"]
    assert re.search(r"payroll_2026-11_draft_[0-9a-f]{16}\.zip", one.headers["Content-Disposition"])


def test_the_codes_are_signed_with_the_key_of_this_server(shown, app, monkeypatch):
    drawn: list[Sheet] = []

    def draw(sheets: list[Sheet], *_: object) -> bytes:
        drawn.extend(sheets)
        return b"%PDF-"

    monkeypatch.setattr("hr.web.payslip.pdf", draw)
    desk_of(shown.service).get(f"{MONTH}/payslips.pdf")
    heads = [checked(shown.service.office.keys.signing.public_key(), sheet.code) for sheet in drawn]
    assert {head.number for head in heads} == {row.number for row in shown.service.periods.ledger("2026-11").rows}
    assert {(head.month, head.standing) for head in heads} == {("2026-11", Standing.DRAFT)}


# --- more people than one file holds --------------------------------------------------------------------


@pytest.fixture
def four_at_once(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Files of four people; whose papers were drawn together, file by file."""
    drawn: list[list[str]] = []

    def draw(sheets: list[Sheet], *_: object) -> bytes:
        drawn.append([sheet.footer for sheet in sheets])
        return b"%%PDF-%d" % len(drawn)

    monkeypatch.setattr(papers, "pdf", draw)
    monkeypatch.setattr(papers, "AT_ONCE", 4)
    return drawn


@pytest.mark.parametrize("name", ["payslips", "hours"])
def test_more_people_than_fit_one_file_come_as_a_zip_of_files(shown, desk, four_at_once, name: str):
    rows = shown.service.periods.ledger("2026-11").rows
    answer = desk.get(f"{MONTH}/{name}.pdf")
    assert answer.content_type == "application/zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}_2026-11.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        starts = range(1, len(rows) + 1, 4)
        assert archive.namelist() == [f"{name}_2026-11_{start:04d}.pdf" for start in starts]
        assert [archive.read(each) for each in archive.namelist()] == [
            b"%%PDF-%d" % each for each in range(1, len(starts) + 1)
        ]
    assert [len(each) for each in four_at_once] == [4, len(rows) - 4]
    assert len({footer for each in four_at_once for footer in each}) == len(rows)


def test_a_zip_of_papers_is_on_its_way_before_its_last_file_is_drawn(shown, four_at_once):
    client = desk_of(shown.service).client
    answer = client.get(f"{MONTH}/payslips.pdf", buffered=False)
    first = next(answer.iter_encoded())
    assert (first[:2], len(four_at_once)) == (b"PK", 1)
    answer.close()


def test_exactly_as_many_as_fit_are_one_pdf(desk, shown, four_at_once, monkeypatch):
    monkeypatch.setattr(papers, "AT_ONCE", len(shown.service.periods.ledger("2026-11").rows))
    assert desk.get(f"{MONTH}/payslips.pdf").content_type == "application/pdf"


# --- the page that checks them --------------------------------------------------------------------------


def test_anybody_may_open_the_page_that_checks_a_paper_and_it_is_the_published_file(shown):
    answer = app_of(shown.service).test_client().get("/verify")
    assert answer.status_code == 200
    assert answer.data == (Path(__file__).parents[3] / "docs" / "verify.html").read_bytes()


def test_its_policy_lets_its_own_scripts_run_and_nothing_else(shown):
    answer = app_of(shown.service).test_client().get("/verify")
    policy = dict(each.split(" ", 1) for each in answer.headers["Content-Security-Policy"].split("; "))
    inline = re.findall(rb"<script>(.*?)</script>", answer.data, re.DOTALL)
    assert policy["script-src"].split() == [
        f"'sha256-{base64.b64encode(hashlib.sha256(each).digest()).decode()}'" for each in inline
    ]
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_the_paper_and_the_page_of_papers_say_where_it_can_be_checked(app, desk):
    assert "http://localhost/verify" in slip(app).code_note
    assert "http://localhost/verify" in desk.text(MONTH)
