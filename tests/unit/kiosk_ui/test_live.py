"""From core's notices and the journal to the screens of the stations."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from msgspec.structs import replace as replace_struct

from edge.link.messages import Alive, Committed, DeviceNotice, ReadingBadge, Refused
from kiosk_ui import create_app, live_of
from kiosk_ui.ports import Contact
from kiosk_ui.screens.looks import LOOKS, Screen
from sync.wire import facts
from sync.wire.facts import Outcome
from sync.wire.reference_data import Directory
from tests.unit.kiosk_ui.fakes import DAY, FakeBox, wall_us
from tests.unit.kiosk_ui.scenes import Stage, bring_about

ALIVE = Alive(0, recording=True)


class Kiosk(SimpleNamespace):
    """A box, its time and its screens, driven by hand."""

    def __init__(self, language: str = "zh") -> None:
        self.box = FakeBox(language)
        self.stage = Stage(self.box)
        self.live = live_of(create_app(self.box.ports, monotonic=self.stage.monotonic))
        self.live.turn(ALIVE)

    def screen(self, station: str = "gate") -> Screen:
        return self.live.payload(station).state

    def later(self, seconds: float) -> None:
        self.stage.now_s += seconds
        self.live.turn(None)


@pytest.fixture
def kiosk():
    return Kiosk()


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
@pytest.mark.parametrize("screen", Screen)
def test_every_screen_is_brought_about_by_what_happens_in_the_box(screen, language):
    kiosk = Kiosk(language)
    bring_about(screen, language, kiosk.live, kiosk.stage)
    payload = kiosk.live.payload("gate")
    assert (payload.state, payload.sound) == (screen, LOOKS[screen].sound)
    assert f'data-state="{screen}"' in payload.html


def test_an_answer_appears_only_at_its_station(kiosk):
    seq = kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:00", station="press")
    kiosk.live.turn(Committed(seq))
    assert (kiosk.screen("press"), kiosk.screen("gate")) == (Screen.IN, Screen.IDLE)


def test_a_lost_doorbell_is_made_good_within_a_second(kiosk):
    kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:00")
    kiosk.later(0.5)
    assert kiosk.screen() is Screen.IDLE
    kiosk.later(0.6)
    assert kiosk.screen() is Screen.IN


def test_answers_of_before_the_start_are_not_shown_again():
    box = FakeBox()
    box.tap(Outcome.CLOCKED_IN, "07:58:00")
    live = live_of(create_app(box.ports))
    live.turn(ALIVE)
    live.turn(Committed(1))
    assert live.payload("gate").state is Screen.IDLE


def test_an_answer_that_comes_late_is_not_shown_to_whoever_stands_there_now(kiosk):
    late = facts.AttendanceTap(Outcome.CLOCKED_IN, "gate", "gate-reader", DAY, "p-zhang", late=True)
    kiosk.live.turn(Committed(kiosk.box.views.add(late, "07:58:00")))
    assert kiosk.screen() is Screen.IDLE


def test_a_late_log_off_only_refreshes_the_figures_of_the_answer_being_shown(kiosk):
    kiosk.live.turn(Committed(kiosk.box.tap(Outcome.CLOCKED_OUT, "17:00:00")))
    before = kiosk.live.payload("gate")
    kiosk.box.made(261, "17:00:00")
    late = facts.PersonnelLogOff("press-03", "p-li", facts.Ended.LOG_OFF, 1, Outcome.LOGGED_OFF, "gate", late=True)
    kiosk.live.turn(Committed(kiosk.box.views.add(late, "17:00:01")))
    after = kiosk.live.payload("gate")
    assert (after.state, after.shown) == (Screen.OUT, before.shown)
    assert "261" in after.html


def offline(kiosk: Kiosk) -> None:
    """Forty-one facts wait; HR answered last at ten past two."""
    kiosk.box.contact = Contact(wall_us("14:10:00"), "unreachable", 0)
    for _ in range(41):
        kiosk.box.made(1, "14:30:00")
    for _ in range(7):
        kiosk.live.turn(ALIVE)
        kiosk.later(1)


def test_the_idle_page_says_that_it_is_offline_and_what_waits(kiosk):
    before = kiosk.live.payload("gate")
    offline(kiosk)
    after = kiosk.live.payload("gate")
    assert all(text in after.html for text in ("网络断开，照常刷卡", "待上传 41 条", "上次同步 14:10"))
    assert after.shown == before.shown


def test_the_idle_page_says_when_hr_has_not_accepted_the_box(kiosk):
    kiosk.box.contact = Contact(0, "waiting", 0)
    for _ in range(7):
        kiosk.live.turn(ALIVE)
        kiosk.later(1)
    assert "人事还没接受" in kiosk.live.payload("gate").html


def test_an_answer_while_offline_says_and_sounds_that_it_is_kept(kiosk):
    offline(kiosk)
    kiosk.live.turn(Committed(kiosk.box.tap(Outcome.CLOCKED_IN, "14:31:00")))
    payload = kiosk.live.payload("gate")
    assert (payload.state, payload.sound) == (Screen.IN, "in-kept")
    assert "已存本机，稍后上传" in payload.html


def test_a_tap_never_waits_for_news_of_the_network(kiosk):
    kiosk.later(1)
    kiosk.stage.now_s += 60
    kiosk.box.contact = None  # asking now would fail
    kiosk.live.turn(ALIVE)
    kiosk.live.turn(Committed(kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:00")))
    assert kiosk.screen() is Screen.IN


def test_the_network_is_looked_at_no_more_than_once_a_second():
    box = FakeBox()
    contacts = iter([box.contact])  # a second look would find none
    live = live_of(create_app(replace(box.ports, contact=lambda: next(contacts)), monotonic=lambda: 1000.0))
    for _ in range(5):
        live.turn(None)
    assert next(contacts, None) is None


def test_a_box_without_hr_speaks_of_no_network():
    box = FakeBox()
    live = live_of(create_app(replace(box.ports, contact=None)))
    live.turn(ALIVE)
    live.turn(None)
    assert "联网" not in live.payload("gate").html


def test_the_next_tap_wins(kiosk):
    kiosk.live.turn(Committed(kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:00")))
    kiosk.live.turn(Committed(kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:01", person="p-li")))
    html = kiosk.live.payload("gate").html
    assert "李小梅" in html
    assert "张三丰" not in html


def test_nothing_of_a_person_is_left_on_the_idle_screen(kiosk):
    kiosk.live.turn(Committed(kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:00", person="p-hung")))
    assert 'lang="vi"' in kiosk.live.payload("gate").html
    kiosk.later(2)
    html = kiosk.live.payload("gate").html
    assert 'lang="zh-CN"' in html
    assert "Hùng" not in html


def test_a_silent_core_sends_everybody_to_the_paper_list_until_it_is_back(kiosk):
    kiosk.later(3)
    assert {kiosk.screen(each) for each in ("gate", "press", "store")} == {Screen.CANNOT_RECORD}
    kiosk.live.turn(ALIVE)
    assert kiosk.screen() is Screen.IDLE


def test_a_store_that_cannot_write_sends_everybody_to_the_paper_list(kiosk):
    kiosk.live.turn(Alive(0, recording=False, reason="disk full"))
    assert kiosk.screen("press") is Screen.CANNOT_RECORD


def test_a_refused_tap_is_shown_only_where_it_was_made(kiosk):
    kiosk.live.turn(Refused("gate", "queue full"))
    assert (kiosk.screen("gate"), kiosk.screen("press")) == (Screen.CANNOT_RECORD, Screen.IDLE)


def test_a_broken_reader_names_another_station(kiosk):
    kiosk.live.turn(DeviceNotice("gate-reader", up=False, station="gate"))
    assert kiosk.screen() is Screen.OUT_OF_ORDER
    assert "请到二号门打卡" in kiosk.live.payload("gate").html
    kiosk.live.turn(DeviceNotice("gate-reader", up=True, station="gate"))
    assert kiosk.screen() is Screen.IDLE


def test_a_broken_reader_with_no_other_like_it_sends_to_the_supervisor(kiosk):
    kiosk.live.turn(DeviceNotice("press-reader", up=False, station="press", machine="press-03"))
    assert "请找班长" in kiosk.live.payload("press").html


def test_a_station_that_breaks_too_is_no_longer_named(kiosk):
    kiosk.live.turn(DeviceNotice("gate-reader", up=False, station="gate"))
    kiosk.live.turn(DeviceNotice("store-reader", up=False, station="store"))
    assert "二号门" not in kiosk.live.payload("gate").html
    kiosk.live.turn(DeviceNotice("store-reader", up=True, station="store"))
    assert "请到二号门打卡" in kiosk.live.payload("gate").html


def test_a_counter_that_goes_does_not_close_a_station(kiosk):
    kiosk.live.turn(DeviceNotice("press-03", up=False, machine="press-03"))
    assert kiosk.screen() is Screen.IDLE


def test_the_pieces_of_a_session_are_filled_in_when_the_reading_comes(kiosk):
    views = kiosk.box.views
    log_on = views.add(facts.PersonnelLogOn(Outcome.LOGGED_ON, "gate", "r", "press-03", "p-zhang"), "08:00:00")
    ended = facts.Ended.LOG_OFF
    body = facts.PersonnelLogOff("press-03", "p-zhang", ended, log_on, Outcome.LOGGED_OFF, "gate")
    log_off = views.add(body, "10:00:00")
    kiosk.live.turn(Committed(log_off))
    before = kiosk.live.payload("gate")
    kiosk.box.made(261, "10:00:00")
    kiosk.live.turn(Committed(kiosk.box.reading(48_471, "10:00:01", [log_off])))
    after = kiosk.live.payload("gate")
    assert "正在读计数器" in before.html
    assert "261" in after.html
    assert (after.shown, after.seq) == (before.shown, before.seq + 1)


def test_the_idle_clock_moves_on_without_a_sound(kiosk):
    before = kiosk.live.payload("gate")
    kiosk.box.clock.wall_us += 60_000_000
    kiosk.live.turn(ALIVE)
    after = kiosk.live.payload("gate")
    assert "07:53" in after.html
    assert after.shown == before.shown


def test_the_idle_page_follows_at_once_what_hr_sends(kiosk):
    before = kiosk.live.payload("gate")
    told = replace_struct(kiosk.box.directory.reference, version=99, plant="新厂")
    kiosk.box.directory = Directory(told)
    kiosk.live.turn(None)
    after = kiosk.live.payload("gate")
    assert "新厂" in after.html
    assert after.shown == before.shown


def test_a_journal_that_is_not_there_yet_is_waited_for(kiosk):
    kiosk.box.views.missing = True
    kiosk.later(1)
    kiosk.box.views.missing = False
    kiosk.live.turn(Committed(kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:00")))
    assert kiosk.screen() is Screen.IN


def test_a_burst_of_taps_is_read_to_its_end(kiosk):
    for minute in range(60):
        for second in (10, 20, 30):
            kiosk.box.tap(Outcome.CLOCKED_IN, f"07:{minute:02d}:{second}", station="press")
    seq = kiosk.box.tap(Outcome.CLOCKED_IN, "08:00:00")
    kiosk.live.turn(Committed(seq))
    kiosk.live.turn(Committed(seq))
    assert kiosk.screen("gate") is Screen.IN


def test_a_notice_for_a_station_that_is_not_ours_is_ignored(kiosk):
    kiosk.live.turn(ReadingBadge("elsewhere"))
    kiosk.live.turn(Committed(kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:00", station="elsewhere")))
    assert kiosk.screen() is Screen.IDLE


def test_the_answer_is_on_the_screen_before_the_days_figures_are_added_up(kiosk):
    pushed = []
    read = kiosk.box.views.of_work_date

    def slow(work_date, kinds):
        pushed.append(kiosk.live.payload("gate"))
        return read(work_date, kinds)

    kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:00")
    kiosk.box.made(500, "12:00:00")
    kiosk.box.views.of_work_date = slow
    kiosk.live.turn(Committed(kiosk.box.tap(Outcome.CLOCKED_OUT, "17:00:00")))
    assert pushed[0].state is Screen.OUT
    assert "¥110.00" not in pushed[0].html
    assert "¥110.00" in kiosk.live.payload("gate").html


def test_a_waiting_stream_hears_of_a_new_screen_at_once(kiosk):
    seq, heard = kiosk.live.payload("gate").seq, []
    stream = threading.Thread(target=lambda: heard.append(kiosk.live.wait("gate", seq, 5)))
    stream.start()
    kiosk.live.turn(Committed(kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:00")))
    stream.join(5)
    assert [each.state for each in heard] == [Screen.IN]


def test_stopping_ends_the_thread_and_whoever_waits():
    box = FakeBox()
    live = live_of(create_app(box.ports))
    live.start()
    seq, heard = live.payload("gate").seq, []
    stream = threading.Thread(target=lambda: heard.append(live.wait("gate", seq, 30)))
    stream.start()
    live.stop()
    stream.join(5)
    assert not stream.is_alive()


def test_a_fault_in_one_turn_does_not_end_the_screens(caplog, monkeypatch):
    monkeypatch.setattr("kiosk_ui.live.PAUSE_AFTER_FAULT_S", 0)
    box, recovered = FakeBox(), threading.Event()
    live = live_of(create_app(box.ports))
    faults = iter([ValueError("broken once")])

    def turn(_notice):
        for fault in faults:
            raise fault
        recovered.set()

    monkeypatch.setattr(live, "turn", turn)
    live.start()
    assert recovered.wait(5)
    live.stop()
    assert "broken once" in caplog.text
