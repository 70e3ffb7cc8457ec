"""A version of pay that was typed wrong and typed again for the same date: both stay, with who and when."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from hr.pay.terms.lists import PayList
from hr.store.pay_tables import replaced_version
from tests.unit.hr.cast import Factory, clock_us
from tests.unit.hr.rostered import rostered, who
from tests.unit.hr_web.conftest import desk_of

COLUMNS = {
    PayList.TERMS: "number,valid_from,scheme,contract_month,fixed",
    PayList.GRADES: "number,valid_from,grade,coefficient",
}


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[Factory]:
    made = rostered(tmp_path)
    yield made
    made.service.close()


def typed(hr: Factory, kind: PayList, rest: str, by: str, hours: int, since: str = "2026-11-01") -> None:
    hr.service.office.clock = partial(int, clock_us(hours))
    hr.service.terms.import_list(kind, f"{COLUMNS[kind]}\n1001,{since},{rest}\n".encode(), by)


def wages(hr: Factory) -> list[tuple[str, Decimal | None, str, int, list[tuple[Decimal | None, str, int]]]]:
    return [
        (
            each.now.what.valid_from,
            each.now.what.contract_month,
            each.now.typed.by,
            each.now.typed.at_us,
            [(was.what.contract_month, was.typed.by, was.typed.at_us) for was in each.before],
        )
        for each in hr.service.terms.terms_history(who(hr))
    ]


def test_a_mistyped_wage_set_right_the_same_day_shows_both_with_names_and_times(hr: Factory):
    typed(hr, PayList.TERMS, "PIECE,26000,", "wang", 9)
    typed(hr, PayList.TERMS, "PIECE,2600,", "zhao", 10)
    assert wages(hr) == [
        ("2026-11-01", Decimal(2600), "zhao", clock_us(10), [(Decimal(26000), "wang", clock_us(9))]),
    ]
    page = desk_of(hr.service).text("/pay/terms?edit=1001")
    now, was = page.index("2,600.00 zhao"), page.index("26,000.00 wang")
    assert now < was
    assert ("10:00" in page[now:was], "09:00" in page[was : was + 60]) == (True, True)


def test_every_version_that_stood_is_kept_in_its_order_under_its_own_date(hr: Factory):
    for wage, hours in (("1", 9), ("2", 10), ("3", 11)):
        typed(hr, PayList.TERMS, f"PIECE,{wage},", "wang", hours)
    typed(hr, PayList.TERMS, "PIECE,4,", "wang", 12, since="2026-12-01")
    assert [(wage, [was[0] for was in before]) for _since, wage, _by, _us, before in wages(hr)] == [
        (Decimal(3), [Decimal(1), Decimal(2)]),
        (Decimal(4), []),
    ]


def test_the_same_again_is_no_new_version(hr: Factory):
    typed(hr, PayList.TERMS, "PIECE,2600,", "wang", 9)
    typed(hr, PayList.TERMS, "PIECE,2600.00,", "zhao", 10)
    assert [(by, before) for _since, _wage, by, _us, before in wages(hr)] == [("wang", [])]


def test_a_wage_that_was_not_entered_at_first_is_shown_as_such(hr: Factory):
    typed(hr, PayList.TERMS, "PIECE,,", "wang", 9)
    typed(hr, PayList.TERMS, "GUARANTEED,2600,4200.50", "zhao", 10)
    assert [before for *_now, before in wages(hr)] == [[(None, "wang", clock_us(9))]]
    assert "4,200.50" in desk_of(hr.service).text("/pay/terms?edit=1001")


def test_a_grade_shows_what_it_was_before(hr: Factory):
    typed(hr, PayList.GRADES, "L3,1.51", "wang", 9)
    typed(hr, PayList.GRADES, "L3,1.15", "zhao", 10)
    (version,) = hr.service.terms.grades_history(who(hr))
    assert [each.what.coefficient for each in (version.now, *version.before)] == [Decimal("1.15"), Decimal("1.51")]
    assert "L3 × 1.51 wang" in desk_of(hr.service).text("/pay/terms?edit=1001")


def test_a_setting_keeps_what_stood_too(hr: Factory):
    hr.service.terms.enter_setting("minimum_month", "2026-11-01", "249", "wang")
    hr.service.terms.enter_setting("minimum_month", "2026-11-01", "2490", "zhao")
    with hr.service.office.reading.connect() as connection:
        (row,) = connection.execute(replaced_version.select())
    assert (row.kind, row.key, row.typed_by) == ("pay_setting", "minimum_month", "wang")
    assert '"249"' in row.content


@pytest.mark.parametrize(("language", "before"), [("zh", "之前"), ("en", "before"), ("vi", "trước")])
def test_the_page_says_it_in_each_language(hr: Factory, language: str, before: str):
    typed(hr, PayList.TERMS, "PIECE,26000,", "wang", 9)
    typed(hr, PayList.TERMS, "PIECE,2600,", "zhao", 10)
    assert before in desk_of(hr.service, language).text("/pay/terms?edit=1001").lower()
