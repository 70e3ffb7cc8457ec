"""A wage line adds itself up from the readings, and says so when it cannot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from hr.pay.rules.lines import AssignedPart, WageLine
from hr.pay.rules.wage_line import (
    Actual,
    Assigned,
    Evidence,
    Identity,
    Names,
    ProofFailed,
    amount,
    check,
    explained,
    wage_line,
)
from hr.people.records import PriceView
from sync.wire.facts import (
    Basis,
    Bucket,
    CounterReading,
    CounterRole,
    MaterialActualAssigned,
    MaterialActualRecorded,
    Reading,
    Share,
    Step,
)
from tests.unit.hr.cast import LI_WEI, NOON_US, WANG_FANG, ZHANG_MIN, actual, assigned, confirmation, reading, span

PRICE = PriceView("CAP-28", "瓶盖28", "MOULD", "注塑", "2026-10-01", Decimal("0.0125"))
NAMES = Names("李伟", "1001", "瓶盖28", "注塑", {"IM-07": "7号注塑机"}, PRICE)
PLAIN = actual([span(1, 2, 100)], {LI_WEI: 400})


def line(
    bodies: dict[int, MaterialActualRecorded] | None = None,
    readings: dict[int, CounterReading] | None = None,
    **more: Any,
) -> WageLine:
    """Li Wei's confirmation of these parts; by default one of 400 pieces over the readings 500 and 600."""
    bodies = {5: PLAIN} if bodies is None else bodies
    readings = {1: reading(500), 2: reading(600)} if readings is None else readings
    siblings = more.pop("siblings", ())
    parts = tuple(Actual(1, seq, body, (body, *siblings)) for seq, body in bodies.items())
    evidence = Evidence(parts, {(1, seq): (each, NOON_US, 1) for seq, each in readings.items()}, more.pop("taken", {}))
    names = more.pop("names", NAMES)
    actuals = more.pop("actuals", list(bodies))
    return wage_line(
        Identity("gate-1", 1, 9, NOON_US), confirmation(actuals, more.pop("counted", 400), **more), evidence, names
    )


def test_good_pieces_times_the_price_is_the_amount():
    made = line()
    check(made)
    assert (made.amount, made.unit_price, made.price_since) == (Decimal("5.00"), Decimal("0.0125"), "2026-10-01")


def test_scrap_and_rework_are_not_paid():
    made = line(good=390, scrap_labour=4, scrap_material=3, rework=3)
    check(made)
    assert made.amount == Decimal("4.88")


@pytest.mark.parametrize(
    ("good", "price", "fen"),
    [(1, "0.005", "0.01"), (1, "0.0049", "0.00"), (333, "0.0350", "11.66"), (3, "0.335", "1.01"), (0, "9.9", "0.00")],
)
def test_amounts_are_rounded_half_up_to_the_fen(good: int, price: str, fen: str):
    assert str(amount(good, Decimal(price))) == fen


def test_without_a_price_a_line_is_unpriced_but_still_explained():
    made = line(names=Names())
    assert (made.amount, made.unit_price, explained(made)) == (None, None, True)
    assert (made.product_name, made.operation_name) == ("CAP-28", "MOULD")


def test_a_part_opens_down_to_its_readings():
    (part,) = line().parts
    assert (part.machine_name, part.quantity, part.whole_quantity, part.basis) == ("7号注塑机", 400, 400, "EXACT")
    assert [(each.from_value, each.to_value, each.counts) for each in part.spans] == [(500, 600, 100)]
    assert part.spans[0].to_raw == "0258"


@pytest.mark.parametrize(
    ("step", "start", "end", "counts"),
    [
        (Step.NORMAL, 500, 600, 100),
        (Step.ROLLOVER, 65500, 64, 100),
        (Step.RESET, 500, 100, 100),
        (Step.RESET_INFERRED, 500, 100, 100),
        (Step.IMPLAUSIBLE, 500, 600, 100),
        (Step.IMPLAUSIBLE, 65500, 64, 100),
        (Step.IMPLAUSIBLE, 500, 100, 100),
        (Step.BASELINE, 500, 600, 0),
    ],
)
def test_the_counts_are_worked_out_again_from_the_values(step: Step, start: int, end: int, counts: int):
    part = actual([span(1, 2, counts, step)], {LI_WEI: counts * 4})
    check(line({5: part}, {1: reading(start), 2: reading(end)}, counted=counts * 4))


def test_a_shared_part_counts_only_the_persons_own_share():
    part = actual([span(1, 2, 100)], {LI_WEI: 250, ZHANG_MIN: 150})
    made = line({5: part}, counted=250)
    check(made)
    assert (made.parts[0].quantity, made.parts[0].whole_quantity) == (250, 400)


def test_an_estimated_part_adds_up_with_the_others_over_the_same_readings():
    mine = actual([span(1, 2, 100)], {LI_WEI: 240}, counts=60, basis=Basis.ESTIMATED)
    other = actual([span(1, 2, 100)], {ZHANG_MIN: 160}, counts=40, basis=Basis.ESTIMATED)
    check(line({5: mine}, counted=240, siblings=(other,)))
    assert not explained(line({5: mine}, counted=240))


def test_a_split_over_a_change_of_cavities_adds_up_in_counts():
    mine = actual([span(1, 2, 100)], {LI_WEI: 240}, counts=60, basis=Basis.ESTIMATED)
    other = actual([span(1, 2, 100)], {}, counts=40, quantity=80, pieces_per_count=2, basis=Basis.ESTIMATED)
    check(line({5: mine}, counted=240, siblings=(other,)))


def test_readings_of_an_earlier_journal_keep_its_epoch():
    parts = (Actual(2, 5, PLAIN, (PLAIN,)),)
    evidence = Evidence(parts, {(2, 1): (reading(500), NOON_US, 1), (2, 2): (reading(600), NOON_US, 2)})
    made = wage_line(Identity("gate-1", 3, 9, NOON_US), confirmation([5], 400), evidence, NAMES)
    check(made)
    (part,) = made.parts
    assert (part.epoch, part.spans[0].from_epoch, part.spans[0].to_epoch) == (2, 1, 2)


LIES: dict[str, dict[str, Any]] = {
    "more good than counted": {"good": 401},
    "more counted than shared out": {"counted": 404},
    "readings that make less": {"readings": {1: reading(500), 2: reading(590)}},
    "a reading that is not held": {"readings": {1: reading(500)}},
    "readings of another machine": {
        "readings": {1: reading(500, machine="IM-08"), 2: reading(600, machine="IM-08")},
    },
    "a part that is not held": {"actuals": [5, 6]},
    "a part named twice": {"actuals": [5, 5]},
    "a part of another order": {"order": "W-999"},
    "a part confirmed before": {"taken": {5: 8}},
    "an amount below zero": {"good": 500, "scrap_labour": -100},
    "an adjustment that is not in the sum": {"adjustment": 10, "reason": "found in a box"},
    "counts that the values do not give": {"bodies": {5: actual([Reading(1, 2, Step.RESET, 100)], {LI_WEI: 400})}},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_line_that_does_not_add_up_is_returned_and_says_so(lie: str):
    made = line(**LIES[lie])
    assert not explained(made)
    with pytest.raises(ProofFailed, match="gate-1/1/9"):
        check(made)


# --- pieces that a supervisor has assigned ------------------------------------------------------------

NOBODYS = replace(PLAIN, bucket=Bucket.UNATTRIBUTED, shares=[])


def assigned_line(
    body: MaterialActualAssigned, in_all: int, counted: int, of: MaterialActualRecorded = NOBODYS
) -> WageLine:
    """The confirmation of one assignment, fact 8, of the pieces of fact 5."""
    part = Actual(1, 8, of, (of,), Assigned(body, NOON_US, in_all))
    readings = {(1, 1): (reading(500), NOON_US, 1), (1, 2): (reading(600), NOON_US, 1)}
    at = Identity("gate-1", 1, 9, NOON_US)
    return wage_line(at, confirmation([8], counted), Evidence((part,), readings), NAMES)


def test_assigned_pieces_are_paid_and_say_whose_word_it_was():
    made = assigned_line(assigned(100), in_all=400, counted=100)
    check(made)
    (part,) = made.parts
    assert (part.seq, part.quantity, part.whole_quantity) == (8, 100, 100)
    assert part.assigned == AssignedPart(WANG_FANG, NOON_US, "forgot to log on", "UNATTRIBUTED", 5, 400)
    assert made.amount == Decimal("1.25")


@pytest.mark.parametrize(
    ("body", "in_all", "of"),
    [
        (assigned(100), 401, NOBODYS),
        (assigned(100, shares=[Share(LI_WEI, 100), Share(ZHANG_MIN, 1)]), 100, NOBODYS),
        (assigned(100, bucket=Bucket.QUARANTINED), 100, NOBODYS),
        (assigned(100, bucket=Bucket.SETUP), 100, replace(NOBODYS, bucket=Bucket.SETUP)),
        (assigned(100, bucket=Bucket.ATTRIBUTED), 100, PLAIN),
        (assigned(100), 100, replace(NOBODYS, machine="IM-08")),
    ],
    ids=[
        "beyond what was counted",
        "shares beyond the pieces",
        "another bucket",
        "a set-up",
        "owned ones",
        "a machine",
    ],
)
def test_an_assignment_that_does_not_add_up_is_returned_and_says_so(
    body: MaterialActualAssigned, in_all: int, of: MaterialActualRecorded
):
    assert not explained(assigned_line(body, in_all, 100, of))


@pytest.mark.parametrize("bucket", [Bucket.SETUP, Bucket.UNATTRIBUTED, Bucket.QUARANTINED])
def test_pieces_that_are_nobodys_are_never_paid_even_with_shares(bucket: Bucket):
    made = line({5: replace(PLAIN, bucket=bucket)})
    assert not explained(made)
    assert made.parts[0].quantity == 0


def test_rejects_are_never_paid_whatever_a_seal_names():
    thrown_out = replace(PLAIN, role=CounterRole.DEFECTIVE)
    assert not explained(line({5: thrown_out}))
    assert not explained(line({5: PLAIN, 6: thrown_out}, counted=800, good=800))
