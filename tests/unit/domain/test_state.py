"""A state that was saved is read again only by the version that saved it."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain import state
from edge.domain.state import decode_state, encode_state
from tests.cast import LI_BADGE, PRESS, WANG_BADGE
from tests.moments import at
from tests.unit.domain.press import Press
from tests.unit.domain.test_commissioning import COMMAND


@pytest.fixture
def press() -> Press:
    """With something in every part of the state."""
    press = Press()
    press.say(COMMAND)
    press.sample(at("08:00"), 0)
    press.sample(at("08:06"), 30)
    press.tap(at("08:07"), WANG_BADGE, machine=None)
    press.tap(at("08:08"), WANG_BADGE)
    press.tap(at("08:09"), LI_BADGE)
    press.set_up(at("08:10"))
    return press


def test_what_was_saved_is_what_is_read(press: Press) -> None:
    assert decode_state(encode_state(press.ledger.state)) == press.ledger.state
    assert press.ledger.state.output.unassigned
    assert press.ledger.state.machine(PRESS).sessions
    assert press.ledger.state.commissioned


def test_a_state_of_an_earlier_version_is_refused(press: Press) -> None:
    for earlier in (msgspec.json.encode(press.ledger.state), b'{"seq":7,"taps":{}}'):
        with pytest.raises(msgspec.ValidationError):
            decode_state(earlier)


def test_a_state_that_was_folded_by_other_rules_is_refused(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = encode_state(press.ledger.state)
    monkeypatch.setattr(state, "_version", lambda: "3:another")
    with pytest.raises(msgspec.ValidationError, match="version"):
        decode_state(saved)
