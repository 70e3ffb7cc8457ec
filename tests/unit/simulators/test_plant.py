"""The fictional plant hangs together: every file of it, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simulators.plant import COUNTERS, IMPORT_ORDER, NEWCOMER, UNKNOWN_BADGE, Plant, load_plant
from simulators.rdm6300 import frame_of
from simulators.samv import number_of


@pytest.fixture(params=["zh", "en"])
def plant(request: pytest.FixtureRequest) -> Plant:
    return load_plant(request.param)


def test_twelve_people_of_whom_two_seal(plant: Plant):
    assert len(plant.people) == 12
    assert [len(person.pin) for person in plant.supervisors] == [6, 6]
    assert not any(person.pin for person in plant.workers)


def test_everybody_has_one_badge_that_a_reader_can_read(plant: Plant):
    tags = [plant.tag_of(person.number) for person in plant.people]
    assert len({*tags, UNKNOWN_BADGE}) == 13
    assert all(len(frame_of(tag)) == 14 for tag in tags)


def test_the_newcomer_is_nobody_yet_and_her_id_number_checks(plant: Plant):
    area, birth, sequence = NEWCOMER.id_number[:6], NEWCOMER.id_number[6:14], int(NEWCOMER.id_number[14:17])
    assert number_of(area, birth, sequence) == NEWCOMER.id_number
    assert birth.startswith("1900")
    assert NEWCOMER.number not in {person.number for person in plant.people}
    assert f"EM4100:{NEWCOMER.badge}" not in {row.badge for row in plant.badges}
    assert NEWCOMER.badge != UNKNOWN_BADGE


def test_what_is_referred_to_is_there(plant: Plant):
    priced = {(row.product, row.product_name, row.operation, row.operation_name) for row in plant.prices}
    assert {(row.product, row.product_name, row.operation, row.operation_name) for row in plant.orders} == priced
    assert {row.machine for row in plant.orders} - {""} == {row.machine for row in plant.machines} == set(COUNTERS)
    assert {row.number for row in plant.badges} == {person.number for person in plant.people}


def test_each_machine_has_one_open_order_and_one_waits(plant: Plant):
    assert sorted(row.machine for row in plant.orders if row.state == "OPEN") == ["", "M02", "M03"]
    assert [order and order.product for order in map(plant.order_at, ("M03", "M02", "M99"))] == ["H-40", "B-12", None]


def test_everybody_may_work_at_every_machine(plant: Plant):
    cleared = {(row.number, row.kind) for row in plant.clearances if not row.valid_to}
    needed = {kind for row in plant.machines for kind in row.needs.split(";") if kind}
    assert needed == {"SAFETY_L3"}
    assert all((person.number, kind) in cleared for person in plant.people for kind in needed)


def test_prices_have_four_decimals(plant: Plant):
    assert {Decimal(row.price).as_tuple().exponent for row in plant.prices} == {-4}


def test_both_languages_are_the_same_plant():
    zh, en = load_plant("zh"), load_plant("en")
    assert zh.badges == en.badges
    assert [(each.product, each.operation, each.price, each.valid_from) for each in zh.prices] == [
        (each.product, each.operation, each.price, each.valid_from) for each in en.prices
    ]
    assert [(each.order, each.machine, each.quantity, each.pieces_per_count, each.state) for each in zh.orders] == [
        (each.order, each.machine, each.quantity, each.pieces_per_count, each.state) for each in en.orders
    ]
    assert [(each.number, each.role, each.pin) for each in zh.people] == [
        (each.number, each.role, each.pin) for each in en.people
    ]
    assert [(each.number, each.kind) for each in zh.clearances] == [(each.number, each.kind) for each in en.clearances]
    assert [(each.start, each.end) for each in zh.shifts] == [(each.start, each.end) for each in en.shifts]


def test_the_files_are_named_in_the_order_that_hr_needs(plant: Plant):
    files = plant.csv_files()
    assert [name for name, _ in files] == list(IMPORT_ORDER)
    assert all(path.is_file() for _, path in files)
