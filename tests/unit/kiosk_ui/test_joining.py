"""A newcomer's steps on the screen, without a screen: what he sees, and when what his card says is gone."""

from datetime import date

import pytest
from msgspec.structs import replace

from kiosk_ui.screens.events import (
    Answered,
    CardReaderChanged,
    CoreHeard,
    Event,
    LanguageChosen,
    ReadingStarted,
    Ticked,
    Touched,
)
from kiosk_ui.screens.joining import (
    BADGE_S,
    COVERED_S,
    SAVING_S,
    TOLD_S,
    UNTOUCHED_S,
    CardCame,
    CardWrong,
    Confirmed,
    Left,
    NoticeRead,
    Started,
    Step,
    age_on,
    masked,
)
from kiosk_ui.screens.looks import Screen
from kiosk_ui.screens.state import ScreenState, step
from sync.wire.facts import Outcome
from sync.wire.identity import CardTrouble
from tests.moments import moment
from tests.newcomers import GROWN, NEWCOMER, registration

TODAY = date(2026, 11, 23)
START, READ = Started(ready=True), NoticeRead()
CARD = CardCame(GROWN, None, NEWCOMER, "command", TODAY)
CONFIRMED = Confirmed(registration(moment()))
WAY: list[Event] = [START, READ, CARD, CONFIRMED]
OTHERS_TAP = Answered(9, Outcome.CLOCKED_IN, "vi")


def after(*events: Event, state: ScreenState | None = None, now_s: float = 0.0) -> ScreenState:
    state = step(state or ScreenState(), CoreHeard(recording=True), now_s)
    for event in events:
        state = step(state, event, now_s)
    return state


def waited(state: ScreenState, seconds: float) -> ScreenState:
    """With core heard all the time."""
    for now_s in range(1, int(seconds) + 1):
        state = step(step(state, CoreHeard(recording=True), float(now_s)), Ticked(), float(now_s))
    return state


def keeps_the_card(state: ScreenState) -> bool:
    return state.joining is not None and state.joining.card is not None


def test_the_steps_follow_one_another():
    screens = [after(*WAY[:count]).screen for count in (1, 2, 3, 4)]
    assert screens == [Screen.JOIN_NOTICE, Screen.JOIN_CARD, Screen.JOIN_CONFIRM, Screen.JOIN_SAVING]
    state = after(START, READ, CARD, CONFIRMED, Answered(1, Outcome.REGISTERED, None))
    assert state.screen is Screen.JOIN_BADGE
    state = after(Answered(2, Outcome.BADGE_OFFERED, None), state=state)
    assert (state.screen, state.fact_shown) == (Screen.JOIN_BADGE_AGAIN, 2)
    state = after(Answered(3, Outcome.BADGE_BOUND, None), state=state)
    assert (state.screen, state.fact_shown, state.joining) == (Screen.JOIN_WELCOME, 3, None)


@pytest.mark.parametrize(
    "events",
    [
        (READ,),
        (CARD,),
        (START, CARD),
        (START, READ, READ),
        (START, READ, CONFIRMED),
        (START, READ, CardWrong()),
        (START, READ, CARD, START),
        (START, READ, CARD, CARD),
        (START, READ, CARD, CONFIRMED, CONFIRMED),
        (START, READ, CARD, CONFIRMED, CardWrong()),
    ],
)
def test_what_does_not_fit_the_step_changes_nothing(events):
    assert after(*events) == after(*events[:-1])


def test_without_hrs_key_nothing_is_read():
    state = after(Started(ready=False), READ, CARD)
    assert (state.screen, keeps_the_card(state)) == (Screen.JOIN_NOT_READY, False)
    assert waited(state, TOLD_S).screen is Screen.IDLE


@pytest.mark.parametrize(
    ("birth", "screen", "minor"),
    [
        ("2010-11-24", Screen.JOIN_TOO_YOUNG, None),
        ("2010-11-23", Screen.JOIN_CONFIRM, True),
        ("2008-11-24", Screen.JOIN_CONFIRM, True),
        ("2008-11-23", Screen.JOIN_CONFIRM, False),
        ("no date", Screen.JOIN_CARD_AGAIN, None),
    ],
)
def test_who_is_not_yet_sixteen_is_not_registered(birth, screen, minor):
    state = after(START, READ, replace(CARD, card=replace(GROWN, birth=birth)))
    assert state.screen is screen
    assert keeps_the_card(state) == (minor is not None)
    assert minor is None or (state.joining and state.joining.minor) is minor


@pytest.mark.parametrize(
    ("birth", "today", "age"),
    [("2008-02-29", date(2026, 2, 28), 17), ("2008-02-29", date(2026, 3, 1), 18), ("1900-01-01", TODAY, 126)],
)
def test_an_age_is_in_full_years(birth, today, age):
    assert age_on(birth, today) == age


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("110101190001011017", "110***********1017"),
        ("X1234567", "********"),
        ("HMT123456789", "HMT*****6789"),
        ("", ""),
    ],
)
def test_a_number_is_shown_by_its_ends(number, shown):
    assert masked(number) == shown


def test_a_card_that_was_not_read_is_asked_for_again_each_time_it_is_laid_down():
    unread = replace(CARD, card=None, trouble=CardTrouble.PLACE_AGAIN)
    once = after(START, READ, unread)
    again = after(unread, state=once)
    assert once.screen is again.screen is Screen.JOIN_CARD_AGAIN
    assert again.shown == once.shown + 1
    assert after(CARD, state=again).screen is Screen.JOIN_CONFIRM


def test_a_reader_that_fails_again_and_again_keeps_nobodys_page_open():
    broken = replace(CARD, card=None, trouble=CardTrouble.READER_FAULT)
    state = after(broken, state=after(START, READ))
    again = after(broken, state=state, now_s=2)
    assert (again.screen, again.shown) == (Screen.JOIN_CARD_AGAIN, state.shown)
    assert again.joining == state.joining


# --- what his card says is gone -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "screen"),
    [
        (Left(), Screen.IDLE),
        (CardWrong(), Screen.JOIN_CARD),
        (CONFIRMED, Screen.JOIN_SAVING),
        (OTHERS_TAP, Screen.IN),
        (Answered(9, Outcome.UNKNOWN_BADGE, None), Screen.UNKNOWN),
    ],
    ids=["left", "wrong", "confirmed", "somebody else", "a stranger"],
)
def test_it_is_forgotten_at_once(event, screen):
    state = after(START, READ, CARD)
    assert keeps_the_card(state)
    state = after(event, state=state)
    assert (state.screen, keeps_the_card(state)) == (screen, False)


def test_it_is_covered_when_nobody_touches_the_screen_and_then_forgotten():
    state = after(START, READ, CARD)
    assert waited(state, UNTOUCHED_S - 1).screen is Screen.JOIN_CONFIRM
    covered = waited(state, UNTOUCHED_S)
    assert (covered.screen, keeps_the_card(covered)) == (Screen.STILL_THERE, True)
    gone = waited(state, UNTOUCHED_S + COVERED_S)
    assert (gone.screen, gone.joining) == (Screen.IDLE, None)


def test_a_touch_uncovers_it():
    covered = waited(after(START, READ, CARD), UNTOUCHED_S)
    seen = after(Touched(), state=covered, now_s=UNTOUCHED_S + 5)
    assert (seen.screen, keeps_the_card(seen)) == (Screen.JOIN_CONFIRM, True)


def test_a_touch_in_time_keeps_it_open():
    state = after(Touched(), state=waited(after(START, READ, CARD), 50), now_s=50)
    assert after(state=state, now_s=50 + UNTOUCHED_S - 1).screen is Screen.JOIN_CONFIRM


@pytest.mark.parametrize("event", [Touched(), LanguageChosen("en")])
def test_a_touch_of_his_makes_no_new_screen_sound(event):
    state = after(START, READ, CARD)
    touched = after(event, state=state, now_s=2)
    assert (touched.shown > state.shown) == isinstance(event, LanguageChosen)


def test_a_card_being_read_or_a_core_that_is_away_covers_it_too():
    state = after(START, READ, CARD)
    assert after(ReadingStarted(), state=state).screen is Screen.READING
    assert after(CoreHeard(recording=False), state=state).screen is Screen.CANNOT_RECORD


# --- beside the others ----------------------------------------------------------------------------


@pytest.mark.parametrize("events", [(START,), (START, READ)], ids=["notice", "card"])
def test_after_somebody_elses_answer_he_goes_on_where_he_was(events):
    state = after(*events)
    assert waited(after(OTHERS_TAP, state=state), 3).screen is state.screen


def test_who_had_confirmed_when_somebody_else_tapped_still_gets_his_badge_step():
    state = after(START, READ, CARD, CONFIRMED, OTHERS_TAP, Answered(10, Outcome.REGISTERED, None))
    assert state.screen is Screen.JOIN_BADGE
    assert waited(after(OTHERS_TAP, state=state), 3).screen is Screen.JOIN_BADGE


@pytest.mark.parametrize(
    ("outcome", "stays_s"), [(Outcome.REGISTERED, BADGE_S), (Outcome.BADGE_OFFERED, BADGE_S)], ids=str
)
def test_the_badge_steps_last_as_long_as_core_waits(outcome, stays_s):
    state = after(Answered(1, outcome, None))
    assert waited(state, stays_s - 1).joining is not None
    assert waited(state, stays_s).screen is Screen.IDLE


def test_what_cannot_be_saved_is_given_up():
    assert waited(after(START, READ, CARD, CONFIRMED), SAVING_S).joining is None


def test_he_speaks_his_own_language_until_he_is_done_and_others_theirs():
    state = after(LanguageChosen("vi"), START)
    assert state.spoken == "vi"
    state = after(LanguageChosen("en"), READ, state=state)
    assert after(Answered(9, Outcome.CLOCKED_IN, "zh"), state=state).spoken == "zh"
    state = waited(after(Answered(9, Outcome.CLOCKED_IN, "zh"), state=state), 3)
    assert (state.screen, state.spoken) == (Screen.JOIN_CARD, "en")
    assert after(Answered(2, Outcome.BADGE_BOUND, None), state=state).spoken == "en"
    assert after(Left(), state=state).spoken is None


def test_a_reader_of_cards_that_is_away_is_no_fault_of_the_station():
    assert after(CardReaderChanged("gate-cards", up=False)).screen is Screen.IDLE


def test_only_the_step_for_the_card_looks_for_one():
    steps = [joining for count in (1, 2, 3, 4) if (joining := after(*WAY[:count]).joining)]
    assert [each.looks_for_card for each in steps] == [False, True, False, False]
    assert {each.step for each in steps} == {Step.NOTICE, Step.CARD, Step.CONFIRM, Step.SAVING}
