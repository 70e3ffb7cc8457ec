"""Time off instead of pay for work on a rest day: from the leave that is given to the line of the month."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hr.accounts import Keys
from hr.attendance.leaves import LeaveEntry, LeaveKind, Wish
from hr.attendance.rules.shifts import Break
from hr.attendance.rules.timetable import EVER
from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import Item, Kind, Name
from hr.pay.statements import Statements
from hr.pay.terms.lists import PayList
from hr.people import csv_import
from hr.people.records import Rejected
from hr.service import HrService, Plant
from hr.store import engine, upgrade
from hr.store.period_tables import pay_run
from sync.wire.facts import Direction
from tests.unit.hr_web.conftest import Desk, desk_of, words
from tests.unit.hr_web.plant import DEVICE, Journal, Made, moment

PLANT = Path(__file__).parents[2] / "simulators" / "plant"
LISTS = (
    csv_import.Kind.PEOPLE, csv_import.Kind.BADGES, csv_import.Kind.MACHINES, csv_import.Kind.CLEARANCES,
    csv_import.Kind.ORDERS, csv_import.Kind.PRICES, csv_import.Kind.SHIFTS,
)  # fmt: skip
WORKER, BOSS = "1011", "1001"
HOLIDAY, SATURDAY, MONDAY, TUESDAY, SUNDAY = "2026-10-01", "2026-11-21", "2026-11-23", "2026-11-24", "2026-11-29"


@pytest.fixture
def hr(tmp_path: Path, full: Path) -> Iterator[HrService]:
    service = served(Path(shutil.copy(full, tmp_path / "hr.db")))
    yield service
    service.close()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A worker with 480 minutes and 800 pieces on a Saturday and 480 minutes on a holiday; free on Sunday."""
    file = tmp_path_factory.mktemp("plant") / "hr.db"
    store = engine(f"sqlite:///{file}")
    upgrade(store)
    store.dispose()
    service = served(file)
    for kind in LISTS:
        service.catalogue.import_csv(kind, (PLANT / f"{kind.value}.csv").read_bytes())
    keys = {person.number: person.id for person in service.people.listed()}
    rule = service.attendance.shift_rules.one("DAY")
    assert rule is not None
    service.attendance.shift_rules.save(replace(rule, breaks=(Break(12 * 60, 13 * 60),)), EVER, "wang")
    rostered = "".join(f"{WORKER},{each},DAY\n" for each in (HOLIDAY, SATURDAY, MONDAY, TUESDAY))
    service.catalogue.import_csv(csv_import.Kind.ROSTER, f"number,date,shift\n{rostered}".encode())
    service.terms.import_list(PayList.TERMS, f"number,valid_from,scheme\n{WORKER},2026-01-01,PIECE\n".encode(), "wang")
    journal = Journal(DEVICE)
    for each in (HOLIDAY, SATURDAY):
        journal.tap(each, "07:58:00", keys[WORKER], Direction.IN)
        journal.tap(each, "17:01:00", keys[WORKER], Direction.OUT)
    made = Made(SATURDAY, keys[WORKER], keys[BOSS], "M03", ("MO-261123-01", "H-40", "P10"))
    actual = journal.stretch(made.with_readings(("08:10:00", 100), ("11:50:00", 400), ("16:50:00", 900)))
    journal.seal(made, [actual], 800)
    service.inbox.receive(journal.facts, "nonce")
    service.terms.enter_setting("minimum_month", "2026-01-01", "2000", "wang")
    service.close()
    return file


def served(file: Path) -> HrService:
    store = engine(f"sqlite:///{file}")
    return HrService(store, Keys.generate(), lambda: moment("2026-11-26", "18:00:00"), Plant("顺达五金"))


def worker(hr: HrService) -> str:
    return next(each.id for each in hr.people.listed() if each.number == WORKER)


def give(
    hr: HrService, on: str = TUESDAY, start: int | None = None, end: int | None = None, of: str = SATURDAY
) -> LeaveEntry:
    wish = Wish(worker(hr), LeaveKind.COMPENSATORY, on, on, start, end, "Saturday was worked", of)
    return hr.attendance.leaves.give(wish, "wang")


def pieces(hr: HrService, kind: Kind = Kind.PIECE) -> list[Item]:
    with hr.office.reading.connect() as connection:
        made = Statements(hr.office.zone, hr.office.now_us).one(connection, "2026-11", worker(hr)).statement
    return [each for each in made.items if each.kind is kind]


def ratio(item: Item, name: Name) -> list[Decimal]:
    return [each.value for term in item.formula.terms for each in term if each.name is name]


def balance(hr: HrService) -> tuple[int, int]:
    (found,) = hr.overtime.month("2026-11")
    return found.earned_min, found.taken_min


def test_without_time_off_the_rest_day_is_paid_doubly(hr: HrService):
    (line,) = pieces(hr)
    assert (line.time_class, line.comparable, ratio(line, Name.MULTIPLIER)) == (
        TimeClass.OT_RESTDAY, False, [Decimal(2)],
    )  # fmt: skip
    assert balance(hr) == (480, 0)


def test_a_day_off_takes_the_uplift_of_the_day_it_is_given_for_and_the_formula_says_so(hr: HrService):
    before = pieces(hr)[0].amount
    entry = give(hr)
    assert (entry.compensates, entry.compensated_min) == (SATURDAY, 480)
    (line,) = pieces(hr)
    assert (line.amount * 2, line.comparable) == (before, True)
    assert (ratio(line, Name.TIME_OFF_RATIO), ratio(line, Name.MULTIPLIER)) == ([Decimal(1)], [])
    assert balance(hr) == (480, 480)
    assert hr.attendance.leaves.rest_days(worker(hr)) == []


def test_half_a_day_off_is_for_the_first_minutes_of_the_rest_day(hr: HrService):
    give(hr, start=8 * 60, end=12 * 60)
    assert [(sum(ratio(each, Name.QUANTITY)), bool(ratio(each, Name.TIME_OFF_RATIO))) for each in pieces(hr)] == [
        (500, False),
        (300, True),
    ]
    (left,) = hr.attendance.leaves.rest_days(worker(hr))
    assert (left.work_date, left.left_min, balance(hr)) == (SATURDAY, 240, (480, 240))


def test_in_a_teams_pool_half_a_day_off_takes_the_uplift_of_that_half_of_his_share(hr: HrService):
    for kind, text in (
        (PayList.TERMS, f"number,valid_from,scheme\n{WORKER},2026-01-02,TEAM_POOL\n"),
        (PayList.POOLS, "pool,valid_from\npress,2026-01-01\n"),
        (PayList.MEMBERS, f"number,valid_from,pool\n{WORKER},2026-01-01,press\n"),
    ):
        hr.terms.import_list(kind, text.encode(), "wang")
    (whole,) = pieces(hr, Kind.POOL_SHARE)
    give(hr, start=8 * 60, end=12 * 60)
    made = pieces(hr, Kind.POOL_SHARE)
    assert [(each.amount * 4, each.comparable) for each in made] == [(whole.amount * 2, False), (whole.amount, True)]
    assert ratio(made[1], Name.MULTIPLIER) == [Decimal(2)]


def test_hours_off_stand_for_what_they_cut_of_the_shift_not_for_its_break(hr: HrService):
    assert give(hr, start=11 * 60, end=14 * 60).compensated_min == 120


def test_taken_back_the_rest_day_is_paid_doubly_again(hr: HrService):
    entry = give(hr)
    hr.attendance.leaves.take_back(entry.id, "zhao", "she came after all")
    assert (ratio(pieces(hr)[0], Name.MULTIPLIER), balance(hr)) == ([Decimal(2)], (480, 0))


@pytest.mark.parametrize(
    ("on", "of", "column", "wanted"),
    [
        pytest.param(TUESDAY, HOLIDAY, "compensates", "statutory", id="a holiday is paid"),
        pytest.param(TUESDAY, MONDAY, "compensates", "approved work", id="nobody worked then"),
        pytest.param(TUESDAY, "", "compensates", "the rest day", id="it says no day"),
        pytest.param(SUNDAY, SATURDAY, "date_from", "roster", id="it cuts no shift"),
    ],
)
def test_time_off_that_compensates_nothing_is_refused(hr: HrService, on: str, of: str, column: str, wanted: str):
    with pytest.raises(Rejected, match=wanted) as refused:
        give(hr, on, of=of)
    assert refused.value.column == column
    assert hr.attendance.leaves.between("2026-01-01", "2026-12-31") == []


def test_no_more_is_given_back_than_was_worked(hr: HrService):
    give(hr, TUESDAY, 8 * 60, 12 * 60)
    with pytest.raises(Rejected, match="as many minutes left"):
        give(hr, MONDAY)
    give(hr, TUESDAY, 13 * 60, 17 * 60)
    assert balance(hr) == (480, 480)


def test_other_leave_names_no_rest_day(hr: HrService):
    with pytest.raises(Rejected, match="only compensatory rest"):
        hr.attendance.leaves.give(
            Wish(worker(hr), LeaveKind.SICK, TUESDAY, TUESDAY, None, None, "ill", SATURDAY), "wang"
        )


def test_a_rest_day_whose_pay_is_closed_is_neither_given_back_nor_taken_back(hr: HrService):
    hr.catalogue.import_csv(csv_import.Kind.ROSTER, f"number,date,shift\n{WORKER},2026-12-01,DAY\n".encode())
    given = give(hr, "2026-12-01", 8 * 60, 12 * 60)
    close(hr, "2026-11")
    for attempt in (
        lambda: give(hr, "2026-12-01", 13 * 60, 17 * 60),
        lambda: hr.attendance.leaves.take_back(given.id, "zhao", "too late"),
    ):
        with pytest.raises(Rejected) as refused:
            attempt()
        assert (refused.value.column, refused.value.got) == ("date", SATURDAY)
    assert hr.attendance.leaves.rest_days(worker(hr)) == []


def close(hr: HrService, month: str) -> None:
    run = {"id": "run", "month": month, "began_us": 1, "began_by": "wang", "rules": 1, "software": "test"}
    with hr.office.writing.begin() as connection:
        connection.execute(pay_run.insert().values(**run, previous="", ground="0" * 64, finished_us=2))


@pytest.fixture
def desk(hr: HrService) -> Desk:
    return desk_of(hr)


def test_the_form_asks_for_the_rest_day_and_the_pages_show_what_was_given(hr: HrService, desk: Desk):
    values = {"person": worker(hr), "kind": "COMPENSATORY", "date_from": TUESDAY, "reason": "Saturday was worked"}
    asked = desk.post("/attendance/leave/", **values)
    assert asked.status_code == 422
    assert f'<option value="{SATURDAY}">' in asked.text
    assert "8:00 of 8:00 left" in asked.text
    assert "cuts the schedule" in desk.post("/attendance/leave/", **values, compensates=SATURDAY).text
    assert ", 8:00" in words(desk.get("/attendance/leave/?month=2026-11")).split("for work on")[1][:20]
    assert "8:00 / 8:00" in desk.text("/overtime/?month=2026-11")
    assert "No rest day of the last quarter" in desk.text(f"/attendance/leave/?person={worker(hr)}&kind=COMPENSATORY")


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "休息日已安排补休"), ("en", "time off given instead"), ("vi", "đã cho nghỉ bù")]
)
def test_the_statement_says_in_each_language_why_the_rest_day_is_paid_plainly(hr: HrService, language: str, said: str):
    give(hr)
    assert said in desk_of(hr, language).text(f"/pay/statement/2026-11/{worker(hr)}")
