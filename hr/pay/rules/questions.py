"""Questions about lines of pay, and what became of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from hr.pay.rules.items import FactId
from sync.wire.facts import QuestionAnswered, QuestionReply

LEFT_TO_HR = frozenset({QuestionReply.TO_BE_CORRECTED, QuestionReply.PASSED_TO_HR})


@dataclass(frozen=True)
class Settled:
    """What HR itself said to a question, for the person to read; `by` is the account."""

    text: str
    by: str
    at_us: int


@dataclass(frozen=True)
class Question:
    """`id` is the fact of the question, `person` HR's own key; `line` as in LineQuestioned. `reply` is None while no
    supervisor has answered; `by` is his key. `settled` is HR's last word, which ends it."""

    id: FactId
    person: str
    work_date: str
    line: str
    asked_us: int
    reply: QuestionReply | None = None
    by: str = ""
    settled: Settled | None = None

    @property
    def waits(self) -> bool:
        """Whether somebody still has something to do."""
        return self.settled is None and (self.reply is None or self.reply in LEFT_TO_HR)

    @property
    def seal(self) -> FactId | None:
        """The sealed line it is about; None for an amount that rests on none, or what no kiosk of ours has named."""
        device, *numbers = self.line.split("/")
        if len(numbers) != 2 or not all(each.isdecimal() for each in numbers):
            return None
        return device, int(numbers[0]), int(numbers[1])

    @property
    def kind(self) -> str:
        """What an amount is for that rests on no seal."""
        return "" if self.seal else self.line.partition("/")[0]


def answered(
    asked: Iterable[Question],
    answers: Mapping[FactId, QuestionAnswered],
    settled: Mapping[FactId, Settled] = MappingProxyType({}),
) -> list[Question]:
    """The questions with their answers, the newest first. `answers` and `settled` are by the fact of the question.

    A box that went on in a new epoch has sent its open questions again: the same person, line and moment at the same
    box is one question, with the last answer there is and HR's last word.
    """
    found: dict[tuple[str, str, str, int], Question] = {}
    for each in sorted(asked, key=lambda each: each.id):
        same = (each.id[0], each.person, each.line, each.asked_us)
        before, said = found.get(same), answers.get(each.id)
        words = [word for word in (before and before.settled, settled.get(each.id)) if word]
        last = max(words, key=lambda word: word.at_us, default=None)
        if said is not None:
            found[same] = replace(each, reply=said.reply, by=said.answered_by, settled=last)
        elif before is None or before.reply is None:
            found[same] = replace(each, settled=last)
        else:
            found[same] = replace(before, settled=last)
    return sorted(found.values(), key=lambda each: (each.asked_us, each.id), reverse=True)
