"""What workers asked at kiosks about lines of their pay, and what supervisors answered: out of the facts."""

from __future__ import annotations

from unicodedata import east_asian_width

import msgspec
from sqlalchemy import Connection, func, select

from hr.office import Office
from hr.pay.payslips.slip import month_before
from hr.pay.periods import store as periods
from hr.pay.periods.period import days_of
from hr.pay.rules.items import FactId
from hr.pay.rules.lines import WageLine
from hr.pay.rules.questions import Question, Settled, answered
from hr.people.keys import owners
from hr.people.rejected import Rejected
from hr.store.pay_tables import question_settled
from hr.store.tables import fact
from sync.wire.facts import LineQuestioned, QuestionAnswered
from sync.wire.payslip import MAX_MONTHS_BACK

WIDEST_TEXT = 80
"""So much stands beside the button on the smallest panel; a Chinese character is as wide as two letters."""
WANTED = "a sentence of at most 80 letters, or 40 Chinese characters: the person reads it"
PLACE = ("device", "epoch", "seq")


def between(connection: Connection, date_from: str, date_to: str, person: str | None = None) -> list[Question]:
    """About lines of these work dates, both included; of one person where one is named. The newest first."""
    keys = owners(connection)
    kinds = (LineQuestioned.__name__, QuestionAnswered.__name__)
    query = select(fact).where(fact.c.kind.in_(kinds), fact.c.work_date.between(date_from, date_to))
    asked: list[Question] = []
    answers: dict[FactId, QuestionAnswered] = {}
    for row in connection.execute(query):
        if row.kind == QuestionAnswered.__name__:
            said = msgspec.json.decode(row.body, type=QuestionAnswered)
            answers[row.device, row.epoch, said.question] = said
        else:
            body = msgspec.json.decode(row.body, type=LineQuestioned)
            id_ = (row.device, row.epoch, row.seq)
            asked.append(Question(id_, keys[body.person], body.work_date, body.line, row.wall_us))
    whose = None if person is None else keys[person]
    return answered((each for each in asked if whose in (None, each.person)), answers, _settled(connection))


def _settled(connection: Connection) -> dict[FactId, Settled]:
    """HR's last word on each question, by its fact."""
    query = select(question_settled).order_by(question_settled.c.number)
    return {
        (row.device, row.epoch, row.seq): Settled(row.text, row.settled_by, row.settled_us)
        for row in connection.execute(query)
    }


class QuestionDesk:
    """Thread-safe: each call has a connection of its own."""

    def __init__(self, office: Office) -> None:
        self._reading, self._writing = office.reading, office.writing
        self._today, self._now_us = office.today, office.now_us

    def of_person(self, person: str, date_from: str, date_to: str) -> list[Question]:
        """Answered and not, the newest first."""
        with self._reading.connect() as connection:
            return between(connection, date_from, date_to, person)

    def about(self, line: WageLine) -> list[Question]:
        """What its owner has asked about this sealed line, or an amount that rests on it, the newest first."""
        asked = self.of_person(line.person, *days_of(line.work_date[:7]))
        return [each for each in asked if each.seal == (line.device, line.epoch, line.seq)]

    def waiting(self) -> list[Question]:
        """What nobody has answered, or a supervisor has left to HR, in the months that kiosks show. A question ends
        with its month: what is closed is corrected in a later one."""
        first, _last = month_before(self._today(), MAX_MONTHS_BACK)
        _first, last = month_before(self._today(), 0)
        with self._reading.connect() as connection:
            found = [each for each in between(connection, first, last) if each.waits]
            closed = {each.work_date: periods.is_closed(connection, each.work_date) for each in found}
        return [each for each in found if not closed[each.work_date]]

    def settle(self, question: FactId, text: str, by: str) -> None:
        """HR answers in the supervisor's place, or after he has left it to HR; `text` is what the person reads at the
        kiosk. Said again, the last word counts and the ones before are kept. Rejected without a text, and for what is
        no question."""
        said = text.strip()
        if not 0 < _width(said) <= WIDEST_TEXT:
            raise Rejected("text", text, WANTED)
        device, epoch, seq = question
        of = (fact.c.device == device, fact.c.epoch == epoch, fact.c.seq == seq)
        before = (question_settled.c[each] == value for each, value in zip(PLACE, question, strict=True))
        with self._writing.begin() as connection:
            if (
                connection.execute(select(fact.c.seq).where(*of, fact.c.kind == LineQuestioned.__name__)).first()
                is None
            ):
                raise Rejected("question", f"{device}/{epoch}/{seq}", "a question that is here")
            number = connection.scalar(select(func.max(question_settled.c.number)).where(*before)) or 0
            connection.execute(
                question_settled.insert().values(
                    device=device,
                    epoch=epoch,
                    seq=seq,
                    number=number + 1,
                    text=said,
                    settled_by=by,
                    settled_us=self._now_us(),
                )
            )


def _width(text: str) -> int:
    """In letters."""
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)
