"""HR behind the real web server, spoken to by the box's real client over a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from waitress.server import create_server

from sync.exchange.client import HrClient, Reply
from sync.wire.envelope import Receipt, Wanted, encode_batch
from sync.wire.facts import Direction
from tests.enrolling import introduce
from tests.references import fetched
from tests.unit.hr.cast import KEYS, Box, Factory, factory, tap


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[Factory]:
    made = factory(tmp_path)
    yield made
    made.service.close()


@pytest.fixture
def url(hr: Factory) -> Iterator[str]:
    server = create_server(hr.client.application, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(server.close)
    thread.join(5)


def client_of(url: str, box: Box) -> HrClient:
    return HrClient(url, KEYS.signing.public_key(), box.key, box.device)


def sent(client: HrClient, box: Box, first: int, last: int) -> Reply:
    facts = box.journal[first - 1 : last]
    return client.send("POST", "/v1/facts", encode_batch(facts), numbers=(box.epoch, first, last))


def test_a_box_is_enrolled_accepted_and_then_believed(hr: Factory, url: str):
    box = Box("im-07")
    client = client_of(url, box)
    assert introduce(client, box.device, hr.service.kiosks.make_code(box.device, "zhoumin").code).status == 202
    box.write(tap(Direction.IN))
    assert sent(client, box, 1, 1).status == 401
    hr.service.kiosks.accept(box.fingerprint)
    assert introduce(client, box.device).status == 200
    assert sent(client, box, 1, 1).status == 200


def test_a_receipt_is_signed_for_the_very_question(hr: Factory, url: str):
    for _ in range(3):
        hr.gate.write(tap(Direction.IN))
    reply = sent(client_of(url, hr.gate), hr.gate, 1, 3)
    receipt = msgspec.json.decode(reply.body, type=Receipt)
    assert (reply.status, reply.signed, receipt.nonce) == (200, True, reply.nonce)
    assert (receipt.seq, receipt.head) == (3, hr.gate.journal[2].hash)


def test_a_gap_is_answered_with_a_wish_that_the_box_believes(hr: Factory, url: str):
    for _ in range(3):
        hr.gate.write(tap(Direction.IN))
    client = client_of(url, hr.gate)
    sent(client, hr.gate, 1, 1)
    reply = sent(client, hr.gate, 3, 3)
    assert (reply.status, reply.signed, msgspec.json.decode(reply.body, type=Wanted).seq) == (409, True, 2)


def test_unchanged_reference_data_is_a_signed_nothing(hr: Factory, url: str):
    client = client_of(url, hr.gate)
    version, _ = fetched(client)
    again = client.send("GET", f"/v1/reference/{version}", b"")
    assert (again.status, again.signed, again.body) == (304, True, b"")


@pytest.mark.parametrize("who", ["revoked", "stranger"])
def test_the_revoked_box_and_the_stranger_are_refused(hr: Factory, url: str, who: str):
    box: Box = getattr(hr, who)
    box.write(tap(Direction.IN))
    client = client_of(url, box)
    assert sent(client, box, 1, 1).status == 401
    assert client.send("GET", "/v1/reference", b"").status == 401
