"""The fault proxy itself: each fault really happens, and nothing else does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

import pytest
import requests

from tests.faults.proxy import PASS, STATUSES, Fault, FaultProxy, Kind, seeded

QUESTION = b"q" * 4_000
ANSWER = b"a" * 4_000
PATIENCE_S = 0.4


class Upstream(ThreadingHTTPServer):
    """A server that keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []


class _Handler(BaseHTTPRequestHandler):
    server: Upstream
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) == int(self.headers["Content-Length"]):
            self.server.bodies.append(body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(ANSWER)))
            self.end_headers()
            self.wfile.write(ANSWER)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_words: object) -> None:
        """Silence."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(upstream: Upstream) -> Iterator[FaultProxy]:
    with FaultProxy(upstream.server_address[1]) as made:
        yield made


def ask(proxy: FaultProxy, patience_s: float = PATIENCE_S) -> requests.Response:
    return requests.post(proxy.url, data=QUESTION, timeout=patience_s)


def test_what_passes_passes_whole(proxy: FaultProxy, upstream: Upstream) -> None:
    assert [ask(proxy).content for _ in range(3)] == [ANSWER] * 3
    assert upstream.bodies == [QUESTION] * 3


def test_a_refused_connection_reaches_nobody_and_the_same_address_works_again(
    proxy: FaultProxy, upstream: Upstream
) -> None:
    proxy.set(Fault(Kind.REFUSE))
    with pytest.raises(requests.ConnectionError, match="refused"):
        ask(proxy)
    assert (proxy.log, upstream.bodies) == ([], [])
    proxy.set(PASS)
    assert ask(proxy).content == ANSWER


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.CUT_REQUEST])
def test_a_connection_that_breaks_early_is_reset_and_the_question_does_not_arrive_whole(
    proxy: FaultProxy, upstream: Upstream, kind: Kind
) -> None:
    proxy.set(Fault(kind, share=0.9))
    with pytest.raises(requests.ConnectionError):
        ask(proxy)
    assert upstream.bodies == []
    assert proxy.log[0].passed_up == (0 if kind is Kind.RESET else round(proxy.log[0].request_bytes * 0.9))


@pytest.mark.parametrize("kind", [Kind.CUT_ANSWER, Kind.LOST_ANSWER])
def test_an_answer_that_is_cut_or_lost_was_made_whole_by_the_other_side(
    proxy: FaultProxy, upstream: Upstream, kind: Kind
) -> None:
    proxy.set(Fault(kind, share=0.7))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ask(proxy)
    assert upstream.bodies == [QUESTION]
    assert proxy.log[0].committed
    assert (proxy.log[0].passed_down > 0) == (kind is Kind.CUT_ANSWER)


def test_a_black_hole_takes_the_question_and_says_nothing(proxy: FaultProxy, upstream: Upstream) -> None:
    proxy.set(Fault(Kind.BLACK_HOLE))
    with pytest.raises(requests.ReadTimeout):
        ask(proxy)
    assert upstream.bodies == []


def test_half_an_answer_is_followed_by_silence(proxy: FaultProxy) -> None:
    proxy.set(Fault(Kind.HALF_ANSWER, share=0.5))
    began_s = time.monotonic()
    with pytest.raises(requests.ConnectionError, match="timed out"):
        ask(proxy)
    assert time.monotonic() - began_s >= PATIENCE_S
    assert 0 < proxy.log[0].passed_down < len(ANSWER)


def test_a_dripping_answer_comes_at_its_own_speed(proxy: FaultProxy) -> None:
    proxy.set(Fault(Kind.DRIP, bytes_per_s=10_000))
    began_s = time.monotonic()
    assert ask(proxy).content == ANSWER
    assert time.monotonic() - began_s >= len(ANSWER) / 10_000


def test_a_crawling_question_arrives_whole_and_late(proxy: FaultProxy, upstream: Upstream) -> None:
    proxy.set(Fault(Kind.SLOW_REQUEST, bytes_per_s=20_000))
    began_s = time.monotonic()
    assert ask(proxy, 5).content == ANSWER
    assert time.monotonic() - began_s >= len(QUESTION) / 20_000
    assert upstream.bodies == [QUESTION]


def test_a_late_answer_is_late_by_as_much(proxy: FaultProxy) -> None:
    proxy.set(Fault(Kind.DELAY, seconds=0.2))
    began_s = time.monotonic()
    assert ask(proxy).content == ANSWER
    assert time.monotonic() - began_s >= 0.2


def test_others_may_answer_in_place_of_hr(proxy: FaultProxy, upstream: Upstream) -> None:
    proxy.set(Fault(Kind.PORTAL))
    assert ask(proxy).headers["Content-Type"] == "text/html"
    proxy.set(Fault(Kind.FORGED))
    assert ask(proxy).json()["seq"] == 999_999
    for status in STATUSES:
        proxy.set(Fault(Kind.STATUS, status=status))
        assert ask(proxy).status_code == status
    assert upstream.bodies == []


def test_a_plan_gives_each_exchange_its_own_fault_and_then_the_standing_one(proxy: FaultProxy) -> None:
    proxy.set(PASS, iter([Fault(Kind.PORTAL), Fault(Kind.STATUS, status=503)]))
    assert [ask(proxy).status_code for _ in range(3)] == [200, 503, 200]
    assert [exchange.fault.kind for exchange in proxy.log] == [Kind.PORTAL, Kind.STATUS, Kind.PASS]


def test_what_is_under_way_ends_when_the_fault_changes(proxy: FaultProxy) -> None:
    proxy.set(Fault(Kind.BLACK_HOLE))
    change = threading.Timer(0.1, proxy.set, [PASS])
    change.start()
    with pytest.raises(requests.ConnectionError):
        ask(proxy, 10)
    change.join()


def test_the_same_seed_gives_the_same_faults() -> None:
    kinds = list(Kind)
    assert [seeded(Random(1), kinds) for _ in range(3)] == [seeded(Random(1), kinds) for _ in range(3)]
