"""What `prepare` promises for every page."""

from pathlib import Path

import pytest
from flask import Flask, render_template_string

import pages
from pages import formats, local_path
from tests.unit.pages.extraction import untranslated

OURS = {"Sec-Fetch-Site": "same-origin"}
ROOM = Path(pages.__file__).parent


@pytest.fixture
def app(tmp_path):
    app = Flask(__name__)
    pages.prepare(
        app,
        secret=b"a secret of the tests",
        default_language="zh",
        translations=tmp_path,
        timezone="Asia/Shanghai",
        exempt=["signed"],
        listen="127.0.0.1:0",
    )
    app.add_url_rule("/form", "form", lambda: render_template_string("{{ csrf_token() }}"))
    app.add_url_rule("/post", "post", lambda: "posted", methods=["POST"])
    app.add_url_rule("/signed", "signed", lambda: "taken", methods=["POST"])
    return app


@pytest.fixture
def client(app):
    return app.test_client()


def shown(app: Flask, template: str) -> str:
    with app.test_request_context("/"):
        return render_template_string(template)


def test_a_page_may_run_no_inline_script_and_stay_in_no_cache(client):
    answer = client.get("/form")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client):
    cookie = client.get("/form").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_post_from_our_own_form_is_taken(client):
    token = client.get("/form").text
    assert client.post("/post", data={"csrf": token}, headers=OURS).text == "posted"
    assert client.post("/post", data={"csrf": token}, headers={"Origin": "http://localhost"}).text == "posted"


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", OURS),
        ("guessed", OURS),
        (None, {}),
        (None, {"Sec-Fetch-Site": "cross-site"}),
        (None, {"Origin": "http://elsewhere.example"}),
        (None, {"Origin": "null"}),
    ],
)
def test_a_post_from_elsewhere_is_refused(client, token, headers):
    real = client.get("/form").text
    answer = client.post("/post", data={"csrf": real if token is None else token}, headers=headers)
    assert answer.status_code == 403


def test_an_exempt_endpoint_brings_its_own_proof(client):
    assert client.post("/signed").text == "taken"


def test_another_host_name_is_refused(client):
    assert client.get("/form", headers={"Host": "evil.example"}).status_code == 400


def test_a_body_above_two_megabytes_is_refused(client):
    assert client.post("/signed", data=b"x" * 2_000_001).status_code in (200, 413)
    assert client.post("/post", data={"csrf": "x" * 2_000_001}, headers=OURS).status_code == 413


def test_the_language_is_remembered_and_the_way_back_stays_here(client):
    answer = client.get("/language/vi?next=/form?a=1")
    assert answer.location == "/form?a=1"
    assert "Không có trang này" in client.get("/nowhere").text
    assert client.get("/language/xx").status_code == 404


@pytest.mark.parametrize("path", ["//evil.example", "http://evil.example/", "/\\evil.example", "evil", "/a\nb", ""])
def test_a_way_back_to_another_server_leads_to_the_first_page(path):
    assert local_path(path) == "/"


@pytest.mark.parametrize(
    ("language", "money", "number", "day"),
    [
        ("zh", "¥1,234.50", "1,034", "11月23日 星期一"),
        ("en", "CNY 1,234.50", "1,034", "Monday 23 November"),
        ("vi", "1.234,50 tệ", "1.034", "Thứ Hai, 23 tháng 11"),
    ],
)
def test_figures_and_dates_are_written_as_the_reader_writes_them(app, client, language, money, number, day):
    app.add_url_rule(
        "/figures",
        "figures",
        lambda: render_template_string("{{ '1234.5'|money }}|{{ 1034|thousands }}|{{ '2026-11-23'|day }}"),
    )
    client.get(f"/language/{language}")
    assert client.get("/figures").text == f"{money}|{number}|{day}"


def test_times_are_shown_in_the_plants_zone(app):
    assert shown(app, "{{ 0|clock_time }} {{ 0|clock_seconds }} {{ 0|local_date }}") == "08:00 08:00:00 1970-01-01"


@pytest.mark.parametrize(
    ("name", "words"),
    [("王建国", "王建\n国印"), ("李梅", "李梅\n之印"), ("欧阳建国", "欧阳\n建国"), ("Nguyễn Văn Hùng", "NVH")],
)
def test_a_seal_carries_the_name_in_two_columns(name, words):
    assert formats.seal_text(name) == words


def test_a_name_in_a_seal_is_escaped(app):
    html = shown(app, '{% from "pages/macros.html" import seal %}{{ seal("<b>") }}')
    assert "<b>" not in html


def test_the_shared_files_are_served(client):
    for file in ("tokens.css", "office.css", "icons.svg"):
        with client.get(f"/shared/{file}") as answer:
            assert answer.status_code == 200


@pytest.mark.parametrize("language", ["zh", "vi"])
def test_every_shared_text_is_translated(language):
    assert untranslated(ROOM, language) == []
