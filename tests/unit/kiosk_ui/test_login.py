"""Who may open the supervisor's pages."""

import msgspec
import pytest
from argon2 import PasswordHasher

from kiosk_ui.line.login import IDLE_S, NOBODY, Gate, Refused
from sync.wire.reference_data import Directory, Person, Reference, Role
from tests.unit.kiosk_ui.fakes import PIN, people

CLIENT = "192.0.2.7"


class Door:
    """A gate with its own time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.directory = Directory(Reference(1, "plant", people()))
        self.gate = Gate(lambda: self.directory, lambda: self.now_s)


@pytest.fixture
def door():
    return Door()


def test_a_supervisor_comes_in_with_number_and_pin(door):
    token = door.gate.log_in("0101", PIN, CLIENT)
    assert door.gate.who(token).name == "王建国"


@pytest.mark.parametrize(("number", "pin"), [("0101", "000000"), ("0317", PIN), ("9999", PIN), ("", "")])
def test_whatever_is_wrong_the_answer_is_the_same(door, number, pin):
    assert door.gate.log_in(number, pin, CLIENT) == Refused(2.0)


def test_each_wrong_pin_doubles_the_wait(door):
    waits = []
    for _ in range(4):
        refused = door.gate.log_in("0101", "000000", CLIENT)
        waits.append(refused.wait_s)
        door.now_s += refused.wait_s
    assert waits == [2, 4, 8, 16]


def test_during_the_wait_even_the_right_pin_is_not_looked_at(door):
    door.gate.log_in("0101", "000000", CLIENT)
    door.now_s += 1
    assert door.gate.log_in("0101", PIN, CLIENT) == Refused(1.0)
    assert door.gate.log_in("0101", PIN, "192.0.2.8") == Refused(1.0)


def test_a_client_that_tries_many_numbers_waits_too(door):
    door.gate.log_in("0001", "000000", CLIENT)
    assert isinstance(door.gate.log_in("0101", PIN, CLIENT), Refused)
    assert isinstance(door.gate.log_in("0101", PIN, "192.0.2.8"), str)


def test_the_right_pin_forgets_the_wrong_ones(door):
    door.gate.log_in("0101", "000000", CLIENT)
    door.now_s += 2
    assert isinstance(door.gate.log_in("0101", PIN, CLIENT), str)
    assert door.gate.log_in("0101", "000000", CLIENT) == Refused(2.0)


def test_ten_idle_minutes_end_a_session_and_a_refreshing_page_does_not_keep_it(door):
    token = door.gate.log_in("0101", PIN, CLIENT)
    door.now_s = IDLE_S - 1
    assert door.gate.who(token, touch=False) is not None
    door.now_s = IDLE_S
    assert door.gate.who(token) is None


def test_who_is_no_supervisor_any_more_is_out_at_once(door):
    token = door.gate.log_in("0101", PIN, CLIENT)
    demoted = [msgspec.structs.replace(each, role=Role.WORKER) for each in people()]
    door.directory = Directory(Reference(2, "plant", demoted))
    assert door.gate.who(token) is None


def test_logging_out_ends_the_session(door):
    token = door.gate.log_in("0101", PIN, CLIENT)
    door.gate.log_out(token)
    assert door.gate.who(token) is None
    assert door.gate.who("") is None


def test_a_verifier_that_is_none_lets_nobody_in():
    broken = Directory(Reference(1, "plant", [Person("p", "1", "x", Role.SUPERVISOR, pin="plain text")]))
    assert isinstance(Gate(lambda: broken, lambda: 0.0).log_in("1", "plain text", CLIENT), Refused)


def test_an_unknown_number_costs_as_much_as_a_known_one():
    assert not PasswordHasher().check_needs_rehash(NOBODY)
