"""The state of a station's screen, and one function from a state and an event to the next state.

Pure. Times are seconds of the monotonic clock. An answer outlives every fault on the screen, because it stands for a
fact that is durable; a fault shows as soon as no answer does.
"""

from __future__ import annotations

import msgspec

from kiosk_ui.screens import joining as join
from kiosk_ui.screens import paying
from kiosk_ui.screens.events import (
    Answered,
    CardReaderChanged,
    CoreHeard,
    Event,
    LanguageChosen,
    ReaderChanged,
    ReadingStarted,
    TapRefused,
    Ticked,
    Touched,
)
from kiosk_ui.screens.joining import Joining, Step
from kiosk_ui.screens.looks import (
    LOOKS,
    PAY_OFFERED,
    SCREEN_OF_OUTCOME,
    SCREEN_OF_PAY,
    SCREEN_OF_STEP,
    STEP_OF_OUTCOME,
    Look,
    Screen,
)
from kiosk_ui.screens.paying import Pay, PayEvent, PayWanted
from sync.wire.facts import Outcome

CORE_SILENT_S = 3.0
REFUSED_SHOWN_S = 4.0
TOUCH_HOLDS_S = 20.0
LANGUAGE_HOLDS_S = 20.0


JOINING_SCREENS = frozenset({*SCREEN_OF_STEP.values(), Screen.JOIN_CARD_AGAIN, Screen.STILL_THERE})


def _screen_of(joining: Joining) -> Screen:
    if joining.covered:
        return Screen.STILL_THERE
    if joining.step is Step.CARD and joining.trouble is not None:
        return Screen.JOIN_CARD_AGAIN
    return SCREEN_OF_STEP[joining.step]


class ScreenState(msgspec.Struct, frozen=True):
    """One station. `result` is the answer being shown and `fact` its seq; the faults lie beneath it.

    `language` is the person's or the one chosen by touch, None for the site's. A newcomer who is `joining` lies beneath
    answers and faults, and has a language of his own. `card_readers_down`: readers of identity cards, no fault of the
    station. `person` is whose answer is shown, since `answered_s`; `pay` lies where an answer would and ends with the
    next one.
    `shown` counts changes, so that a browser can tell a new state from the one it has.
    """

    result: Screen | None = None
    fact: int | None = None
    until_s: float = 0.0
    language: str | None = None
    language_until_s: float = 0.0
    recording: bool = True
    heard_s: float = 0.0
    refused_until_s: float | None = None
    readers_down: frozenset[str] = frozenset()
    card_readers_down: frozenset[str] = frozenset()
    joining: Joining | None = None
    person: str | None = None
    answered_s: float = 0.0
    pay: Pay | None = None
    shown: int = 0

    @property
    def screen(self) -> Screen:
        if self.result is not None and self.result not in (Screen.READING, Screen.READ_FAILED):
            return self.result
        if not self.recording or self.refused_until_s is not None:
            return Screen.CANNOT_RECORD
        if self.readers_down:
            return Screen.OUT_OF_ORDER
        if self.result is None and self.pay is not None:
            return SCREEN_OF_PAY[self.pay.step]
        if self.result is None and self.joining is not None:
            return _screen_of(self.joining)
        return self.result or Screen.IDLE

    @property
    def newcomer(self) -> Joining | None:
        """Who is joining, while that is what the screen shows."""
        return self.joining if self.screen in JOINING_SCREENS else None

    @property
    def pay_shown(self) -> Pay | None:
        """Whose pay it is about, while that is what the screen shows."""
        return self.pay if self.screen in SCREEN_OF_PAY.values() else None

    @property
    def spoken(self) -> str | None:
        """The language of what is shown."""
        if self.pay_shown:
            return self.pay_shown.language
        return self.newcomer.language if self.newcomer else self.language

    @property
    def fact_shown(self) -> int | None:
        """The fact that the screen speaks of."""
        if self.newcomer:
            return self.newcomer.fact
        return self.fact if self.screen is self.result else None

    @property
    def look(self) -> Look:
        return LOOKS[self.screen]


HELD_BY_TOUCH = frozenset(SCREEN_OF_OUTCOME.values())


def step(state: ScreenState, event: Event, now_s: float) -> ScreenState:
    """The state after `event` at `now_s`; the same object when nothing a person sees has changed."""
    after = _apply(_expired(state, now_s), event, now_s)
    if _visible(after) != _visible(state) or isinstance(event, Answered | TapRefused):
        return msgspec.structs.replace(after, shown=state.shown + 1)
    return after


def _visible(state: ScreenState) -> tuple[object, ...]:
    newcomer = state.newcomer
    return (
        state.screen,
        state.fact_shown,
        state.spoken,
        state.readers_down,
        state.card_readers_down,
        newcomer.tries if newcomer else 0,
        state.pay_shown.seen if state.pay_shown else None,
    )


def _expired(state: ScreenState, now_s: float) -> ScreenState:
    """Ends what has had its time: an answer, a chosen language, a silent core's good name."""
    changes: dict[str, object] = {}
    if state.result is not None and now_s >= state.until_s:
        if state.result is Screen.READING:
            changes.update(result=Screen.READ_FAILED, until_s=now_s + (LOOKS[Screen.READ_FAILED].hold_s or 0))
        else:
            changes.update(result=None, fact=None, language=None)
    elif state.result is None and state.language is not None and now_s >= state.language_until_s:
        changes.update(language=None)
    if state.pay is not None:
        changes.update(pay=paying.expired(state.pay, now_s))
    if state.joining is not None:
        changes.update(joining=join.expired(state.joining, now_s))
    if state.recording and now_s - state.heard_s >= CORE_SILENT_S:
        changes.update(recording=False)
    return msgspec.structs.replace(state, **changes) if changes else state


def _apply(state: ScreenState, event: Event, now_s: float) -> ScreenState:
    replace = msgspec.structs.replace
    match event:
        case Answered():
            return _answered(state, event, now_s)
        case ReadingStarted():
            pay = paying.reading(state.pay)
            return replace(state, result=Screen.READING, fact=None, until_s=now_s + 3.0, language=None, pay=pay)
        case TapRefused():
            until_s = now_s + REFUSED_SHOWN_S
            state = replace(state, result=None, fact=None, language=None, recording=False, pay=None)
            return replace(state, refused_until_s=until_s)
        case CoreHeard(recording):
            over = state.refused_until_s is None or (recording and now_s >= state.refused_until_s)
            return replace(
                state, recording=recording, heard_s=now_s, refused_until_s=None if over else state.refused_until_s
            )
        case ReaderChanged(device, up):
            down = state.readers_down - {device} if up else state.readers_down | {device}
            return replace(state, readers_down=down)
        case CardReaderChanged(device, up):
            down = state.card_readers_down - {device} if up else state.card_readers_down | {device}
            return replace(state, card_readers_down=down)
        case Touched() | LanguageChosen():
            return _touched(state, event, now_s)
        case Ticked():
            return state
        case event if isinstance(event, PayEvent):
            return _paying(state, event, now_s)
        case _:
            language = state.joining.language if state.joining else state.language
            return replace(state, joining=join.advance(state.joining, event, language, now_s))


def _answered(state: ScreenState, event: Answered, now_s: float) -> ScreenState:
    replace, joining = msgspec.structs.replace, state.joining
    pay = paying.tapped(state.pay, event.person, event.outcome, (event.epoch, event.fact), now_s)
    state = replace(state, refused_until_s=None, person=event.person, answered_s=now_s, pay=pay)
    if pay is not None:
        return replace(state, result=None, fact=None, language=None)
    own = joining.language if joining else None
    if event.outcome in STEP_OF_OUTCOME:
        step = join.at_step(STEP_OF_OUTCOME[event.outcome], now_s, own, event.fact)
        return replace(state, result=None, fact=None, language=None, joining=step)
    bound = event.outcome is Outcome.BADGE_BOUND
    screen = SCREEN_OF_OUTCOME[event.outcome]
    return replace(
        state,
        result=screen,
        fact=event.fact,
        until_s=now_s + (LOOKS[screen].hold_s or 0),
        language=own if bound else event.language,
        joining=None if bound or joining is None else join.interrupted(joining),
    )


def _paying(state: ScreenState, event: PayEvent, now_s: float) -> ScreenState:
    replace = msgspec.structs.replace
    if isinstance(event, PayWanted):
        if state.screen not in PAY_OFFERED or not state.person:
            return state
        pay = paying.wanted(state.person, state.language, state.answered_s, now_s)
        return replace(state, result=None, fact=None, language=None, pay=pay)
    # What a fault covers is not touched.
    if state.pay is None or state.pay_shown is None:
        return state
    return replace(state, pay=paying.advance(state.pay, event, now_s))


def _touched(state: ScreenState, event: Touched | LanguageChosen, now_s: float) -> ScreenState:
    replace, newcomer, pay = msgspec.structs.replace, state.newcomer, state.pay_shown
    if pay is not None:
        language = event.language if isinstance(event, LanguageChosen) else pay.language
        return replace(state, pay=replace(paying.touched(pay, now_s), language=language))
    if newcomer is not None:
        newcomer = join.touched(newcomer, now_s)
        language = event.language if isinstance(event, LanguageChosen) else newcomer.language
        return replace(state, joining=replace(newcomer, language=language))
    hold = {"until_s": now_s + TOUCH_HOLDS_S} if state.result in HELD_BY_TOUCH else {}
    if isinstance(event, LanguageChosen):
        return replace(state, language=event.language, language_until_s=now_s + LANGUAGE_HOLDS_S, **hold)
    return replace(state, **hold) if hold else state
