"""Reference data: files from the office in, one signed picture for the boxes out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from argon2 import PasswordHasher

from hr.people.csv_import import BadFile, Kind
from hr.people.records import Rejected
from sync.wire.facts import AttendanceTap, Direction, LogOnShown, Outcome
from sync.wire.reference_data import Clearance, Directory, Person, Role
from tests.unit.hr.cast import (
    DAY,
    LI_BADGE,
    LOST_BADGE,
    MACHINES_CSV,
    ORDERS_CSV,
    PEOPLE_CSV,
    PRICES_CSV,
    SHIFTS_CSV,
    Factory,
    clock_us,
    factory,
    tap,
    unknown_tap,
)

T = TypeVar("T")

FILES = {
    Kind.PEOPLE: PEOPLE_CSV,
    Kind.MACHINES: MACHINES_CSV,
    Kind.ORDERS: ORDERS_CSV,
    Kind.PRICES: PRICES_CSV,
    Kind.SHIFTS: SHIFTS_CSV,
    Kind.BADGES: f"badge,number\n{LI_BADGE},1001\n1000ABCDEF,9001\n",
    Kind.CLEARANCES: "number,kind,valid_from,valid_to,evidence\n"
    "1001,safety_l3,2026/3/1,2027-02-28,考核\n1003,WELDING,2026-01-01,,\n",
}


@pytest.fixture
def hr(tmp_path: Path, hr_url: str) -> Iterator[Factory]:
    made = factory(tmp_path, hr_url)
    yield made
    made.service.close()


@pytest.fixture
def office(hr: Factory) -> Factory:
    """A factory with all its reference data."""
    for kind, text in FILES.items():
        hr.service.catalogue.import_csv(kind, text.encode())
    return hr


def the(found: T | None) -> T:
    assert found is not None
    return found


def person(hr: Factory, number: str) -> str:
    return next(each.id for each in hr.service.people.listed() if each.number == number)


def problems(hr: Factory, kind: Kind, text: str) -> list[tuple[int, str]]:
    with pytest.raises(BadFile) as caught:
        hr.service.catalogue.import_csv(kind, text.encode())
    return [(each.line, each.column) for each in caught.value.problems]


# --- what a box is told -------------------------------------------------------------------------------


def test_a_box_is_told_about_people_badges_machines_orders_and_shifts(office: Factory):
    directory = Directory(office.service.editions.reference())
    li_wei, wang_fang = the(directory.person_by_number("1001")), the(directory.person_by_number("9001"))
    assert (li_wei.name, li_wei.team, li_wei.pin) == ("李伟", "注塑", None)
    assert the(directory.badge(LI_BADGE)).person == li_wei.id
    assert wang_fang.role is Role.SUPERVISOR
    assert PasswordHasher().verify(the(wang_fang.pin), "246810")
    assert the(directory.machine("IM-08")).name == "8号注塑机"
    assert [(each.start_min, each.end_min) for each in directory.shifts] == [(480, 1200), (1200, 1920)]


def test_a_box_is_told_who_may_work_where_and_how_many_at_once(office: Factory):
    office.service.catalogue.import_csv(
        Kind.MACHINES, "machine,name,operators,needs\nIM-07,7号,3,safety_l3；WELDING;SAFETY_L3\n".encode()
    )
    office.service.catalogue.import_csv(Kind.PEOPLE, "number,name,weight\n1001,李伟,60\n".encode())
    office.service.catalogue.import_csv(
        Kind.SHIFTS, "shift,name,start,end,overtime_min\nD,白班,08:00,20:00,90\n".encode()
    )
    directory = Directory(office.service.editions.reference())
    machine, li_wei = the(directory.machine("IM-07")), the(directory.person_by_number("1001"))
    assert (machine.operators, machine.needs) == (3, ["SAFETY_L3", "WELDING"])
    assert (li_wei.weight, li_wei.clearances) == (60, [Clearance("SAFETY_L3", "2026-03-01", "2027-02-28")])
    assert [shift.overtime_min for shift in directory.shifts] == [90, 0]


def test_what_the_new_columns_say_is_kept_by_files_without_them(office: Factory):
    office.service.catalogue.import_csv(Kind.MACHINES, "machine,name,operators,needs\nIM-07,7号,3,WELDING\n".encode())
    office.service.catalogue.import_csv(Kind.PEOPLE, "number,name,weight\n1001,李伟,60\n".encode())
    office.service.catalogue.import_csv(
        Kind.SHIFTS, "shift,name,start,end,overtime_min\nD,白班,08:00,20:00,90\n".encode()
    )
    before = office.service.editions.reference()
    office.service.catalogue.import_csv(Kind.MACHINES, "machine,name\nIM-07,7号\n".encode())
    office.service.catalogue.import_csv(Kind.PEOPLE, "number,name\n1001,李伟\n".encode())
    office.service.catalogue.import_csv(Kind.SHIFTS, "shift,name,start,end\nD,白班,08:00,20:00\n".encode())
    assert office.service.editions.reference() == before


def test_a_clearance_of_a_leaver_is_not_published_and_one_removed_is_gone(office: Factory):
    assert [each.number for each in office.service.people.clearances()] == ["1001"]
    before = office.service.editions.reference().version
    office.service.people.remove_clearance(person(office, "1001"), "SAFETY_L3", "2026-03-01")
    assert office.service.people.clearances() == []
    assert office.service.editions.reference().version > before


def test_the_open_order_of_a_machine_comes_with_the_price_in_force_today(office: Factory):
    order = the(Directory(office.service.editions.reference()).order_at("IM-07"))
    assert (order.id, order.product_name, order.pieces_per_count, order.price) == ("W-100", "瓶盖28", 4, "0.0125")


def test_a_price_that_comes_into_force_raises_the_version_by_itself(office: Factory):
    before = office.service.editions.reference()
    office.service.office.clock = lambda: clock_us(24, 1)
    after = office.service.editions.reference()
    assert (after.version, after.orders[0].price) == (before.version + 1, "0.0200")
    assert office.service.editions.reference() == after


def test_a_leaver_is_not_published(office: Factory):
    assert Directory(office.service.editions.reference()).person_by_number("1003") is None
    office.service.catalogue.import_csv(Kind.PEOPLE, "number,name,active\n1001,李伟,no\n".encode())
    assert Directory(office.service.editions.reference()).badge(LI_BADGE) is None


@pytest.mark.parametrize("kind", FILES)
def test_the_same_file_again_changes_nothing(office: Factory, kind: Kind):
    before = office.service.editions.reference()
    assert office.service.catalogue.import_csv(kind, FILES[kind].encode()).changed == 0
    assert office.service.editions.reference() == before


def test_every_change_raises_the_version(office: Factory):
    before = office.service.editions.reference().version
    office.service.people.block_badge(LI_BADGE, True)
    after = office.service.editions.reference()
    assert after.version > before
    assert the(Directory(after).badge(LI_BADGE)).blocked


def test_a_person_keeps_the_key_when_the_name_changes(office: Factory):
    key = person(office, "1001")
    saved = office.service.people.save(Person("", "1001", "李小伟"))
    assert (saved.id, saved.name, person(office, "1001")) == (key, "李小伟", key)


def test_an_empty_pin_keeps_the_old_one(office: Factory):
    before = office.service.editions.reference()
    text = PEOPLE_CSV.replace("246810", "")
    assert office.service.catalogue.import_csv(Kind.PEOPLE, text.encode()).changed == 0
    assert office.service.editions.reference() == before


def test_columns_that_a_file_does_not_have_keep_what_is_stored(office: Factory):
    before = office.service.editions.reference()
    office.service.catalogue.import_csv(Kind.PEOPLE, "number,name\n9001,王芳\n1003,陈杰\n".encode())
    office.service.catalogue.import_csv(Kind.ORDERS, b"order,product,operation,quantity\nW-100,CAP-28,MOULD,50000\n")
    assert office.service.editions.reference() == before


def test_an_empty_cell_means_the_default(office: Factory):
    office.service.catalogue.import_csv(Kind.PEOPLE, "number,name,role,team\n9001,王芳,,\n".encode())
    wang_fang = next(each for each in office.service.people.listed() if each.number == "9001")
    assert (wang_fang.role, wang_fang.team, wang_fang.has_pin) == (Role.WORKER, "", False)


# --- files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_an_office_computer_are_read(hr: Factory, encoding: str):
    hr.service.catalogue.import_csv(Kind.PEOPLE, PEOPLE_CSV.encode(encoding))
    assert "李伟" in {each.name for each in hr.service.people.listed()}


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_recognised(hr: Factory, delimiter: str):
    hr.service.catalogue.import_csv(Kind.MACHINES, MACHINES_CSV.replace(",", delimiter).encode())
    assert len(hr.service.catalogue.machines()) == 2


def test_one_bad_line_and_nothing_of_the_file_is_taken(hr: Factory):
    version = hr.service.editions.reference().version
    text = "number,name,role,language\n1001,李伟,WORKER,zh\n1002,,WORKER,zh\n1003,陈杰,BOSS,zh\n1004,x,WORKER,fr\n"
    assert problems(hr, Kind.PEOPLE, text) == [(3, "name")]
    assert problems(hr, Kind.PEOPLE, text.replace(",,", ",张敏,")) == [(4, "role"), (5, "language")]
    assert hr.service.people.listed() == []
    assert hr.service.editions.reference().version == version


def test_a_problem_names_line_column_got_and_wanted(hr: Factory):
    with pytest.raises(BadFile, match=r"line 2, price: got '1,5', wanted CNY per piece such as 0.1250"):
        hr.service.catalogue.import_csv(
            Kind.PRICES, b'product,operation,price,valid_from\nCAP-28,MOULD,"1,5",2026-10-01\n'
        )


BAD_FILES = {
    "an unknown column": (Kind.MACHINES, "machine,name,colour\nIM-07,x,red\n", [(1, "colour")]),
    "a missing column": (Kind.MACHINES, "machine\nIM-07\n", [(1, "name")]),
    "a column twice": (Kind.MACHINES, "machine,name,name\nIM-07,x,y\n", [(1, "name")]),
    "a cell too many": (Kind.MACHINES, "machine,name\nIM-07,x,y\n", [(2, "")]),
    "a row twice": (Kind.MACHINES, "machine,name\nIM-07,x\nIM-07,y\n", [(3, "machine")]),
    "an id no box may have": (Kind.MACHINES, "machine,name\n七号,x\n", [(2, "machine")]),
    "an open quote": (Kind.MACHINES, 'machine,name\nIM-07,"x\n', [(2, "")]),
    "nothing at all": (Kind.MACHINES, "", [(1, "machine"), (1, "name")]),
    "a worker with a PIN": (Kind.PEOPLE, "number,name,pin\n1001,李伟,1234\n", [(2, "pin")]),
    "a badge for nobody": (Kind.BADGES, "badge,number\n100086F444,7777\n", [(2, "number")]),
    "an order for no machine": (Kind.ORDERS, ORDERS_CSV.replace("IM-07", "IM-99"), [(2, "machine")]),
    "a price for no product": (Kind.PRICES, PRICES_CSV.replace("CAP", "CUP"), [(2, "product"), (3, "product")]),
    "a date that is none": (
        Kind.PRICES,
        PRICES_CSV.replace("2026-10-01", "2026-02-30"),
        [(2, "valid_from"), (3, "product")],
    ),
    "more people than a machine holds": (Kind.MACHINES, "machine,name,operators\nIM-07,x,21\n", [(2, "operators")]),
    "a need that is no kind": (Kind.MACHINES, "machine,name,needs\nIM-07,x,A;;B\n", [(2, "needs")]),
    "a part of nothing": (Kind.PEOPLE, "number,name,weight\n1001,李伟,0\n", [(2, "weight")]),
    "too much overtime": (
        Kind.SHIFTS,
        "shift,name,start,end,overtime_min\nD,x,08:00,20:00,721\n",
        [(2, "overtime_min")],
    ),
    "a clearance for nobody": (Kind.CLEARANCES, "number,kind,valid_from\n7777,A,2026-01-01\n", [(2, "number")]),
    "a time that is none": (Kind.SHIFTS, SHIFTS_CSV.replace("08:00", "8 Uhr"), [(2, "start"), (3, "end")]),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_the_place(hr: Factory, name: str):
    kind, text, places = BAD_FILES[name]
    assert problems(hr, kind, text) == places


def test_bytes_that_are_no_text_are_refused(hr: Factory):
    with pytest.raises(BadFile, match="UTF-8 or GB18030"):
        hr.service.catalogue.import_csv(Kind.MACHINES, b"machine,name\nIM-07,\xff\xff\n")


def test_a_machine_has_one_open_order_at_a_time(office: Factory):
    second = ORDERS_CSV.replace("W-100", "W-101")
    assert problems(office, Kind.ORDERS, second) == [(2, "machine")]


def test_one_file_may_close_an_order_below_the_line_that_opens_the_next(office: Factory):
    header, line = ORDERS_CSV.strip().split("\n")
    text = f"{header},state\n{line.replace('W-100', 'W-101')},OPEN\n{line},CLOSED\n"
    office.service.catalogue.import_csv(Kind.ORDERS, text.encode())
    assert the(Directory(office.service.editions.reference()).order_at("IM-07")).id == "W-101"


def test_prices_keep_four_decimals_and_more_when_given(office: Factory):
    text = PRICES_CSV + "CAP-28,MOULD,0.012345,2026-12-01\n"
    office.service.catalogue.import_csv(Kind.PRICES, text.encode())
    assert [str(each.price) for each in office.service.catalogue.prices()] == ["0.0125", "0.0200", "0.012345"]
    assert office.service.catalogue.prices()[1].price == Decimal("0.02")


# --- badges -------------------------------------------------------------------------------------------


def test_a_badge_unknown_to_hr_is_listed_with_where_and_how_often(office: Factory):
    office.gate.write(unknown_tap(), clock_us(8))
    office.gate.write(LogOnShown(Outcome.UNKNOWN_BADGE, "im-07", "r", "IM-07", badge=LOST_BADGE), clock_us(9))
    office.gate.send(office.client, office.gate.journal)
    (lost,) = office.service.people.unknown_badges()
    assert (lost.badge, lost.times, lost.last_seen_us) == (LOST_BADGE, 2, clock_us(9))
    assert (lost.device, lost.station, lost.machine) == ("gate-1", "im-07", "IM-07")


def test_a_card_without_a_number_is_taken_and_is_nobodys_badge(office: Factory):
    office.gate.write(AttendanceTap(Outcome.UNUSABLE_BADGE, "gate", "gate-reader", DAY), clock_us(8))
    office.gate.write(LogOnShown(Outcome.UNUSABLE_BADGE, "im-07", "r", "IM-07"), clock_us(9))
    office.gate.send(office.client, office.gate.journal)
    assert office.service.inbox.facts("gate-1", 1, [1, 2]) == office.gate.journal
    assert (office.service.people.unknown_badges(), office.service.attendance.days(DAY, DAY)) == ([], [])


def test_taps_before_the_badge_was_assigned_count_for_its_owner(office: Factory):
    for hour in (8, 17):
        office.gate.write(unknown_tap(), clock_us(hour))
    office.gate.send(office.client, office.gate.journal)
    assert office.service.attendance.days(DAY, DAY) == []
    office.service.people.assign_badge("01007B4432", person(office, "1002"))
    (day,) = office.service.attendance.days(DAY, DAY)
    assert (day.person_number, day.minutes, day.open) == ("1002", 540, False)
    assert office.service.people.unknown_badges() == []
    assert office.service.inbox.facts("gate-1", 1, [1, 2]) == office.gate.journal


def test_the_printed_digits_find_the_badge_that_was_tapped(office: Factory):
    office.gate.write(unknown_tap(LOST_BADGE))
    office.gate.send(office.client, office.gate.journal)
    assert office.service.people.assign_badge("0008078386", person(office, "1002")) == LOST_BADGE


def test_the_printed_digits_alone_are_not_enough(office: Factory):
    with pytest.raises(Rejected, match="tap the badge once"):
        office.service.people.assign_badge("0008078386", person(office, "1002"))


def test_printed_digits_that_fit_two_badges_are_refused(office: Factory):
    for badge in (LOST_BADGE, "EM4100:99007B4432"):
        office.gate.write(unknown_tap(badge))
    office.gate.send(office.client, office.gate.journal)
    with pytest.raises(Rejected, match="several badges"):
        office.service.people.assign_badge("0008078386", person(office, "1002"))


@pytest.mark.parametrize("text", ["", "12345", "100086F44G", "EM4100:12", "100086F444F", "；DROP"])
def test_text_that_is_no_badge_is_refused(office: Factory, text: str):
    with pytest.raises(Rejected):
        office.service.people.assign_badge(text, person(office, "1002"))


def test_another_technology_is_kept_as_it_is(office: Factory):
    assert (
        office.service.people.assign_badge("04a1b2c3d4e580", person(office, "1002"), "mifare")
        == "MIFARE:04A1B2C3D4E580"
    )


@pytest.mark.parametrize(("text", "technology"), [("CODE:EMP-7a|张", "EM4100"), ("EMP-7a|张", "code")])
def test_what_a_scanner_reads_is_a_badge_as_it_stands(office: Factory, text: str, technology: str):
    assert office.service.people.assign_badge(text, person(office, "1002"), technology) == "CODE:EMP-7a|张"


def test_a_known_tap_stays_with_its_person_when_the_badge_moves_on(office: Factory):
    li_wei = person(office, "1001")
    office.gate.write(tap(Direction.IN, li_wei, badge=LI_BADGE), clock_us(8))
    office.gate.send(office.client, office.gate.journal)
    office.service.people.assign_badge(LI_BADGE, person(office, "1002"))
    assert [day.person for day in office.service.attendance.days(DAY, DAY)] == [li_wei]
    assert office.service.attendance.days(DAY, DAY, person(office, "1002")) == []
