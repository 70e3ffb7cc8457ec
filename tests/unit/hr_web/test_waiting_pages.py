"""Waiting time at HR's desk: what records show, what is decided of it, and the line of the month that comes of it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from hr.pay.periods.ground import ground_of
from hr.pay.rules.items import Held, Hold, Item, Kind
from hr.pay.rules.statement import Statement
from hr.pay.rules.waiting import State
from hr.pay.terms.lists import PayList
from hr.pay.terms.waiting import Decision
from hr.pay.waiting import Proposal
from hr.people.rejected import Rejected
from hr.service import HrService
from hr.store import writing
from hr.store.tables import fact
from hr.web.waiting import STATES
from sync.wire.facts import EquipmentState
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import Desk, desk_of, words
from tests.unit.hr_web.hall import DEVICE, OTHER, WORKER, Hall
from tests.unit.hr_web.plant import FRIDAY, MONDAY, Factory

MONTH, PAGE = "2026-11", "/payroll/2026-11/waiting"


@pytest.fixture
def hall(factory: Factory) -> Hall:
    """An hour of the worker is worth 20 yuan; of the other one nothing was agreed."""
    terms = f"number,valid_from,scheme,contract_month\n{WORKER},2026-01-01,PIECE,3480\n"
    factory.service.terms.import_list(PayList.TERMS, terms.encode(), plant.USER)
    return Hall(factory)


@pytest.fixture
def service(hall: Hall) -> HrService:
    return hall.factory.service


@pytest.fixture
def own(service: HrService) -> Desk:
    return desk_of(service)


def proposal(hall: Hall, number: str = WORKER) -> Proposal:
    found = hall.factory.service.waiting.proposed(MONTH)
    return next(each for each in found if each.waited.person == hall.factory.keys[number])


def said(hall: Hall) -> Decision:
    found = proposal(hall).decision
    assert found is not None
    return found


def statement(hall: Hall, number: str = WORKER) -> Statement:
    entry = hall.factory.service.periods.entry(MONTH, hall.factory.keys[number])
    assert entry is not None
    return entry.statement


def lines(hall: Hall, number: str = WORKER) -> list[Item]:
    return [each for each in statement(hall, number).items if each.kind is Kind.WAITING]


def decide(own: Desk, chosen: Proposal, action: str = "accept", reason: str = "换模") -> str:
    return words(own.post(PAGE, proposal=chosen.key, action=action, reason=reason))


def test_what_the_records_show_is_proposed_with_its_records_and_nothing_of_it_is_paid(own: Desk, hall: Hall):
    found = proposal(hall)
    assert (found.waited.minutes, found.state, lines(hall)) == (40, State.OPEN, [])
    assert found.waited.facts == (("hall-2", 1, 1), ("hall-2", 1, 3), ("hall-2", 1, 4))
    page = own.get(PAGE).text
    assert "2 days wait for a decision" in page
    assert all(f"/fact/hall-2/1/{seq}" in page for seq in (1, 3, 4))


def test_the_review_names_what_nobody_has_decided_and_it_is_no_obstacle(own: Desk, hall: Hall):
    assert "2 days of waiting time are not decided." in own.text("/payroll/2026-11/review")
    obstacles = own.text("/payroll/2026-11")
    for number in (WORKER, OTHER):
        decide(own, proposal(hall, number), "decline")
    assert "not decided" not in own.text("/payroll/2026-11/review")
    assert own.text("/payroll/2026-11") == obstacles


def test_accepted_it_is_a_line_of_the_month_that_opens_down_to_the_records(own: Desk, hall: Hall):
    decide(own, proposal(hall))
    (line,) = lines(hall)
    assert (line.amount, line.text, line.facts) == (Decimal("13.33"), "换模", proposal(hall).waited.facts)
    page = own.get(f"/pay/statement/{MONTH}/{hall.factory.keys[WORKER]}").text
    assert re.search(r'href="/fact/hall-2/1/3">', page)
    assert "13.33" in page
    assert (proposal(hall).state, said(hall).typed.by) == (State.ACCEPTED, plant.USER)


def test_without_an_agreed_wage_it_is_held_and_says_so(own: Desk, service: HrService, hall: Hall):
    service.terms.import_list(PayList.TERMS, f"number,valid_from,scheme\n{OTHER},2026-01-01,PIECE\n".encode(), "wang")
    held = Held(Hold.NO_CONTRACT_WAGE, work_date=FRIDAY, setting="contract_month")
    assert held not in statement(hall, OTHER).held
    decide(own, proposal(hall, OTHER))
    assert held in statement(hall, OTHER).held
    assert lines(hall, OTHER) == []


def test_declined_it_is_paid_no_more_and_keeps_who_and_why(own: Desk, hall: Hall):
    decide(own, proposal(hall))
    assert "declined" in decide(own, proposal(hall), "decline", "he set it up himself")
    assert (lines(hall), proposal(hall).state) == ([], State.DECLINED)
    assert "he set it up himself" in own.text(PAGE)


def test_accepted_again_for_another_reason_it_is_paid_once(own: Desk, hall: Hall):
    decide(own, proposal(hall))
    decide(own, proposal(hall), "decline", "no")
    decide(own, proposal(hall), "accept", "yes after all")
    assert [each.text for each in lines(hall)] == ["yes after all"]


@pytest.mark.parametrize("action", ["accept", "decline"])
def test_what_the_records_show_later_is_asked_again_and_paid_as_it_was_until_then(own: Desk, hall: Hall, action: str):
    decide(own, proposal(hall), action)
    paid = [each.amount for each in lines(hall)]
    hall.states(("10:00:00", EquipmentState.SETUP), ("10:20:00", EquipmentState.EXECUTE))
    assert (proposal(hall).state, proposal(hall).waited.minutes) == (State.CHANGED, 60)
    assert [each.amount for each in lines(hall)] == paid
    decide(own, proposal(hall), reason="twice")
    assert [(each.amount, each.text) for each in lines(hall)] == [(Decimal("20.00"), "twice")]


def test_an_entry_that_was_taken_back_is_open_again(own: Desk, service: HrService, hall: Hall):
    decide(own, proposal(hall))
    service.terms.take_back(said(hall).document, "a mistake", plant.USER)
    assert (proposal(hall).state, lines(hall)) == (State.OPEN, [])


def test_what_was_accepted_and_is_shown_no_more_is_asked_about_and_can_only_be_declined(own: Desk, hall: Hall):
    decide(own, proposal(hall))
    with writing(hall.factory.engine).begin() as connection:
        connection.execute(fact.delete().where(fact.c.device == DEVICE))
    found = proposal(hall)
    assert (found.state, found.waited.minutes) == (State.CHANGED, 0)
    assert "can only be declined" in decide(own, found)
    decide(own, found, "decline", "the box was set right")
    assert lines(hall) == []


def test_what_somebody_typed_for_the_day_is_shown_beside_it(own: Desk, service: HrService, hall: Hall):
    typed = f"number,date,minutes,reason\n{WORKER},{FRIDAY},30,no steel\n"
    service.terms.import_list(PayList.WAITING, typed.encode(), plant.USER)
    assert "entered beside it: 0:30, no steel" in own.text(PAGE)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        pytest.param({"action": "accept", "reason": "x"}, "Choose at least one line.", id="nothing chosen"),
        pytest.param({"action": "accept", "reason": "x", "proposal": "0" * 64}, "look again", id="changed meanwhile"),
        pytest.param({"action": "decline", "reason": " "}, "a reason: the person reads it", id="declined without why"),
        pytest.param({"action": "accept", "reason": ""}, "a reason: the person reads it", id="accepted without why"),
    ],
)
def test_what_cannot_be_decided_says_why_and_decides_nothing(own: Desk, hall: Hall, fields: dict[str, str], why: str):
    if fields["reason"] != "x":
        fields = fields | {"proposal": proposal(hall).key}
    answer = own.post(PAGE, **fields)
    assert (answer.status_code, why in words(answer)) == (422, True)
    assert proposal(hall).state is State.OPEN


def test_of_several_all_are_decided_or_none(service: HrService, hall: Hall):
    with pytest.raises(Rejected, match="look again"):
        service.waiting.decide(MONTH, [proposal(hall).key, "0" * 64], "x", "wang", accept=True)
    assert lines(hall) == []
    keys = [proposal(hall, number).key for number in (WORKER, OTHER)]
    assert service.waiting.decide(MONTH, keys, "x", "wang", accept=True) == 2
    assert service.waiting.decide(MONTH, keys, "x", "wang", accept=True) == 0
    assert len(lines(hall)) == 1


def test_of_two_who_decide_at_once_the_second_looks_again(service: HrService, hall: Hall, monkeypatch):
    shown = service.waiting.proposed(MONTH)
    key = proposal(hall).key
    service.waiting.decide(MONTH, [key], "first", "wang", accept=True)
    monkeypatch.setattr(service.waiting, "proposed", lambda _month: shown)
    with pytest.raises(Rejected, match="look again"):
        service.waiting.decide(MONTH, [key], "second", "zhao", accept=True)
    monkeypatch.undo()
    assert [each.text for each in lines(hall)] == ["first"]


def test_a_decision_makes_a_closing_that_was_begun_begin_anew(service: HrService, hall: Hall):
    with service.office.reading.connect() as connection:
        before = ground_of(connection, MONTH)
    service.waiting.decide(MONTH, [proposal(hall).key], "first", "wang", accept=True)
    with service.office.reading.connect() as connection:
        assert ground_of(connection, MONTH) != before


def test_a_day_that_somebody_has_to_look_at_is_not_proposed_yet(hall: Hall):
    hall.states(("08:40:00", EquipmentState.SETUP), date=MONDAY)
    assert {each.waited.work_date for each in hall.factory.service.waiting.proposed(MONTH)} == {FRIDAY}


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
def test_the_page_is_there_in_each_language_with_and_without_proposals(desk: Desk, own: Desk, language: str):
    for each in (desk, own):
        each.speak(language)
        assert each.get(PAGE).status_code == 200
        each.speak("en")
    assert desk.get("/payroll/2026-13/waiting").status_code == 404


def test_every_state_has_its_words():
    assert set(STATES) == set(State)
