"""The screen states of a station, without a screen."""

import pytest

from kiosk_ui.screens.events import (
    Answered,
    CoreHeard,
    Event,
    LanguageChosen,
    ReaderChanged,
    ReadingStarted,
    TapRefused,
    Ticked,
    Touched,
)
from kiosk_ui.screens.joining import BADGE_S
from kiosk_ui.screens.looks import LOOKS, NEVER_AT_A_STATION, SCREEN_OF_OUTCOME, STEP_OF_OUTCOME, Panel, Screen
from kiosk_ui.screens.state import ScreenState, step
from sync.wire.facts import Outcome

ALIVE = CoreHeard(recording=True)
TAP = Answered(7, Outcome.CLOCKED_IN, "vi")
OTHER_TAP = Answered(8, Outcome.UNKNOWN_BADGE, None)


def after(*events: tuple[float, Event], state: ScreenState | None = None) -> ScreenState:
    """The state after (seconds, event) pairs, with core heard each second between them."""
    state = state or ScreenState()
    heard_s = 0.0
    for now_s, event in events:
        while heard_s + 1 < now_s:
            heard_s += 1
            state = step(state, ALIVE, heard_s)
        state = step(state, event, now_s)
    return state


def test_every_outcome_at_a_station_has_a_screen():
    assert set(SCREEN_OF_OUTCOME) | NEVER_AT_A_STATION == set(Outcome)
    assert set(SCREEN_OF_OUTCOME) & NEVER_AT_A_STATION == set()


def test_every_screen_has_a_look():
    assert set(LOOKS) == set(Screen)


@pytest.mark.parametrize("screen", [each for each in Screen if LOOKS[each].panel in (Panel.ASK, Panel.STOP)])
def test_a_refusal_is_heard_and_announced(screen):
    assert LOOKS[screen].sound in ("ask", "stop", "down")
    assert LOOKS[screen].role in ("alert", "alertdialog")


@pytest.mark.parametrize("outcome", SCREEN_OF_OUTCOME)
def test_every_answer_leaves_by_itself(outcome):
    state = after((1, Answered(1, outcome, "en")))
    assert state.screen is SCREEN_OF_OUTCOME[outcome]
    stays_s = BADGE_S if outcome in STEP_OF_OUTCOME else 20
    assert after((1 + stays_s, Ticked()), state=state).screen is Screen.IDLE


def test_an_answer_speaks_the_persons_language_and_then_the_sites_again():
    state = after((1, TAP))
    assert state.language == "vi"
    assert after((10, Ticked()), state=state).language is None


def test_the_next_tap_wins():
    state = after((1, TAP), (1.2, OTHER_TAP))
    assert (state.screen, state.fact, state.language) == (Screen.UNKNOWN, 8, None)


def test_the_same_person_twice_is_a_new_answer_each_time():
    first = after((1, TAP))
    assert step(first, TAP, 1.5).shown == first.shown + 1


def test_nothing_of_the_last_person_stays():
    state = after((1, TAP), (10, Ticked()))
    assert (state.result, state.fact, state.language) == (None, None, None)


def test_a_card_that_is_not_read_is_asked_for_again():
    state = after((1, ReadingStarted()))
    assert state.screen is Screen.READING
    state = after((4.1, Ticked()), state=state)
    assert state.screen is Screen.READ_FAILED
    assert after((10, Ticked()), state=state).screen is Screen.IDLE


def test_a_silent_core_means_the_paper_list():
    state = step(step(ScreenState(), ALIVE, 10), Ticked(), 12.9)
    assert state.screen is Screen.IDLE
    state = step(state, Ticked(), 13)
    assert state.screen is Screen.CANNOT_RECORD
    assert step(state, ALIVE, 14).screen is Screen.IDLE


def test_a_store_that_cannot_write_means_the_paper_list():
    state = step(ScreenState(), CoreHeard(recording=False), 1)
    assert state.screen is Screen.CANNOT_RECORD
    assert step(state, CoreHeard(recording=True), 2).screen is Screen.IDLE


def test_a_refused_tap_stays_readable_although_core_is_well_again():
    state = step(step(ScreenState(), ALIVE, 1), TapRefused(), 1.1)
    state = step(state, ALIVE, 2)
    assert state.screen is Screen.CANNOT_RECORD
    assert after((6, ALIVE), state=state).screen is Screen.IDLE


def test_a_durable_answer_is_shown_even_when_the_next_tap_could_not_be_kept():
    state = step(step(step(ScreenState(), ALIVE, 1), TapRefused(), 1.1), TAP, 1.2)
    assert state.screen is Screen.IN


def test_each_refused_tap_is_heard():
    state = step(ScreenState(), TapRefused(), 1)
    assert step(state, TapRefused(), 1.5).shown == state.shown + 1


def test_a_refused_tap_takes_the_earlier_answer_away_at_once():
    state = step(after((1, TAP)), TapRefused(), 1.2)
    assert (state.screen, state.fact, state.language) == (Screen.CANNOT_RECORD, None, None)


def test_a_reader_that_is_gone_puts_the_station_out_of_order_until_all_are_back():
    state = after((1, ReaderChanged("gate", up=False)), (1.1, ReaderChanged("gate-2", up=False)))
    state = step(state, ReaderChanged("gate", up=True), 1.2)
    assert state.screen is Screen.OUT_OF_ORDER
    assert step(state, ReaderChanged("gate-2", up=True), 1.3).screen is Screen.IDLE


def test_a_touch_holds_an_answer_for_somebody_who_reads_slowly():
    state = step(after((1, TAP)), Touched(), 2)
    assert after((21, Ticked()), state=step(state, ALIVE, 20)).screen is Screen.IN
    assert after((30, Ticked()), state=state).screen is Screen.IDLE


def test_a_touch_on_the_idle_screen_changes_nothing():
    state = step(ScreenState(), ALIVE, 1)
    assert step(state, Touched(), 2) is state


def test_a_language_chosen_by_touch_returns_to_the_sites():
    state = step(step(ScreenState(), ALIVE, 1), LanguageChosen("en"), 1.5)
    assert state.language == "en"
    assert after((30, Ticked()), state=state).language is None


def test_a_tick_without_a_change_is_not_a_new_screen():
    state = step(ScreenState(), ALIVE, 1)
    assert step(state, Ticked(), 1.5).shown == state.shown
