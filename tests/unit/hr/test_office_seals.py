"""Pieces that no supervisor has sealed, and HR's seal in his place: a wage line like others, until his own comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hr.people.rejected import Rejected
from tests.unit.hr.cast import (
    DAY,
    LI_WEI,
    ZHANG_MIN,
    Factory,
    actual,
    confirmation,
    reading,
    span,
    supplied,
)

MONTH, ZHOU = DAY[:7], "zhou.min"


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Factory]:
    with supplied(tmp_path, people=()) as made:
        yield made


def made(plant: Factory, shares: dict[str, int]) -> int:
    """Pieces that wait for a seal; the number of their record."""
    counts = sum(shares.values()) // 4
    gate = plant.gate
    before = gate.write(reading(100)).seq
    after = gate.write(reading(100 + counts)).seq
    return gate.write(actual([span(before, after, counts)], shares)).seq


def send(plant: Factory) -> None:
    plant.service.inbox.receive(plant.gate.journal, "nonce")


def waiting(plant: Factory) -> dict[str, int]:
    found: dict[str, int] = {}
    for team in plant.service.periods.waiting(MONTH):
        for each in team.records:
            found[each.person] = found.get(each.person, 0) + each.quantity
    return found


def confirm(plant: Factory, reason: str = "supervisor has left") -> int:
    records = [each for team in plant.service.periods.waiting(MONTH) for each in team.records]
    return plant.service.periods.confirm(records, reason, ZHOU)


def test_what_nobody_has_sealed_waits_and_what_is_sealed_does_not(plant: Factory):
    one, other = made(plant, {LI_WEI: 40}), made(plant, {ZHANG_MIN: 80})
    plant.gate.write(confirmation([one], 40))
    send(plant)
    assert waiting(plant) == {ZHANG_MIN: 80}
    (team,) = plant.service.periods.waiting(MONTH)
    assert (team.records[0].actuals, team.pieces) == ((other,), 80)


def test_of_pieces_that_two_made_together_the_part_of_one_may_be_sealed(plant: Factory):
    part = made(plant, {LI_WEI: 40, ZHANG_MIN: 60})
    plant.gate.write(confirmation([part], 40))
    send(plant)
    assert waiting(plant) == {ZHANG_MIN: 60}


def test_what_hr_confirms_is_a_line_that_proves_itself_and_says_who(plant: Factory):
    made(plant, {LI_WEI: 40})
    send(plant)
    assert confirm(plant) == 40
    assert waiting(plant) == {}
    (line,) = plant.service.pay.lines(DAY, DAY)
    assert (line.good, line.counted, line.confirmed_by) == (40, 40, "hr:zhou.min")
    assert all(left == right for _text, left, right in line.proofs)
    assert plant.service.pay.line(line.device, line.epoch, line.seq) == line
    (person,) = plant.service.pay.output(DAY).people
    assert (person.sealed, person.unsealed) == (40, 0)


def test_a_supervisors_seal_takes_the_place_of_hrs(plant: Factory):
    part = made(plant, {LI_WEI: 40})
    send(plant)
    confirm(plant)
    sent = len(plant.gate.journal)
    plant.gate.write(confirmation([part], 40, good=38, scrap_labour=2))
    plant.service.inbox.receive(plant.gate.journal[sent:], "nonce")
    (line,) = plant.service.pay.lines(DAY, DAY)
    assert (line.good, line.confirmed_by) == (38, "p-wang")
    assert [each.stands for each in plant.service.periods.seals(MONTH)] == [False]
    assert waiting(plant) == {}


def test_of_several_records_what_the_supervisor_did_not_seal_waits_again(plant: Factory):
    first = made(plant, {LI_WEI: 40})
    made(plant, {LI_WEI: 80})
    send(plant)
    assert confirm(plant) == 120
    sent = len(plant.gate.journal)
    plant.gate.write(confirmation([first], 40))
    plant.service.inbox.receive(plant.gate.journal[sent:], "nonce")
    assert waiting(plant) == {LI_WEI: 80}
    confirm(plant)
    assert sum(line.good for line in plant.service.pay.lines(DAY, DAY)) == 120


def test_a_seal_needs_a_reason_and_what_was_looked_at(plant: Factory):
    made(plant, {LI_WEI: 40})
    send(plant)
    records = [each for team in plant.service.periods.waiting(MONTH) for each in team.records]
    with pytest.raises(Rejected, match="reason"):
        plant.service.periods.confirm(records, "", ZHOU)
    sent = len(plant.gate.journal)
    made(plant, {LI_WEI: 80})
    plant.service.inbox.receive(plant.gate.journal[sent:], "nonce")
    with pytest.raises(Rejected, match="unconfirmed"):
        plant.service.periods.confirm(records, "supervisor has left", ZHOU)
    assert waiting(plant) == {LI_WEI: 120}
