"""What a worker may see of his pay at a kiosk: asked of HR when he asks, and kept nowhere on the box.

Pure: the question, the answer, and why there is none (docs/wire.md). What is in an answer is shown by no `repr`: it
must not get into a log by way of a traceback.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

import msgspec

from sync.wire.envelope import PERSON_KEY, WireError, canonical_json

T = TypeVar("T")

MAX_ASKED_BYTES = 400
MAX_PAYSLIP_BYTES = 2_000_000
MAX_MONTHS_BACK = 1
"""This month and the one before: what has not been paid out for long."""


class PayslipAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """He has held his badge at the box, which is its fact `tap` of this `epoch`, and wants a month's pay.

    `months_back`: 0 is the present month by HR's calendar, so that a kiosk with a wrong clock asks for the right one.
    """

    person: str
    months_back: int
    epoch: int
    tap: int


class PayTrouble(StrEnum):
    """Why there is no payslip. The first three are HR's answers, signed; the others are found on the box."""

    TAP_WANTED = "tap_wanted"
    NOT_HIS_TAP = "not_his_tap"
    TOO_MANY = "too_many"
    OFFLINE = "offline"
    BUSY = "busy"
    AWAY = "away"
    LATE = "late"


class _Quiet(msgspec.Struct, frozen=True):
    """More fields may come with a newer HR; they are left out."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class PayslipPart(_Quiet, frozen=True):
    """What was made at one machine. `first` and `last` are counter values where one stretch of readings proves it;
    `whole` are all people's pieces of these readings. `estimated`: split by time."""

    machine: str
    quantity: int
    whole: int
    estimated: bool
    from_us: int | None = None
    to_us: int | None = None
    first: int | None = None
    last: int | None = None


class PayslipLine(_Quiet, frozen=True):
    """One seal in money: `good` x `unit_price` = `amount`, as decimal text.

    Both are None without a price in force, and where it is `by_quantity`.
    A line that is not `explained` does not add up at HR and is in no total.
    `confirmed_by` is the supervisor's name.
    """

    work_date: str
    order: str
    product: str
    operation: str
    good: int
    unit_price: str | None
    amount: str | None
    explained: bool
    confirmed_by: str
    confirmed_us: int
    counted: int
    scrap_labour: int = 0
    scrap_material: int = 0
    rework: int = 0
    adjustment: int = 0
    reason: str = ""
    parts: list[PayslipPart] = []
    fact: str = ""
    """Device, epoch and seq of the seal, with slashes between them."""

    by_quantity: bool = False
    """Its price depends on how many there are in a day or month: the amount is in the month's statement alone."""


class PayslipFactor(_Quiet, frozen=True):
    """A named number of a formula, as decimal text; `over`: what is divided by."""

    name: str
    value: str
    over: bool = False


class PayslipItem(_Quiet, frozen=True):
    """One amount of the month, decimal text; a deduction is below zero.

    `terms` are products, which come together as `form` says (SUM, DIFFERENCE, EXCESS, LEAST). `since`: from when the
    price is in force; `time_class` is empty where there is none; `facts`: the seals it rests on; `text`: what HR wrote.
    """

    kind: str
    amount: str
    work_date: str = ""
    product: str = ""
    operation: str = ""
    since: str = ""
    time_class: str = ""
    form: str = "SUM"
    terms: list[list[PayslipFactor]] = []
    facts: list[str] = []
    text: str = ""


class PayslipDay(_Quiet, frozen=True):
    """An attendance day: paid time in `minutes`; `open`: somebody must look at it."""

    work_date: str
    minutes: int
    open: bool


class PayslipQuestion(_Quiet, frozen=True):
    """What he has asked about a line, by the line's name in LineQuestioned, and what became of it: `reply` as in
    QuestionAnswered, empty while nobody has answered; `by` is the supervisor's name. `settled`: what HR said itself, in
    words; then nobody has anything to do any more."""

    line: str
    asked_us: int
    reply: str = ""
    by: str = ""
    settled: str = ""


class Payslip(_Quiet, frozen=True):
    """One person's `month` (YYYY-MM) as HR computes it at `made_us`. Not closed: prices and seals may still come.

    `good` and `amount` are the sums of the lines that have a price and add up; `unpriced` and `unexplained` count the
    others. Newest work date first.

    `items` are the amounts of the month's statement, and `gross`, `deducted` and `net` its sums before insurance and
    tax; None where nothing can be computed yet. `held`: how much waits and is in no sum. `closed`: it does not change.
    `by_quantity` counts the lines whose amount is in the statement alone. `worked_days` and `paid_min` are the month's
    working time as the ledger has it; None where there is none, and from an older HR.
    """

    person: str
    month: str
    made_us: int
    good: int
    amount: str
    unpriced: int
    unexplained: int
    lines: list[PayslipLine]
    days: list[PayslipDay]
    items: list[PayslipItem] = []
    gross: str | None = None
    deducted: str | None = None
    net: str | None = None
    held: int = 0
    closed: bool = False
    by_quantity: int = 0
    worked_days: int | None = None
    paid_min: int | None = None
    questions: list[PayslipQuestion] = []


class PayslipAnswer(_Quiet, frozen=True, omit_defaults=True):
    """A payslip, or why there is none."""

    payslip: Payslip | None = None
    trouble: PayTrouble | None = None


class Refusal(msgspec.Struct, frozen=True):
    """What HR signs instead of a payslip."""

    code: PayTrouble


STATUS = {PayTrouble.TAP_WANTED: 409, PayTrouble.NOT_HIS_TAP: 403, PayTrouble.TOO_MANY: 429}
"""With which status HR says so."""


def encode_asked(asked: PayslipAsked) -> bytes:
    return canonical_json(asked)


def decode_asked(body: bytes) -> PayslipAsked:
    """Raises WireError for anything else."""
    if len(body) > MAX_ASKED_BYTES:
        raise WireError(f"a question of {len(body)} bytes, at most {MAX_ASKED_BYTES}")
    try:
        asked = msgspec.json.decode(body, type=PayslipAsked)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        # Without the decoder's own words: they may quote what was sent.
        raise WireError("not a question for a payslip") from error
    if not (PERSON_KEY.fullmatch(asked.person) and 0 <= asked.months_back <= MAX_MONTHS_BACK):
        raise WireError(f"a question for a payslip names a person key and at most {MAX_MONTHS_BACK} month back")
    if not (0 < asked.epoch < 2**53 and 0 < asked.tap < 2**53):
        raise WireError("a question for a payslip names a fact")
    return asked


def encode_answer(answer: PayslipAnswer) -> bytes:
    """One line, for the socket between sync and kiosk."""
    return msgspec.json.encode(answer) + b"\n"


def decode_answer(line: bytes) -> PayslipAnswer:
    """Raises WireError."""
    return _decoded(line, PayslipAnswer)


def decode_payslip(body: bytes) -> Payslip:
    """What HR has signed. Raises WireError."""
    return _decoded(body, Payslip)


def decode_refusal(body: bytes) -> PayTrouble:
    """What HR has signed. Raises WireError."""
    return _decoded(body, Refusal).code


def _decoded(body: bytes, kind: type[T]) -> T:
    if len(body) > MAX_PAYSLIP_BYTES:
        raise WireError(f"an answer of {len(body)} bytes, at most {MAX_PAYSLIP_BYTES}")
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Neither the decoder's words nor the body: there is pay in it.
        raise WireError(f"not a {kind.__name__} of this release") from None
