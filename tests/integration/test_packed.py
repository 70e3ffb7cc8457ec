"""Batches that cross packed: only to an HR that said that it unpacks, never to more than a batch may be."""

from __future__ import annotations

import gzip
import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sync import worker as worker_module
from sync.exchange.client import HrClient, Unreachable
from sync.policy import Pace, Verdict
from sync.wire.chained import chained as chained_coding
from sync.wire.envelope import MAX_BATCH_BYTES, WireError, encode_batch, pack, unpack
from sync.wire.facts import Direction
from tests.contract.hr_servers import Exchange, FakeHr, fake_hr, real_hr
from tests.integration.sending_box import KEY, Box, close, make_box
from tests.unit.hr.cast import Answer, Factory, factory, tap
from tests.unit.hr.cast import Box as SigningBox
from tests.unit.sync.made import DEVICE, chained


@pytest.fixture
def hr(tmp_path: Path, empty_hr_file: Path) -> Iterator[Factory]:
    shutil.copy(empty_hr_file, tmp_path / "hr.db")
    made = factory(tmp_path, f"sqlite:///{tmp_path / 'hr.db'}")
    for _ in range(3):
        made.gate.write(tap(Direction.IN))
    yield made
    made.service.close()


def sent(hr: Factory, body: bytes, coding: str = "gzip", box: SigningBox | None = None) -> Answer:
    headers = {"Content-Encoding": coding}
    return (box or hr.gate).ask(
        hr.client, "POST", "/v1/facts", body, headers=headers, epoch=1, first=1, last=len(hr.gate.journal)
    )


def test_what_is_packed_comes_out_as_it_was_and_always_packs_to_the_same_bytes():
    body = encode_batch(chained(400))
    assert unpack(pack(body)) == body
    assert pack(body) == pack(body)
    assert len(pack(body)) < len(body) / 2


def test_a_packed_batch_is_stored(hr: Factory):
    answer = sent(hr, pack(encode_batch(hr.gate.journal)))
    assert (answer.status, answer.signed, answer.json["seq"]) == (200, True, 3)
    assert hr.service.inbox.facts("gate-1", 1, [1, 2, 3]) == hr.gate.journal


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda packed: packed[:-1],
    "twice": lambda packed: packed + packed,
    "more behind it": lambda packed: packed + b"\0",
    "another sum": lambda packed: packed[:-8] + bytes(8),
    "not packed": unpack,
    "a byte too long": lambda packed: pack(unpack(packed).ljust(MAX_BATCH_BYTES + 1)),
    "a bomb": lambda packed: pack(unpack(packed).ljust(20_000_000)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_no_packed_batch_is_refused(hr: Factory, damage: str):
    packed = pack(encode_batch(hr.gate.journal))
    answer = sent(hr, DAMAGE[damage](packed))
    assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert hr.service.inbox.facts("gate-1", 1, [1, 2, 3]) == []
    assert sent(hr, pack(unpack(packed).ljust(MAX_BATCH_BYTES))).status == 200


def test_a_bomb_takes_no_more_memory_than_a_batch():
    packed = gzip.compress(bytes(20_000_000), mtime=0)
    tracemalloc.start()
    with pytest.raises(WireError, match="unpacked more than 1000000 bytes"):
        unpack(packed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * MAX_BATCH_BYTES


def test_a_coding_that_hr_does_not_know_is_refused(hr: Factory):
    assert sent(hr, pack(encode_batch(hr.gate.journal)), "br").json["code"] == "unknown_coding"


def test_nothing_is_unpacked_for_a_box_that_is_not_accepted(hr: Factory, monkeypatch: pytest.MonkeyPatch):
    def never(_body: bytes) -> bytes:
        raise AssertionError("unpacked for a stranger")

    monkeypatch.setattr("hr.ingest.api.unpack", never)
    assert sent(hr, pack(encode_batch(hr.gate.journal)), box=hr.stranger).status == 401


# --- the box ------------------------------------------------------------------------------------------


class Bodies:
    """What a box's client sends, and how it says that it is coded."""

    def __init__(self, client: HrClient, monkeypatch: pytest.MonkeyPatch) -> None:
        self.codings: list[tuple[str, str]] = []
        request = client._session.request

        def noting(method: str, url: str, **options: Any) -> Any:
            self.codings.append((url.rsplit("/", 1)[1], options["headers"].get("Content-Encoding", "")))
            return request(method, url, **options)

        monkeypatch.setattr(client._session, "request", noting)

    def of(self, what: str) -> list[str]:
        return [coding for path, coding in self.codings if path == what]


def test_a_box_packs_once_hr_has_said_that_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with real_hr(tmp_path) as real:
        real.service.kiosks.enrol(DEVICE, KEY.public_key())
        real.service.kiosks.accept(real.service.kiosks.listed()[0].fingerprint)
        box = make_box(tmp_path, real.url, real.service.office.keys.signing)
        monkeypatch.setattr(worker_module, "MAX_BATCH_FACTS", 2)
        bodies = Bodies(box.client, monkeypatch)
        assert box.worker.round() is Verdict.DONE
        assert bodies.of("facts") == ["", "gzip", "gzip"]
        assert bodies.of("reference") == [""]
        assert real.held(DEVICE) == box.source.facts
        close(box)


@pytest.fixture
def old() -> Iterator[FakeHr]:
    """An HR of a release that unpacks nothing."""
    with fake_hr() as server:
        server.accepted[DEVICE] = KEY.public_key()
        yield server


@pytest.fixture
def box(old: FakeHr, tmp_path: Path) -> Iterator[Box]:
    made = make_box(tmp_path, old.url, old.key)
    yield made
    close(made)


def test_to_an_older_hr_it_never_packs(old: FakeHr, box: Box, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker_module, "MAX_BATCH_FACTS", 2)
    bodies = Bodies(box.client, monkeypatch)
    assert box.worker.round() is Verdict.DONE
    assert set(bodies.of("facts")) == {""}
    assert old.held(DEVICE) == box.source.facts


def test_an_hr_that_went_back_to_an_older_release_refuses_one_packed_batch_and_no_more(old: FakeHr, box: Box):
    box.client._hr_unpacks = True
    assert box.worker.round() is Verdict.RETRY
    assert box.worker.round() is Verdict.DONE
    assert old.held(DEVICE) == box.source.facts


# --- in trouble ---------------------------------------------------------------------------------------


def not_accepted(asked: Exchange) -> None:
    asked.send(401, b'{"code":"not_accepted"}')


def refused(asked: Exchange) -> None:
    asked.send(503, b"")


@pytest.mark.parametrize("trouble", [not_accepted, refused])
def test_in_trouble_a_box_asks_once_a_second_at_most(
    old: FakeHr, box: Box, monkeypatch: pytest.MonkeyPatch, trouble: Any
):
    old.tricks.extend([trouble] * 30)
    now_s, asked_s = [0.0], []
    send = HrClient.send

    def noting(client: HrClient, *arguments: Any, **options: Any) -> Any:
        asked_s.append(now_s[0])
        return send(client, *arguments, **options)

    monkeypatch.setattr(HrClient, "send", noting)

    def wait(seconds: float) -> bool:
        now_s[0] += seconds
        return len(asked_s) >= 12

    box.worker.run(wait, Pace(), 0.0)
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(asked_s))


def test_nobody_there_is_asked_once_a_second_at_most_too(box: Box, monkeypatch: pytest.MonkeyPatch):
    def nobody(*_arguments: Any, **_options: Any) -> Any:
        raise Unreachable("nobody there")

    waited: list[float] = []
    monkeypatch.setattr(box.client, "send", nobody)

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) >= 12

    box.worker.run(wait, Pace(), 0.0)
    assert min(waited) >= 1.0


# --- on a slow line -----------------------------------------------------------------------------------


@pytest.mark.fault("F19")
def test_a_batch_without_hashes_is_stored_as_the_same_facts(hr: Factory):
    short = chained_coding(encode_batch(hr.gate.journal))
    assert short is not None
    answer = sent(hr, pack(short), "clockpiece-chain, gzip")
    assert (answer.status, answer.signed, answer.json["seq"]) == (200, True, 3)
    assert hr.service.inbox.facts("gate-1", 1, [1, 2, 3]) == hr.gate.journal


@pytest.mark.fault("F19")
def test_a_chain_that_does_not_end_at_its_head_is_refused_whole(hr: Factory):
    short = chained_coding(encode_batch(hr.gate.journal))
    assert short is not None
    answer = sent(hr, pack(short.replace(b'"OUT"', b'"IN"').replace(b'"IN"', b'"OUT"')), "clockpiece-chain, gzip")
    assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert hr.service.inbox.facts("gate-1", 1, [1, 2, 3]) == []


@pytest.mark.fault("F19")
def test_hashes_stay_at_home_once_an_exchange_was_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with real_hr(tmp_path) as real:
        real.service.kiosks.enrol(DEVICE, KEY.public_key())
        real.service.kiosks.accept(real.service.kiosks.listed()[0].fingerprint)
        box = make_box(tmp_path, real.url, real.service.office.keys.signing)
        monkeypatch.setattr(worker_module, "MAX_BATCH_FACTS", 2)
        monkeypatch.setattr("sync.exchange.client.SLOW_S", 0.0)
        bodies = Bodies(box.client, monkeypatch)
        assert box.worker.round() is Verdict.DONE
        assert bodies.of("facts") == ["", "clockpiece-chain, gzip", "clockpiece-chain, gzip"]
        assert real.held(DEVICE) == box.source.facts
        close(box)
