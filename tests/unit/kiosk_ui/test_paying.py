"""A worker's way to his pay at a station: his badge twice, and nothing of it after he has gone."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from edge.link.messages import Alive, Committed, ReadingBadge, Refused
from kiosk_ui import create_app, live_of
from kiosk_ui.ports import Contact
from kiosk_ui.screens.looks import Screen
from kiosk_ui.screens.paying import (
    ASKING_S,
    BADGE_S,
    OFFERED_S,
    ROWS,
    TOLD_S,
    UNTOUCHED_S,
    Pay,
    PayCame,
    PayStep,
    advance,
)
from sync.wire import facts
from sync.wire.facts import Outcome
from sync.wire.payslip import PayslipAnswer, PayTrouble
from tests.unit.kiosk_ui.fakes import FakeBox, wall_us
from tests.unit.kiosk_ui.pay_scenes import tapped, tapped_again, wait_for
from tests.unit.kiosk_ui.payslips import payslip
from tests.unit.kiosk_ui.scenes import Stage

OURS = {"Sec-Fetch-Site": "same-origin"}
SECRETS = ("4,455.00", "224.84", "二次冲孔")
REPEAT_WINDOW_S = 60.0
LATEST_S = 10.0
"""An answer that comes later than this after the tap is shown to nobody."""


class Kiosk(SimpleNamespace):
    """The gate's browser, with the box behind it driven by hand."""

    def __init__(self) -> None:
        self.box = FakeBox()
        self.stage = Stage(self.box)
        self.app = create_app(self.box.ports, monotonic=self.stage.monotonic)
        self.live, self.client = live_of(self.app), self.app.test_client()
        self.csrf = self.client.get("/station/gate").text.split('data-csrf="')[1].split('"')[0]
        self.stage.turn(self.live)

    def press(self, action: str, number: int | str = 0) -> int:
        form = {"csrf": self.csrf, "action": action, "number": str(number)}
        status = self.client.post("/station/gate/pay", data=form, headers=OURS).status_code
        self.stage.turn(self.live)
        return status

    def later(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.stage.turn(self.live, 1.0)
        self.stage.turn(self.live, seconds % 1)

    def to_list(self) -> None:
        tapped(self.box, self.live)
        self.press("want")
        tapped_again(self.box, self.live)
        wait_for(self.live, self.stage, Screen.PAY)

    def screen(self) -> Screen:
        return self.live.payload("gate").state

    @property
    def html(self) -> str:
        return self.live.payload("gate").html


@pytest.fixture
def kiosk():
    return Kiosk()


# --- who is asked for -----------------------------------------------------------------------------


def test_the_answer_to_a_clock_in_leads_to_his_pay_and_a_log_on_does_not(kiosk):
    tapped(kiosk.box, kiosk.live)
    assert 'data-pay="want"' in kiosk.html
    body = facts.PersonnelLogOn(Outcome.LOGGED_ON, "gate", "r", "press-03", "p-zhang", "o-1")
    kiosk.live.turn(Committed(kiosk.box.views.add(body, "08:02:00")))
    assert (kiosk.screen(), 'data-pay="want"' in kiosk.html) == (Screen.LOGGED_ON, False)


def test_it_is_not_offered_where_there_is_no_hr_to_ask():
    box = FakeBox()
    box.ports = replace(box.ports, payslip=None)
    stage = Stage(box)
    live = live_of(create_app(box.ports, monotonic=stage.monotonic))
    stage.turn(live)
    tapped(box, live)
    assert 'data-pay="want"' not in live.payload("gate").html


def test_hr_is_asked_only_after_his_badge_was_held_there_once_more(kiosk):
    tapped(kiosk.box, kiosk.live)
    kiosk.press("want")
    kiosk.later(2)
    assert (kiosk.screen(), kiosk.box.sync.asked) == (Screen.PAY_BADGE, [])
    tapped_again(kiosk.box, kiosk.live)
    wait_for(kiosk.live, kiosk.stage, Screen.PAY)
    (asked,) = kiosk.box.sync.asked
    assert (asked.person, asked.months_back, asked.epoch, asked.tap) == ("p-zhang", 0, 1, 2)
    assert all(secret in kiosk.html for secret in SECRETS)


def test_somebody_elses_badge_opens_nothing_and_is_served_at_once(kiosk):
    tapped(kiosk.box, kiosk.live)
    kiosk.press("want")
    tapped(kiosk.box, kiosk.live, "07:58:20", "p-li")
    assert (kiosk.screen(), "李小梅" in kiosk.html) == (Screen.IN, True)
    tapped_again(kiosk.box, kiosk.live, "07:58:25")
    kiosk.later(1)
    assert (kiosk.screen(), kiosk.box.sync.asked) == (Screen.ALREADY_IN, [])


def test_somebody_elses_second_tap_opens_nothing(kiosk):
    tapped(kiosk.box, kiosk.live)
    kiosk.press("want")
    tapped_again(kiosk.box, kiosk.live, person="p-li")
    kiosk.later(1)
    assert (kiosk.screen(), kiosk.box.sync.asked) == (Screen.ALREADY_IN, [])


def test_his_badge_is_waited_for_only_while_a_second_tap_counts_for_nothing(kiosk):
    assert OFFERED_S + BADGE_S + LATEST_S < REPEAT_WINDOW_S
    tapped(kiosk.box, kiosk.live)
    kiosk.press("want")
    kiosk.later(BADGE_S - 1)
    assert kiosk.screen() is Screen.PAY_BADGE
    kiosk.later(1)
    assert kiosk.screen() is Screen.IDLE


def test_a_finger_that_holds_the_answer_does_not_hold_the_offer(kiosk):
    tapped(kiosk.box, kiosk.live)
    for _ in range(3):
        kiosk.live.touch("gate")
        kiosk.later(OFFERED_S / 2)
    assert kiosk.screen() is Screen.IN
    kiosk.press("want")
    assert (kiosk.screen(), "下次打卡后 20 秒内" in kiosk.html) == (Screen.PAY_SORRY, True)


def test_the_idle_screen_leads_nowhere(kiosk):
    for action in ("want", "line", "page", "month", "list", "leave"):
        assert kiosk.press(action) == 204
        assert (kiosk.screen(), kiosk.box.sync.asked) == (Screen.IDLE, [])
    assert kiosk.press("everything") == 400
    assert kiosk.press("line", "x") == 204


# --- what is shown --------------------------------------------------------------------------------


def test_the_list_is_turned_and_a_line_opens_to_price_seal_and_readings(kiosk):
    kiosk.to_list()
    assert kiosk.html.count('data-pay="line"') == ROWS
    kiosk.press("page", 5)
    assert all(text in kiosk.html for text in ("还没有单价", "核对中", "6 / 6"))
    kiosk.press("page", 6)
    assert "6 / 6" in kiosk.html
    kiosk.press("page", 0)
    kiosk.press("line", 0)
    assert kiosk.screen() is Screen.PAY_LINE
    assert all(text in kiosk.html for text in ("0.2200", "¥224.84", "王建国 已盖章", "「48,210 … 48,471」", "估算"))
    kiosk.press("line", 99)
    assert kiosk.screen() is Screen.PAY_LINE
    kiosk.press("list")
    assert kiosk.screen() is Screen.PAY


def test_the_month_before_is_asked_for_with_the_same_tap(kiosk):
    kiosk.to_list()
    kiosk.box.sync.free.clear()
    kiosk.press("month", 1)
    assert kiosk.screen() is Screen.PAY_ASKING
    assert not any(secret in kiosk.html for secret in SECRETS)
    kiosk.box.sync.free.set()
    wait_for(kiosk.live, kiosk.stage, Screen.PAY)
    assert [(each.months_back, each.tap) for each in kiosk.box.sync.asked] == [(0, 2), (1, 2)]
    assert "2026-10" in kiosk.html


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (PayTrouble.OFFLINE, "上次联系：11月23日 星期一 07:40"),
        (PayTrouble.AWAY, "工资只存在那里"),
        (PayTrouble.TOO_MANY, "请稍后再试"),
        (PayTrouble.BUSY, "请稍后再试"),
        (PayTrouble.NOT_HIS_TAP, "请找人事"),
        (PayTrouble.TAP_WANTED, "还没传到人事"),
    ],
)
def test_without_an_answer_it_says_why_and_goes(kiosk, trouble, says):
    kiosk.box.sync.trouble = trouble
    kiosk.box.contact = Contact(wall_us("07:40:00"), "unreachable", 1_000_000)
    tapped(kiosk.box, kiosk.live)
    kiosk.press("want")
    tapped_again(kiosk.box, kiosk.live)
    wait_for(kiosk.live, kiosk.stage, Screen.PAY_SORRY)
    assert says in kiosk.html
    kiosk.later(TOLD_S)
    assert kiosk.screen() is Screen.IDLE


def test_no_answer_at_all_ends_by_itself(kiosk):
    kiosk.box.sync.free.clear()
    tapped(kiosk.box, kiosk.live)
    kiosk.press("want")
    tapped_again(kiosk.box, kiosk.live)
    kiosk.later(ASKING_S - 1)
    assert kiosk.screen() is Screen.PAY_ASKING
    kiosk.later(1)
    assert kiosk.screen() is Screen.PAY_SORRY
    kiosk.box.sync.free.set()
    kiosk.later(TOLD_S)
    assert kiosk.screen() is Screen.IDLE


def test_an_answer_that_comes_when_he_has_gone_is_shown_to_nobody(kiosk):
    kiosk.box.sync.free.clear()
    tapped(kiosk.box, kiosk.live)
    kiosk.press("want")
    tapped_again(kiosk.box, kiosk.live)
    kiosk.later(1)
    kiosk.press("leave")
    kiosk.box.sync.free.set()
    kiosk.later(3)
    assert (kiosk.screen(), kiosk.live._states["gate"].pay) == (Screen.IDLE, None)


@pytest.mark.parametrize(("tap", "asked"), [(3, 1), (2, 2), (2, 0)])
def test_the_answer_to_another_question_is_not_taken(tap, asked):
    waiting = Pay(PayStep.ASKING, 15.0, "p-li", "zh", 1, 2, asked=1)
    assert advance(waiting, PayCame(tap, asked, PayslipAnswer(payslip("p-zhang"))), 1.0) == waiting


# --- when it ends ---------------------------------------------------------------------------------


def gone(kiosk) -> bool:
    return kiosk.live._states["gate"].pay is None and not any(secret in kiosk.html for secret in SECRETS)


def test_it_closes_after_thirty_seconds_without_a_touch(kiosk):
    assert UNTOUCHED_S == 30
    kiosk.to_list()
    kiosk.later(UNTOUCHED_S - 1)
    assert kiosk.screen() is Screen.PAY
    kiosk.live.touch("gate")
    kiosk.later(UNTOUCHED_S - 1)
    assert kiosk.screen() is Screen.PAY
    kiosk.later(1)
    assert (kiosk.screen(), gone(kiosk)) == (Screen.IDLE, True)


def test_it_closes_when_he_leaves(kiosk):
    kiosk.to_list()
    kiosk.press("leave")
    assert (kiosk.screen(), gone(kiosk)) == (Screen.IDLE, True)


@pytest.mark.parametrize("person", ["p-zhang", "p-li"])
def test_it_closes_on_any_badge_his_own_too(kiosk, person):
    kiosk.to_list()
    tapped_again(kiosk.box, kiosk.live, "07:58:40", person)
    assert (kiosk.screen(), gone(kiosk)) == (Screen.ALREADY_IN, True)


def test_it_closes_when_a_badge_is_begun_to_be_read_and_when_nothing_can_be_recorded(kiosk):
    kiosk.to_list()
    kiosk.live.turn(ReadingBadge("gate"))
    assert (kiosk.screen(), gone(kiosk)) == (Screen.READING, True)
    other = Kiosk()
    other.to_list()
    other.live.turn(Refused("gate", "disk full"))
    assert (other.screen(), gone(other)) == (Screen.CANNOT_RECORD, True)


def test_a_reader_that_says_it_is_reading_does_not_end_the_wait_for_his_badge(kiosk):
    tapped(kiosk.box, kiosk.live)
    kiosk.press("want")
    kiosk.live.turn(ReadingBadge("gate"))
    tapped_again(kiosk.box, kiosk.live)
    wait_for(kiosk.live, kiosk.stage, Screen.PAY)


def test_no_other_station_shows_it(kiosk):
    kiosk.to_list()
    assert kiosk.live.payload("store").state is Screen.IDLE
    kiosk.live.turn(Alive(0, recording=True))
    assert not any(secret in kiosk.live.payload("press").html for secret in SECRETS)


# --- what stays behind ----------------------------------------------------------------------------


def test_neither_an_address_nor_a_cookie_nor_a_cache_holds_any_of_it(kiosk):
    kiosk.to_list()
    answer = kiosk.client.get("/station/gate/screen")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "4,455.00" in answer.json["html"]
    page = kiosk.client.get("/station/gate")
    assert page.headers["Cache-Control"] == "no-store"
    cookies = str(kiosk.client.get_cookie("session"))
    assert not any(secret in cookies for secret in (*SECRETS, "p-zhang"))
    assert "p-zhang" not in kiosk.html


def test_no_repr_shows_it():
    slip = payslip("p-zhang")
    assert repr(slip) == "<Payslip>"
    assert repr(slip.lines[0]) == "<PayslipLine>"
    assert repr(slip.lines[0].parts[0]) == "<PayslipPart>"


def test_a_state_in_a_traceback_does_not_show_it(kiosk):
    kiosk.to_list()
    shown = repr(kiosk.live._states["gate"])
    assert "<Pay list>" in shown
    assert not any(secret in shown for secret in ("4455.00", "224.84", "二次冲孔"))
