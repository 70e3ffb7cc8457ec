"""A person's month: every amount with its formula, what is held with its mend, and what HR enters for it."""

import io
import re
from decimal import Decimal

import pytest

from hr.attendance.approvals import Approvals, Decision
from hr.attendance.rules.matters import Beyond
from hr.pay.rules.items import Hold, Kind
from hr.pay.terms import checks, tariffs
from hr.pay.terms.lists import PayList
from hr.pay.terms.records import SETTINGS
from hr.people.csv_import import Kind as ListKind
from hr.people.rejected import Rejected
from hr.web.pay_words import EXAMPLES, GROUPS, SETTING_NAMES, WANTED
from tests.unit.hr_web.conftest import words
from tests.unit.hr_web.plant import FRIDAY, USER, Factory

MONTH = "2026-11"
TERMS = "number,valid_from,scheme,contract_month\n0317,2026-01-01,PIECE,3480\n0392,2026-01-01,计件,3480\n"
GRADES = "number,grade,coefficient,valid_from\n0317,B,1.15,2026-01-01\n"


@pytest.fixture
def paid(factory: Factory) -> Factory:
    """张三丰 has terms, a grade and a shift on Friday, and the plant a minimum wage."""
    service = factory.service
    service.catalogue.import_csv(ListKind.ROSTER, f"number,date,shift\n0317,{FRIDAY},day\n".encode(), USER)
    service.terms.import_list(PayList.TERMS, TERMS.encode(), USER)
    service.terms.import_list(PayList.GRADES, GRADES.encode(), USER)
    service.terms.enter_setting("minimum_month", "2026-01-01", "2500", USER)
    return factory


def amounts(factory: Factory, number: str = "0317") -> dict[Kind, Decimal]:
    entry = factory.service.periods.entry(MONTH, factory.keys[number])
    assert entry is not None
    found: dict[Kind, Decimal] = {}
    for item in entry.statement.items:
        found[item.kind] = found.get(item.kind, Decimal(0)) + item.amount
    return found


def held(factory: Factory, number: str = "0317") -> set[Hold]:
    entry = factory.service.periods.entry(MONTH, factory.keys[number])
    assert entry is not None
    return {each.why for each in entry.statement.held}


def test_an_amount_is_pieces_by_price_by_grade_and_opens_to_its_sealed_line(paid, own_desk):
    page = own_desk.get(f"/pay/statement/{MONTH}/{paid.keys['0317']}")
    assert amounts(paid)[Kind.PIECE] == Decimal("121.44")
    assert "pieces 480 × price 0.2200 × skill grade 1.15" in words(page)
    assert f'href="/pay/line/gate-1/1/{paid.line}"' in page.text
    assert own_desk.get(f"/pay/line/gate-1/1/{paid.line}").status_code == 200


def test_pieces_after_the_shift_wait_until_somebody_decides_and_are_then_paid_half_more(paid):
    assert Hold.OVERTIME_UNDECIDED in held(paid)
    decision = Decision(paid.keys["0317"], FRIDAY, Beyond.OVERTIME, 121, "排产加班")
    Approvals(paid.service.office).decide([decision], USER)
    assert Hold.OVERTIME_UNDECIDED not in held(paid)
    # 480 x 0.22 x 1.15, and 162 x 0.26 x 1.15 x 150 %
    assert amounts(paid)[Kind.PIECE] == Decimal("121.44") + Decimal("72.66")


def test_nothing_is_guessed_and_each_thing_that_is_missing_leads_to_where_it_is_entered(factory, own_desk):
    page = own_desk.get(f"/pay/held?month={MONTH}")
    for text in ("no terms of pay are entered", "no local settings are in force", "an attendance day is open"):
        assert text in words(page)
    mends = set(re.findall(r'class="btn" href="([^"]+)"', page.text.replace("&amp;", "&")))
    assert {each.split("?")[0] for each in mends} >= {"/pay/terms", "/pay/settings", "/attendance"}
    assert {own_desk.get(each).status_code for each in mends} == {200}


def test_a_line_without_a_price_is_held_as_unpriced_and_paid_once_it_has_one(paid):
    service = paid.service
    service.terms.enter_setting("minimum_month", "2026-01-01", "2500", USER)
    service.catalogue.import_csv(ListKind.ROSTER, f"number,date,shift\n0392,{FRIDAY},day\n".encode(), USER)
    assert Hold.UNPRICED in held(paid, "0392")
    price = "product,operation,price,valid_from\nD-7,press,0.1000,2026-11-01\n"
    service.catalogue.import_csv(ListKind.PRICES, price.encode(), USER)
    assert Hold.UNPRICED not in held(paid, "0392")
    assert amounts(paid, "0392")[Kind.PIECE] == Decimal("26.70")


def test_a_price_by_bands_pays_each_piece_by_its_band_and_says_so_at_the_line(paid, own_desk):
    price = "product,operation,valid_from,mode,bands\nH-40,punch,2026-11-01,累进,400:0.2000;:0.3000\n"
    paid.service.catalogue.import_csv(ListKind.PRICES, price.encode(), USER)
    # (400 x 0.2 + 80 x 0.3) x 1.15
    assert amounts(paid)[Kind.PIECE] == Decimal("119.60")
    line = own_desk.text(f"/pay/line/gate-1/1/{paid.line}")
    assert "The price of this work depends on how many there are." in line
    assert "No price is in force" not in line


def test_a_price_for_a_hundred_pieces_is_that_of_each_by_a_hundred(paid):
    price = "product,operation,price,price_per,valid_from\nH-40,punch,22.0000,100,2026-11-01\n"
    paid.service.catalogue.import_csv(ListKind.PRICES, price.encode(), USER)
    assert amounts(paid)[Kind.PIECE] == Decimal("121.44")
    line = paid.service.pay.line("gate-1", 1, paid.line)
    assert line is not None
    assert line.amount == Decimal("105.60")


def test_a_pool_is_shared_out_to_the_fen(paid):
    terms = paid.service.terms
    members = "number,valid_from,pool\n0317,2026-11-01,冲压\n0288,2026-11-01,冲压\n"
    shares = "number,valid_from,scheme,contract_month\n0317,2026-11-01,TEAM_POOL,3480\n0288,2026-11-01,集体计件,3480\n"
    paid.service.catalogue.import_csv(ListKind.ROSTER, f"number,date,shift\n0288,{FRIDAY},day\n".encode(), USER)
    terms.import_list(PayList.POOLS, "pool,valid_from\n冲压,2026-11-01\n".encode(), USER)
    terms.import_list(PayList.MEMBERS, members.encode(), USER)
    terms.import_list(PayList.TERMS, shares.encode(), USER)
    both = [amounts(paid, number)[Kind.POOL_SHARE] for number in ("0317", "0288")]
    # 480 x 0.22 and 500 x 0.26, sealed in normal time
    assert sum(both) == Decimal("105.60") + Decimal("130.00")
    assert both[0] > both[1] > 0


def test_somebody_paid_by_a_pool_who_is_in_none_is_held(paid):
    shares = "number,valid_from,scheme,contract_month\n0317,2026-11-01,TEAM_POOL,3480\n"
    paid.service.terms.import_list(PayList.TERMS, shares.encode(), USER)
    assert Hold.NO_POOL in held(paid) or Hold.NO_WEIGHT in held(paid)
    assert Kind.PIECE not in amounts(paid)


def test_an_entry_counts_until_it_is_taken_back_and_stays_in_the_list(paid, own_desk):
    answer = own_desk.post(
        "/pay/entries", kind="BONUS", number="0317", month=MONTH, amount="600", share="92", reason="绩效", date=""
    )
    assert "Saved." in words(answer)
    assert amounts(paid)[Kind.BONUS] == Decimal("552.00")
    (entry,) = paid.service.terms.documents(MONTH)
    own_desk.post(f"/pay/entries/{entry.id}/back", why="重复", month=MONTH)
    assert Kind.BONUS not in amounts(paid)
    assert f"taken back by {USER}: 重复" in own_desk.text(f"/pay/entries?month={MONTH}")


def test_the_same_list_twice_changes_nothing_and_another_amount_takes_the_others_place(paid):
    terms = paid.service.terms
    claim = "工号,月份,金额,原因\n0317,2026-11,{},模具损坏\n"
    assert terms.import_list(PayList.CLAIMS, claim.format("80").encode(), USER).changed == 1
    assert terms.import_list(PayList.CLAIMS, claim.format("80").encode(), USER).changed == 0
    assert terms.import_list(PayList.CLAIMS, claim.format("60").encode(), USER).changed == 1
    standing = [each.amount for each in terms.documents(MONTH) if each.taken_back is None]
    assert standing == [Decimal("60")]


def test_only_checking_a_file_changes_nothing(paid, own_desk):
    file = (io.BytesIO(b"number,grade,coefficient,valid_from\n0392,A,1.20,2026-11-01\n"), "grades.csv")
    answer = own_desk.post("/pay/import/grades", file=file, **{"try": "1"})
    assert "The file can be taken: 1 rows, 1 of them new or changed." in words(answer)
    assert paid.keys["0392"] not in paid.service.terms.grades()


def test_a_wrong_row_refuses_the_whole_list(paid, own_desk):
    rows = "number,valid_from,scheme,fixed\n0392,2026-11-01,GUARANTEED,\n0288,2026-11-01,PIECE,\n"
    answer = own_desk.post("/pay/import/terms", file=(io.BytesIO(rows.encode()), "terms.csv"))
    assert answer.status_code == 422
    assert "the guarantee or base of this scheme" in words(answer)
    assert paid.keys["0288"] not in paid.service.terms.terms()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ot_workday", "1.2"),
        ("deduction_cap", "0.3"),
        ("minimum_month", "0"),
        ("minimum_month", "viel"),
        ("night", "PER_SHIFT"),
    ],
)
def test_a_setting_below_the_law_or_without_what_it_needs_is_refused(factory, name, value):
    with pytest.raises(Rejected):
        factory.service.terms.enter_setting(name, "2026-11-01", value, USER)
    assert factory.service.terms.setting_versions() == []


def test_a_setting_holds_from_its_day_on_and_the_others_go_on(factory):
    terms = factory.service.terms
    terms.enter_setting("minimum_month", "2026-01-01", "2500", USER)
    terms.enter_setting("gate", "2026-07-01", "QUOTA", USER)
    terms.enter_setting("minimum_month", "2026-10-01", "2690", USER)
    held = [(each.valid_from, each.minimum_month, each.gate.value) for each in terms.settings()]
    assert held == [
        ("2026-01-01", Decimal(2500), "TIME"),
        ("2026-07-01", Decimal(2500), "QUOTA"),
        ("2026-10-01", Decimal(2690), "QUOTA"),
    ]


def test_forms_enter_terms_grades_pools_and_settings(paid, own_desk):
    posts = [
        (
            "/pay/terms/terms",
            {"number": "0288", "valid_from": "2026-11-01", "scheme": "PIECE", "contract_month": "3600"},
        ),
        ("/pay/terms/grades", {"number": "0288", "valid_from": "2026-11-01", "grade": "A", "coefficient": "1.2"}),
        (
            "/pay/terms/pools",
            {"pool": "包装", "valid_from": "2026-11-01", "method": "HOURS_X_COEFFICIENT", "per": "DAY"},
        ),
        ("/pay/terms/members", {"number": "0288", "pool": "包装", "valid_from": "2026-11-01"}),
        ("/pay/settings", {"name": "night_per_shift", "value": "15", "valid_from": "2026-11-01"}),
    ]
    assert [own_desk.post(path, **fields, why="年度调整").status_code for path, fields in posts] == [200] * len(posts)
    text = own_desk.text("/pay/terms?edit=0288")
    assert [each for each in ("CNY 3,600.00", "A × 1.2", "包装") if each not in text] == []
    assert "Night allowance for a shift, CNY 15" in own_desk.text("/pay/settings")


@pytest.mark.parametrize("kind", list(PayList))
def test_the_example_beside_the_form_is_a_file_that_is_taken(paid, kind):
    terms = paid.service.terms
    if kind is PayList.MEMBERS:
        terms.import_list(PayList.POOLS, EXAMPLES[PayList.POOLS].encode(), USER)
    assert terms.import_list(kind, EXAMPLES[kind].encode(), USER).changed


def test_every_setting_is_on_the_page_once_and_has_a_name():
    assert sorted(name for _title, names in GROUPS for name in names) == sorted(SETTINGS)
    assert set(SETTING_NAMES) == set(SETTINGS)


def test_every_fault_of_terms_settings_and_prices_has_a_sentence_in_the_catalogues():
    asked = {text for _column, text in (*checks.OF_TERMS.values(), *tariffs.WANTED.values())}
    assert asked | set(checks.OF_SETTINGS.values()) <= {str(each) for each in WANTED}
