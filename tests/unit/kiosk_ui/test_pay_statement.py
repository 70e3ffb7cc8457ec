"""What a worker sees of the statement of his month: each amount with its formula, and the seal it rests on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from hr.calendar.day_class import TimeClass
from hr.pay.payslips.slip import payslip as made_at_hr
from hr.pay.rules.items import Kind, Name, worked_out
from kiosk_ui import create_app, live_of
from kiosk_ui.pay_words import FACTORS, KINDS, TIME_CLASSES
from kiosk_ui.screens.looks import Screen
from kiosk_ui.screens.paying import LineOpened, PageTurned, entries
from sync.wire.payslip import Payslip, PayslipAnswer, PayslipAsked, PayslipItem, decode_payslip
from tests.unit.hr.months import SEAL, entry
from tests.unit.kiosk_ui.fakes import FakeBox
from tests.unit.kiosk_ui.pay_scenes import to_list
from tests.unit.kiosk_ui.payslips import line
from tests.unit.kiosk_ui.scenes import Stage


def slip(person: str = "p-zhang") -> Payslip:
    """The statement of the books, one line that is in it and one that waits."""
    said = made_at_hr(person, "2026-11", 0, [], [], {}, entry())
    seal = "/".join(map(str, SEAL))
    return msgspec.structs.replace(said, lines=[line(20, 480, fact=seal), line(21, 200, fact="gate-1/1/41")])


@pytest.fixture
def shown():
    return at_list(slip())


def at_list(said: Payslip):
    """The gate with the list of what HR has said on its screen."""
    box = FakeBox()

    def answer(asked: PayslipAsked) -> PayslipAnswer:
        return PayslipAnswer(said)

    box.ports = replace(box.ports, payslip=answer)
    stage = Stage(box)
    live = live_of(create_app(box.ports, monotonic=stage.monotonic))
    stage.turn(live)
    to_list(live, stage)
    return live


def test_what_hr_sends_adds_up_and_survives_the_wire():
    sent = decode_payslip(msgspec.json.encode(slip()))
    assert sent == slip()
    assert sum(Decimal(each.amount) for each in sent.items) == Decimal(str(sent.net)) == Decimal("493.00")
    assert (sent.gross, sent.deducted, sent.held) == ("543.00", "50.00", 1)


def test_a_kiosk_of_an_older_hr_still_shows_the_lines():
    plain = msgspec.structs.replace(slip(), items=[], net=None)
    assert entries(plain) == plain.lines


def test_the_list_holds_every_amount_and_what_is_in_none_yet_once():
    found = entries(slip())
    assert [each.kind for each in found if isinstance(each, PayslipItem)] == [
        "NIGHT_ALLOWANCE",
        "DEDUCTION",
        "PIECE",
        "PIECE",
    ]
    assert [each.fact for each in found if not isinstance(each, PayslipItem)] == ["gate-1/1/41"]


def test_an_opened_amount_shows_its_formula_class_price_date_and_who_sealed_it(shown):
    live = shown
    assert live.payload("gate").state is Screen.PAY
    assert "493.00" in live.payload("gate").html
    live.pay("gate", LineOpened(3))
    html = live.payload("gate").html
    assert "件 480 × 单价 0.3500 × 技能系数 1.15 × 倍数 150%" in html
    assert all(each in html for each in ("289.80", "加班", "2026-10-01", "王建国", "48,210"))


def test_what_waits_shows_no_amount_as_if_it_were_paid(shown):
    shown.pay("gate", PageTurned(1))
    assert "44.00" not in shown.payload("gate").html
    shown.pay("gate", LineOpened(4))
    assert "44.00" not in shown.payload("gate").html


def test_a_line_that_is_paid_by_quantity_says_so_and_shows_no_amount(shown):
    later = line(21, 200, None, fact="gate-1/1/41", by_quantity=True)
    for sent in (slip(), msgspec.structs.replace(slip(), items=[], net=None, by_quantity=1)):
        gate = at_list(msgspec.structs.replace(sent, lines=[later]))
        gate.pay("gate", PageTurned(len(entries(sent)) // 5))
        html = gate.payload("gate").html
        assert "按数量计价，月底算" in html
        assert "还没有单价" not in html
        gate.pay("gate", LineOpened(len(sent.items)))
        assert "单价要看总数量" in gate.payload("gate").html


def test_the_working_time_is_the_one_of_the_ledger(shown):
    work = entry().work
    assert (work.days, work.paid) != (0, 0)
    assert f"{work.days}<small>" in shown.payload("gate").html
    assert f"{work.paid // 60}<small>" in shown.payload("gate").html


def test_a_place_that_is_not_there_opens_nothing(shown):
    shown.pay("gate", LineOpened(5))
    assert shown.payload("gate").state is Screen.PAY


def test_the_kiosk_has_a_word_for_all_that_hr_says():
    assert set(KINDS) == {each.value for each in Kind}
    assert set(FACTORS) == {each.value for each in Name}
    assert set(TIME_CLASSES) == {each.value for each in TimeClass}


def test_the_formula_that_is_sent_is_the_one_that_was_computed():
    item = next(each for each in entry().statement.items if each.kind is Kind.NIGHT_ALLOWANCE)
    (sent,) = [each for each in slip().items if each.kind == "NIGHT_ALLOWANCE"]
    product = Decimal(1)
    for factor in sent.terms[0]:
        product *= Decimal(factor.value)
    assert product == worked_out(item.formula) == Decimal(60)
