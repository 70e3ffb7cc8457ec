"""Logging in, being slowed down, logging out."""

import pytest

from tests.moments import Watch
from tests.unit.hr_web.conftest import Desk, app_of, words
from tests.unit.hr_web.plant import PASSWORD, USER


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def stranger(shown, watch):
    return Desk(app_of(shown.service, monotonic_s=watch).test_client())


def test_the_right_password_leads_to_the_page_that_was_asked_for(stranger):
    stranger.client.get("/log-in")
    answer = stranger.post("/log-in?next=/kiosks", user=USER, password=PASSWORD)
    assert answer.request.path == "/kiosks"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_logging_in_never_leads_elsewhere(stranger, target):
    stranger.client.get("/log-in")
    assert stranger.post(f"/log-in?next={target}", user=USER, password=PASSWORD).request.path == "/"


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(stranger):
    wrong, unknown = stranger.log_in(password="wrong"), stranger.log_in(user="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert words(wrong).replace(USER, "") == words(unknown).replace("nobody", "")
    assert "do not belong together" in words(wrong)


def test_after_three_failures_even_the_right_password_waits(stranger, watch):
    for _ in range(4):
        stranger.log_in(password="wrong")
    refused = stranger.log_in()
    assert refused.status_code == 429
    assert "wait 1 second" in words(refused)
    watch.now_s = 1.1
    assert stranger.log_in().request.path == "/"


def test_the_session_before_the_log_in_is_worth_nothing_after_it(stranger):
    stranger.client.get("/log-in")
    with stranger.client.session_transaction() as session:
        before = session["csrf"]
    stranger.log_in()
    with stranger.client.session_transaction() as session:
        assert session["csrf"] != before
        assert session["user"] == USER


def test_the_chosen_language_outlives_logging_in_and_out(stranger):
    stranger.speak("vi")
    assert "Hôm nay" in stranger.log_in().text
    assert "Đăng nhập" in stranger.post("/log-out").text


def test_the_cookie_has_a_name_that_no_kiosk_on_the_same_machine_uses(stranger):
    stranger.log_in()
    assert stranger.client.get_cookie("clockpiece_hr") is not None
    assert stranger.client.get_cookie("session") is None


def test_after_logging_out_one_is_a_stranger_again(stranger):
    stranger.log_in()
    stranger.post("/log-out")
    assert stranger.client.get("/people").status_code == 302


def test_no_password_and_no_name_are_logged(stranger, caplog):
    caplog.set_level("DEBUG")
    stranger.log_in(password="wrong-but-secret")
    assert "wrong-but-secret" not in caplog.text
    assert USER not in caplog.text
