"""What HR tells a kiosk of a worker's pay: for whose tap, how much, how often, and what it keeps of the question."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from hr.attendance.approvals import Decision
from hr.attendance.rules.matters import Beyond
from hr.pay.payslips.asking import PER_HOUR, PER_TAP, TAP_GOOD_US
from hr.pay.payslips.head import Standing, hours_head
from hr.people.csv_import import Kind
from hr.people.newcomers import map_to
from hr.store import writing
from hr.store.period_tables import pay_run
from sync.wire.facts import (
    BadgeBound,
    Direction,
    LineQuestioned,
    Outcome,
    PersonRegistered,
    QuestionAnswered,
    QuestionReply,
)
from sync.wire.payslip import PayslipAsked, decode_payslip, encode_asked
from tests.unit.hr.cast import (
    DAY,
    LI_WEI,
    NOON_US,
    WANG_FANG,
    ZHANG_MIN,
    Answer,
    Factory,
    actual,
    clock_us,
    confirmation,
    reading,
    span,
    supplied,
    tap,
)
from tests.unit.hr.rostered import rostered, send, who


@pytest.fixture
def hr(tmp_path: Path, hr_url: str) -> Iterator[Factory]:
    with supplied(tmp_path, hr_url) as made:
        yield made


def sealed(hr: Factory, counts: int, person: str = LI_WEI, price: bool = True, **more: int) -> None:
    """Two readings, one part of 4 pieces a count, and its seal."""
    start = 500 + 1000 * len(hr.gate.journal)
    first = hr.gate.write(reading(start, 2**32), clock_us(8)).seq
    last = hr.gate.write(reading(start + counts, 2**32), clock_us(11)).seq
    operation = "MOULD" if price else "TRIM"
    part = hr.gate.write(actual([span(first, last, counts)], {person: counts * 4}, operation=operation)).seq
    hr.gate.write(confirmation([part], counts * 4, person, operation=operation, **more), NOON_US)


def tapped(hr: Factory, person: str = LI_WEI) -> int:
    """His second tap at the gate, and all of the journal sent."""
    seq = hr.gate.write(tap(None, person)).seq
    hr.gate.send(hr.client, hr.gate.journal)
    return seq


def asked(hr: Factory, seq: int, person: str = LI_WEI, months_back: int = 0) -> Answer:
    body = encode_asked(PayslipAsked(person, months_back, 1, seq))
    return hr.gate.ask(hr.client, "POST", "/v1/payslip", body)


def test_a_worker_is_told_his_month_line_by_line(hr: Factory):
    hr.gate.write(tap(Direction.IN), clock_us(8))
    hr.gate.write(tap(Direction.OUT), clock_us(11, 30))
    sealed(hr, 100)
    sealed(hr, 50, ZHANG_MIN)
    answer = asked(hr, tapped(hr))
    assert (answer.status, answer.signed) == (200, True)
    slip = decode_payslip(answer.response.get_data())
    assert (slip.person, slip.month, slip.made_us) == (LI_WEI, "2026-11", NOON_US)
    (line,) = slip.lines
    assert (line.work_date, line.order, line.product, line.operation) == (DAY, "W-100", "瓶盖28", "注塑")
    assert (line.good, line.unit_price, line.amount) == (400, "0.0125", "5.00")
    assert (line.confirmed_by, line.confirmed_us, line.explained) == ("王芳", NOON_US, True)
    (part,) = line.parts
    assert (part.machine, part.quantity, part.whole, part.estimated) == ("7号注塑机", 400, 400, False)
    assert (part.first, part.last) == (2_500, 2_600)
    assert (slip.good, slip.amount) == (400, "5.00")
    assert [(day.work_date, day.minutes, day.open) for day in slip.days] == [(DAY, 210, False)]


def test_what_has_no_price_or_does_not_add_up_is_told_and_is_in_no_sum(hr: Factory):
    sealed(hr, 100)
    sealed(hr, 10, price=False)
    sealed(hr, 10, good=41)
    slip = decode_payslip(asked(hr, tapped(hr)).response.get_data())
    assert (len(slip.lines), slip.good, slip.amount, slip.unpriced, slip.unexplained) == (3, 400, "5.00", 1, 1)
    total = sum(Decimal(line.amount) for line in slip.lines if line.amount is not None and line.explained)
    assert total == Decimal(slip.amount)


def test_the_month_before_is_told_as_well_and_no_other(hr: Factory):
    sealed(hr, 100)
    seq = tapped(hr)
    slip = decode_payslip(asked(hr, seq, months_back=1).response.get_data())
    assert (slip.month, slip.lines, slip.amount) == ("2026-10", [], "0.00")
    assert asked(hr, seq, months_back=2).status == 400


def test_a_person_key_that_a_box_has_minted_is_the_same_person(hr: Factory):
    hr.gate.write(PersonRegistered(Outcome.REGISTERED, "gate", "minted-1", "0" * 64, "0" * 16, "0" * 64, "zh"))
    hr.gate.write(BadgeBound(Outcome.BADGE_BOUND, "gate", "gate-reader", "minted-1", "EM4100:00AB", 1))
    sealed(hr, 100)
    seq = tapped(hr, "minted-1")
    with writing(hr.store).begin() as connection:
        map_to(connection, "minted-1", LI_WEI, NOON_US)
    slip = decode_payslip(asked(hr, seq, "minted-1").response.get_data())
    assert (slip.person, slip.amount) == ("minted-1", "5.00")


def test_kiosk_paper_and_pages_have_one_figure_for_a_day_with_a_late_arrival_a_break_and_overtime(tmp_path: Path):
    hr = rostered(tmp_path)
    send(hr, Direction.IN, 8, 20)
    send(hr, Direction.OUT, 19)
    decision = Decision(who(hr), DAY, Beyond.OVERTIME, 60, "one hour was ordered")
    hr.service.attendance.approvals.decide([decision], "zhao")
    hr.gate.write(tap(None, who(hr)), clock_us(48))
    hr.gate.send(hr.client, hr.gate.journal[-1:])
    slip = decode_payslip(asked(hr, hr.gate.journal[-1].seq, who(hr)).response.get_data())
    (judged,) = hr.service.attendance.judged(DAY, DAY, who(hr))
    entry = hr.service.periods.entry(DAY[:7], who(hr))
    assert entry is not None
    paper = hours_head("", entry, [judged.day], Standing.DRAFT, "")
    (day,) = [each for each in slip.days if each.work_date == DAY]
    assert day.minutes == judged.day.paid_min == paper.paid == slip.paid_min
    assert (day.minutes, slip.worked_days) == (8 * 60 - 20 + 60, 1)
    hr.service.close()


def test_a_line_whose_price_depends_on_the_quantity_is_neither_unpriced_nor_in_the_sum(hr: Factory):
    text = "product,operation,operation_name,valid_from,mode,bands\nCAP-28,TRIM,修边,2026-10-01,WHOLE,500:0.01;:0.02\n"
    hr.service.catalogue.import_csv(Kind.PRICES, text.encode())
    sealed(hr, 10, price=False)
    slip = decode_payslip(asked(hr, tapped(hr)).response.get_data())
    (line,) = slip.lines
    assert (line.by_quantity, line.unit_price, line.amount) == (True, None, None)
    assert (slip.by_quantity, slip.unpriced, slip.good) == (1, 0, 0)


# --- for whose tap ------------------------------------------------------------------------------------


def test_a_tap_that_hr_does_not_hold_yet_is_wanted_first(hr: Factory):
    answer = asked(hr, 1)
    assert (answer.status, answer.json, answer.signed) == (409, {"code": "tap_wanted"}, True)
    assert hr.service.payslips.askings(LI_WEI) == []


def test_nobody_is_told_of_somebody_else_and_the_attempt_is_on_record(hr: Factory):
    sealed(hr, 100)
    answer = asked(hr, tapped(hr, ZHANG_MIN), LI_WEI)
    assert (answer.status, answer.json, answer.signed) == (403, {"code": "not_his_tap"}, True)
    (asking,) = hr.service.payslips.askings(LI_WEI)
    assert (asking.device, asking.month, asking.asked_us, asking.refused) == ("gate-1", "2026-11", NOON_US, True)


def test_another_fact_than_a_tap_opens_nothing(hr: Factory):
    sealed(hr, 100)
    tapped(hr)
    seal = next(fact.seq for fact in hr.gate.journal if fact.kind == "QuantityConfirmed")
    assert asked(hr, seal).status == 403


def test_a_tap_is_good_for_minutes(hr: Factory):
    seq = tapped(hr)
    hr.service.office.clock = lambda: NOON_US + TAP_GOOD_US
    assert asked(hr, seq).status == 200
    hr.service.office.clock = lambda: NOON_US + TAP_GOOD_US + 1
    assert asked(hr, seq).status == 403


def test_a_revoked_box_and_a_stranger_are_told_nothing(hr: Factory):
    body = encode_asked(PayslipAsked(LI_WEI, 0, 1, tapped(hr)))
    for box in (hr.revoked, hr.stranger):
        answer = box.ask(hr.client, "POST", "/v1/payslip", body)
        assert (answer.status, answer.json["code"]) == (401, "not_accepted")
    assert hr.service.payslips.askings(LI_WEI) == []


# --- questions ----------------------------------------------------------------------------------------


def question(hr: Factory, line: str, person: str = LI_WEI, work_date: str = DAY) -> int:
    return hr.gate.write(LineQuestioned(Outcome.QUESTION_ASKED, "gate", person, work_date, line)).seq


def reply(hr: Factory, seq: int, said: QuestionReply, person: str = LI_WEI) -> None:
    hr.gate.write(QuestionAnswered(Outcome.QUESTION_ANSWERED, WANG_FANG, seq, person, DAY, said))


def test_a_worker_sees_at_his_next_look_what_became_of_his_question_and_nobody_elses(hr: Factory):
    first, second = question(hr, "gate-1/1/42"), question(hr, "NIGHT_ALLOWANCE/2026-11")
    reply(hr, first, QuestionReply.EXPLAINED)
    question(hr, "gate-1/1/43", ZHANG_MIN)
    slip = decode_payslip(asked(hr, tapped(hr)).response.get_data())
    told = {each.line: (each.reply, each.by) for each in slip.questions}
    assert told == {"gate-1/1/42": ("EXPLAINED", "王芳"), "NIGHT_ALLOWANCE/2026-11": ("", "")}
    assert second > first


def test_hr_sees_what_waits_until_a_supervisor_has_settled_it(hr: Factory):
    asked_about = {said: question(hr, f"gate-1/1/{place}") for place, said in enumerate(QuestionReply, 42)}
    question(hr, "BONUS/2026-11", ZHANG_MIN)
    for said, seq in asked_about.items():
        reply(hr, seq, said)
    tapped(hr)
    found = hr.service.questions.waiting()
    assert {(each.reply, each.line) for each in found} == {
        (QuestionReply.TO_BE_CORRECTED, "gate-1/1/44"),
        (QuestionReply.PASSED_TO_HR, "gate-1/1/45"),
        (None, "BONUS/2026-11"),
    }
    assert {each.seal for each in found} == {("gate-1", 1, 44), ("gate-1", 1, 45), None}
    assert [each.kind for each in found if each.seal is None] == ["BONUS"]
    assert len(hr.service.questions.of_person(LI_WEI, DAY, DAY)) == len(QuestionReply)


def test_a_question_of_a_long_gone_or_a_closed_month_waits_no_more(hr: Factory):
    question(hr, "gate-1/1/42", work_date="2026-09-30")
    question(hr, "gate-1/1/43", work_date="2026-10-05")
    tapped(hr)
    assert [each.work_date for each in hr.service.questions.waiting()] == ["2026-10-05"]
    values = {"id": "r", "month": "2026-10", "began_us": 1, "began_by": "zhao", "rules": 1, "software": "1"}
    values |= {"previous": "", "ground": "", "finished_us": 2, "head": ""}
    with writing(hr.store).begin() as connection:
        connection.execute(pay_run.insert().values(values))
    assert hr.service.questions.waiting() == []


# --- how often ----------------------------------------------------------------------------------------


def test_every_answer_is_on_record_with_box_person_and_time(hr: Factory):
    seq = tapped(hr)
    asked(hr, seq)
    asked(hr, seq, months_back=1)
    newest, first = sorted(hr.service.payslips.askings(LI_WEI), key=lambda each: each.month, reverse=True)
    assert [(each.device, each.tap, each.refused) for each in (newest, first)] == [("gate-1", seq, False)] * 2
    assert (newest.month, first.month, newest.person) == ("2026-11", "2026-10", LI_WEI)


def test_one_tap_is_good_for_a_few_questions(hr: Factory):
    seq = tapped(hr)
    assert [asked(hr, seq).status for _ in range(PER_TAP)] == [200] * PER_TAP
    answer = asked(hr, seq)
    assert (answer.status, answer.json, answer.signed) == (429, {"code": "too_many"}, True)
    assert asked(hr, tapped(hr)).status == 200


def test_a_box_is_told_so_much_an_hour_and_no_more(hr: Factory, monkeypatch: pytest.MonkeyPatch):
    assert PER_HOUR <= 120
    monkeypatch.setattr("hr.pay.payslips.asking.PER_HOUR", 3)
    assert [asked(hr, tapped(hr, who), who).status for who in (LI_WEI, ZHANG_MIN, LI_WEI, LI_WEI)] == [200] * 3 + [429]
    hr.service.office.clock = lambda: NOON_US + 3_600_000_000
    assert asked(hr, tapped(hr)).status == 200


# --- nonsense -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"person":"p-li"}',
        b'{"epoch":1,"months_back":0,"person":"\\u674e\\u4f1f","tap":1}',
        b'{"epoch":1,"months_back":-1,"person":"p-li","tap":1}',
        b'{"epoch":0,"months_back":0,"person":"p-li","tap":1}',
        b'{"epoch":1,"months_back":0,"person":"p-li","tap":99999999999999999}',
        b'{"epoch":1,"months_back":0,"person":"p-li","tap":1,"all":true}',
        b"x" * 401,
    ],
)
def test_what_is_no_question_is_refused_without_quoting_it(hr: Factory, body: bytes):
    answer = hr.gate.ask(hr.client, "POST", "/v1/payslip", body)
    assert (answer.status, answer.json["code"], answer.signed) == (400, "malformed", True)
    assert "p-li" not in answer.response.text
    assert "李伟" not in answer.response.text


def test_a_newer_hr_may_say_more(hr: Factory):
    body = msgspec.json.decode(asked(hr, tapped(hr)).response.get_data()) | {"bonus": "8.00"}
    assert decode_payslip(msgspec.json.encode(body)).amount == "0.00"
