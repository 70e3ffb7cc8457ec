"""What the processes of a box say to one another.

Commands go to core over a Unix stream socket, one JSON object a line, and each is answered by an `Answer` or a
`NotRecorded` with its id. Core also sends `SnapshotWanted` down that stream. Notices go out of core as datagrams.
"""

from __future__ import annotations

import msgspec
import uuid_utils

from sync.wire.envelope import Stamp
from sync.wire.facts import AnchorSource, CounterProof, CounterRole, Direction, EquipmentState, Outcome, QuestionReply
from sync.wire.identity import CardTrouble, IdCard

MAX_LINE_BYTES = 65_536


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag=True):
    """Base of everything on the link; the JSON key `type` names the message."""


def new_id() -> str:
    """A UUIDv7, made where the last byte or touch arrived."""
    return str(uuid_utils.uuid7())


# --- commands: client -> core -------------------------------------------------------------------


class BadgeTapped(Message, frozen=True):
    """`machine` is set when the reader's purpose is a machine; without it the tap is for the clock.

    `badge` is None for a card without a number of its own, which names nobody.
    """

    id: str
    at: Stamp
    station: str
    reader: str
    badge: str | None
    machine: str | None = None


class ChooseDirection(Message, frozen=True):
    """Whoever tapped last at `station`, with the fact `tap`, says at its screen whether he came or went."""

    id: str
    at: Stamp
    station: str
    tap: int
    direction: Direction


class ConfirmOutput(Message, frozen=True):
    """A supervisor's seal; `supervisor` is the person key of whoever logged in at the page."""

    id: str
    at: Stamp
    supervisor: str
    person: str
    order: str
    work_date: str
    actuals: list[int]
    good: int
    scrap_labour: int = 0
    scrap_material: int = 0
    rework: int = 0
    adjustment: int = 0
    reason: str = ""


class SetEquipmentState(Message, frozen=True):
    """A supervisor says that a machine is being set up, or runs again."""

    id: str
    at: Stamp
    supervisor: str
    machine: str
    state: EquipmentState


class AssignPieces(Message, frozen=True):
    """A supervisor gives unattributed or quarantined pieces of one machine to people: `shares` by person key.

    `actuals` are the seqs of the facts whose pieces they are, as the page showed them.
    """

    id: str
    at: Stamp
    supervisor: str
    machine: str
    actuals: list[int]
    shares: dict[str, int]
    reason: str


class LinkBadge(Message, frozen=True):
    """A supervisor says whose an unknown badge is. `like`: the known badge it is taken for, if that was the ground."""

    id: str
    at: Stamp
    supervisor: str
    badge: str
    person: str
    reason: str
    like: str | None = None


class CommissionCounter(Message, frozen=True):
    """The proof of a commissioning, signed with two badges. Fields as in CounterCommissioned."""

    id: str
    at: Stamp
    machine: str
    counter: str
    meaning: str
    registers: str
    pieces: int
    counts: int
    reset: str
    proof: list[CounterProof]
    electrician_badge: str
    witness_badge: str
    differences: str = ""


class CounterSample(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One reading of a counter. `snapshot` marks the answer to a SnapshotWanted.

    `commissioned` is False where the configuration does not say for sure what the registers mean: it is shown, and
    counted only if the journal holds a commissioning of this counter with the same `meaning`. `keep_s`: how often it
    is a fact while it moves, where no device keeps the count; None: as the rules have it. One with the role IGNORED is
    shown and never counted. `suspect`: core has set its stamp to the moment of receipt.
    """

    machine: str
    counter: str
    at: Stamp
    value: int
    raw: str
    modulus: int
    max_rate_per_min: int
    session: int | None = None
    snapshot: bool = False
    commissioned: bool = True
    meaning: str = ""
    keep_s: int | None = None
    role: CounterRole = CounterRole.PRODUCED
    suspect: bool = False


class CounterSamples(Message, frozen=True):
    """What one polling round saw: counters that moved, and each at least every five seconds."""

    id: str
    samples: list[CounterSample]


class DeviceState(Message, frozen=True):
    """A device went (`up` false) or came back. Sent at each change and once at connection."""

    id: str
    at: Stamp
    device: str
    up: bool
    detail: str = ""
    station: str | None = None
    machine: str | None = None


class OpenCardStep(Message, frozen=True):
    """A newcomer is asked for his card at `station`: its card reader looks for one for `for_s` seconds from now.

    The page asks again while the step is open; 0 closes it. Makes no fact.
    """

    id: str
    station: str
    for_s: int


class CardRead(Message, frozen=True):
    """What the card reader at `station` read, or why it could not (`trouble`).

    Core hands it on to the page as `CardShown` and keeps nothing: it is never a fact, never parked, never logged.
    """

    id: str
    at: Stamp
    station: str
    reader: str
    trouble: CardTrouble | None = None
    card: IdCard | None = None


class RegisterPerson(Message, frozen=True):
    """The newcomer has confirmed his card. `sealed` is URL-safe base64 of what sync.wire.identity.seal gave."""

    id: str
    at: Stamp
    station: str
    person: str
    sealed: str
    sealed_to: str
    notice: str
    language: str
    minor: bool = False


class AnchorClock(Message, frozen=True):
    """UTC was `utc_us` at `at`, give or take `within_us`: `supervisor` says so, or HR's signed receipt does, which core
    finds by itself."""

    id: str
    at: Stamp
    source: AnchorSource
    utc_us: int
    within_us: int
    supervisor: str = ""


class AskAboutLine(Message, frozen=True):
    """A worker has a question about the line of pay that the station shows him; the fields as in LineQuestioned."""

    id: str
    at: Stamp
    station: str
    person: str
    work_date: str
    line: str


class AnswerQuestion(Message, frozen=True):
    """`question` is the seq of the LineQuestioned."""

    id: str
    at: Stamp
    supervisor: str
    question: int
    reply: QuestionReply


class Ping(Message, frozen=True):
    """Asks core whether it lives and can record."""

    id: str


Recordable = (
    BadgeTapped
    | ChooseDirection
    | ConfirmOutput
    | CounterSamples
    | DeviceState
    | RegisterPerson
    | SetEquipmentState
    | AssignPieces
    | LinkBadge
    | CommissionCounter
    | AnchorClock
    | AskAboutLine
    | AnswerQuestion
    | Ping
)
"""What may reach the journal. A card that was read is not among them, and so can be neither a fact nor parked."""

Command = Recordable | OpenCardStep | CardRead

# --- core -> client -----------------------------------------------------------------------------


class Answer(Message, frozen=True):
    """Committed. `seq` is the fact that holds the outcome; None where the command makes no fact of its own."""

    id: str
    outcome: Outcome | None = None
    seq: int | None = None


class NotRecorded(Message, frozen=True):
    """Nothing was stored; the client keeps the command and sends it again with the same id, or tells the person."""

    id: str
    reason: str


class SnapshotWanted(Message, frozen=True):
    """Read this machine's counter now: its context has changed."""

    machine: str


class CardWanted(Message, frozen=True):
    """Look for an identity card at this station for `for_s` seconds from now; 0: stop looking."""

    station: str
    for_s: int


Reply = Answer | NotRecorded | SnapshotWanted | CardWanted

# --- notices: core -> kiosk, datagrams ------------------------------------------------------------


class Committed(Message, frozen=True):
    """The journal reaches `seq` now."""

    seq: int


class Refused(Message, frozen=True):
    """A tap at `station` could not be stored."""

    station: str
    reason: str


class ReadingBadge(Message, frozen=True):
    station: str


class CardShown(Message, frozen=True):
    """What the card reader at `station` read; lives in the memory of the page's process only."""

    station: str
    reader: str
    trouble: CardTrouble | None = None
    card: IdCard | None = None


class DeviceNotice(Message, frozen=True):
    device: str
    up: bool
    station: str | None = None
    machine: str | None = None
    detail: str = ""


class ValueShown(Message, frozen=True):
    """What a counter shows now; no fact is made of it. Of one that is counted it is told each few seconds only, as a
    sign that somebody still reads it."""

    machine: str
    counter: str
    at: Stamp
    value: int
    raw: str


class Alive(Message, frozen=True):
    """Each second. `recording` is False while the store cannot be written, `reason` says why."""

    seq: int
    recording: bool
    reason: str = ""


Notice = Committed | Refused | ReadingBadge | CardShown | DeviceNotice | ValueShown | Alive
