"""The supervisor's pages."""

import dataclasses
import re
import time

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.config import Counter
from edge.link.messages import Answer, NotRecorded, ValueShown
from kiosk_ui import create_app, live_of
from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import Outcome
from tests.unit.kiosk_ui.fakes import DAY, PIN, FakeBox, wall_us
from tests.unit.kiosk_ui.line_scene import busy_day

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def box():
    box = FakeBox()
    busy_day(box)
    return box


@pytest.fixture
def client(box):
    return create_app(box.ports, monotonic=lambda: 0.0).test_client()


def fields_of(page: str) -> dict[str, str]:
    """What the page's form would send."""
    inputs = re.findall(r"<input[^>]*>", page)
    named = [(re.search(r'name="(\w+)"', each), re.search(r'value="([^"]*)"', each)) for each in inputs]
    return {name[1]: value[1] if value else "" for name, value in named if name}


def log_in(client: FlaskClient, number: str = "0101", pin: str = PIN) -> TestResponse:
    form = fields_of(client.get("/line").text) | {"number": number, "pin": pin}
    return client.post("/line", data=form, headers=OURS)


def post_row(client: FlaskClient, **changes: str) -> TestResponse:
    form = fields_of(client.get("/line/confirm").text) | changes
    return client.post("/line/confirm", data=form, headers=OURS)


@pytest.mark.parametrize("path", ["/line/live", "/line/confirm", "/line/readings"])
def test_nobody_sees_the_pages_without_logging_in(client, path):
    assert client.get(path).location == "/line"


def test_a_supervisor_logs_in_and_out(client):
    assert log_in(client).location == "/line/live"
    page = client.get("/line/live").text
    client.post("/line/log-out", data=fields_of(page), headers=OURS)
    assert client.get("/line/live").location == "/line"


def test_a_wrong_pin_and_an_unknown_number_look_the_same(client, box):
    wrong = log_in(client, pin="000000").text
    fresh = create_app(box.ports, monotonic=lambda: 0.0).test_client()
    unknown = log_in(fresh, number="9999").text
    strip = re.compile(r'name="(csrf|number)" value="[^"]*"')
    assert strip.sub("", wrong) == strip.sub("", unknown)


def test_the_live_page_adds_up(client):
    log_in(client)
    page = client.get("/line/live").text
    assert all(figure in page for figure in ("6,692", "2,510", "86", "4,096", "48,706", "李小梅"))


class Unproven(Counter, frozen=True, kw_only=True):
    @property
    def commissioned(self) -> bool:
        return False


def test_the_live_page_shows_what_a_counter_says_that_is_not_commissioned_and_counts_nothing_of_it(box):
    counter = Unproven(name="c", machine="press-09", family="f", max_rate_per_min=60)
    app = create_app(dataclasses.replace(box.ports, counters=[counter]), monotonic=lambda: 0.0)
    client = app.test_client()
    log_in(client)
    before = client.get("/line/live").text
    assert "尚未调试验收：不计数。" in before
    stamp = Stamp("boot", 0, wall_us("17:05:00"), ClockState.NTP)
    live_of(app).turn(ValueShown("press-09", "c", stamp, 77_123, "0001"))
    after = client.get("/line/live").text
    assert ("77,123" in before, "77,123" in after, "6,692" in after) == (False, True, True)


def test_the_confirm_page_shows_what_is_sealed_and_what_waits(client):
    log_in(client)
    page = client.get("/line/confirm").text
    assert 'aria-label="王建国已盖章"' in page
    assert 'data-counted="940"' in page
    assert "隔离" in page


def test_a_sealed_row_is_one_command_with_what_was_entered(client, box):
    log_in(client)
    answer = post_row(client, good="922", scrap_labour="6", scrap_material="12")
    command = box.core.commands[0]
    assert answer.location == f"/line/confirm?date={DAY}&sealed=1"
    assert (command.supervisor, command.person, command.order) == ("p-wang", "p-li", "o-1")
    assert (command.good, command.scrap_labour, command.scrap_material, command.adjustment) == (922, 6, 12, 0)


def test_a_double_submit_carries_one_id(client, box):
    log_in(client)
    form = fields_of(client.get("/line/confirm").text)
    for _ in range(2):
        client.post("/line/confirm", data=form, headers=OURS)
    assert len({command.id for command in box.core.commands}) == 1


def test_a_difference_needs_a_reason_before_it_is_sent(client, box):
    log_in(client)
    answer = post_row(client, good="930")
    assert "合计和机器计数不一样" in answer.text
    assert box.core.commands == []
    post_row(client, good="930", reason="10 件掉进料斗")
    assert (box.core.commands[0].adjustment, box.core.commands[0].reason) == (-10, "10 件掉进料斗")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Answer("", Outcome.SUM_DIFFERS, 9), "合计不符"),
        (Answer("", Outcome.CHANGED_MEANWHILE, 9), "这期间件数有变化"),
        (Answer("", Outcome.NOT_A_SUPERVISOR, 9), "人事名单里您已不是班长"),
    ],
)
def test_what_core_refuses_is_said_and_tried_anew_under_another_id(client, box, reply, said):
    log_in(client)
    box.core.reply = reply
    answer = post_row(client, good="922", scrap_material="18")
    again = fields_of(answer.text)
    assert said in answer.text
    assert again["id"] != box.core.commands[0].id
    assert (again["good"], again["scrap_material"]) == ("922", "18")


@pytest.mark.parametrize("reply", [None, NotRecorded("", "disk full")])
def test_what_was_not_recorded_is_sent_again_under_the_same_id(client, box, reply):
    log_in(client)
    box.core.reply = reply
    answer = post_row(client, good="940")
    assert "只会算一次" in answer.text
    assert fields_of(answer.text)["id"] == box.core.commands[0].id


@pytest.mark.parametrize(
    "changes", [{"good": "many"}, {"good": "-1"}, {"rework": "99999999"}, {"id": "1"}, {"actuals": "x"}]
)
def test_what_our_page_cannot_have_sent_is_not_passed_on(client, box, changes):
    log_in(client)
    assert post_row(client, **changes).status_code == 409
    assert box.core.commands == []


def test_another_row_can_be_opened(client):
    log_in(client)
    assert 'data-counted="560"' in client.get("/line/confirm?row=p-hung~o-3").text


def test_the_open_row_leads_to_the_counter_readings_it_rests_on(client):
    log_in(client)
    link = re.search(r'href="(/line/readings[^"]*)"', client.get("/line/confirm?row=p-li~o-1").text)
    assert link
    page = client.get(link[1].replace("&amp;", "&")).text
    assert "47,766 … 48,706" in page
    assert "48,706 − 47,766 = <b>940</b>" in page
    assert "16:00:00–17:03:00 · 48,706 − 48,306 = <b>400</b>" in page


def test_a_row_that_is_open_no_longer_leads_back_to_the_table(client):
    log_in(client)
    assert client.get("/line/readings?row=p-zhang~o-1").location == f"/line/confirm?date={DAY}"


def test_another_day_is_empty_and_a_day_that_is_none_is_refused(client):
    log_in(client)
    assert "还没有任何人的件数" in client.get("/line/confirm?date=2026-11-22").text
    assert client.get("/line/confirm?date=yesterday").status_code == 400


@pytest.mark.parametrize("path", ["/line/live", "/line/confirm", "/line/readings"])
def test_a_box_without_a_journal_says_so(client, box, path):
    log_in(client)
    box.views.missing = True
    assert client.get(path).status_code == 503


@pytest.mark.fault("F16")
@pytest.mark.parametrize("step_s", [-(10**7), 10**7])
def test_a_wall_clock_that_is_set_logs_no_supervisor_out(client, monkeypatch, step_s):
    log_in(client)
    now_s = time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now_s + step_s)
    assert client.get("/line/live").status_code == 200
