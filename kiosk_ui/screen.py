"""The screen states of a station: a table, and one function from a state and an event to the next state.

Pure. Times are seconds of the monotonic clock. An answer outlives every fault on the screen, because it stands for a
fact that is durable; a fault shows as soon as no answer does.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from sync.facts import Outcome

CORE_SILENT_S = 3.0
REFUSED_SHOWN_S = 4.0
TOUCH_HOLDS_S = 20.0
LANGUAGE_HOLDS_S = 20.0


class Screen(StrEnum):
    IDLE = "idle"
    READING = "reading"
    READ_FAILED = "read-failed"
    IN = "in"
    OUT = "out"
    ALREADY_IN = "already-in"
    ALREADY_OUT = "already-out"
    LOGGED_ON = "logged-on"
    LOGGED_OFF = "logged-off"
    HANDED_OVER = "handed-over"
    ALREADY_ON = "already-on"
    ALREADY_OFF = "already-off"
    NOT_AN_OPERATOR = "not-an-operator"
    UNKNOWN = "unknown"
    BLOCKED_BADGE = "blocked-badge"
    CANNOT_RECORD = "cannot-record"
    OUT_OF_ORDER = "out-of-order"


class Panel(StrEnum):
    """Each meaning has its shape; the style sheet draws it."""

    CALM = "calm"
    OPEN = "open"
    CLOSE = "close"
    ASK = "ask"
    STOP = "stop"


class Look(msgspec.Struct, frozen=True):
    """`hold_s`: how long it stays; None until something else happens. `sound`: a name of the script's table."""

    panel: Panel
    role: str
    sound: str | None = None
    hold_s: float | None = None


LOOKS: dict[Screen, Look] = {
    Screen.IDLE: Look(Panel.CALM, "main"),
    Screen.READING: Look(Panel.CALM, "status", "read", 3.0),
    Screen.READ_FAILED: Look(Panel.ASK, "alert", "ask", 5.0),
    Screen.IN: Look(Panel.OPEN, "status", "in", 1.5),
    Screen.OUT: Look(Panel.CLOSE, "status", "out", 3.0),
    Screen.ALREADY_IN: Look(Panel.ASK, "alertdialog", "ask", 8.0),
    Screen.ALREADY_OUT: Look(Panel.ASK, "alertdialog", "ask", 8.0),
    Screen.LOGGED_ON: Look(Panel.OPEN, "status", "in", 3.0),
    Screen.LOGGED_OFF: Look(Panel.CLOSE, "status", "out", 5.0),
    Screen.HANDED_OVER: Look(Panel.OPEN, "status", "in", 5.0),
    Screen.ALREADY_ON: Look(Panel.ASK, "alertdialog", "ask", 5.0),
    Screen.ALREADY_OFF: Look(Panel.ASK, "alertdialog", "ask", 5.0),
    Screen.NOT_AN_OPERATOR: Look(Panel.STOP, "alertdialog", "stop", 8.0),
    Screen.UNKNOWN: Look(Panel.STOP, "alertdialog", "stop", 5.0),
    Screen.BLOCKED_BADGE: Look(Panel.STOP, "alertdialog", "stop", 5.0),
    Screen.CANNOT_RECORD: Look(Panel.STOP, "alert", "down"),
    Screen.OUT_OF_ORDER: Look(Panel.ASK, "alert", "down"),
}

SCREEN_OF_OUTCOME: dict[Outcome, Screen] = {
    Outcome.CLOCKED_IN: Screen.IN,
    Outcome.CLOCKED_OUT: Screen.OUT,
    Outcome.ALREADY_IN: Screen.ALREADY_IN,
    Outcome.ALREADY_OUT: Screen.ALREADY_OUT,
    Outcome.LOGGED_ON: Screen.LOGGED_ON,
    Outcome.LOGGED_OFF: Screen.LOGGED_OFF,
    Outcome.HANDED_OVER: Screen.HANDED_OVER,
    Outcome.ALREADY_ON: Screen.ALREADY_ON,
    Outcome.ALREADY_OFF: Screen.ALREADY_OFF,
    Outcome.NOT_AN_OPERATOR: Screen.NOT_AN_OPERATOR,
    Outcome.UNKNOWN_BADGE: Screen.UNKNOWN,
    Outcome.BLOCKED_BADGE: Screen.BLOCKED_BADGE,
}

NEVER_AT_A_STATION = frozenset(
    {Outcome.CONFIRMED, Outcome.SUM_DIFFERS, Outcome.CHANGED_MEANWHILE, Outcome.NOT_A_SUPERVISOR}
)
"""Answers to the supervisor's pages; they appear there."""


class ScreenState(msgspec.Struct, frozen=True):
    """One station. `result` is the answer being shown and `fact` its seq; the faults lie beneath it.

    `language` is the person's or the one chosen by touch, None for the site's.
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
    shown: int = 0

    @property
    def screen(self) -> Screen:
        if self.result is not None and self.result not in (Screen.READING, Screen.READ_FAILED):
            return self.result
        if not self.recording or self.refused_until_s is not None:
            return Screen.CANNOT_RECORD
        if self.readers_down:
            return Screen.OUT_OF_ORDER
        return self.result or Screen.IDLE

    @property
    def look(self) -> Look:
        return LOOKS[self.screen]


class Answered(msgspec.Struct, frozen=True):
    """The journal holds the answer to a tap here."""

    fact: int
    outcome: Outcome
    language: str | None


class ReadingStarted(msgspec.Struct, frozen=True):
    """A reader has begun to read a card."""


class TapRefused(msgspec.Struct, frozen=True):
    """A tap here could not be stored."""


class CoreHeard(msgspec.Struct, frozen=True):
    """Core lives; `recording` says whether it can store."""

    recording: bool


class ReaderChanged(msgspec.Struct, frozen=True):
    device: str
    up: bool


class Touched(msgspec.Struct, frozen=True):
    """A finger on the screen keeps an answer there for somebody who is still reading."""


class LanguageChosen(msgspec.Struct, frozen=True):
    language: str


class Ticked(msgspec.Struct, frozen=True):
    """Time has passed."""


Event = Answered | ReadingStarted | TapRefused | CoreHeard | ReaderChanged | Touched | LanguageChosen | Ticked

HELD_BY_TOUCH = frozenset(SCREEN_OF_OUTCOME.values())


def step(state: ScreenState, event: Event, now_s: float) -> ScreenState:
    """The state after `event` at `now_s`; the same object when nothing a person sees has changed."""
    after = _apply(_expired(state, now_s), event, now_s)
    if _visible(after) != _visible(state) or isinstance(event, Answered | TapRefused):
        return msgspec.structs.replace(after, shown=state.shown + 1)
    return after


def _visible(state: ScreenState) -> tuple[Screen, int | None, str | None, frozenset[str]]:
    return state.screen, state.fact, state.language, state.readers_down


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
    if state.recording and now_s - state.heard_s >= CORE_SILENT_S:
        changes.update(recording=False)
    return msgspec.structs.replace(state, **changes) if changes else state


def _apply(state: ScreenState, event: Event, now_s: float) -> ScreenState:
    replace = msgspec.structs.replace
    match event:
        case Answered(fact, outcome, language):
            screen = SCREEN_OF_OUTCOME[outcome]
            until_s = now_s + (LOOKS[screen].hold_s or 0)
            return replace(state, result=screen, fact=fact, until_s=until_s, language=language, refused_until_s=None)
        case ReadingStarted():
            return replace(state, result=Screen.READING, fact=None, until_s=now_s + 3.0, language=None)
        case TapRefused():
            return replace(
                state, result=None, fact=None, language=None, recording=False, refused_until_s=now_s + REFUSED_SHOWN_S
            )
        case CoreHeard(recording):
            over = state.refused_until_s is None or (recording and now_s >= state.refused_until_s)
            return replace(
                state, recording=recording, heard_s=now_s, refused_until_s=None if over else state.refused_until_s
            )
        case ReaderChanged(device, up):
            down = state.readers_down - {device} if up else state.readers_down | {device}
            return replace(state, readers_down=down)
        case Touched():
            return replace(state, until_s=now_s + TOUCH_HOLDS_S) if state.result in HELD_BY_TOUCH else state
        case LanguageChosen(language):
            hold = {"until_s": now_s + TOUCH_HOLDS_S} if state.result in HELD_BY_TOUCH else {}
            return replace(state, language=language, language_until_s=now_s + LANGUAGE_HOLDS_S, **hold)
        case _:
            return state
