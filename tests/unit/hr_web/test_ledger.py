"""What is in the totals, and what is held."""

from decimal import Decimal

import pytest

from hr.web.ledger import is_payable, ledger
from tests.unit.hr_web.plant import FRIDAY


@pytest.fixture
def made(shown):
    return ledger(shown.service.pay.lines(FRIDAY, FRIDAY))


def test_the_total_is_the_sum_of_the_payable_lines(made):
    lines = [line for person in made.people for line in person.lines]
    assert made.amount == sum(line.amount for line in lines if is_payable(line)) == Decimal("277.72")
    assert made.good == sum(line.good for line in lines if is_payable(line)) == 1142


def test_each_held_line_is_named_once_with_its_reason(made):
    assert [line.person_number for line in made.unproved] == ["0221"]
    assert [line.person_number for line in made.unpriced] == ["0392"]
    assert len(made.held) == 2


def test_people_stand_by_number_with_the_days_they_worked(made):
    assert [person.total.person_number for person in made.people] == ["0221", "0288", "0317", "0392"]
    assert {person.days for person in made.people} == {1}


def test_nothing_made_is_an_empty_ledger():
    empty = ledger([])
    assert (empty.people, empty.held, empty.amount) == ((), (), Decimal("0.00"))
