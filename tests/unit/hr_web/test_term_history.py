"""Every version of what people are paid by: who typed it, when, from when on, why, and the month it changed first."""

from __future__ import annotations

import io

import pytest

from hr.pay.terms.history import Change, Matter, reached
from hr.pay.terms.lists import PayList
from hr.people.csv_import import Kind
from hr.people.prices import PriceView
from hr.service import HrService
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import Desk, desk_of
from tests.unit.hr_web.plant import Factory

SINCE = "2026-11-01"
POOL = {"pool": "冲压", "valid_from": SINCE, "per": "MONTH"}
FORMS = {
    Matter.PRICE: (
        "/orders/prices",
        {"product": "H-40", "operation": "punch", "price": "0.2517", "valid_from": SINCE, "mode": "FLAT"},
        "0.2517",
    ),
    Matter.TERMS: ("/pay/terms/terms", {"number": "0317", "valid_from": SINCE, "contract_month": "3481"}, "3,481.00"),
    Matter.GRADE: (
        "/pay/terms/grades",
        {"number": "0317", "valid_from": SINCE, "grade": "L3", "coefficient": "1.15"},
        "L3 × 1.15",
    ),
    Matter.POOL: ("/pay/terms/pools", POOL, "冲压"),
    Matter.MEMBER: ("/pay/terms/members", {"number": "0317", "valid_from": SINCE, "pool": "冲压"}, "冲压"),
    Matter.SETTING: ("/pay/settings", {"name": "minimum_month", "value": "2490", "valid_from": SINCE}, "2,490"),
}


@pytest.fixture
def hr(factory: Factory) -> HrService:
    factory.service.terms.import_list(PayList.POOLS, "pool,valid_from\n冲压,2026-01-01\n".encode(), "wang", "组建")
    return factory.service


def prices(hr: HrService, of: str) -> list[tuple[PriceView, Change]]:
    found = [(each.what, each) for each in hr.terms.changes(Matter.PRICE, of)]
    return [(what, each) for what, each in found if isinstance(what, PriceView)]


@pytest.mark.parametrize("matter", Matter)
def test_each_form_keeps_who_when_and_why_and_the_page_shows_it(hr: HrService, matter: Matter):
    path, fields, said = FORMS[matter]
    desk = desk_of(hr)
    assert desk.post(path, **fields, why="年度调薪").status_code == 200
    newest = hr.terms.changes(matter)[0]
    assert (newest.typed.by, newest.typed.why, newest.stands) == (plant.USER, "年度调薪", True)
    assert newest.typed.at_us == hr.office.now_us()
    text = desk.text(f"/pay/history?matter={matter}")
    assert [each for each in (said, "年度调薪", plant.USER, SINCE, "2026-11") if each not in text] == []


@pytest.mark.parametrize("matter", Matter)
def test_without_a_reason_nothing_is_saved_and_what_was_typed_stays(hr: HrService, matter: Matter):
    path, fields, _said = FORMS[matter]
    before = hr.terms.changes(matter)
    answer = desk_of(hr).post(path, **fields)
    assert (answer.status_code, "a reason: it is kept with the change" in answer.text) == (422, True)
    assert hr.terms.changes(matter) == before


def test_what_was_looked_at_is_saved_with_a_reason_that_is_asked_for(hr: HrService):
    path, fields, _said = FORMS[Matter.SETTING]
    page = desk_of(hr).post(path, **fields, why="市里的标准", look="1").text
    assert '<input name="why" value="市里的标准" required' in page
    assert 'type="hidden" name="why"' not in page


def test_a_price_typed_again_keeps_what_stood_there_with_its_own_reason(hr: HrService):
    path, fields, _said = FORMS[Matter.PRICE]
    desk = desk_of(hr)
    desk.post(path, **fields, why="误录")
    desk.post(path, **(fields | {"price": "0.2417"}), why="更正")
    found = [(price.price, each) for price, each in prices(hr, "H-40") if price.valid_from == SINCE]
    assert [(f"{amount:f}", each.typed.why, each.stands) for amount, each in found] == [
        ("0.2417", "更正", True),
        ("0.2517", "误录", False),
    ]
    text = desk.text("/pay/history?matter=PRICE&of=H-40")
    assert text.index("0.2417") < text.index("0.2517") < text.index("another one was typed for this date")


def test_two_operations_of_a_product_keep_their_replaced_prices_apart(hr: HrService):
    head = "product,product_name,operation,operation_name,price,valid_from\n"
    for of_punch, of_bend in (("0.1", "0.5"), ("0.2", "0.6")):
        text = f"{head}X-1,X,punch,冲孔,{of_punch},{SINCE}\nX-1,X,bend,折弯,{of_bend},{SINCE}\n"
        hr.catalogue.import_csv(Kind.PRICES, text.encode(), "wang", "试价")
    found = {(price.operation, float(price.price), each.stands) for price, each in prices(hr, "X-1")}
    assert found == {("punch", 0.1, False), ("bend", 0.5, False), ("punch", 0.2, True), ("bend", 0.6, True)}


def test_the_same_price_again_is_no_change_whoever_sends_it(hr: HrService):
    path, fields, _said = FORMS[Matter.PRICE]
    desk_of(hr).post(path, **fields, why="定价")
    before = hr.terms.changes(Matter.PRICE)
    desk_of(hr, user="zhao").post(path, **fields, why="再录一次")
    assert hr.terms.changes(Matter.PRICE) == before


def test_a_file_without_a_reason_keeps_its_name_as_one(hr: HrService):
    raw = b"number,grade,coefficient,valid_from\n0317,L3,1.15,2026-11-01\n"
    desk_of(hr).post("/pay/import/grades", file=(io.BytesIO(raw), "十一月等级.csv"))
    assert hr.terms.changes(Matter.GRADE)[0].typed.why == "十一月等级.csv"
    raw = raw.replace(b"1.15", b"1.20")
    desk_of(hr).post("/pay/import/grades", file=(io.BytesIO(raw), "b.csv"), why="复评")
    assert hr.terms.changes(Matter.GRADE)[0].typed.why == "复评"


def test_only_one_persons_changes_are_shown_when_they_are_asked_for(hr: HrService):
    people = {each.number: each for each in hr.people.listed()}
    for number in ("0317", "0288"):
        raw = f"number,grade,coefficient,valid_from\n{number},L{number},1.15,{SINCE}\n"
        hr.terms.import_list(PayList.GRADES, raw.encode(), "wang", "评级")
    text = desk_of(hr).text(f"/pay/history?matter=GRADE&of={people['0317'].id}")
    assert ("L0317" in text, "L0288" in text) == (True, False)


def test_a_version_links_to_the_first_month_that_it_reaches():
    assert reached("2026-01-01", (), "2026-11-24") == "2026-10"
    assert reached("2026-11-05", (), "2026-11-24") == "2026-11"
    assert reached("2026-01-01", ("2026-08", "2026-09"), "2026-11-24") == "2026-08"
    assert reached("2026-11-25", (), "2026-11-24") == ""


def test_a_persons_version_opens_her_month_and_a_later_one_nothing_yet(hr: HrService):
    person = next(each.id for each in hr.people.listed() if each.number == "0317")
    raw = "number,grade,coefficient,valid_from\n0317,L3,1.15,2026-11-01\n0317,L4,1.25,2027-01-01\n"
    hr.terms.import_list(PayList.GRADES, raw.encode(), "wang", "评级")
    page = desk_of(hr).get("/pay/history?matter=GRADE").text
    assert page.count(f"/statement/2026-11/{person}") == 1
    assert page.count("nothing yet") == 1


def test_an_unknown_kind_of_change_is_no_page(hr: HrService):
    assert desk_of(hr).get("/pay/history?matter=WEATHER").status_code == 404


@pytest.mark.parametrize(
    ("language", "head"), [("zh", "计薪变更记录"), ("en", "Changes of terms"), ("vi", "Thay đổi về lương")]
)
def test_the_page_speaks_each_language(hr: HrService, language: str, head: str):
    desk: Desk = desk_of(hr, language)
    assert head in desk.text("/pay/history")
