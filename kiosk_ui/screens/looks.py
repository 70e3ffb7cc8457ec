"""The table of a station's screens: how each looks and sounds, and which outcome or step leads to it. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from kiosk_ui.screens.joining import Step
from kiosk_ui.screens.paying import PayStep
from sync.wire.facts import Outcome


class Screen(StrEnum):
    IDLE = "idle"
    READING = "reading"
    READ_FAILED = "read-failed"
    IN = "in"
    OUT = "out"
    ALREADY_IN = "already-in"
    ALREADY_OUT = "already-out"
    IN_OR_OUT = "in-or-out"
    LOGGED_ON = "logged-on"
    LOGGED_OFF = "logged-off"
    HANDED_OVER = "handed-over"
    ALREADY_ON = "already-on"
    ALREADY_OFF = "already-off"
    NOT_AN_OPERATOR = "not-an-operator"
    NOT_CLEARED = "not-cleared"
    NO_PLACE = "no-place"
    UNKNOWN = "unknown"
    BLOCKED_BADGE = "blocked-badge"
    UNUSABLE_BADGE = "unusable-badge"
    CANNOT_RECORD = "cannot-record"
    OUT_OF_ORDER = "out-of-order"
    JOIN_NOTICE = "join-notice"
    JOIN_CARD = "join-card"
    JOIN_CARD_AGAIN = "join-card-again"
    JOIN_CONFIRM = "join-confirm"
    JOIN_SAVING = "join-saving"
    JOIN_BADGE = "join-badge"
    JOIN_BADGE_AGAIN = "join-badge-again"
    JOIN_WELCOME = "join-welcome"
    JOIN_TOO_YOUNG = "join-too-young"
    JOIN_NOT_READY = "join-not-ready"
    STILL_THERE = "still-there"
    PAY_BADGE = "pay-badge"
    PAY_ASKING = "pay-asking"
    PAY = "pay"
    PAY_LINE = "pay-line"
    PAY_SORRY = "pay-sorry"


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
    Screen.IN_OR_OUT: Look(Panel.ASK, "alertdialog", "ask", 12.0),
    Screen.LOGGED_ON: Look(Panel.OPEN, "status", "in", 3.0),
    Screen.LOGGED_OFF: Look(Panel.CLOSE, "status", "out", 5.0),
    Screen.HANDED_OVER: Look(Panel.OPEN, "status", "in", 5.0),
    Screen.ALREADY_ON: Look(Panel.ASK, "alertdialog", "ask", 5.0),
    Screen.ALREADY_OFF: Look(Panel.ASK, "alertdialog", "ask", 5.0),
    Screen.NOT_AN_OPERATOR: Look(Panel.STOP, "alertdialog", "stop", 8.0),
    Screen.NOT_CLEARED: Look(Panel.STOP, "alertdialog", "stop", 8.0),
    Screen.NO_PLACE: Look(Panel.STOP, "alertdialog", "stop", 8.0),
    Screen.UNKNOWN: Look(Panel.STOP, "alertdialog", "stop", 5.0),
    Screen.BLOCKED_BADGE: Look(Panel.STOP, "alertdialog", "stop", 5.0),
    Screen.UNUSABLE_BADGE: Look(Panel.STOP, "alertdialog", "stop", 8.0),
    Screen.CANNOT_RECORD: Look(Panel.STOP, "alert", "down"),
    Screen.OUT_OF_ORDER: Look(Panel.ASK, "alert", "down"),
    Screen.JOIN_NOTICE: Look(Panel.CALM, "main"),
    Screen.JOIN_CARD: Look(Panel.CALM, "main"),
    Screen.JOIN_CARD_AGAIN: Look(Panel.CALM, "main", "ask"),
    Screen.JOIN_CONFIRM: Look(Panel.CALM, "main", "step"),
    Screen.JOIN_SAVING: Look(Panel.CALM, "status"),
    Screen.JOIN_BADGE: Look(Panel.CALM, "main", "step"),
    Screen.JOIN_BADGE_AGAIN: Look(Panel.CALM, "main", "step"),
    Screen.JOIN_WELCOME: Look(Panel.OPEN, "status", "step", 8.0),
    Screen.JOIN_TOO_YOUNG: Look(Panel.STOP, "alertdialog", "stop"),
    Screen.JOIN_NOT_READY: Look(Panel.ASK, "alertdialog", "ask"),
    Screen.STILL_THERE: Look(Panel.ASK, "alertdialog", "ask"),
    Screen.PAY_BADGE: Look(Panel.CALM, "main", "read"),
    Screen.PAY_ASKING: Look(Panel.CALM, "status", "read"),
    Screen.PAY: Look(Panel.CALM, "main", "step"),
    Screen.PAY_LINE: Look(Panel.CALM, "main"),
    Screen.PAY_SORRY: Look(Panel.ASK, "alertdialog", "ask"),
}

SCREEN_OF_OUTCOME: dict[Outcome, Screen] = {
    Outcome.CLOCKED_IN: Screen.IN,
    Outcome.CLOCKED_OUT: Screen.OUT,
    Outcome.ALREADY_IN: Screen.ALREADY_IN,
    Outcome.ALREADY_OUT: Screen.ALREADY_OUT,
    Outcome.DIRECTION_OFFERED: Screen.IN_OR_OUT,
    Outcome.LOGGED_ON: Screen.LOGGED_ON,
    Outcome.LOGGED_OFF: Screen.LOGGED_OFF,
    Outcome.HANDED_OVER: Screen.HANDED_OVER,
    Outcome.ALREADY_ON: Screen.ALREADY_ON,
    Outcome.ALREADY_OFF: Screen.ALREADY_OFF,
    Outcome.NOT_AN_OPERATOR: Screen.NOT_AN_OPERATOR,
    Outcome.NOT_CLEARED: Screen.NOT_CLEARED,
    Outcome.NO_PLACE: Screen.NO_PLACE,
    Outcome.UNKNOWN_BADGE: Screen.UNKNOWN,
    Outcome.BLOCKED_BADGE: Screen.BLOCKED_BADGE,
    Outcome.UNUSABLE_BADGE: Screen.UNUSABLE_BADGE,
    Outcome.REGISTERED: Screen.JOIN_BADGE,
    Outcome.BADGE_OFFERED: Screen.JOIN_BADGE_AGAIN,
    Outcome.BADGE_BOUND: Screen.JOIN_WELCOME,
}

SCREEN_OF_STEP: dict[Step, Screen] = {
    Step.NOTICE: Screen.JOIN_NOTICE,
    Step.CARD: Screen.JOIN_CARD,
    Step.CONFIRM: Screen.JOIN_CONFIRM,
    Step.SAVING: Screen.JOIN_SAVING,
    Step.BADGE: Screen.JOIN_BADGE,
    Step.BADGE_AGAIN: Screen.JOIN_BADGE_AGAIN,
    Step.TOO_YOUNG: Screen.JOIN_TOO_YOUNG,
    Step.NOT_READY: Screen.JOIN_NOT_READY,
}
STEP_OF_OUTCOME = {Outcome.REGISTERED: Step.BADGE, Outcome.BADGE_OFFERED: Step.BADGE_AGAIN}

OFFERS_A_DIRECTION = frozenset({Screen.IN_OR_OUT, Screen.ALREADY_IN, Screen.ALREADY_OUT})
"""Here the person may say that he came, or that he went."""

SCREEN_OF_PAY: dict[PayStep, Screen] = {
    PayStep.BADGE: Screen.PAY_BADGE,
    PayStep.ASKING: Screen.PAY_ASKING,
    PayStep.LIST: Screen.PAY,
    PayStep.LINE: Screen.PAY_LINE,
    PayStep.SORRY: Screen.PAY_SORRY,
}
PAY_OFFERED = frozenset({Screen.IN, Screen.OUT})
"""Answers from which a worker goes on to his pay."""

NEVER_AT_A_STATION = frozenset(
    {
        Outcome.CONFIRMED,
        Outcome.SUM_DIFFERS,
        Outcome.CHANGED_MEANWHILE,
        Outcome.NOT_A_SUPERVISOR,
        Outcome.BADGE_LINKED,
        Outcome.ASSIGNED,
        Outcome.CLOCK_ANCHORED,
        Outcome.SETUP_BEGAN,
        Outcome.SETUP_ENDED,
        Outcome.COMMISSIONED,
        Outcome.NOT_PROVEN,
        Outcome.NOT_SIGNED,
        Outcome.QUESTION_ASKED,
        Outcome.QUESTION_ANSWERED,
    }
)
"""Answers to the supervisor's pages and to the electrician's tool; they appear there."""
