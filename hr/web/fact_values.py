"""What the values in a recorded fact are called: outcomes, steps of a counter, kinds, states; and what was proved of a
line."""

from __future__ import annotations

import re

from flask_babel import gettext, lazy_gettext

from sync.wire.envelope import ClockState
from sync.wire.facts import Bucket, Ended, EquipmentState, Outcome, Step

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
