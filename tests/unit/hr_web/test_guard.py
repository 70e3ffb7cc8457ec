"""Every route has one guard, and a stranger sees the log-in page everywhere."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from hr.web.guard import OPEN_ENDPOINTS, Guard, guard_of
from tests.unit.hr_web.conftest import SAME_ORIGIN, app_of, desk_of

VALUES = {
    "document": "x",
    "device": "gate-1",
    "epoch": 1,
    "seq": 1,
    "person": "x",
    "key": "x",
    "kind": "people",
    "fingerprint": "x",
    "filename": "x",
    "digest": "x",
    "version": 1,
    "name": "x",
    "month": "2026-11",
    "language": "en",
}


@pytest.fixture(scope="module")
def app(shown):
    return app_of(shown.service)


def addresses(app: Flask, guard: Guard) -> Iterator[tuple[str, str]]:
    """(method, path) of every route with this guard."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if guard_of(rule.endpoint) is guard:
                path = adapter.build(rule.endpoint, {name: VALUES[name] for name in rule.arguments})
                yield from ((method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_only_these_endpoints_are_open_to_anybody(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints >= OPEN_ENDPOINTS
    assert {each for each in endpoints if guard_of(each) is Guard.OPEN} == OPEN_ENDPOINTS


def test_only_the_boxes_own_addresses_take_signatures(app):
    plain = {"/v1/devices", "/v1/facts", "/v1/payslip", "/v1/reference", "/v1/report", "/v1/sealed"}
    named = {"/v1/reference/{version}", "/v1/reference/{kind}/{name}", "/v1/presence/{version}"}
    signed = plain | {path.format(**VALUES) for path in named}
    assert {path for _, path in addresses(app, Guard.SIGNED)} == signed


def test_a_stranger_gets_the_log_in_page_everywhere(app):
    guarded = list(addresses(app, Guard.LOG_IN))
    assert len(guarded) > 25
    for method, path in guarded:
        answer = app.test_client().open(path, method=method, headers=SAME_ORIGIN)
        assert answer.status_code == 302, (method, path)
        assert answer.location.startswith("/log-in?next="), (method, path)


def test_a_stranger_learns_not_even_which_pages_there_are(app):
    assert app.test_client().get("/no/such/page").location.startswith("/log-in")


def test_an_unsigned_request_to_the_api_is_refused_by_the_api_itself(app):
    for method, path in addresses(app, Guard.SIGNED):
        answer = app.test_client().open(path, method=method)
        assert (answer.status_code, answer.json["code"]) == (400, "malformed")


def test_a_post_without_the_forms_token_changes_nothing(factory):
    desk = desk_of(factory.service)
    for method, path in addresses(app_of(factory.service), Guard.LOG_IN):
        if method == "POST":
            assert desk.post(path, csrf="guessed").status_code == 403, path
    assert desk.get("/").status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/people", "/pay", "/kiosks", "/orders/", "/pay/line/gate-1/1/{line}", "/fact/gate-1/1/1"]
)
def test_no_page_needs_an_exception_from_the_policy(desk, shown, path):
    page = desk.get(path.format(line=shown.line)).text
    assert re.findall(r"<style|<script(?! src=)| style=| on[a-z]+=|javascript:", page) == []


def test_every_page_carries_the_strict_policy_and_is_not_kept(desk):
    answer = desk.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
