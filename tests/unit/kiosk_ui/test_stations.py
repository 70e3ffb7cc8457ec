"""The worker's pages over a real server: streams, polling, and room for pages beside full streams."""

import http.client
import json
import statistics
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from edge.link.messages import Alive, Committed
from kiosk_ui import create_app, live_of
from kiosk_ui.app import THREADS_FOR_PAGES
from kiosk_ui.screens.looks import Screen
from kiosk_ui.stations import MAX_STREAMS, Streams
from sync.wire.facts import Outcome
from tests.browser.served import served
from tests.unit.kiosk_ui.fakes import FakeBox

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def box():
    return FakeBox()


@pytest.fixture
def app(box):
    return create_app(box.ports)


@pytest.fixture
def client(app):
    return app.test_client()


def token(client: FlaskClient) -> str:
    page = client.get("/station/gate").text
    return page.split('data-csrf="')[1].split('"')[0]


def next_event(stream: Any, name: str) -> Any:
    """The data of the next event of this name."""
    while True:
        line = stream.readline()
        assert line, "the stream has ended"
        if line.strip() == f"event: {name}".encode():
            return json.loads(stream.readline().removeprefix(b"data: "))


def test_the_first_page_lists_the_stations(client):
    page = client.get("/").text
    assert "/station/gate" in page
    assert "一号门" in page


@pytest.mark.parametrize("path", ["/station/none", "/station/none/screen", "/station/none/events"])
def test_an_unknown_station_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_a_page_that_polls_gets_what_a_stream_would(app, box, client):
    live_of(app).turn(Alive(0, recording=True))
    live_of(app).turn(Committed(box.tap(Outcome.CLOCKED_IN, "07:58:00")))
    screen = client.get("/station/gate/screen").json
    assert (screen["state"], screen["sound"]) == ("in", "in")
    assert screen["offset_min"] == 480


def test_a_touch_holds_the_screen_and_a_language_is_chosen(app, client):
    answer = client.post("/station/gate/touch", data={"csrf": token(client), "language": "vi"}, headers=OURS)
    assert answer.status_code == 204
    assert "Mời quẹt thẻ" in live_of(app).payload("gate").html
    assert client.post("/station/gate/touch", data={"csrf": token(client)}, headers=OURS).status_code == 204
    wrong = {"csrf": token(client), "language": "xx"}
    assert client.post("/station/gate/touch", data=wrong, headers=OURS).status_code == 400


def test_another_site_cannot_touch_the_screen(client):
    assert client.post("/station/gate/touch", data={"csrf": token(client)}).status_code == 403


def test_a_tap_reaches_an_open_stream(app, box):
    with served(app) as url, urllib.request.urlopen(f"{url}/station/gate/events", timeout=5) as stream:
        assert next_event(stream, "screen")["state"] == Screen.IDLE
        live_of(app).start()
        box.notices.send(Alive(0, recording=True))
        next_event(stream, "beat")
        box.notices.send(Committed(box.tap(Outcome.CLOCKED_IN, "07:58:00")))
        assert next_event(stream, "screen")["state"] == Screen.IN


def test_with_every_stream_taken_a_page_still_finds_a_thread(app):
    with served(app, MAX_STREAMS + THREADS_FOR_PAGES) as url, ExitStack() as open_streams:
        for _ in range(MAX_STREAMS):
            stream = open_streams.enter_context(urllib.request.urlopen(f"{url}/station/gate/events", timeout=5))
            next_event(stream, "screen")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{url}/station/gate/events", timeout=5)
        refused.value.close()
        assert refused.value.code == 503
        times = []
        for _ in range(9):
            before = time.perf_counter()
            with urllib.request.urlopen(f"{url}/station/gate/screen", timeout=5) as answer:
                answer.read()
            times.append(time.perf_counter() - before)
        assert statistics.median(times) <= 0.050


def test_a_client_that_leaves_frees_its_stream(app, monkeypatch):
    monkeypatch.setattr("kiosk_ui.stations.BEAT_S", 0.02)
    monkeypatch.setattr("kiosk_ui.stations.MAX_STREAMS", 1)
    with served(app) as url:
        for _ in range(3 * MAX_STREAMS):
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
            connection.request("GET", "/station/gate/events")
            answer = connection.getresponse()
            while answer.status == 503:  # the last one's place is not free yet
                answer.read()
                connection.request("GET", "/station/gate/events")
                answer = connection.getresponse()
            next_event(answer, "screen")
            answer.close()
            connection.close()


def test_the_places_are_counted():
    streams = Streams(limit=1)
    assert streams.enter()
    assert not streams.enter()
    streams.leave()
    assert streams.enter()
