"""Questions about lines of pay: what each is about, what waits, and what came twice."""

from __future__ import annotations

import pytest

from hr.pay.rules.items import FactId
from hr.pay.rules.questions import Question, Settled, answered
from sync.wire.facts import Outcome, QuestionAnswered, QuestionReply

ASKED = Question(("gate-1", 1, 5), "p-li", "2026-11-20", "gate-1/1/4", 1_000)
AGAIN = Question(("gate-1", 2, 3), "p-li", "2026-11-20", "gate-1/1/4", 1_000)


def said(reply: QuestionReply, by: str = "p-wang") -> QuestionAnswered:
    return QuestionAnswered(Outcome.QUESTION_ANSWERED, by, 0, "p-li", "2026-11-20", reply)


@pytest.mark.parametrize(
    ("reply", "waits"),
    [
        (None, True),
        (QuestionReply.EXPLAINED, False),
        (QuestionReply.RIGHT, False),
        (QuestionReply.TO_BE_CORRECTED, True),
        (QuestionReply.PASSED_TO_HR, True),
    ],
)
def test_what_nobody_answered_and_what_is_left_to_hr_waits(reply: QuestionReply | None, waits: bool):
    (found,) = answered([ASKED], {} if reply is None else {ASKED.id: said(reply)})
    assert (found.reply, found.by, found.waits) == (reply, "p-wang" if reply else "", waits)


@pytest.mark.parametrize(
    ("line", "seal", "kind"),
    [
        ("gate-1/2/42", ("gate-1", 2, 42), ""),
        ("NIGHT_ALLOWANCE/2026-11", None, "NIGHT_ALLOWANCE"),
        ("POOL_SHARE/2026-11-20", None, "POOL_SHARE"),
        ("gate-1/2/x", None, "gate-1"),
        ("gate-1/2", None, "gate-1"),
    ],
)
def test_a_line_is_a_seal_or_a_kind_of_pay(line: str, seal: object, kind: str):
    question = Question(ASKED.id, "p-li", "2026-11-20", line, 0)
    assert (question.seal, question.kind) == (seal, kind)


def test_the_newest_stands_first():
    later = Question(("gate-1", 1, 9), "p-li", "2026-11-20", "gate-1/1/4", 2_000)
    assert [each.id for each in answered([ASKED, later], {})] == [later.id, ASKED.id]


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({}, (AGAIN.id, None)),
        ({AGAIN.id: said(QuestionReply.RIGHT)}, (AGAIN.id, QuestionReply.RIGHT)),
        ({ASKED.id: said(QuestionReply.RIGHT)}, (ASKED.id, QuestionReply.RIGHT)),
        (
            {ASKED.id: said(QuestionReply.RIGHT), AGAIN.id: said(QuestionReply.EXPLAINED)},
            (AGAIN.id, QuestionReply.EXPLAINED),
        ),
    ],
)
def test_a_question_that_came_again_in_a_new_epoch_is_one_with_the_last_answer(answers, found):
    for both in ([ASKED, AGAIN], [AGAIN, ASKED]):
        (one,) = answered(both, answers)
        assert (one.id, one.reply) == found


@pytest.mark.parametrize(
    "other",
    [
        Question(("gate-2", 1, 5), "p-li", "2026-11-20", "gate-1/1/4", 1_000),
        Question(("gate-1", 2, 3), "p-zhang", "2026-11-20", "gate-1/1/4", 1_000),
        Question(("gate-1", 2, 3), "p-li", "2026-11-20", "gate-1/1/7", 1_000),
        Question(("gate-1", 2, 3), "p-li", "2026-11-20", "gate-1/1/4", 1_001),
    ],
)
def test_another_box_person_line_or_moment_is_another_question(other: Question):
    assert len(answered([ASKED, other], {})) == 2


FIRST, LAST = Settled("先看看", "zhou", 1), Settled("已更正", "li", 2)


@pytest.mark.parametrize("reply", [None, *QuestionReply])
def test_hrs_own_word_ends_a_question_whatever_the_supervisor_said(reply: QuestionReply | None):
    (found,) = answered([ASKED], {} if reply is None else {ASKED.id: said(reply)}, {ASKED.id: LAST})
    assert (found.reply, found.settled, found.waits) == (reply, LAST, False)


@pytest.mark.parametrize(
    "settled",
    [{ASKED.id: FIRST, AGAIN.id: LAST}, {ASKED.id: LAST, AGAIN.id: FIRST}, {ASKED.id: LAST}, {AGAIN.id: LAST}],
)
@pytest.mark.parametrize("answers", [{}, {ASKED.id: said(QuestionReply.RIGHT)}, {AGAIN.id: said(QuestionReply.RIGHT)}])
def test_hrs_last_word_stands_in_whichever_epoch_it_was_asked(
    settled: dict[FactId, Settled], answers: dict[FactId, QuestionAnswered]
):
    (found,) = answered([AGAIN, ASKED], answers, settled)
    assert found.settled == LAST
