"""A supervisor's seal: it adds up to what was counted, or says why not (AB-R15)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain import confirmation
from edge.domain.confirmation import Sorted, of_a_team
from edge.domain.rules import Decision
from edge.link.messages import ConfirmOutput
from sync.wire.facts import ConfirmationRefused, Outcome, QuantityConfirmed
from tests.cast import CAPS, LI, LI_BADGE, STRANGER, WANG, WANG_BADGE, ZHANG
from tests.moments import at
from tests.unit.domain.press import Press


@pytest.fixture
def press() -> Press:
    """Wang made 100 pieces in two stretches, Li 50."""
    press = Press()
    press.take_orders(at("08:00"))
    press.sample(at("08:00"), 0)
    press.tap(at("08:00:01"), WANG_BADGE)
    press.sample(at("08:00:02"), 0)
    press.sample(at("08:10"), 60)
    press.sample(at("08:20"), 100)
    press.tap(at("08:20:01"), LI_BADGE)
    press.sample(at("08:20:02"), 100)
    press.sample(at("08:30"), 150)
    return press


def actuals_of(press: Press, person: str) -> list[int]:
    facts = [fact for fact in press.ledger.facts if fact.kind == "MaterialActualRecorded"]
    return [fact.seq for fact in facts if fact.body.get("shares", [{}])[0].get("person") == person]


def seal(press: Press, **changes: object) -> ConfirmOutput:
    """Wang's hundred, all good."""
    command = ConfirmOutput(
        id="seal",
        at=at("20:00"),
        supervisor=ZHANG.id,
        person=WANG.id,
        order=CAPS.id,
        work_date="2026-03-31",
        actuals=actuals_of(press, WANG.id),
        good=100,
    )
    return msgspec.structs.replace(command, **changes)


def confirm(press: Press, command: ConfirmOutput) -> Decision:
    return confirmation.confirm(press.ledger, press.rules, command)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="all good"),
        pytest.param({"good": 80, "scrap_labour": 10, "scrap_material": 7, "rework": 3}, id="sorted"),
        pytest.param({"good": 104, "adjustment": 4, "reason": "reader was unplugged"}, id="more, with a reason"),
        pytest.param({"good": 95, "adjustment": -5, "reason": "test run"}, id="less, with a reason"),
    ],
)
def test_what_adds_up_is_sealed(press: Press, changes: dict[str, object]) -> None:
    assert confirm(press, seal(press, **changes)).outcome is Outcome.CONFIRMED
    (sealed,) = press.bodies(QuantityConfirmed)
    assert sealed.counted == 100
    assert sealed.good + sealed.scrap_labour + sealed.scrap_material + sealed.rework == 100 + sealed.adjustment
    assert (sealed.confirmed_by, sealed.product) == (ZHANG.id, "cap-40")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        pytest.param({"good": 99}, Outcome.SUM_DIFFERS, id="one is missing"),
        pytest.param({"good": 101}, Outcome.SUM_DIFFERS, id="one is invented"),
        pytest.param({"good": 110, "rework": -10}, Outcome.SUM_DIFFERS, id="a negative quantity"),
        pytest.param({"good": 104, "adjustment": 4}, Outcome.SUM_DIFFERS, id="no reason"),
        pytest.param({"good": 104, "adjustment": 4, "reason": " \u200b\n"}, Outcome.SUM_DIFFERS, id="a blank reason"),
        pytest.param(
            {"good": 10**30, "adjustment": 10**30 - 100, "reason": "a slip of the finger"},
            Outcome.SUM_DIFFERS,
            id="more than any machine makes",
        ),
        pytest.param({"supervisor": LI.id}, Outcome.NOT_A_SUPERVISOR, id="a worker"),
        pytest.param({"supervisor": STRANGER}, Outcome.NOT_A_SUPERVISOR, id="the stranger"),
        pytest.param({"actuals": []}, Outcome.CHANGED_MEANWHILE, id="nothing named"),
        pytest.param({"order": "another"}, Outcome.CHANGED_MEANWHILE, id="another order"),
        pytest.param({"work_date": "2026-04-01"}, Outcome.CHANGED_MEANWHILE, id="another day"),
        pytest.param({"person": STRANGER}, Outcome.CHANGED_MEANWHILE, id="a stranger's pieces"),
    ],
)
def test_what_does_not_is_refused_and_stays_open(press: Press, changes: dict[str, object], outcome: Outcome) -> None:
    assert confirm(press, seal(press, **changes)).outcome is outcome
    assert press.bodies(ConfirmationRefused)[0].outcome is outcome
    assert confirm(press, seal(press)).outcome is Outcome.CONFIRMED


def test_part_of_the_open_pieces_can_be_sealed_and_the_rest_later(press: Press) -> None:
    first, second = actuals_of(press, WANG.id)
    assert confirm(press, seal(press, actuals=[first], good=60)).outcome is Outcome.CONFIRMED
    assert confirm(press, seal(press, actuals=[second], good=40)).outcome is Outcome.CONFIRMED
    assert f"{WANG.id}|{CAPS.id}|2026-03-31" not in press.ledger.state.output.unsealed


def test_pieces_are_sealed_once(press: Press) -> None:
    confirm(press, seal(press))
    assert confirm(press, seal(press)).outcome is Outcome.CHANGED_MEANWHILE


def test_another_persons_pieces_cannot_be_sealed_in_his_name(press: Press) -> None:
    theirs = [*actuals_of(press, WANG.id), *actuals_of(press, LI.id)]
    assert confirm(press, seal(press, actuals=theirs, good=150)).outcome is Outcome.CHANGED_MEANWHILE


def test_pieces_that_came_meanwhile_stay_open(press: Press) -> None:
    command = seal(press)
    press.tap(at("08:31"), WANG_BADGE)
    press.sample(at("08:31:01"), 150)
    press.sample(at("08:40"), 160)
    assert confirm(press, command).outcome is Outcome.CONFIRMED
    (left,) = press.ledger.state.output.unsealed[f"{WANG.id}|{CAPS.id}|2026-03-31"]
    assert left.quantity == 10


# --- several people at once --------------------------------------------------------------------------


def test_scrap_that_is_nobodys_in_particular_is_spread_by_what_each_made() -> None:
    assert of_a_team({"a": 300, "b": 200}, Sorted(480, 15, 5)) == {"a": Sorted(288, 9, 3), "b": Sorted(192, 6, 2)}


def test_scrap_that_is_known_to_be_somebodys_is_his_and_only_the_rest_is_spread() -> None:
    shared = of_a_team({"a": 300, "b": 200}, Sorted(485, 15), {"b": Sorted(0, 10)})
    assert shared == {"a": Sorted(297, 3), "b": Sorted(188, 12)}


@pytest.mark.parametrize(
    ("whole", "known"),
    [
        pytest.param(Sorted(499), {}, id="too few"),
        pytest.param(Sorted(501), {}, id="too many"),
        pytest.param(Sorted(510, -10), {}, id="less than none"),
        pytest.param(Sorted(490, 10), {"b": Sorted(0, 11)}, id="more known than there is"),
        pytest.param(Sorted(490, 10), {"b": Sorted(0, -1)}, id="less than none known"),
        pytest.param(Sorted(490, 10), {"c": Sorted(0, 10)}, id="somebody else's"),
        pytest.param(Sorted(290, 210), {"b": Sorted(0, 210)}, id="more scrap than pieces"),
    ],
)
def test_what_does_not_add_up_for_a_team_is_nobodys(whole: Sorted, known: dict[str, Sorted]) -> None:
    assert of_a_team({"a": 300, "b": 200}, whole, known) is None


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 500), min_size=1).filter(lambda made: sum(made.values())),
    st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100)),
)
@settings(max_examples=100)
def test_whatever_is_spread_each_persons_pieces_stay_his_and_none_is_lost(
    counted: dict[str, int], bad: tuple[int, int, int]
) -> None:
    whole = Sorted(sum(counted.values()) - sum(bad), *bad)
    shared = of_a_team(counted, whole)
    if shared is not None:
        assert {person: sum(each) for person, each in shared.items()} == counted
        assert [sum(column) for column in zip(*shared.values(), strict=True)] == list(whole)
