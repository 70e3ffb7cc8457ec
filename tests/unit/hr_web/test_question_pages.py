"""What workers have asked about their pay: on the first page, in a list, at the statement and at the line itself."""

from __future__ import annotations

import re

import pytest

from hr.pay.payslips.slip import payslip
from hr.pay.terms.lists import PayList
from hr.people.csv_import import Kind
from hr.people.rejected import Rejected
from kiosk_ui.screens.paying import Pay, PayStep, named
from sync.wire.facts import Body, LineQuestioned, Outcome, QuestionAnswered, QuestionReply
from sync.wire.payslip import Payslip
from tests.unit.hr_web.conftest import Desk, words
from tests.unit.hr_web.plant import FRIDAY, MONDAY, USER, Factory, Journal

POOL = {
    PayList.POOLS: "pool,valid_from\n冲压,2026-11-01\n",
    PayList.MEMBERS: "number,valid_from,pool\n0317,2026-11-01,冲压\n0288,2026-11-01,冲压\n",
    PayList.TERMS: "number,valid_from,scheme,contract_month\n0317,2026-11-01,TEAM_POOL,3480\n"
    "0288,2026-11-01,TEAM_POOL,3480\n",
}
ASKED = "张三丰 asked about this line on"


class Kiosk:
    """Another box of the plant, at which 张三丰 asks and 王建国 answers."""

    def __init__(self, factory: Factory) -> None:
        self.factory, self.journal = factory, Journal("gate-3")
        self.worker, self.boss = factory.keys["0317"], factory.keys["0003"]

    def ask(self, line: str, work_date: str = FRIDAY) -> int:
        return self._sent(LineQuestioned(Outcome.QUESTION_ASKED, "gate", self.worker, work_date, line))

    def answer(self, question: int, reply: QuestionReply) -> None:
        outcome = Outcome.QUESTION_ANSWERED
        self._sent(QuestionAnswered(outcome, self.boss, question, self.worker, FRIDAY, reply))

    def _sent(self, body: Body) -> int:
        seq = self.journal.add(MONDAY, "09:00:00", body)
        self.factory.service.inbox.receive(self.journal.facts[-1:], "nonce")
        return seq


@pytest.fixture
def kiosk(factory: Factory) -> Kiosk:
    return Kiosk(factory)


def line_of(factory: Factory) -> str:
    return f"/pay/line/gate-1/1/{factory.line}"


def statement_of(factory: Factory) -> str:
    return f"/pay/statement/2026-11/{factory.keys['0317']}"


def test_nothing_is_said_of_questions_where_there_are_none(factory: Factory, own_desk: Desk):
    assert "Nobody waits for an answer." in own_desk.text("/pay/questions/")
    assert "/pay/questions/" not in own_desk.get("/").text
    assert ASKED not in own_desk.text(line_of(factory))
    assert "Asked about this month" not in own_desk.text(statement_of(factory))


def test_a_question_leads_from_the_first_page_to_its_line_and_back(kiosk: Kiosk, own_desk: Desk):
    kiosk.ask(f"gate-1/1/{kiosk.factory.line}")
    kiosk.ask("NIGHT_ALLOWANCE/2026-11", "2026-11-01")
    first = own_desk.get("/")
    assert "2 questions about pay wait" in words(first)
    assert 'href="/pay/questions/"' in first.text
    listed = own_desk.get("/pay/questions/")
    assert f"张三丰 20 Nov sealed line {kiosk.factory.line}" in words(listed)
    links = set(re.findall(r'href="(/pay/(?:line|statement)/[^"]+)"', listed.text))
    assert links == {line_of(kiosk.factory), statement_of(kiosk.factory)}
    assert {own_desk.get(link).status_code for link in links} == {200}
    line = own_desk.get(line_of(kiosk.factory))
    assert f"{ASKED} 23 Nov at 09:00. nobody has answered" in words(line)
    assert 'href="/pay/questions/"' in line.text
    assert "Asked about this month" in own_desk.text(statement_of(kiosk.factory))


@pytest.mark.parametrize("reply", QuestionReply)
def test_a_line_says_what_became_of_the_question_and_only_what_waits_is_listed(
    kiosk: Kiosk, own_desk: Desk, reply: QuestionReply
):
    kiosk.answer(kiosk.ask(f"gate-1/1/{kiosk.factory.line}"), reply)
    waits = reply in (QuestionReply.TO_BE_CORRECTED, QuestionReply.PASSED_TO_HR)
    assert ("Nobody waits for an answer." in own_desk.text("/pay/questions/")) is not waits
    line = own_desk.get(line_of(kiosk.factory))
    assert re.search(ASKED + r" [^.]+\. [a-zHR :]+ \(王建国\)", words(line))
    assert ('href="/pay/questions/"' in line.text) is waits


def test_a_share_of_a_pool_is_asked_about_by_the_workers_own_seal(kiosk: Kiosk, own_desk: Desk):
    service = kiosk.factory.service
    for who in ("0317", "0288"):
        service.catalogue.import_csv(Kind.ROSTER, f"number,date,shift\n{who},{FRIDAY},day\n".encode(), USER)
    service.terms.enter_setting("minimum_month", "2026-01-01", "2500", USER)
    for kind, text in POOL.items():
        service.terms.import_list(kind, text.encode(), USER)
    for who in ("0317", "0288"):
        person = kiosk.factory.keys[who]
        lines = service.pay.lines(FRIDAY, FRIDAY, person)
        slip = payslip(person, "2026-11", 0, lines, [], {}, service.periods.entry("2026-11", person))
        (share,) = [each for each in slip.items if each.kind == "POOL_SHARE"]
        assert len(share.facts) == 2
        line = named(share, slip).line
        assert line in {each.fact for each in slip.lines}
        kiosk.worker = person
        kiosk.ask(line)
        assert "asked about this line on" in own_desk.text(f"/pay/line/{line}")


def test_only_the_line_itself_is_marked(kiosk: Kiosk, own_desk: Desk):
    kiosk.ask(f"gate-1/1/{kiosk.factory.line}")
    kiosk.ask(f"gate-2/1/{kiosk.factory.unpriced_line}")
    (other,) = [each for each in kiosk.factory.service.pay.lines(FRIDAY, FRIDAY, kiosk.worker) if each.good == 162]
    assert ASKED not in own_desk.text(f"/pay/line/gate-1/1/{other.seq}")
    assert "asked about this line" not in own_desk.text(f"/pay/line/gate-1/1/{kiosk.factory.unpriced_line}")


WORDS = "已按 480 件更正"


@pytest.mark.parametrize("reply", [None, QuestionReply.PASSED_TO_HR, QuestionReply.TO_BE_CORRECTED])
def test_hr_answers_itself_and_the_worker_reads_it_at_the_kiosk(
    kiosk: Kiosk, own_desk: Desk, reply: QuestionReply | None
):
    asked = kiosk.ask(f"gate-1/1/{kiosk.factory.line}")
    if reply:
        kiosk.answer(asked, reply)
    own_desk.get("/pay/questions/")
    own_desk.post(f"/pay/questions/gate-3/1/{asked}", text=f" {WORDS} ")
    assert "Nobody waits for an answer." in own_desk.text("/pay/questions/")
    assert "/pay/questions/" not in own_desk.get("/").text
    assert f"HR ({USER}): {WORDS}" in own_desk.text(statement_of(kiosk.factory))
    slip = slip_of(kiosk)
    assert [each.settled for each in slip.questions] == [WORDS]
    place = [each.fact for each in slip.lines].index(f"gate-1/1/{kiosk.factory.line}")
    opened = Pay(PayStep.LINE, 0.0, kiosk.worker, payslip=slip, line=place)
    assert opened.known is not None
    assert opened.known.settled == WORDS
    assert opened.may_ask is (reply is not None), "the box still holds what no supervisor has answered"


def test_hr_says_it_again_and_the_last_word_counts(kiosk: Kiosk):
    asked = kiosk.ask(f"gate-1/1/{kiosk.factory.line}")
    questions = kiosk.factory.service.questions
    for text in (WORDS, "还是对的"):
        questions.settle(("gate-3", 1, asked), text, USER)
    assert [each.settled for each in slip_of(kiosk).questions] == ["还是对的"]


@pytest.mark.parametrize("text", ["", "  ", "字" * 41, "a" * 81])
def test_an_answer_without_words_or_too_long_for_the_panel_is_sent_back(kiosk: Kiosk, own_desk: Desk, text: str):
    asked = kiosk.ask(f"gate-1/1/{kiosk.factory.line}")
    own_desk.get("/pay/questions/")
    answer = own_desk.post(f"/pay/questions/gate-3/1/{asked}", text=text)
    assert answer.status_code == 422
    assert "a sentence of at most 80 letters" in answer.text
    assert [each.waits for each in kiosk.factory.service.questions.waiting()] == [True]


@pytest.mark.parametrize("seq", [0, 999])
def test_only_a_question_can_be_answered(kiosk: Kiosk, seq: int):
    kiosk.ask(f"gate-1/1/{kiosk.factory.line}")
    with pytest.raises(Rejected, match="a question that is here"):
        kiosk.factory.service.questions.settle(("gate-3", 1, seq), WORDS, USER)


def slip_of(kiosk: Kiosk) -> Payslip:
    """What the kiosk is told of this month."""
    service, first = kiosk.factory.service, "2026-11-01"
    asked = service.questions.of_person(kiosk.worker, first, "2026-11-30")
    lines = service.pay.lines(first, "2026-11-30", kiosk.worker)
    return payslip(kiosk.worker, "2026-11", 0, lines, [], {}, None, asked)
