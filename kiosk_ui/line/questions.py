"""Workers' questions about lines of their pay: what is open on this box, and a supervisor's reply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import msgspec
from flask import render_template, request

from edge.link.messages import AnswerQuestion, new_id
from kiosk_ui.asking import UUID
from kiosk_ui.line.frame import Frame
from kiosk_ui.line.telling import Page, Told, shown, tried
from kiosk_ui.pay_words import REPLIES, kind_text
from kiosk_ui.today import body
from sync.wire.envelope import Fact
from sync.wire.facts import LineQuestioned, QuantityConfirmed, QuestionAnswered, QuestionReply
from sync.wire.reference_data import Person

KINDS = [LineQuestioned.__name__, QuestionAnswered.__name__]
MOST_DAYS = 62


class Question(msgspec.Struct, frozen=True):
    """`seal`: what the line rests on, where this box sealed it. `kind`: of an amount that rests on none."""

    seq: int
    asked_us: int
    person: str
    work_date: str
    line: str
    seal: QuantityConfirmed | None = None
    kind: str = ""


class ReplyForm(msgspec.Struct, frozen=True):
    """`id` was made when the page was, so that sending it twice makes one fact."""

    id: str
    question: int
    reply: QuestionReply | None

    def lacks(self) -> Told | None:
        return Told.REASON_NEEDED if self.reply is None else None


def still_open(facts: Iterable[Fact]) -> list[Fact]:
    """The questions among these facts that nobody has answered, the oldest first."""
    listed = list(facts)
    answered = {fact.body["question"] for fact in listed if fact.kind == QuestionAnswered.__name__}
    found = [fact for fact in listed if fact.kind == LineQuestioned.__name__ and fact.seq not in answered]
    return sorted(found, key=lambda fact: fact.seq)


def first_asked_about(today: str) -> str:
    """Pay of this month and the last can be looked at, and so asked about."""
    last_month = date.fromisoformat(today).replace(day=1) - timedelta(days=1)
    return last_month.replace(day=1).isoformat()


def read_form(fields: Mapping[str, str]) -> ReplyForm | None:
    """None for anything that our own page cannot have sent."""
    reply, question = fields.get("reply", ""), fields.get("question", "")
    if not UUID.fullmatch(fields.get("id", "")) or not question.isdecimal() or len(question) > 16:
        return None
    if reply and reply not in set(QuestionReply):
        return None
    return ReplyForm(fields["id"], int(question), QuestionReply(reply) if reply else None)


class QuestionPages:
    """The view functions; `kiosk_ui.line.pages.blueprint` gives them their addresses."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._ports = frame, frame.ports

    def page(self, supervisor: Person) -> Page:
        return self._shown(supervisor, Told.DONE if request.args.get("said") == Told.DONE else None)

    def answer(self, supervisor: Person) -> Page:
        form = read_form(request.form)
        told = tried(form, lambda each: self._command(each, supervisor), self._ports)
        return shown(told, Told.DONE, "/line/questions?said=done", lambda: self._shown(supervisor, told))

    def waiting(self) -> int:
        """How many are open."""
        return len(self._open())

    def _command(self, form: ReplyForm, supervisor: Person) -> AnswerQuestion:
        assert form.reply is not None
        return AnswerQuestion(form.id, self._ports.clock.stamp(), supervisor.id, form.question, form.reply)

    def _open(self) -> list[Fact]:
        today = self._frame.today()
        dates = [day for day in self._frame.days(today, MOST_DAYS) if day >= first_asked_about(today)]
        return still_open(fact for day in dates for fact in self._ports.views.of_work_date(day, KINDS))

    def _question(self, fact: Fact) -> Question:
        said: LineQuestioned = body(fact)
        question = Question(fact.seq, fact.at.wall_us, said.person, said.work_date, said.line)
        parts = said.line.split("/")
        if len(parts) != 3:
            return msgspec.structs.replace(question, kind=parts[0])
        if (parts[0], parts[1]) != (fact.device, str(fact.epoch)):
            return question
        sealed = [each for each in self._ports.views.facts([int(parts[2])]) if each.kind == QuantityConfirmed.__name__]
        return msgspec.structs.replace(question, seal=body(sealed[0])) if sealed else question

    def _shown(self, supervisor: Person, told: Told | None) -> str:
        today = self._frame.today()
        return render_template(
            "line/questions.html",
            supervisor=supervisor,
            questions=[self._question(fact) for fact in self._open()],
            replies=REPLIES,
            kind_text=kind_text,
            new_id=new_id,
            told=told,
            **self._frame.around(self._frame.made(today), today),
        )
