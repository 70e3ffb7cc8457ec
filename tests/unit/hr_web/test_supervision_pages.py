"""What supervisors have said, from the facts to the figures that rest on them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hr.pay.rules.wage_line import check
from hr.people.claims import ClaimState
from tests.unit.hr_web.conftest import words
from tests.unit.hr_web.plant import MONDAY
from tests.unit.hr_web.supervision import DEVICE, HELD_BADGE, REASON, UNKNOWN_BADGE, Said, supervise


@pytest.fixture
def said(factory) -> Said:
    return supervise(factory)


def test_a_line_of_assigned_pieces_opens_to_who_why_and_the_readings(factory, own_desk, said):
    line = factory.service.pay.line(DEVICE, 1, said.seal)
    check(line)
    assert (line.counted, line.good, line.amount) == (30, 29, Decimal("6.38"))
    page = own_desk.text(f"/pay/line/{DEVICE}/1/{said.seal}")
    assert f"王建国 assigned 30 of 40 pieces on 23 Nov at 10:00: {REASON}." in page
    assert "Before that they were nobody's." in page.replace("&#39;", "'")
    assert all(text in page for text in ("assigned by hand", "1,005", "1,045", f"record {said.unclaimed}"))


def test_a_line_opens_to_why_one_count_is_one_piece(own_desk, said):
    line = own_desk.get(f"/pay/line/{DEVICE}/1/{said.seal}").text
    address = f"/counters/{DEVICE}/1/{said.proof}"
    assert address in line
    page = own_desk.text(address)
    assert "exactly 10 pieces, and the counter went up by 10" in page
    assert all(text in page for text in ("D100, D101", "the count was kept", "王建国", "周大勇", "0000 03DE"))
    assert "Why one count is one piece" in page


def test_the_days_output_adds_up_after_pieces_were_assigned(factory, own_desk, said):
    day = factory.service.pay.output(MONDAY)
    (machine,) = (each for each in day.machines if each.machine == "press-03")
    assert (machine.counted, machine.owned, machine.unclaimed, machine.set_aside, machine.setup) == (
        345,
        30,
        10,
        300,
        5,
    )
    assert sum(each.body.quantity for each in day.assigned) == 30
    (person,) = (each for each in day.people if each.person == factory.keys["0392"])
    assert (person.sealed, person.unsealed) == (30, 0)
    page = own_desk.text(f"/output?date={MONDAY}")
    assert all(text in page for text in ("Assigned by supervisors", REASON, "Set-up began", "Set-up ended"))


def test_set_up_pieces_are_nobodys_and_never_paid(factory, said):
    assert sum(line.counted for line in factory.service.pay.lines(MONDAY, MONDAY)) == 30
    assert sum(each.owned for each in factory.service.pay.output(MONDAY).people) == 30


def test_a_linked_badge_is_the_persons_and_its_earlier_taps_count(factory, said):
    assert factory.service.people.unknown_badges() == []
    (day,) = factory.service.attendance.days(MONDAY, MONDAY, factory.keys["0256"])
    assert day.taps == 2
    badges = {badge.key: badge.person for badge in factory.service.editions.reference().badges}
    assert badges[UNKNOWN_BADGE] == factory.keys["0256"]


@pytest.mark.parametrize(("give", "owner", "state"), [("1", "0407", ClaimState.GIVEN), ("0", "0288", ClaimState.LEFT)])
def test_a_linked_badge_that_somebody_has_is_moved_by_a_person_only(factory, own_desk, said, give, owner, state):
    page = own_desk.text("/people")
    assert "周大勇 has it" in page
    assert "1 badge that two people claim" in own_desk.text("/")
    (link,) = (each for each in factory.service.people.links() if each.claim.badge == HELD_BADGE)
    assert link.claim.state is ClaimState.CONFLICT
    own_desk.post(f"/people/links/{DEVICE}/1/{link.claim.seq}", give=give)
    badges = {badge.key: badge.person for badge in factory.service.editions.reference().badges}
    assert badges[HELD_BADGE] == factory.keys[owner]
    (link,) = (each for each in factory.service.people.links() if each.claim.badge == HELD_BADGE)
    assert link.claim.state is state


def test_what_is_decided_is_not_decided_again(own_desk, factory, said):
    (link,) = (each for each in factory.service.people.links() if each.claim.badge == UNKNOWN_BADGE)
    answer = own_desk.post(f"/people/links/{DEVICE}/1/{link.claim.seq}", give="1")
    assert "a badge that two people claim" in words(answer)


def test_a_session_that_a_shift_has_ended_says_so(own_desk, said):
    page = own_desk.text(f"/fact/{DEVICE}/1/{said.seal + 5}")
    assert "ended by itself at the end of the shift" in page


# --- clearances ---------------------------------------------------------------------------------------


def test_clearances_that_end_or_have_ended_come_first(own_desk, said):
    page = own_desk.text("/clearances/")
    assert page.index("焊工证 H-118") < page.index("考核 2026-01") < page.index("续期")
    assert page.count("ends soon") == 1
    assert own_desk.text("/people").count("renew a clearance") == 2
    assert "2 clearances are to be renewed" in own_desk.text("/")


def test_a_clearance_is_added_and_ended_and_one_entered_by_mistake_is_removed(factory, own_desk, said):
    entry = {"number": "0256", "kind": "SAFETY_L3", "valid_from": "2026-11-01", "valid_to": "", "evidence": "x"}
    own_desk.post("/clearances/", **entry)
    own_desk.post("/clearances/", **(entry | {"valid_to": "2026-11-10"}))
    (mine,) = (each for each in factory.service.people.clearances() if each.number == "0256")
    assert (mine.kind, mine.valid_to) == ("SAFETY_L3", "2026-11-10")
    own_desk.post("/clearances/remove", person=mine.person, kind=mine.kind, valid_from=mine.valid_from)
    assert [each for each in factory.service.people.clearances() if each.number == "0256"] == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"valid_to": "2026-10-01"}, "not before valid_from"),
        ({"kind": "a b"}, "letters, digits"),
        ({"number": ""}, "a value"),
    ],
)
def test_a_clearance_that_cannot_be_taken_says_why(factory, own_desk, said, change, sentence):
    before = factory.service.people.clearances()
    entry = {"number": "0256", "kind": "SAFETY_L3", "valid_from": "2026-11-01", "valid_to": "", "evidence": ""}
    assert sentence in words(own_desk.post("/clearances/", **(entry | change)))
    assert factory.service.people.clearances() == before


def test_a_machine_shows_what_it_needs_and_how_many_have_it(own_desk, said):
    page = own_desk.text("/orders/machines")
    assert "Safety training, level 3" in page
    assert "2 people have it today" in page
    own_desk.post("/orders/machines", machine="press-04", name="冲床 04", operators="3", needs="WELDING")
    assert "nobody has it today" in own_desk.text("/orders/machines")


def test_a_persons_part_is_edited_and_kept_when_it_is_not_said(factory, own_desk):
    entry = {"number": "0317", "name": "张三丰", "role": "WORKER", "language": "zh", "active": "1", "known": "1"}
    own_desk.post("/people", **entry, weight="60")
    own_desk.post("/people", **entry)
    (person,) = (each for each in factory.service.people.listed() if each.number == "0317")
    assert person.weight == 60
    assert "part 60/100" in own_desk.text("/people")
    assert "a whole number from 1 to 1000" in words(own_desk.post("/people", **entry, weight="0"))
