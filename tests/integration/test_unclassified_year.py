"""The demo's plant on 4 January 2027, when nobody has loaded the calendar of 2027 yet: everything is kept and counted,
nothing is guessed, the pages ask for the file, and with it all falls into its class."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from hr.accounts import Keys
from hr.attendance.rules.day import AttendanceDay, Flag
from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import Hold
from hr.pay.rules.items import Kind as ItemKind
from hr.pay.rules.statement import Statement
from hr.pay.statements import Statements
from hr.pay.terms.lists import PayList
from hr.people.csv_import import Kind
from hr.service import HrService, Plant
from hr.store import engine, upgrade
from sync.wire.facts import Direction
from tests.unit.hr_web.conftest import Desk, desk_of, words
from tests.unit.hr_web.plant import DEVICE, Journal, Made, moment

PLANT = Path(__file__).parents[2] / "simulators" / "plant"
MONDAY = "2027-01-04"
LISTS = (
    Kind.PEOPLE, Kind.BADGES, Kind.MACHINES, Kind.CLEARANCES, Kind.ORDERS, Kind.PRICES, Kind.SHIFTS,
)  # fmt: skip
WORKER, BOSS = "1011", "1001"
A_YEAR = b"year = 2027\nstatutory_days = 1\n[statutory]\n2027-01-01 = '\xe5\x85\x83\xe6\x97\xa6'\n"
"""The notice of 2027 is not out: a table that says nothing but New Year's Day stands for it."""


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[HrService]:
    store = engine(f"sqlite:///{tmp_path / 'hr.db'}")
    upgrade(store)
    service = HrService(store, Keys.generate(), lambda: moment(MONDAY, "18:00:00"), Plant("顺达五金"))
    for kind in LISTS:
        service.catalogue.import_csv(kind, (PLANT / f"{kind.value}.csv").read_bytes())
    keys = {person.number: person.id for person in service.people.listed()}
    service.catalogue.import_csv(Kind.ROSTER, f"number,date,shift\n{WORKER},{MONDAY},DAY\n".encode())
    terms = f"number,valid_from,scheme,contract_month\n{WORKER},2026-01-01,PIECE,2600\n"
    service.terms.import_list(PayList.TERMS, terms.encode(), "wang")
    service.terms.enter_setting("minimum_month", "2026-01-01", "2000", "wang")
    journal = Journal(DEVICE)
    journal.tap(MONDAY, "07:58:00", keys[WORKER], Direction.IN)
    made = Made(MONDAY, keys[WORKER], keys[BOSS], "M03", ("MO-261123-01", "H-40", "P10"))
    actual = journal.stretch(made.with_readings(("08:10:00", 100), ("12:00:00", 400), ("16:50:00", 900)))
    journal.tap(MONDAY, "17:01:00", keys[WORKER], Direction.OUT)
    journal.seal(made, [actual], 800)
    service.inbox.receive(journal.facts, "nonce")
    yield service
    service.close()


def worker(hr: HrService) -> str:
    return next(each.id for each in hr.people.listed() if each.number == WORKER)


def day(hr: HrService) -> AttendanceDay:
    (judged,) = hr.attendance.judged(MONDAY, MONDAY, worker(hr))
    return judged.day


def statement(hr: HrService) -> Statement:
    with hr.office.reading.connect() as connection:
        return Statements(hr.office.zone, hr.office.now_us).one(connection, "2027-01", worker(hr)).statement


def pieces(hr: HrService) -> list[tuple[TimeClass | None, Decimal]]:
    return [(each.time_class, each.amount) for each in statement(hr).items if each.kind is ItemKind.PIECE]


def load(desk: Desk) -> str:
    return words(desk.post("/calendar/", file=(io.BytesIO(A_YEAR), "2027.toml")))


def test_minutes_are_counted_and_have_no_class(hr: HrService):
    found = day(hr)
    assert (found.paid_min, dict(found.class_min), found.unclassified_min) == (540, {}, 540)
    assert Flag.UNCLASSIFIED in found.flags


def test_pieces_are_there_in_full_and_their_line_waits_for_the_calendar(hr: HrService):
    (line,) = hr.pay.lines(MONDAY, MONDAY)
    assert line.good == 800
    assert Hold.UNCLASSIFIED in {each.why for each in statement(hr).held}


def test_the_pages_ask_for_the_file_where_it_is_missed(hr: HrService):
    desk = desk_of(hr)
    assert "There is no calendar of 2027 yet its days are unclassified, and wage lines wait Load" in desk.text("/")
    for path in ("/attendance", "/roster/", "/overtime/", "/calendar/"):
        assert "There is no calendar of 2027 yet." in desk.text(path), path


def test_once_the_year_is_loaded_at_the_page_nothing_waits_for_it_any_more(hr: HrService):
    desk = desk_of(hr)
    assert "The calendar of 2027 holds now." in load(desk)
    assert dict(day(hr).class_min) == {TimeClass.NORMAL: 540}
    assert Hold.UNCLASSIFIED not in {each.why for each in statement(hr).held}
    for path in ("/", "/attendance", "/roster/", "/overtime/", "/calendar/"):
        assert "There is no calendar of 2027" not in desk.text(path), path


def test_the_ledger_of_january_names_the_missing_calendar_and_where_it_is_loaded(hr: HrService):
    desk = desk_of(hr)
    assert pieces(hr) == []
    assert "the calendar of that year is missing" in desk.text("/payroll/2027-01")
    held = desk.get("/pay/held?month=2027-01").text
    assert 'href="/calendar/?year=2027"' in held
    assert "800 pcs" in held


def test_with_the_year_the_line_of_january_is_paid_and_nothing_is_held_for_it(hr: HrService):
    desk = desk_of(hr)
    load(desk)
    # 800 pieces x 0.0118
    assert pieces(hr) == [(TimeClass.NORMAL, Decimal("9.44"))]
    assert statement(hr).held == ()
    assert "the calendar of that year is missing" not in desk.text("/payroll/2027-01")
    assert "Load the calendar" not in desk.text("/pay/held?month=2027-01")
