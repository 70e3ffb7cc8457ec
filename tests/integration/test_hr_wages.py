"""From facts that a box sent to lines, totals and files, through the database."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event

from hr.pay.rules.wage_line import check, explained
from hr.people.csv_import import Kind
from sync.wire.facts import Basis, Direction
from sync.wire.reference_data import Person
from tests.unit.hr.cast import (
    DAY,
    LI_WEI,
    NOON_US,
    ZHANG_MIN,
    Box,
    Factory,
    actual,
    clock_us,
    confirmation,
    reading,
    span,
    supplied,
    tap,
)


@pytest.fixture
def hr(tmp_path: Path, hr_url: str) -> Iterator[Factory]:
    with supplied(tmp_path, hr_url) as made:
        yield made


def made_and_confirmed(box: Box, counts: int = 100, person: str = LI_WEI) -> None:
    """Two readings, one part and its confirmation: four facts."""
    first = box.write(reading(500)).seq
    last = box.write(reading(500 + counts)).seq
    part = box.write(actual([span(first, last, counts)], {person: counts * 4})).seq
    box.write(confirmation([part], counts * 4, person), NOON_US)


def test_a_confirmation_becomes_a_line_that_opens_down_to_the_readings(hr: Factory):
    made_and_confirmed(hr.gate)
    hr.gate.send(hr.client, hr.gate.journal)
    (line,) = hr.service.pay.lines(DAY, DAY)
    check(line)
    assert (line.person_name, line.product_name, line.amount) == ("李伟", "瓶盖28", Decimal("5.00"))
    assert (line.parts[0].spans[0].from_value, line.parts[0].spans[0].to_value) == (500, 600)
    assert hr.service.pay.line("gate-1", 1, line.seq) == line


def test_a_fact_that_is_no_confirmation_is_no_line(hr: Factory):
    made_and_confirmed(hr.gate)
    hr.gate.send(hr.client, hr.gate.journal)
    assert hr.service.pay.line("gate-1", 1, 1) is None


def test_a_price_is_the_one_in_force_on_the_work_date(hr: Factory):
    made_and_confirmed(hr.gate)
    hr.gate.send(hr.client, hr.gate.journal)
    text = "product,operation,price,valid_from\nCAP-28,MOULD,0.5,2026-11-03\n"
    hr.service.catalogue.import_csv(Kind.PRICES, text.encode())
    (line,) = hr.service.pay.lines(DAY, DAY)
    assert (line.unit_price, line.price_since) == (Decimal("0.0125"), "2026-10-01")


def test_the_second_confirmation_of_a_part_is_flagged_and_not_paid(hr: Factory):
    made_and_confirmed(hr.gate)
    hr.gate.write(confirmation([3], 400), NOON_US + 1)
    hr.gate.send(hr.client, hr.gate.journal)
    first, second = hr.service.pay.lines(DAY, DAY)
    assert (explained(first), explained(second)) == (True, False)
    (total,) = hr.service.pay.totals(DAY, DAY)
    assert (total.amount, total.lines, total.flagged) == (Decimal("5.00"), 1, 1)


def test_two_people_may_each_confirm_their_share_of_one_part(hr: Factory):
    hr.gate.write(reading(500))
    hr.gate.write(reading(600))
    hr.gate.write(actual([span(1, 2, 100)], {LI_WEI: 200, ZHANG_MIN: 200}))
    hr.gate.write(confirmation([3], 200, LI_WEI))
    hr.gate.write(confirmation([3], 200, ZHANG_MIN))
    hr.gate.send(hr.client, hr.gate.journal)
    assert [(total.person_name, total.amount) for total in hr.service.pay.totals(DAY, DAY)] == [
        ("李伟", Decimal("2.50")),
        ("张敏", Decimal("2.50")),
    ]


def test_an_estimated_split_is_added_up_over_all_parts_on_the_same_readings(hr: Factory):
    hr.gate.write(reading(500))
    hr.gate.write(reading(600))
    for person, counts in ((LI_WEI, 60), (ZHANG_MIN, 40)):
        hr.gate.write(actual([span(1, 2, 100)], {person: counts * 4}, counts=counts, basis=Basis.ESTIMATED))
    hr.gate.write(confirmation([3], 240, LI_WEI))
    hr.gate.send(hr.client, hr.gate.journal)
    check(hr.service.pay.lines(DAY, DAY)[0])


def test_a_part_counted_twice_over_the_same_readings_is_flagged(hr: Factory):
    made_and_confirmed(hr.gate)
    hr.gate.write(actual([span(1, 2, 100)], {LI_WEI: 400}))
    hr.gate.write(confirmation([5], 400))
    hr.gate.send(hr.client, hr.gate.journal)
    assert [explained(line) for line in hr.service.pay.lines(DAY, DAY)] == [False, False]


def test_in_a_new_epoch_the_same_numbers_are_other_facts(hr: Factory):
    made_and_confirmed(hr.gate)
    hr.gate.send(hr.client, hr.gate.journal)
    hr.gate.epoch, hr.gate.journal = 2, []
    hr.gate.write(reading(700))
    hr.gate.write(reading(760))
    hr.gate.write(actual([span(1, 2, 60)], {LI_WEI: 240}))
    hr.gate.write(confirmation([3], 240))
    assert hr.gate.send(hr.client, hr.gate.journal).status == 200
    lines = hr.service.pay.lines(DAY, DAY)
    assert [(line.epoch, line.good) for line in lines] == [(1, 400), (2, 240)]
    for line in lines:
        check(line)


def test_a_seal_does_not_rest_on_a_fact_of_another_epoch_that_happens_to_have_the_number(hr: Factory):
    made_and_confirmed(hr.gate)
    hr.gate.send(hr.client, hr.gate.journal)
    hr.gate.epoch, hr.gate.journal = 2, []
    hr.gate.write(confirmation([3], 400))
    hr.gate.send(hr.client, hr.gate.journal)
    assert {line.epoch: explained(line) for line in hr.service.pay.lines(DAY, DAY)} == {1: True, 2: False}


def test_an_unpriced_line_waits_outside_the_totals(hr: Factory):
    hr.gate.write(reading(500))
    hr.gate.write(reading(600))
    hr.gate.write(actual([span(1, 2, 100)], {LI_WEI: 400}, product="NEW"))
    hr.gate.write(confirmation([3], 400, product="NEW"))
    hr.gate.send(hr.client, hr.gate.journal)
    (total,) = hr.service.pay.totals(DAY, DAY)
    assert (total.amount, total.lines, total.unpriced, total.flagged) == (Decimal("0.00"), 0, 1, 0)


def test_lines_are_of_the_dates_and_the_person_asked_for(hr: Factory):
    made_and_confirmed(hr.gate)
    made_and_confirmed(hr.gate, person=ZHANG_MIN)
    hr.gate.send(hr.client, hr.gate.journal)
    assert [line.person for line in hr.service.pay.lines(DAY, DAY)] == [LI_WEI, ZHANG_MIN]
    assert [line.person for line in hr.service.pay.lines(DAY, DAY, ZHANG_MIN)] == [ZHANG_MIN]
    assert hr.service.pay.lines("2026-11-03", "2026-11-30") == []


def test_many_lines_are_fetched_in_few_queries(hr: Factory):
    for _ in range(450):
        made_and_confirmed(hr.gate)
    for start in range(0, 1800, 450):
        assert hr.gate.send(hr.client, hr.gate.journal[start : start + 450]).json["refusals"] == []
    queries: list[str] = []
    event.listen(hr.store, "before_cursor_execute", lambda *args: queries.append(args[2]))
    lines = hr.service.pay.lines(DAY, DAY)
    assert len(lines) == 450
    assert len(queries) < 25
    for line in lines:
        check(line)


def rows(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def test_the_wage_file_has_numbers_and_no_formulas(hr: Factory):
    hr.service.people.save(Person(LI_WEI, "1001", "=HYPERLINK(1)"))
    made_and_confirmed(hr.gate)
    hr.gate.write(confirmation([3], 400, adjustment=-1, good=399, reason="@SUM(A1)"))
    hr.gate.send(hr.client, hr.gate.journal)
    raw = hr.service.pay.csv(DAY, DAY)
    first, second = rows(raw)
    assert raw.startswith(b"\xef\xbb\xbf")
    assert (first["name"], first["amount"], first["state"], first["fact"]) == (
        "'=HYPERLINK(1)",
        "5.00",
        "ok",
        "gate-1/1/4",
    )
    assert (second["reason"], second["adjustment"], second["amount"]) == ("'@SUM(A1)", "-1", "")
    assert second["state"] == "does not add up"


def test_the_attendance_file_shows_the_times_of_the_plant(hr: Factory):
    hr.gate.write(tap(Direction.IN), clock_us(8, 0, 30))
    hr.gate.write(tap(Direction.OUT), clock_us(17, 30))
    hr.gate.send(hr.client, hr.gate.journal)
    (row,) = rows(hr.service.attendance.csv(DAY, DAY))
    assert (row["first_in"], row["last_out"], row["minutes"]) == ("2026-11-02 08:00:30", "2026-11-02 17:30:00", "570")


def test_taps_of_several_boxes_make_one_day(hr: Factory):
    hr.service.kiosks.revoke(hr.gate.fingerprint)
    boxes = [Box("gate-1"), Box("gate-2")]
    for box, direction, hour in zip(boxes, (Direction.IN, Direction.OUT), (8, 17), strict=True):
        hr.service.kiosks.enrol(box.device, box.key.public_key())
        hr.service.kiosks.accept(box.fingerprint)
        box.write(tap(direction), clock_us(hour))
    for box in reversed(boxes):
        assert box.send(hr.client, box.journal).status == 200
    (day,) = hr.service.attendance.days(DAY, DAY)
    assert (day.person_number, day.minutes, day.open) == ("1001", 540, False)
