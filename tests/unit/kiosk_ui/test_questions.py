"""A worker asks about a line of his pay at the kiosk; the supervisor answers on his page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace as changed

from edge.link.messages import Answer, AnswerQuestion, AskAboutLine, NotRecorded
from kiosk_ui import create_app, live_of
from kiosk_ui.line.questions import MOST_DAYS, first_asked_about
from kiosk_ui.screens.paying import About, LineOpened, Pay, PayStep
from sync.wire import facts
from sync.wire.facts import Outcome, QuestionReply
from sync.wire.payslip import PayslipAnswer, PayslipItem, PayslipQuestion
from tests.unit.kiosk_ui.fakes import DAY, FakeBox
from tests.unit.kiosk_ui.pay_scenes import to_list
from tests.unit.kiosk_ui.payslips import line, payslip
from tests.unit.kiosk_ui.scenes import Stage
from tests.unit.kiosk_ui.test_line import OURS, log_in
from tests.unit.kiosk_ui.test_stations import token
from tests.unit.kiosk_ui.test_supervision import form_of

SEAL = "gate-1/1/42"


class Kiosk(SimpleNamespace):
    """The gate with one line open, whose seal has a name."""

    def __init__(self, *questions: PayslipQuestion) -> None:
        box = FakeBox()
        said = changed(payslip("p-zhang"), lines=[line(20, 480, fact=SEAL)], questions=list(questions))
        box.ports = replace(box.ports, payslip=lambda asked: PayslipAnswer(said))
        box.core.reply = Answer("", Outcome.QUESTION_ASKED, 7)
        stage = Stage(box)
        app = create_app(box.ports, monotonic=stage.monotonic)
        live = live_of(app)
        stage.turn(live)
        to_list(live, stage)
        live.pay("gate", LineOpened(0))
        super().__init__(box=box, live=live, client=app.test_client())

    def ask(self) -> None:
        form = {"csrf": token(self.client), "action": "ask"}
        answer = self.client.post("/station/gate/pay", data=form, headers=OURS)
        assert answer.status_code == 204

    @property
    def asked(self) -> list[AskAboutLine]:
        return [each for each in self.box.core.commands if isinstance(each, AskAboutLine)]

    @property
    def html(self) -> str:
        return str(self.live.payload("gate").html)


def test_a_question_names_person_date_and_line_and_is_sent_once():
    kiosk = Kiosk()
    assert "问一问这一条" in kiosk.html
    kiosk.ask()
    kiosk.ask()
    (sent,) = kiosk.asked
    assert (sent.station, sent.person, sent.work_date, sent.line) == ("gate", "p-zhang", "2026-11-20", SEAL)
    assert "班长能看到这一条" in kiosk.html
    assert "问一问这一条" not in kiosk.html


@pytest.mark.parametrize("reply", [None, NotRecorded("", "disk full"), Answer("")])
def test_a_question_that_is_not_kept_is_not_said_to_be(reply: object):
    kiosk = Kiosk()
    kiosk.box.core.reply = reply
    kiosk.ask()
    assert "没能记下您的问题" in kiosk.html
    assert "问一问这一条" in kiosk.html


@pytest.mark.parametrize("reply", ["", *QuestionReply])
def test_what_became_of_a_question_stands_beside_its_line(reply: str):
    kiosk = Kiosk(
        PayslipQuestion(SEAL, 1, "RIGHT", "李四"),
        PayslipQuestion(SEAL, 2, reply, "王建国"),
        PayslipQuestion("a/1/1", 3),
    )
    assert ("王建国: " in kiosk.html, "还没有人答复" in kiosk.html) == (bool(reply), not reply)
    kiosk.ask()
    assert len(kiosk.asked) == (reply in ("EXPLAINED", "RIGHT"))


def test_nobody_asks_where_no_line_is_open():
    box = FakeBox()
    live_of(create_app(box.ports)).ask_about("gate")
    assert box.core.commands == []


@pytest.mark.parametrize(
    ("kind", "work_date", "seals", "name"),
    [
        ("PIECE", "2026-11-20", [SEAL], SEAL),
        ("POOL_SHARE", "2026-11-20", ["gate-1/1/9", SEAL, "gate-1/1/43"], SEAL),
        ("POOL_SHARE", "2026-11-20", ["gate-1/1/9"], "POOL_SHARE/2026-11-20"),
        ("WAITING", "2026-11-20", ["gate-1/1/8"], "WAITING/2026-11-20"),
        ("GUARANTEE_TOPUP", "", [], "GUARANTEE_TOPUP/2026-11"),
    ],
)
def test_an_amount_is_asked_about_by_his_own_seal_or_by_its_kind_and_date(kind, work_date, seals, name):
    item = PayslipItem(kind, "10.00", work_date, facts=seals)
    mine = [line(21, 300, fact="gate-1/1/43"), line(20, 480, fact=SEAL)]
    said = changed(payslip("p-zhang"), lines=mine, items=[item], net="10.00")
    opened = Pay(PayStep.LINE, 0.0, "p-zhang", payslip=said)
    assert opened.about == About(name, work_date or "2026-11-01")
    assert (opened.seal.fact if opened.seal else None) == (name if seals and "gate" in name else None)


# --- the supervisor -----------------------------------------------------------------------------------


@pytest.fixture
def box() -> FakeBox:
    return FakeBox()


@pytest.fixture
def page(box: FakeBox) -> FlaskClient:
    client = create_app(box.ports, monotonic=lambda: 0.0).test_client()
    log_in(client)
    return client


def question(box: FakeBox, named: str, person: str = "p-zhang") -> int:
    return box.views.add(facts.LineQuestioned(Outcome.QUESTION_ASKED, "gate", person, DAY, named), "07:40:00")


def answer(page: FlaskClient, seq: int, reply: str) -> str:
    form = form_of(page.get("/line/questions").text, "/line/questions", f'value="{seq}"')
    return page.post("/line/questions", data=form | {"reply": reply}, headers=OURS, follow_redirects=True).text


def test_the_supervisor_sees_who_asks_about_which_pieces_and_day(box: FakeBox, page: FlaskClient):
    seal = box.views.add(
        facts.QuantityConfirmed(
            Outcome.CONFIRMED, "p-wang", "p-zhang", "MO-1118", "H-40", "P2", DAY, [1], 480, good=474, scrap_labour=6
        ),
        "07:30:00",
    )
    device, epoch = (box.views.facts([seal])[0].device, box.views.facts([seal])[0].epoch)
    question(box, f"{device}/{epoch}/{seal}")
    question(box, "NIGHT_ALLOWANCE/2026-11")
    question(box, "gate-9/1/5")
    html = page.get("/line/questions").text
    assert all(each in html for each in ("计数 480，合格 474", "MO-1118", "夜班津贴", "2026-11", "gate-9/1/5"))
    assert "3 个工资疑问待答复" in page.get("/line/live").text


@pytest.mark.parametrize("elsewhere", ["gate-9/1", "box/9"])
def test_a_line_of_another_box_or_epoch_shows_no_pieces_of_this_one(box: FakeBox, page: FlaskClient, elsewhere: str):
    body = facts.QuantityConfirmed(
        Outcome.CONFIRMED, "p-wang", "p-li", "MO-1118", "H-40", "P2", DAY, [1], 480, good=480
    )
    seal = box.views.add(body, "07:30:00")
    named = elsewhere.replace("box", box.views.facts([seal])[0].device) + f"/{seal}"
    question(box, named)
    html = page.get("/line/questions").text
    assert named in html
    assert "MO-1118" not in html


def test_a_line_that_names_another_fact_of_this_box_shows_it_by_its_name(box: FakeBox, page: FlaskClient):
    first = box.views.facts([question(box, SEAL)])[0]
    named = f"{first.device}/{first.epoch}/{first.seq}"
    question(box, named)
    assert named in page.get("/line/questions").text


@pytest.mark.parametrize(("work_date", "seen"), [("2026-09-30", False), ("2026-10-01", True), (DAY, True)])
def test_whoever_asks_about_this_month_or_the_last_is_seen(box: FakeBox, page: FlaskClient, work_date: str, seen: bool):
    box.views.add(facts.LineQuestioned(Outcome.QUESTION_ASKED, "gate", "p-zhang", work_date, "gate-9/1/5"), "07:40:00")
    assert ("gate-9/1/5" in page.get("/line/questions").text) is seen


@pytest.mark.parametrize(("today", "first"), [("2026-11-23", "2026-10-01"), ("2026-01-31", "2025-12-01")])
def test_questions_are_of_this_month_and_the_last(today: str, first: str):
    assert first_asked_about(today) == first
    assert (date.fromisoformat(today) - date.fromisoformat(first)).days < MOST_DAYS


def test_an_answer_is_sent_with_the_supervisors_name_and_the_question_goes(box: FakeBox, page: FlaskClient):
    seq = question(box, SEAL)
    box.core.reply = Answer("", Outcome.QUESTION_ANSWERED, 9)
    assert "已答复" in answer(page, seq, "PASSED_TO_HR")
    (sent,) = [each for each in box.core.commands if isinstance(each, AnswerQuestion)]
    assert (sent.question, sent.reply) == (seq, QuestionReply.PASSED_TO_HR)
    body = facts.QuestionAnswered(Outcome.QUESTION_ANSWERED, sent.supervisor, seq, "p-zhang", DAY, sent.reply)
    box.views.add(body, "07:45:00")
    assert "没有人在这里提出" in page.get("/line/questions").text


def test_an_answer_that_core_refuses_or_does_not_take_is_told(box: FakeBox, page: FlaskClient):
    seq = question(box, SEAL)
    for reply, said in ((Answer("", Outcome.CHANGED_MEANWHILE, 9), "已经答复"), (None, "再按一次")):
        box.core.reply = reply
        assert said in answer(page, seq, "RIGHT")
    sent = len(box.core.commands)
    assert 'action="/line/questions"' in answer(page, seq, "whatever")
    assert len(box.core.commands) == sent


def test_whoever_has_waited_longest_stands_first(box: FakeBox, page: FlaskClient):
    """Whatever day he asks about."""
    for work_date, named in (("2026-11-10", "gate-9/1/5"), (DAY, "gate-9/1/6"), ("2026-11-12", "gate-9/1/7")):
        body = facts.LineQuestioned(Outcome.QUESTION_ASKED, "gate", "p-zhang", work_date, named)
        box.views.add(body, "07:40:00")
    html = page.get("/line/questions").text
    places = [html.index(f"gate-9/1/{seq}") for seq in (5, 6, 7)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "spoiled", [{"reply": ""}, {"question": "seven"}, {"question": "1" * 17}, {"question": ""}, {"id": ""}, {"id": "7"}]
)
def test_a_reply_that_says_nothing_or_was_not_made_here_reaches_nobody(
    box: FakeBox, page: FlaskClient, spoiled: dict[str, str]
):
    seq = question(box, SEAL)
    form = form_of(page.get("/line/questions").text, "/line/questions", f'value="{seq}"')
    told = page.post("/line/questions", data=form | {"reply": "RIGHT"} | spoiled, headers=OURS)
    assert told.status_code == 409
    assert "没有看懂" in told.text
    assert box.core.commands == []
