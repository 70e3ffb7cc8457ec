"""Questions about lines of pay: a worker asks at a station, a supervisor answers. Both are facts."""

from __future__ import annotations

import re

from edge.domain.onboarding import known_person
from edge.domain.rules import Decision, Rules
from edge.domain.state import MOST_QUESTIONS, Ledger
from edge.link.messages import AnswerQuestion, AskAboutLine
from sync.wire.facts import LineQuestioned, Outcome, QuestionAnswered, SupervisorRefused

LINE = re.compile(r"[A-Za-z0-9._-]{1,64}/\d{1,16}/\d{1,16}|[A-Z_]{1,40}/\d{4}-\d\d(-\d\d)?", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOST_OF_ONE = 10
"""Open at once of one person: whoever has more to ask goes to somebody."""


def ask(ledger: Ledger, rules: Rules, command: AskAboutLine) -> Decision | None:
    """The same line asked about twice while it is open is one question. None for what is no line of a person known
    here, or when he has asked too much: nothing is recorded then."""
    if not (LINE.fullmatch(command.line) and DATE.fullmatch(command.work_date)):
        return None
    still_open = ledger.state.questions_beside(command.work_date)
    mine = {each.line: seq for seq, each in still_open.items() if rules.same_person(each.person, command.person)}
    if command.line in mine:
        return Decision(Outcome.QUESTION_ASKED, mine[command.line])
    if not known_person(rules.directory, ledger.state, command.person):
        return None
    if len(mine) >= MOST_OF_ONE or len(still_open) >= MOST_QUESTIONS:
        return None
    body = LineQuestioned(Outcome.QUESTION_ASKED, command.station, command.person, command.work_date, command.line)
    return Decision(Outcome.QUESTION_ASKED, ledger.emit(command.at, body))


def answer(ledger: Ledger, rules: Rules, command: AnswerQuestion) -> Decision:
    """Once; a refusal is a fact as well."""
    asked = ledger.state.questions.get(command.question)
    if not rules.is_supervisor(command.supervisor):
        return _refused(ledger, command, Outcome.NOT_A_SUPERVISOR)
    if asked is None:
        return _refused(ledger, command, Outcome.CHANGED_MEANWHILE)
    body = QuestionAnswered(
        Outcome.QUESTION_ANSWERED,
        command.supervisor,
        command.question,
        asked.person,
        asked.work_date,
        command.reply,
    )
    return Decision(Outcome.QUESTION_ANSWERED, ledger.emit(command.at, body))


def _refused(ledger: Ledger, command: AnswerQuestion, outcome: Outcome) -> Decision:
    body = SupervisorRefused(outcome, type(command).__name__, command.supervisor, str(command.question))
    return Decision(outcome, ledger.emit(command.at, body))
