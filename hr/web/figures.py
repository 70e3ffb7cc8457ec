"""Figures, codes and moments as these pages write them, beside the shared filters of `pages.formats`."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Protocol

from babel.dates import format_date, format_skeleton, get_day_names
from babel.numbers import format_decimal
from flask_babel import get_locale, gettext, lazy_gettext

from hr.people.clearances import ClearanceView
from hr.people.csv_import import Kind
from sync.wire.envelope import ClockState
from sync.wire.facts import Bucket, Ended, EquipmentState, Outcome, Step

SHORT_DAY_PATTERNS = {"zh": "M月d日", "en": "d MMM", "vi": "d/M"}
DATED_PATTERNS = {"zh": "y年M月d日", "en": "d MMMM y", "vi": "d 'tháng' M, y"}
PRICE_PATTERNS = {"zh": "{} 元", "en": "CNY {}", "vi": "{} tệ"}
TAIL = 4


def _language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "en"


def price(amount: Decimal) -> str:
    """Yuan a piece with at least four decimals: 0.2200 元."""
    number = format_decimal(amount, "0.0000####", locale=_language(), decimal_quantization=False)
    return PRICE_PATTERNS.get(_language(), "CNY {}").format(number)


def short_day(iso_date: str) -> str:
    """ "2026-11-23" as 11月23日, 23 Nov, 23/11."""
    pattern = SHORT_DAY_PATTERNS.get(_language(), "d MMM")
    return str(format_date(date.fromisoformat(iso_date), pattern, locale=_language()))


def dated(iso_date: str) -> str:
    """ "2026-11-23" with its year: 2026年11月23日, 23 November 2026, 23 tháng 11, 2026."""
    pattern = DATED_PATTERNS.get(_language(), "d MMMM y")
    return str(format_date(date.fromisoformat(iso_date), pattern, locale=_language()))


def weekday(iso_date: str) -> str:
    """ "2026-11-23" as 周一, Mon, Th 2."""
    return str(format_date(date.fromisoformat(iso_date), "EEE", locale=_language()))


def month_name(iso_date: str) -> str:
    """ "2026-11-23" as 十一月, November, tháng 11."""
    return str(format_date(date.fromisoformat(iso_date), "LLLL", locale=_language()))


def month_of_year(iso_date: str) -> str:
    """ "2026-11-23" as 2026年11月, November 2026, tháng 11 năm 2026."""
    return str(format_skeleton("yMMMM", date.fromisoformat(iso_date), locale=_language()))


def weekday_initials() -> list[str]:
    """From Monday on, as short as they go above a column."""
    names = get_day_names("narrow", "stand-alone", locale=_language())
    return [names[each] for each in range(7)]


def hours(minutes: int) -> str:
    """Hours and minutes: 8:05."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def gap() -> str:
    """What stands between two sentences: nothing in Chinese, whose full stop brings its own room."""
    return "" if _language() == "zh" else " "


class Work(Protocol):
    """Anything that says what was made."""

    @property
    def product_name(self) -> str: ...
    @property
    def operation_name(self) -> str: ...


def work_name(work: Work) -> str:
    """Product and operation; the Chinese dot brings its own room."""
    dot = "·" if _language() == "zh" else " · "
    return f"{work.product_name}{dot}{work.operation_name}"


def words_of_hex(raw: str) -> str:
    """Register words apart, four digits each, as a PLC's manual prints them."""
    return " ".join(raw[start : start + 4] for start in range(0, len(raw), 4)).upper()


def badge_tail(key: str) -> str:
    """A badge by its last four characters."""
    return "…" + key[-TAIL:]


def newcomer_name(key: str) -> str:
    """In a name's place for somebody whom a kiosk has registered and nobody has mapped yet."""
    return str(gettext("Newcomer %(end)s", end="…" + key[-TAIL:]))


OUTCOMES = {
    Outcome.CLOCKED_IN: lazy_gettext("Clocked in"),
    Outcome.CLOCKED_OUT: lazy_gettext("Clocked out"),
    Outcome.ALREADY_IN: lazy_gettext("Already in"),
    Outcome.ALREADY_OUT: lazy_gettext("Already out"),
    Outcome.DIRECTION_OFFERED: lazy_gettext("In or out, the kiosk could not know"),
    Outcome.LOGGED_ON: lazy_gettext("Logged on"),
    Outcome.LOGGED_OFF: lazy_gettext("Logged off"),
    Outcome.HANDED_OVER: lazy_gettext("Handed over"),
    Outcome.ALREADY_ON: lazy_gettext("Already on"),
    Outcome.ALREADY_OFF: lazy_gettext("Already off"),
    Outcome.NOT_AN_OPERATOR: lazy_gettext("Not an operator"),
    Outcome.UNKNOWN_BADGE: lazy_gettext("Badge not registered"),
    Outcome.BLOCKED_BADGE: lazy_gettext("Badge blocked"),
    Outcome.UNUSABLE_BADGE: lazy_gettext("Card without a number of its own"),
    Outcome.CONFIRMED: lazy_gettext("Sealed"),
    Outcome.SUM_DIFFERS: lazy_gettext("The sum differs"),
    Outcome.CHANGED_MEANWHILE: lazy_gettext("Changed meanwhile"),
    Outcome.NOT_A_SUPERVISOR: lazy_gettext("Not a supervisor"),
    Outcome.REGISTERED: lazy_gettext("Registered"),
    Outcome.BADGE_OFFERED: lazy_gettext("Badge offered"),
    Outcome.BADGE_BOUND: lazy_gettext("Badge given"),
    Outcome.NOT_CLEARED: lazy_gettext("Clearance missing"),
    Outcome.NO_PLACE: lazy_gettext("No place at the machine"),
    Outcome.BADGE_LINKED: lazy_gettext("Badge linked"),
    Outcome.ASSIGNED: lazy_gettext("Pieces assigned"),
    Outcome.QUESTION_ASKED: lazy_gettext("question about a line of pay"),
    Outcome.QUESTION_ANSWERED: lazy_gettext("question answered"),
    Outcome.CLOCK_ANCHORED: lazy_gettext("Time of the clock noted"),
    Outcome.SETUP_BEGAN: lazy_gettext("Set-up began"),
    Outcome.SETUP_ENDED: lazy_gettext("Set-up ended"),
    Outcome.COMMISSIONED: lazy_gettext("Counter proven"),
    Outcome.NOT_PROVEN: lazy_gettext("Not proven"),
    Outcome.NOT_SIGNED: lazy_gettext("Not signed by two people"),
}

STEPS = {
    Step.BASELINE: lazy_gettext("The first reading; nothing is counted before it"),
    Step.NORMAL: lazy_gettext("The counter went up"),
    Step.ROLLOVER: lazy_gettext("The counter reached its end and began again at zero"),
    Step.RESET: lazy_gettext("The counter was set back; its new value counts"),
    Step.RESET_INFERRED: lazy_gettext("The counter seems to have been set back; its new value counts"),
    Step.IMPLAUSIBLE: lazy_gettext("More than the machine can make in the time; set aside for a person"),
}

STEP_NAMES = {
    Step.BASELINE: lazy_gettext("first"),
    Step.NORMAL: lazy_gettext("up"),
    Step.ROLLOVER: lazy_gettext("over zero"),
    Step.RESET: lazy_gettext("set back"),
    Step.RESET_INFERRED: lazy_gettext("set back?"),
    Step.IMPLAUSIBLE: lazy_gettext("set aside"),
}

KINDS = {
    "AttendanceTap": lazy_gettext("tap for hours"),
    "DirectionChosen": lazy_gettext("in or out, said by the person"),
    "PersonnelLogOn": lazy_gettext("logged on to a machine"),
    "PersonnelLogOff": lazy_gettext("logged off a machine"),
    "LogOnShown": lazy_gettext("badge at a machine, nothing changed"),
    "JobOrderStarted": lazy_gettext("order of a machine"),
    "CounterReading": lazy_gettext("counter reading"),
    "MaterialActualRecorded": lazy_gettext("pieces made"),
    "SnapshotMissed": lazy_gettext("no fresh reading at a change"),
    "CounterStateChanged": lazy_gettext("counter lost or back"),
    "QuantityConfirmed": lazy_gettext("seal of a supervisor"),
    "ConfirmationRefused": lazy_gettext("seal refused"),
    "EquipmentStateChanged": lazy_gettext("set-up of a machine"),
    "MaterialActualAssigned": lazy_gettext("pieces assigned by a supervisor"),
    "SupervisorRefused": lazy_gettext("supervisor refused"),
    "LineQuestioned": lazy_gettext("question about a line of pay"),
    "QuestionAnswered": lazy_gettext("question answered"),
    "BadgeLinked": lazy_gettext("badge linked to a person"),
    "CounterCommissioned": lazy_gettext("counter proven at its machine"),
    "CommissioningRefused": lazy_gettext("proof of a counter refused"),
    "CommandParked": lazy_gettext("set aside by the box"),
    "PersonRegistered": lazy_gettext("newcomer registered"),
    "BadgeOffered": lazy_gettext("badge offered to a newcomer"),
    "BadgeBound": lazy_gettext("badge given to a newcomer"),
    "EpochOpened": lazy_gettext("a new journal begins"),
    "FactCarried": lazy_gettext("record of an earlier journal"),
    "ClockStepped": lazy_gettext("clock moved"),
    "ClockAnchored": lazy_gettext("time of the clock known"),
}

CLOCKS = {
    ClockState.NONE: lazy_gettext("clock not set"),
    ClockState.RTC: lazy_gettext("clock of the box"),
    ClockState.SUPERVISOR: lazy_gettext("clock set by a supervisor"),
    ClockState.NTP: lazy_gettext("clock set by time server"),
    ClockState.SERVER: lazy_gettext("clock set by this server"),
}


BUCKETS = {
    Bucket.ATTRIBUTED: lazy_gettext("somebody's"),
    Bucket.UNATTRIBUTED: lazy_gettext("nobody's"),
    Bucket.QUARANTINED: lazy_gettext("set aside"),
    Bucket.SETUP: lazy_gettext("of a set-up"),
}

ENDINGS = {
    Ended.LOG_OFF: lazy_gettext("logged off"),
    Ended.HAND_OVER: lazy_gettext("handed over"),
    Ended.CLOCK_OUT: lazy_gettext("clocked out"),
    Ended.SHIFT_END: lazy_gettext("left open; ended by itself at the end of the shift"),
}

STATES = {
    EquipmentState.EXECUTE: lazy_gettext("runs"),
    EquipmentState.SETUP: lazy_gettext("is being set up"),
}

RESETS = {
    "KEPT": lazy_gettext("the count was kept"),
    "LOST": lazy_gettext("the count was lost"),
    "NOT_TRIED": lazy_gettext("not tried"),
}

PROOF_STEPS = {
    "before": lazy_gettext("before"),
    "during": lazy_gettext("while it ran"),
    "after": lazy_gettext("after"),
    "power-off": lazy_gettext("power off"),
    "power-on": lazy_gettext("power on again"),
}


def bucket_text(bucket: str) -> str:
    return str(BUCKETS[Bucket(bucket)])


def ended_text(ended: str) -> str:
    """What ended a session at a machine."""
    return str(ENDINGS[Ended(ended)])


def state_text(state: str) -> str:
    """What a machine does; an unknown state as it is, for other facts name states of their own."""
    return str(STATES[EquipmentState(state)]) if state in list(EquipmentState) else ""


def reset_text(reset: str) -> str:
    """What a power cut did to the count."""
    return str(RESETS.get(reset, reset))


def proof_step_text(step: str) -> str:
    return str(PROOF_STEPS.get(step, step))


def outcome_text(outcome: str) -> str:
    return str(OUTCOMES[Outcome(outcome)])


def step_text(step: str) -> str:
    return str(STEPS[Step(step)])


def step_name(step: str) -> str:
    """The step in a word, for a table's cell."""
    return str(STEP_NAMES[Step(step)])


def kind_text(kind: str) -> str:
    """The kind in words; an unknown kind as it is."""
    return str(KINDS.get(kind, kind))


def clock_state_text(state: ClockState) -> str:
    return str(CLOCKS[state])


PROOFS = {
    "good + scrap + rework = counted + adjustment": lazy_gettext("good + scrap + rework = counted + adjustment"),
    "the person's shares of the parts = counted": lazy_gettext("the person's shares of the parts = counted"),
    "every part that is named is held": lazy_gettext("every part that is named is held"),
    "every part is of this order and day": lazy_gettext("every part is of this order and day"),
    "no amount is below zero": lazy_gettext("no amount is below zero"),
    "every reading is held and of the part's machine": lazy_gettext("every reading is held and of the part's machine"),
    "readings x pieces per count = pieces": lazy_gettext("readings × pieces a count = pieces"),
    "no more is assigned than was counted": lazy_gettext("no more is assigned than was counted"),
    "the shares of an assignment = its pieces": lazy_gettext("the shares of an assignment = its pieces"),
    "every assignment is of pieces that were nobody's": lazy_gettext(
        "every assignment is of pieces that were nobody's"
    ),
    "readings = counts": lazy_gettext("readings = counts"),
}
_OF_PART = re.compile(r"part (\d+): (.+)")
_TWICE = re.compile(r"part (\d+) is counted once; confirmation (\d+) has it already")


def proof_text(text: str) -> str:
    """A proof of `hr.pay.rules.wage_line` in the language of the page; one it does not know as it is."""
    if of_part := _OF_PART.fullmatch(text):
        return str(gettext("record %(seq)s: %(proof)s", seq=of_part[1], proof=PROOFS.get(of_part[2], of_part[2])))
    if twice := _TWICE.fullmatch(text):
        return str(gettext("record %(seq)s is counted once; seal %(seal)s has it already", seq=twice[1], seal=twice[2]))
    return str(PROOFS.get(text, text))


KIND_NAMES = {
    Kind.PEOPLE: lazy_gettext("People"),
    Kind.BADGES: lazy_gettext("Badges"),
    Kind.MACHINES: lazy_gettext("Machines"),
    Kind.ORDERS: lazy_gettext("Orders"),
    Kind.PRICES: lazy_gettext("Products and prices"),
    Kind.SHIFTS: lazy_gettext("Shifts"),
    Kind.CLEARANCES: lazy_gettext("Clearances"),
    Kind.ROSTER: lazy_gettext("Roster"),
}


def kind_name(kind: Kind) -> str:
    """What a list of this kind holds."""
    return str(KIND_NAMES[kind])


CLEARANCES = {
    "SAFETY_L3": lazy_gettext("Safety training, level 3"),
    "SPECIAL_OPERATION": lazy_gettext("Special operation certificate"),
    "HEALTH_CHECK": lazy_gettext("Health check"),
}


def clearance_kind_text(kind: str) -> str:
    """A kind of clearance in words; the plant's own as it is."""
    return str(CLEARANCES.get(kind, kind))


def until_text(each: ClearanceView) -> str:
    """How long a clearance is valid."""
    if each.valid_to:
        return str(gettext("until %(date)s", date=dated(each.valid_to)))
    return str(gettext("since %(date)s, without an end", date=dated(each.valid_from)))


def minute_text(minutes: int) -> str:
    """Minutes after midnight as a clock shows them."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


LANGUAGE_NAMES = {"zh": "中文", "en": "English", "vi": "Tiếng Việt"}


def language_name(language: str) -> str:
    """Each language by its own name."""
    return LANGUAGE_NAMES.get(language, language)
