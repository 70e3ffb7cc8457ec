"""A worker looks at his pay, step by step: his badge once more, the wait for HR, the list, one line. Pure.

Seconds are of the monotonic clock. What HR has said is in here while it is shown and nowhere else on the box: until he
leaves, is away for 30 s, or any badge is held to a reader of this station.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from sync.wire.facts import Outcome, QuestionReply
from sync.wire.payslip import (
    Payslip,
    PayslipAnswer,
    PayslipAsked,
    PayslipItem,
    PayslipLine,
    PayslipQuestion,
    PayTrouble,
)

OFFERED_S = 20.0
BADGE_S = 20.0
"""Together well below the minute in which a second tap counts for nothing: it must never clock him out."""
ASKING_S = 15.0
UNTOUCHED_S = 30.0
TOLD_S = 10.0
ROWS = 4
"""Lines on one page of the smallest panel."""
WAITS = frozenset({"", QuestionReply.TO_BE_CORRECTED, QuestionReply.PASSED_TO_HR})
"""Replies after which somebody still has something to do."""

SECOND_TAPS = frozenset({Outcome.ALREADY_IN, Outcome.ALREADY_OUT})


PayslipEntry = PayslipItem | PayslipLine


def entries(payslip: Payslip | None) -> list[PayslipEntry]:
    """What the list shows: each amount of the statement, and the sealed lines that are in none of them yet. Without a
    statement, the lines."""
    if payslip is None:
        return []
    paid = {fact for item in payslip.items for fact in item.facts}
    return [*payslip.items, *(line for line in payslip.lines if not line.fact or line.fact not in paid)]


class About(msgspec.Struct, frozen=True):
    """A line by the name and the date under which it is asked about."""

    line: str
    work_date: str


def own_seal(item: PayslipItem, payslip: Payslip) -> PayslipLine | None:
    """The first sealed line of his own that the amount rests on. A share of a pool rests on the others' as well, and a
    paid stop on none."""
    mine = {line.fact: line for line in payslip.lines if line.fact}
    return next((mine[fact] for fact in item.facts if fact in mine), None)


def named(entry: PayslipEntry, payslip: Payslip) -> About:
    """By his own seal it rests on; an amount without one by its kind and date."""
    date = entry.work_date or f"{payslip.month}-01"
    if isinstance(entry, PayslipLine):
        return About(entry.fact, date)
    seal = own_seal(entry, payslip)
    return About(seal.fact if seal else f"{entry.kind}/{entry.work_date or payslip.month}", date)


class PayStep(StrEnum):
    BADGE = "badge"
    ASKING = "asking"
    LIST = "list"
    LINE = "line"
    SORRY = "sorry"


class Pay(msgspec.Struct, frozen=True):
    """`person` is who tapped first; `epoch` and `tap` are the fact of his second tap, which HR wants to see.

    `asked` counts the questions, so that an answer belongs to one of them. `page` and `line` count from 0.
    `sent`: the lines he has asked about while he stands here; `unsent`: his last question could not be kept.
    """

    step: PayStep
    until_s: float
    person: str
    language: str | None = None
    epoch: int = 0
    tap: int = 0
    months_back: int = 0
    asked: int = 0
    payslip: Payslip | None = None
    trouble: PayTrouble | None = None
    page: int = 0
    line: int = 0
    sent: frozenset[str] = frozenset()
    unsent: bool = False

    def __repr__(self) -> str:
        return f"<Pay {self.step}>"

    @property
    def question(self) -> PayslipAsked | None:
        """What HR is to be asked now."""
        if self.step is not PayStep.ASKING:
            return None
        return PayslipAsked(self.person, self.months_back, self.epoch, self.tap)

    @property
    def seen(self) -> tuple[object, ...]:
        """What a change of is a change on the screen."""
        return self.step, self.asked, self.page, self.line, self.trouble, self.sent, self.unsent

    @property
    def pages(self) -> int:
        return max(1, -(-len(entries(self.payslip)) // ROWS))

    @property
    def rows(self) -> list[tuple[int, PayslipEntry]]:
        """What is on this page, each with its place."""
        return list(enumerate(entries(self.payslip)))[self.page * ROWS : (self.page + 1) * ROWS]

    @property
    def opened(self) -> PayslipEntry | None:
        """What is opened."""
        return entries(self.payslip)[self.line] if self.step is PayStep.LINE else None

    @property
    def item(self) -> PayslipItem | None:
        """The amount that is opened, where it is one."""
        return self.opened if isinstance(self.opened, PayslipItem) else None

    @property
    def seal(self) -> PayslipLine | None:
        """The sealed line that is opened, or the first of his own that the opened amount rests on."""
        if self.item is None:
            return self.opened if isinstance(self.opened, PayslipLine) else None
        return own_seal(self.item, self.payslip) if self.payslip else None

    @property
    def about(self) -> About | None:
        """What he would ask about now; None where there is nothing to ask, or an older HR has not named it."""
        if self.opened is None or self.payslip is None:
            return None
        found = named(self.opened, self.payslip)
        return found if found.line else None

    @property
    def known(self) -> PayslipQuestion | None:
        """What became of his last question about this line."""
        about, asked = self.about, self.payslip.questions if self.payslip else []
        return max(
            (each for each in asked if about and each.line == about.line), key=lambda each: each.asked_us, default=None
        )

    @property
    def may_ask(self) -> bool:
        """Whoever waits for an answer asks no second time. While the supervisor has not answered, the box takes the
        line for the same question, though HR may have ended it: a second one would be lost."""
        known = self.known
        waits = known is not None and (not known.reply or (not known.settled and known.reply in WAITS))
        return self.about is not None and self.about.line not in self.sent and not waits


class PayWanted(msgspec.Struct, frozen=True):
    """He touches *My pay* on the answer to his tap."""


class PayCame(msgspec.Struct, frozen=True):
    """What came of the question with this number."""

    tap: int
    asked: int
    answer: PayslipAnswer


class LineOpened(msgspec.Struct, frozen=True):
    line: int


class PageTurned(msgspec.Struct, frozen=True):
    page: int


class MonthChosen(msgspec.Struct, frozen=True):
    months_back: int


class LineClosed(msgspec.Struct, frozen=True):
    """Back to the list."""


class LineAsked(msgspec.Struct, frozen=True):
    """He has asked about the line with this name; `kept` or not."""

    line: str
    kept: bool


class PayLeft(msgspec.Struct, frozen=True):
    """He goes."""


PayEvent = PayWanted | PayCame | LineOpened | PageTurned | MonthChosen | LineClosed | LineAsked | PayLeft


def wanted(person: str, language: str | None, answered_s: float, now_s: float) -> Pay:
    """His badge once more; or, when the tap was too long ago, that it must be after the next one."""
    if now_s - answered_s > OFFERED_S:
        return _sorry(Pay(PayStep.SORRY, now_s, person, language), PayTrouble.LATE, now_s)
    return Pay(PayStep.BADGE, now_s + BADGE_S, person, language)


def tapped(pay: Pay | None, person: str | None, outcome: Outcome, fact: tuple[int, int], now_s: float) -> Pay | None:
    """A badge was answered at this station: his own once more opens, any other ends it. `fact`: epoch and seq."""
    if pay is None or pay.step is not PayStep.BADGE or person != pay.person or outcome not in SECOND_TAPS:
        return None
    return _asking(msgspec.structs.replace(pay, epoch=fact[0], tap=fact[1]), 0, now_s)


def reading(pay: Pay | None) -> Pay | None:
    """A badge is being read, nobody knows whose yet: only what waits for one stays."""
    return pay if pay is not None and pay.step is PayStep.BADGE else None


def expired(pay: Pay, now_s: float) -> Pay | None:
    if now_s < pay.until_s:
        return pay
    return _sorry(pay, PayTrouble.AWAY, now_s) if pay.step is PayStep.ASKING else None


def touched(pay: Pay, now_s: float) -> Pay:
    """A finger on the screen: he is still there."""
    if pay.step not in (PayStep.LIST, PayStep.LINE):
        return pay
    return msgspec.structs.replace(pay, until_s=now_s + UNTOUCHED_S)


def advance(pay: Pay, event: PayEvent, now_s: float) -> Pay | None:
    """The step after `event`; an event that does not fit the step changes nothing."""
    shown = pay.payslip is not None and pay.step in (PayStep.LIST, PayStep.LINE)
    match event:
        case PayLeft():
            return None
        case PayCame(tap, asked, answer) if pay.step is PayStep.ASKING and (tap, asked) == (pay.tap, pay.asked):
            return _came(pay, answer, now_s)
        case LineOpened(line) if shown and 0 <= line < len(entries(pay.payslip)):
            return _at(msgspec.structs.replace(pay, unsent=False), PayStep.LINE, now_s, line=line)
        case LineClosed() if shown:
            return _at(pay, PayStep.LIST, now_s)
        case LineAsked(line, kept) if shown:
            sent = pay.sent | {line} if kept else pay.sent
            return _at(msgspec.structs.replace(pay, sent=sent, unsent=not kept), pay.step, now_s)
        case PageTurned(page) if shown and 0 <= page < pay.pages:
            return _at(pay, PayStep.LIST, now_s, page=page)
        case MonthChosen(months_back) if shown and months_back != pay.months_back:
            return _asking(pay, months_back, now_s)
    return pay


def _asking(pay: Pay, months_back: int, now_s: float) -> Pay:
    return Pay(
        PayStep.ASKING, now_s + ASKING_S, pay.person, pay.language, pay.epoch, pay.tap, months_back, pay.asked + 1
    )


def _came(pay: Pay, answer: PayslipAnswer, now_s: float) -> Pay:
    if answer.payslip is None:
        return _sorry(pay, answer.trouble or PayTrouble.AWAY, now_s)
    return _at(msgspec.structs.replace(pay, payslip=answer.payslip), PayStep.LIST, now_s)


def _sorry(pay: Pay, trouble: PayTrouble, now_s: float) -> Pay:
    return msgspec.structs.replace(pay, step=PayStep.SORRY, until_s=now_s + TOLD_S, trouble=trouble, payslip=None)


def _at(pay: Pay, step: PayStep, now_s: float, **changes: int) -> Pay:
    return msgspec.structs.replace(pay, step=step, until_s=now_s + UNTOUCHED_S, **changes)
