"""A price, terms, a grade or a setting, looked at before it is saved: what is shown is what the months then say."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from hr.attendance.approvals import Decision
from hr.attendance.rules.matters import Beyond
from hr.pay.periods import store
from hr.pay.periods.period import Step
from hr.pay.periods.rerated import Least, Moved
from hr.pay.periods.rerating import Preview
from hr.pay.terms.changes import Change, ListChange, PriceChange, SettingChange, write
from hr.pay.terms.lists import PayList
from hr.pay.terms.records import Typed
from hr.people.csv_import import Kind
from hr.people.rejected import Rejected
from hr.service import HrService
from hr.store import writing
from hr.store.period_tables import pay_run
from hr.store.tables import metadata
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import Desk, desk_of, words
from tests.unit.hr_web.figures_of import Figures, address, faults
from tests.unit.hr_web.plant import Factory

MONTH = "2026-11"
PRICE = "product,product_name,operation,operation_name,price,valid_from\nH-40,铰链 H-40,punch,冲孔,{},{}\n"
TERMS = (
    "number,valid_from,contract_month\n0317,2026-01-01,2800\n0392,2026-01-01,2800\n"
    "0288,2026-01-01,2800\n0105,2026-01-01,2800\n"
)
BASE = "number,valid_from,scheme,contract_month,fixed\n0317,2026-11-01,BASE_AND_PIECE,2800,1500\n"
GRADES = "number,grade,coefficient,valid_from\n0317,A,1.15,2026-11-01\n"
POOL = "pool,valid_from,per\n冲压,2026-11-01,MONTH\n"
MEMBERS = "number,valid_from,pool\n0317,2026-11-01,冲压\n0392,2026-11-01,冲压\n"
IN_POOL = "number,valid_from,scheme,contract_month\n0317,2026-11-01,TEAM_POOL,2800\n0392,2026-11-01,TEAM_POOL,2800\n"


def price(of: str, since: str = "2026-11-01") -> PriceChange:
    return PriceChange(PRICE.format(of, since).encode())


def entered(service: HrService, *changes: Change) -> None:
    with writing(service.office.reading).begin() as connection:
        for change in changes:
            write(connection, change, Typed(plant.USER, 1))


@pytest.fixture
def paid(factory: Factory) -> HrService:
    """Everybody with pieces has terms, a minimum wage is entered, and 张三丰's overtime is approved, so that nothing of
    his pay is withheld: amounts, not only holds."""
    entered(
        factory.service,
        SettingChange("minimum_month", "2026-01-01", "2490"),
        ListChange(PayList.TERMS, TERMS.encode()),
    )
    roster = "number,date,shift\n" + "".join(f"{number},{plant.FRIDAY},day\n" for number in ("0317", "0392", "0288"))
    factory.service.catalogue.import_csv(Kind.ROSTER, roster.encode())
    overtime = Decision(factory.keys["0317"], plant.FRIDAY, Beyond.OVERTIME, 120, "赶货")
    factory.service.attendance.approvals.decide([overtime], plant.USER)
    return factory.service


@pytest.fixture
def desk_of_paid(paid: HrService) -> Desk:
    return desk_of(paid)


def nets(service: HrService, month: str = MONTH) -> dict[str, Decimal]:
    return {each.statement.person: each.statement.net for each in service.periods.entries(month)}


def everything(store: Engine) -> dict[str, list[tuple[object, ...]]]:
    with store.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def of_month(preview: Preview, month: str = MONTH) -> dict[str, Moved]:
    (found,) = [each for each in preview.months if each.month == month]
    return {each.entry.statement.person: each for each in found.moved}


CHANGES: dict[str, tuple[Change, ...]] = {
    "a price": (price("0.2517"),),
    "a first price": (
        PriceChange(PRICE.replace("H-40", "D-7").replace("punch", "press").format("0.3333", "2026-11-01").encode()),
    ),
    "a price from a day on": (price("0.3000", "2026-11-20"),),
    "bands": (PriceChange(b"product,operation,valid_from,mode,bands\nH-40,punch,2026-11-01,WHOLE,100:0.1;:0.35\n"),),
    "a grade": (ListChange(PayList.GRADES, GRADES.encode()),),
    "terms": (ListChange(PayList.TERMS, BASE.encode()),),
    "a minimum wage": (SettingChange("minimum_month", "2026-11-01", "1.00"),),
    "a bonus": (ListChange(PayList.BONUSES, f"number,month,base,reason\n0317,{MONTH},200,质量\n".encode()),),
    "a deduction": (
        SettingChange("minimum_month", "2026-11-01", "1.00"),
        ListChange(PayList.CLAIMS, f"number,month,amount,reason\n0317,{MONTH},50,模具\n".encode()),
    ),
    "a pool": (
        ListChange(PayList.POOLS, POOL.encode()),
        ListChange(PayList.MEMBERS, MEMBERS.encode()),
        ListChange(PayList.GRADES, GRADES.replace("0317,A,1.15", "0392,A,1").encode()),
        ListChange(PayList.TERMS, IN_POOL.encode()),
        ListChange(PayList.GRADES, GRADES.encode()),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_shown_before_is_what_the_month_says_afterwards(paid: HrService, name: str):
    *first, change = CHANGES[name]
    entered(paid, *first)
    before, stored = nets(paid), everything(paid.office.reading)
    shown = of_month(paid.rerating.preview(change, plant.USER))
    assert everything(paid.office.reading) == stored, "looking writes nothing"
    entered(paid, change)
    after = nets(paid)
    assert shown, "the change is one that moves something"
    assert {key: each.net_before for key, each in shown.items()} == {key: before[key] for key in shown}
    assert {key: each.net_now for key, each in shown.items()} == {key: after[key] for key in shown}
    assert {key for key in after if after[key] != before.get(key)} <= shown.keys(), "nobody is left out"


@pytest.mark.parametrize("name", CHANGES)
def test_the_lines_that_are_shown_add_up_to_the_difference(paid: HrService, name: str):
    *first, change = CHANGES[name]
    entered(paid, *first)
    for each in of_month(paid.rerating.preview(change, plant.USER)).values():
        sums = [
            sum((item.amount for item in side if item is not None), Decimal(0))
            for side in ([line.closed for line in each.lines], [line.now for line in each.lines])
        ]
        assert sums[1] - sums[0] == each.net


def test_what_one_in_a_pool_gets_changes_what_the_others_get(paid: HrService):
    *first, change = CHANGES["a pool"]
    entered(paid, *first)
    keys = {paid_for.number: paid_for.id for paid_for in paid.people.listed()}
    assert {keys["0317"], keys["0392"]} <= of_month(paid.rerating.preview(change, plant.USER)).keys()


def test_it_says_who_rises_above_the_minimum_wage_and_who_falls_under_it(paid: HrService):
    key = {each.number: each.id for each in paid.people.listed()}["0317"]
    assert of_month(paid.rerating.preview(price("90.0000"), plant.USER))[key].least is Least.RISES_ABOVE
    entered(paid, price("90.0000"))
    assert of_month(paid.rerating.preview(price("0.0100"), plant.USER))[key].least is Least.FALLS_UNDER
    assert of_month(paid.rerating.preview(price("91.0000"), plant.USER))[key].least is None


def test_what_holds_only_later_or_holds_already_changes_nothing(paid: HrService):
    assert paid.rerating.preview(price("0.9900", "2026-12-01"), plant.USER) == Preview(())
    assert paid.rerating.preview(price("0.2200", "2026-10-01"), plant.USER) == Preview(())


def test_a_closed_month_is_named_and_left_as_it_is(paid: HrService):
    with writing(paid.office.reading).begin() as connection:
        connection.execute(
            pay_run.insert().values(
                id="october",
                month="2026-10",
                began_us=1,
                began_by=plant.USER,
                rules=1,
                software="1",
                previous="",
                ground="",
                finished_us=2,
                head="00",
            )
        )
        store.take(connection, "2026-10", Step.REVIEW, plant.USER, 1)
        store.take(connection, "2026-10", Step.CLOSE, plant.USER, 2)
    found = paid.rerating.preview(price("0.2517", "2026-10-01"), plant.USER)
    assert (found.closed, [each.month for each in found.months]) == ("2026-10", [MONTH])
    assert paid.rerating.preview(price("0.2517"), plant.USER).closed == ""
    page = words(desk_of(paid).post("/orders/prices", **(FIELDS | {"valid_from": "2026-10-01"}), look="1"))
    assert "Months that are closed stay as they are, the last one 2026-10." in page


def test_a_change_that_cannot_be_applied_cannot_be_looked_at(paid: HrService):
    with pytest.raises(Rejected):
        paid.rerating.preview(SettingChange("multiplier_workday", "2026-11-01", "1.2"), plant.USER)


# --- the pages --------------------------------------------------------------------------------------

FIELDS = {"product": "H-40", "operation": "punch", "price": "0.2517", "valid_from": "2026-11-01", "mode": "FLAT"}


def test_the_price_form_shows_what_changes_and_saves_it_from_there(paid: HrService, desk_of_paid: Desk):
    before = paid.catalogue.prices()
    page = desk_of_paid.post("/orders/prices", **FIELDS, look="1")
    assert "Nothing is saved yet." in words(page)
    assert "张三丰" in page.text
    assert paid.catalogue.prices() == before
    assert 'action="/orders/prices"' in page.text
    assert 'name="price" value="0.2517"' in page.text
    desk_of_paid.post("/orders/prices", **FIELDS, why="提价")
    assert paid.catalogue.prices() != before


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/orders/prices", FIELDS),
        ("/pay/settings", {"name": "minimum_month", "value": "1.00", "valid_from": "2026-11-01"}),
        ("/pay/terms/grades", {"number": "0317", "grade": "A", "coefficient": "1.15", "valid_from": "2026-11-01"}),
        ("/pay/entries", {"kind": "BONUS", "number": "0317", "month": MONTH, "amount": "200", "reason": "质量"}),
    ],
)
def test_each_form_shows_what_changes_in_each_language(
    desk_of_paid: Desk, path: str, fields: dict[str, str], language: str
):
    desk_of_paid.speak(language)
    page = desk_of_paid.post(path, **fields, look="1")
    assert (page.status_code, "张三丰" in page.text) == (200, True)


def test_the_forms_of_pools_and_members_show_what_changes(paid: HrService, desk_of_paid: Desk):
    *before, _terms, grade = CHANGES["a pool"]
    entered(paid, *before[:2], _terms, grade)
    kept = everything(paid.office.reading)
    pool = {"pool": "冲压", "valid_from": "2026-11-01", "method": "DAY_WAGE_X_DAYS", "per": "MONTH"}
    leaves = {"number": "0392", "valid_from": "2026-11-01", "pool": ""}
    for path, fields in (("/pay/terms/pools", pool), ("/pay/terms/members", leaves)):
        page = desk_of_paid.post(path, **fields, look="1")
        assert (page.status_code, "张三丰" in page.text) == (200, True), path
    assert everything(paid.office.reading) == kept


def test_an_entry_is_looked_at_and_saved_from_there_with_its_own_reason(paid: HrService, desk_of_paid: Desk):
    fields = {"kind": "BONUS", "number": "0317", "month": MONTH, "amount": "200", "reason": "质量"}
    page = desk_of_paid.post("/pay/entries", **fields, look="1")
    assert (paid.terms.documents(MONTH), 'name="why"' in page.text) == ([], False)
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    assert {name: sent[name] for name in fields} == fields
    desk_of_paid.post("/pay/entries", **fields)
    assert [(each.amount, each.reason) for each in paid.terms.documents(MONTH)] == [(Decimal(200), "质量")]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/orders/prices", FIELDS),
        ("/pay/settings", {"name": "minimum_month", "value": "1.00", "valid_from": "2026-11-01"}),
        ("/pay/entries", {"kind": "BONUS", "number": "0317", "month": MONTH, "amount": "200", "reason": "质量"}),
    ],
)
def test_every_figure_of_what_changes_opens_to_what_sums_to_it(desk_of_paid: Desk, path: str, fields: dict[str, str]):
    looked = Figures(desk_of_paid.post(path, **fields, look="1").text)
    opened = {address(path, each.href): each.href for each in looked.openings}
    pages = {to: Figures(desk_of_paid.get(to).text) for to in opened if to != path} | {path: looked}
    assert {each.kind.split("-")[0] for each in looked.openings} == {"net", "then"}
    assert [each for each in faults(pages) if each.startswith(f"{path}:")] == []


@pytest.mark.parametrize(
    ("path", "raw"), [("/import/prices", PRICE.format("0.2517", "2026-11-01")), ("/pay/import/grades", GRADES)]
)
def test_a_file_is_looked_at_and_sent_again_to_be_taken(desk_of_paid: Desk, paid: HrService, path: str, raw: str):
    before = everything(paid.office.reading)
    page = desk_of_paid.post(path, file=(io.BytesIO(raw.encode()), "list.csv"), look="1")
    assert "To take the file, go back and send it again." in words(page)
    assert "张三丰" in page.text
    assert everything(paid.office.reading) == before


def test_a_wrong_value_is_said_beside_its_field_as_when_saving(desk_of_paid: Desk):
    page = desk_of_paid.post("/orders/prices", **(FIELDS | {"price": "-1"}), look="1")
    assert page.status_code == 422
    page = desk_of_paid.post("/pay/settings", name="multiplier_workday", value="1.2", valid_from="2026-11-01", look="1")
    assert page.status_code == 422
