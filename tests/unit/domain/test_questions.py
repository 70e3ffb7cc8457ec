"""A worker asks about a line of his pay, a supervisor answers."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.domain import questions
from edge.domain.questions import MOST_OF_ONE
from edge.domain.rules import Decision
from edge.link.messages import AnswerQuestion, AskAboutLine
from sync.wire.facts import LineQuestioned, Outcome, QuestionAnswered, QuestionReply, SupervisorRefused
from sync.wire.reference_data import Directory
from tests.cast import DIRECTORY, LI, WANG, ZHANG
from tests.ledgers import rules
from tests.moments import at
from tests.unit.domain.press import Press

ASK = AskAboutLine("ask", at("15:00"), "gate", WANG.id, "2026-11-02", "gate-1/1/42")
ANSWER = AnswerQuestion("answer", at("16:00"), ZHANG.id, 0, QuestionReply.EXPLAINED)


@pytest.fixture
def here() -> Press:
    return Press()


def ask(here: Press, **changes: str) -> Decision | None:
    return questions.ask(here.ledger, rules(), replace(ASK, **changes))


def answer(here: Press, question: int, **changes: object) -> Decision:
    return questions.answer(here.ledger, rules(), replace(ANSWER, question=question, **changes))


def test_a_question_names_the_person_the_date_and_the_line_and_nothing_else(here: Press):
    decision = ask(here)
    assert decision is not None
    (fact,) = here.bodies(LineQuestioned)
    assert fact == LineQuestioned(Outcome.QUESTION_ASKED, "gate", WANG.id, "2026-11-02", "gate-1/1/42")


def test_the_same_line_asked_about_twice_while_it_is_open_is_one_question(here: Press):
    assert ask(here) == ask(here)
    assert len(here.bodies(LineQuestioned)) == 1
    ask(here, person=LI.id)
    ask(here, line="NIGHT_ALLOWANCE/2026-11")
    assert len(here.bodies(LineQuestioned)) == 3


def test_a_person_whose_keys_hr_has_joined_asks_once_whichever_of_them_he_has(here: Press):
    joined = Directory(replace(DIRECTORY.reference, people=[replace(WANG, keys=["p-minted"])]))
    asked = [questions.ask(here.ledger, rules(joined), replace(ASK, person=key)) for key in ("p-minted", WANG.id)]
    assert len(here.bodies(LineQuestioned)) == 1
    assert asked[0] == asked[1]


def test_an_answered_line_may_be_asked_about_again(here: Press):
    first = ask(here)
    assert first is not None
    assert answer(here, first.seq).outcome is Outcome.QUESTION_ANSWERED
    (said,) = here.bodies(QuestionAnswered)
    assert (said.answered_by, said.question, said.person) == (ZHANG.id, first.seq, WANG.id)
    assert (said.reply, said.work_date) == (QuestionReply.EXPLAINED, "2026-11-02")
    second = ask(here)
    assert second is not None
    assert second.seq != first.seq


def test_a_question_is_answered_once_and_by_a_supervisor(here: Press):
    asked = ask(here)
    assert asked is not None
    assert answer(here, asked.seq, supervisor=LI.id).outcome is Outcome.NOT_A_SUPERVISOR
    assert answer(here, asked.seq).outcome is Outcome.QUESTION_ANSWERED
    assert answer(here, asked.seq).outcome is Outcome.CHANGED_MEANWHILE
    assert answer(here, 999).outcome is Outcome.CHANGED_MEANWHILE
    assert len(here.bodies(QuestionAnswered)) == 1
    assert len(here.bodies(SupervisorRefused)) == 3


@pytest.mark.parametrize("line", ["", "why so little?", "gate-1/1", "gate-1/1/42 and more", "x" * 200])
def test_nothing_but_the_name_of_a_line_is_kept(here: Press, line: str):
    assert ask(here, line=line) is None
    assert here.bodies(LineQuestioned) == []


def test_what_nobody_answered_keeps_nobody_from_asking_once_its_month_is_past(here: Press):
    for seq in range(MOST_OF_ONE):
        ask(here, line=f"gate-1/1/{seq + 1}", work_date="2026-11-30")
    assert ask(here, line="gate-1/1/99", work_date="2026-12-01") is None
    assert ask(here, line="gate-1/1/99", work_date="2027-01-01") is not None
    assert [each.line for each in here.ledger.state.questions.values()] == ["gate-1/1/99"]


def test_a_box_keeps_so_many_open_and_no_more(here: Press, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("edge.domain.questions.MOST_QUESTIONS", 2)
    ask(here)
    ask(here, line="BONUS/2026-11")
    assert ask(here, person=LI.id) is None
    assert ask(here) is not None


def test_whoever_is_not_known_here_and_whoever_has_asked_too_much_leaves_nothing(here: Press):
    assert ask(here, person="p-nobody") is None
    assert ask(here, work_date="yesterday") is None
    for seq in range(MOST_OF_ONE):
        assert ask(here, line=f"gate-1/1/{seq + 1}") is not None
    assert ask(here, line="gate-1/1/99") is None
    assert len(here.bodies(LineQuestioned)) == MOST_OF_ONE
