"""The bodies of facts: the vocabulary that the box writes, the wire carries and HR reads.

Names follow ISA-95 and B2MML (PersonnelLogOn, MaterialActual, JobOrder) where they have one. A new kind
is one struct here and one line in `KINDS`; an old kind is never changed, only succeeded by a new one.
Amounts are integers; times are in the fact's stamp; dates are ISO 8601 text in the plant's zone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Outcome(StrEnum):
    """What the box decided. Closed: the kiosk has a screen for each and a test counts them."""

    CLOCKED_IN = "CLOCKED_IN"
    CLOCKED_OUT = "CLOCKED_OUT"
    ALREADY_IN = "ALREADY_IN"
    ALREADY_OUT = "ALREADY_OUT"
    DIRECTION_OFFERED = "DIRECTION_OFFERED"
    LOGGED_ON = "LOGGED_ON"
    LOGGED_OFF = "LOGGED_OFF"
    HANDED_OVER = "HANDED_OVER"
    ALREADY_ON = "ALREADY_ON"
    ALREADY_OFF = "ALREADY_OFF"
    NOT_AN_OPERATOR = "NOT_AN_OPERATOR"
    NOT_CLEARED = "NOT_CLEARED"
    NO_PLACE = "NO_PLACE"
    UNKNOWN_BADGE = "UNKNOWN_BADGE"
    BLOCKED_BADGE = "BLOCKED_BADGE"
    UNUSABLE_BADGE = "UNUSABLE_BADGE"
    CONFIRMED = "CONFIRMED"
    SUM_DIFFERS = "SUM_DIFFERS"
    CHANGED_MEANWHILE = "CHANGED_MEANWHILE"
    NOT_A_SUPERVISOR = "NOT_A_SUPERVISOR"
    REGISTERED = "REGISTERED"
    BADGE_OFFERED = "BADGE_OFFERED"
    BADGE_BOUND = "BADGE_BOUND"
    BADGE_LINKED = "BADGE_LINKED"
    ASSIGNED = "ASSIGNED"
    SETUP_BEGAN = "SETUP_BEGAN"
    SETUP_ENDED = "SETUP_ENDED"
    COMMISSIONED = "COMMISSIONED"
    NOT_PROVEN = "NOT_PROVEN"
    NOT_SIGNED = "NOT_SIGNED"
    CLOCK_ANCHORED = "CLOCK_ANCHORED"
    QUESTION_ASKED = "QUESTION_ASKED"
    QUESTION_ANSWERED = "QUESTION_ANSWERED"


class Direction(StrEnum):
    IN = "IN"
    OUT = "OUT"


class Step(StrEnum):
    """How a counter came from one reading to the next (AB-R1, AB-R2)."""

    BASELINE = "BASELINE"
    NORMAL = "NORMAL"
    ROLLOVER = "ROLLOVER"
    RESET = "RESET"
    RESET_INFERRED = "RESET_INFERRED"
    IMPLAUSIBLE = "IMPLAUSIBLE"


class Bucket(StrEnum):
    """Where counted pieces went. The four always add up to what was counted."""

    ATTRIBUTED = "ATTRIBUTED"
    UNATTRIBUTED = "UNATTRIBUTED"
    QUARANTINED = "QUARANTINED"
    SETUP = "SETUP"


class Basis(StrEnum):
    EXACT = "EXACT"
    ESTIMATED = "ESTIMATED"


class CounterRole(StrEnum):
    """What a counter counts: pieces made, those of them that the machine threw out, or nothing of ours (AB-R13)."""

    PRODUCED = "PRODUCED"
    DEFECTIVE = "DEFECTIVE"
    IGNORED = "IGNORED"


class EquipmentState(StrEnum):
    """Whether what a machine makes is output, or the trial pieces of a change-over (AB-R10)."""

    EXECUTE = "EXECUTE"
    SETUP = "SETUP"


class Ended(StrEnum):
    """What ended a session at a machine (AB-R11)."""

    LOG_OFF = "LOG_OFF"
    HAND_OVER = "HAND_OVER"
    CLOCK_OUT = "CLOCK_OUT"
    SHIFT_END = "SHIFT_END"


class AnchorSource(StrEnum):
    """Who said what time it was: a receipt that HR has signed, or a supervisor at his page."""

    SERVER = "server"
    SUPERVISOR = "supervisor"


class QuestionReply(StrEnum):
    """What a supervisor says to a question about a line of pay. The last two leave it to HR."""

    EXPLAINED = "EXPLAINED"
    RIGHT = "RIGHT"
    TO_BE_CORRECTED = "TO_BE_CORRECTED"
    PASSED_TO_HR = "PASSED_TO_HR"


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all bodies."""


class AttendanceTap(Body, frozen=True):
    """A badge at a reader with the purpose CLOCK. Every tap is kept; `effective` ones make hours.

    `person` is None for an unknown badge, whose number is then in `badge` so that HR can assign it later. Both are None
    for an unusable one, which has no number of its own.
    `repeats` is the seq of the effective tap that a second tap within 60 s only showed again.
    With DIRECTION_OFFERED the box could not know the direction: it is the likelier one, and stands unless the person
    chooses (DirectionChosen).
    `suspect`: here and below, the fact's stamp is when core received it, for its own was impossible (AB-R9).
    """

    outcome: Outcome
    station: str
    reader: str
    work_date: str
    person: str | None = None
    badge: str | None = None
    direction: Direction | None = None
    effective: bool = False
    repeats: int | None = None
    late: bool = False
    suspect: bool = False


class DirectionChosen(Body, frozen=True):
    """The person himself says what his last tap was, at the station where he tapped: the box had offered it, or had
    taken it the wrong way. `tap` is the seq of the AttendanceTap, which keeps its time; of several the last one counts.

    `work_date` is that of the tap.
    """

    outcome: Outcome
    station: str
    person: str
    tap: int
    direction: Direction
    work_date: str
    late: bool = False


class PersonnelLogOn(Body, frozen=True):
    """`weight`: the person's part where several work at one machine, in hundredths of a full one (AB-R6)."""

    outcome: Outcome
    station: str
    reader: str
    machine: str
    person: str
    order: str | None = None
    late: bool = False
    weight: int = 100
    suspect: bool = False


class PersonnelLogOff(Body, frozen=True):
    """`outcome` and `station` are None when something else than the person's own tap ended the session."""

    machine: str
    person: str
    ended_by: Ended
    log_on: int
    outcome: Outcome | None = None
    station: str | None = None
    late: bool = False
    suspect: bool = False


class LogOnShown(Body, frozen=True):
    """A badge at a machine that changed nothing: shown again, refused or not known.

    `missing`: the clearances that the person lacks, or has no longer, when the outcome is NOT_CLEARED (AB-R12).
    """

    outcome: Outcome
    station: str
    reader: str
    machine: str
    person: str | None = None
    badge: str | None = None
    late: bool = False
    missing: list[str] = []
    suspect: bool = False


class EquipmentStateChanged(Body, frozen=True):
    """A supervisor says that a machine is being set up, or runs again; pieces of a set-up are no output (AB-R10)."""

    outcome: Outcome
    machine: str
    state: EquipmentState
    by: str


class JobOrderStarted(Body, frozen=True):
    """The order a machine counts for from here on; None when it has none."""

    machine: str
    order: str | None
    product: str | None = None
    operation: str | None = None
    pieces_per_count: int = 1


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One stretch between two CounterReading facts and the counts it is worth.

    NORMAL: to - from. ROLLOVER: to - from + modulus. RESET, RESET_INFERRED: the value of `to`.
    IMPLAUSIBLE: any of these, more than the machine can make in the time, set aside for a person.
    """

    from_seq: int
    to_seq: int
    step: Step
    counts: int


class CounterReading(Body, frozen=True):
    """The counter of a machine at one moment. `raw` is the register words as sent, in hex.

    `held`: a drop or jump that waits for the next reading before it is believed (AB-R2).
    `changes`: the seqs of the context changes whose snapshot this is (AB-R3).
    `why`: baseline, change, boundary, start, held, wrap, settled, interval, stale, back, or before- one of these.
    """

    machine: str
    counter: str
    value: int
    raw: str
    why: str
    modulus: int
    session: int | None = None
    held: bool = False
    glitch: int | None = None
    changes: list[int] = []
    role: CounterRole = CounterRole.PRODUCED
    suspect: bool = False


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    person: str
    quantity: int


class MaterialActualRecorded(Body, frozen=True):
    """Pieces made, in one bucket, for one contiguous context; rests on the readings it names.

    sum of `readings` counts x `pieces_per_count` = `quantity` summed over the facts that name the same
    readings; for an EXACT one the sum is its own. Shares are empty unless the bucket is ATTRIBUTED.
    `role`: with DEFECTIVE these are no output but rejects, pieces that another counter has counted as made already.
    """

    machine: str
    bucket: Bucket
    quantity: int
    counts: int
    pieces_per_count: int
    basis: Basis
    readings: list[Reading]
    work_date: str
    calendar_date: str
    order: str | None = None
    product: str | None = None
    operation: str | None = None
    shares: list[Share] = []
    role: CounterRole = CounterRole.PRODUCED


class SnapshotMissed(Body, frozen=True):
    """No fresh reading came within 3 s of a context change: its pieces will be split by time, ESTIMATED (AB-R4)."""

    machine: str
    changes: list[int]


class CounterStateChanged(Body, frozen=True):
    """STALE: the counter no longer answers. COUNTED: it is counted from here on, and `detail` is what its values mean
    (edge/config.py). NOT_COUNTED: no longer, for what its values mean is not proven. LIVE: in older journals only."""

    machine: str
    counter: str
    state: str
    detail: str = ""


class QuantityConfirmed(Body, frozen=True):
    """A supervisor's seal on one person's pieces for one order and work date (AB-R15).

    good + scrap_labour + scrap_material + rework = counted + adjustment; an adjustment carries a reason.
    `actuals` are the seqs of the MaterialActualRecorded facts it covers, each covered once.
    """

    outcome: Outcome
    confirmed_by: str
    person: str
    order: str
    product: str
    operation: str
    work_date: str
    actuals: list[int]
    counted: int
    good: int
    scrap_labour: int = 0
    scrap_material: int = 0
    rework: int = 0
    adjustment: int = 0
    reason: str = ""


class ConfirmationRefused(Body, frozen=True):
    outcome: Outcome
    confirmed_by: str
    person: str
    order: str
    work_date: str
    detail: str = ""


class MaterialActualAssigned(Body, frozen=True):
    """A supervisor says whose pieces these are that nobody was logged on for, or that were set aside (AB-R5).

    `actual` is the seq of the MaterialActualRecorded whose pieces they are, `bucket` where they were. Assignments of
    one actual never add up to more than its quantity. Order, product, operation and dates are those of the actual.
    A supervisor seals assigned pieces like counted ones, by the seq of this fact.
    """

    outcome: Outcome
    assigned_by: str
    reason: str
    machine: str
    actual: int
    bucket: Bucket
    quantity: int
    shares: list[Share]
    work_date: str
    calendar_date: str
    order: str | None = None
    product: str | None = None
    operation: str | None = None


class SupervisorRefused(Body, frozen=True):
    """What a supervisor asked for and did not get. `action`: the command's name; `subject`: a machine, or a badge."""

    outcome: Outcome
    action: str
    by: str
    subject: str
    detail: str = ""


class BadgeLinked(Body, frozen=True):
    """A supervisor says whose badge this unknown one is, for example a known card read by another reader type.

    `like`: the known badge it may be another reading of; None when the supervisor knew it otherwise.
    """

    outcome: Outcome
    linked_by: str
    person: str
    badge: str
    reason: str
    like: str | None = None


class CounterProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the counter's registers held at one moment of a commissioning: `step` is before, during, after, power-off
    or power-on."""

    step: str
    at_us: int
    raw: str
    value: int


class CounterCommissioned(Body, frozen=True):
    """An electrician ran `pieces` pieces, the counter went up by `counts`, and two people signed with their badges.

    From here on samples of `counter` that are read with the same `meaning` (edge/config.py) are counted, from a new
    baseline. `registers` says in words where the value is read. `reset`: what a power cycle did to the count: KEPT,
    LOST or NOT_TRIED. `differences`: registers that also changed and why they were not chosen, for the record.
    """

    outcome: Outcome
    machine: str
    counter: str
    meaning: str
    registers: str
    pieces: int
    counts: int
    reset: str
    proof: list[CounterProof]
    electrician: str
    witness: str
    differences: str = ""


class CommissioningRefused(Body, frozen=True):
    """NOT_PROVEN: the readings do not show what was claimed. NOT_SIGNED: not two people who are known here."""

    outcome: Outcome
    machine: str
    counter: str
    detail: str = ""


class CommandParked(Body, frozen=True):
    """A command that a fault of ours kept from being decided. It is kept whole, so that nothing is lost; `command` is
    its JSON, `error` what went wrong. The queue goes on, and a person looks."""

    command: str
    error: str


class PersonRegistered(Body, frozen=True):
    """A newcomer has confirmed what his card says. `person` is the key the box minted for him.

    What the card says is not in here: it is sealed to HR's key (sync/wire/identity.py), `sealed` is the SHA-256 of
    those bytes and `sealed_to` the fingerprint of that key. `notice` is the SHA-256 of the notice he was shown, in
    `language`. `minor`: 16 or 17 years old; nobody younger is registered.
    """

    outcome: Outcome
    station: str
    person: str
    sealed: str
    sealed_to: str
    notice: str
    language: str
    minor: bool = False


class BadgeOffered(Body, frozen=True):
    """A badge that nobody owns was held to the station where a newcomer waits for one: once more, and it is his."""

    outcome: Outcome
    station: str
    reader: str
    person: str
    badge: str


class BadgeBound(Body, frozen=True):
    """The same badge a second time: it is this newcomer's from here on. `offered` is the seq of the first time."""

    outcome: Outcome
    station: str
    reader: str
    person: str
    badge: str
    offered: int


class EpochOpened(Body, frozen=True):
    """The first fact of a later journal of this box.

    `reason`: `cut`, because the card had forgotten facts that HR holds, or `replaced`, because the box is another one.
    The journal before it, `previous`, ended at `here` on this box and at `at_hr` at HR (each 0 for nothing); facts
    after the lower of the two that nobody has any more cannot be named one by one, this is the place where they are
    missing. `carried`: how many facts of the old journal that HR could not use were carried over.
    """

    previous: int
    reason: str
    here: int
    at_hr: int
    carried: int = 0


class FactCarried(Body, frozen=True):
    """A fact of an earlier journal of this box, whole, that HR could not take under its own number. It changes nothing
    by itself; a person looks."""

    fact: dict[str, Any]


class ClockStepped(Body, frozen=True):
    """The wall clock moved against boot time by more than 2 s."""

    step_us: int


class ClockAnchored(Body, frozen=True):
    """UTC was `utc_us` at the moment of this fact's stamp, give or take `within_us`; that dates the whole boot.

    `by`: the supervisor who said so; empty when HR's signed receipt did.
    """

    outcome: Outcome
    source: AnchorSource
    utc_us: int
    within_us: int
    by: str = ""


class LineQuestioned(Body, frozen=True):
    """A worker asks about one line of his pay, from the screen that showed it.

    `line`: the seal the line rests on (device/epoch/seq), or for an amount without one its kind and date
    (NIGHT_ALLOWANCE/2026-11). `work_date` is the line's, the first of the month for what is of a whole month.
    """

    outcome: Outcome
    station: str
    person: str
    work_date: str
    line: str


class QuestionAnswered(Body, frozen=True):
    """What a supervisor says to it. `question` is the seq of the LineQuestioned, `person` and `work_date` are its."""

    outcome: Outcome
    answered_by: str
    question: int
    person: str
    work_date: str
    reply: QuestionReply


KINDS: dict[str, type[Body]] = {
    kind.__name__: kind
    for kind in (
        AttendanceTap,
        DirectionChosen,
        PersonnelLogOn,
        PersonnelLogOff,
        LogOnShown,
        JobOrderStarted,
        CounterReading,
        MaterialActualRecorded,
        SnapshotMissed,
        CounterStateChanged,
        QuantityConfirmed,
        ConfirmationRefused,
        EquipmentStateChanged,
        MaterialActualAssigned,
        SupervisorRefused,
        BadgeLinked,
        CounterCommissioned,
        CommissioningRefused,
        CommandParked,
        PersonRegistered,
        BadgeOffered,
        BadgeBound,
        EpochOpened,
        FactCarried,
        ClockStepped,
        ClockAnchored,
        LineQuestioned,
        QuestionAnswered,
    )
}


def is_reject(body: Body) -> bool:
    """Whether it is pieces that a machine counted as thrown out. They are in its output too, and never added to it."""
    return isinstance(body, MaterialActualRecorded) and body.role is CounterRole.DEFECTIVE


def body_of(kind: str, body: dict[str, Any]) -> Body:
    """The typed body. KeyError for an unknown kind, msgspec.ValidationError for a body that is not one of its kind."""
    return msgspec.convert(body, KINDS[kind])


def as_dict(body: Body) -> dict[str, Any]:
    """The body as it goes into a fact: defaults left out, enums as text."""
    plain: dict[str, Any] = msgspec.to_builtins(body)
    return plain
