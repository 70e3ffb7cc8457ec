"""The addresses that boxes speak to, over Flask's test client, with real signatures and a real database file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from hr.kiosks.store import State, Undecidable
from hr.people.csv_import import Kind
from sync.exchange.client import new_nonce
from sync.wire.envelope import encode_batch, sealed, unpack
from sync.wire.facts import Direction
from sync.wire.reference_pages import Manifest
from tests.enrolling import introduction
from tests.unit.hr.cast import KEYS, MACHINES_CSV, NOON_US, Answer, Box, Factory, factory, tap


@pytest.fixture
def hr(tmp_path: Path, hr_url: str) -> Iterator[Factory]:
    made = factory(tmp_path, hr_url)
    yield made
    made.service.close()


def introduced(hr: Factory, box: Box, code: str = "") -> Answer:
    body = introduction(
        box.device, box.key.public_key(), code=code, hr_key=KEYS.signing.public_key(), nonce=(nonce := new_nonce())
    )
    return box.ask(hr.client, "POST", "/v1/devices", body, nonce=nonce)


def code_for(hr: Factory, device: str) -> str:
    return hr.service.kiosks.make_code(device, "zhoumin").code


def stored(hr: Factory, box: Box) -> list[int]:
    return [each.seq for each in hr.service.inbox.facts(box.device, box.epoch, list(range(1, 100)))]


# --- enrolment ----------------------------------------------------------------------------------------


def test_a_box_that_asks_is_pending_until_a_person_accepts_its_fingerprint(hr: Factory):
    new = Box("im-07")
    assert introduced(hr, new, code_for(hr, "im-07")).status == 202
    assert hr.service.kiosks.listed()[0].state is State.PENDING
    hr.service.kiosks.accept(new.fingerprint)
    answer = introduced(hr, new)
    assert (answer.status, answer.signed) == (200, True)


def test_a_name_with_an_accepted_key_is_not_given_to_another(hr: Factory):
    impostor = Box("gate-1")
    assert introduced(hr, impostor, code_for(hr, "gate-1")).status == 409


def test_two_boxes_may_ask_for_one_name_but_only_one_is_accepted(hr: Factory):
    first, second = Box("im-07"), Box("im-07")
    for box in (first, second):
        assert introduced(hr, box, code_for(hr, "im-07")).status == 202
    hr.service.kiosks.accept(second.fingerprint)
    with pytest.raises(Undecidable, match="revoke that one first"):
        hr.service.kiosks.accept(first.fingerprint)


def test_a_box_cannot_ask_with_a_key_it_does_not_have(hr: Factory):
    new = Box("im-07")
    answer = new.ask(hr.client, "POST", "/v1/devices", introduction("im-07", Box("im-07").key.public_key()))
    assert (answer.status, answer.json["code"]) == (401, "bad_signature")


def test_a_re_imaged_box_comes_back_with_a_new_key_once_the_old_one_is_revoked(hr: Factory):
    again = Box("old-1", epoch=2)
    assert introduced(hr, again, code_for(hr, "old-1")).status == 202
    hr.service.kiosks.accept(again.fingerprint)
    again.write(tap(Direction.IN))
    assert again.send(hr.client, again.journal).status == 200


# --- who is refused everywhere ------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["revoked", "stranger"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/facts"), ("GET", "/v1/reference")])
def test_the_revoked_box_and_the_stranger_are_refused(hr: Factory, who: str, method: str, path: str):
    box: Box = getattr(hr, who)
    fact = box.write(tap(Direction.IN))
    body = encode_batch([fact]) if method == "POST" else b""
    answer = box.ask(hr.client, method, path, body, epoch=1, first=1, last=1)
    assert (answer.status, answer.json["code"]) == (401, "not_accepted")
    assert stored(hr, box) == []


def test_the_revoked_box_cannot_introduce_itself_again(hr: Factory):
    assert introduced(hr, hr.revoked, code_for(hr, hr.revoked.device)).status == 401


def test_the_stranger_cannot_speak_for_an_accepted_box(hr: Factory):
    impostor = Box("gate-1")
    impostor.write(tap(Direction.IN))
    answer = impostor.send(hr.client, impostor.journal)
    assert (answer.status, answer.json["code"]) == (401, "bad_signature")


@pytest.mark.parametrize(
    "change", [{"host": "elsewhere"}, {"headers": {"Clockpiece-Last": "9"}}, {"headers": {"Clockpiece-Nonce": "x"}}]
)
def test_a_request_that_was_changed_on_the_way_is_refused(hr: Factory, change: dict[str, Any]):
    hr.gate.write(tap(Direction.IN))
    answer = hr.gate.send(hr.client, hr.gate.journal, **change)
    assert (answer.status, answer.json["code"]) == (401, "bad_signature")


# --- facts --------------------------------------------------------------------------------------------


def test_a_batch_is_answered_with_a_signed_receipt(hr: Factory):
    for _ in range(3):
        last = hr.gate.write(tap(Direction.IN))
    answer = hr.gate.send(hr.client, hr.gate.journal)
    assert (answer.status, answer.signed) == (200, True)
    assert (answer.json["seq"], answer.json["head"], answer.json["nonce"]) == (3, last.hash, answer.nonce)
    assert hr.service.inbox.facts("gate-1", 1, [1, 2, 3]) == hr.gate.journal


def test_a_gap_is_answered_with_a_signed_wish(hr: Factory):
    for _ in range(4):
        hr.gate.write(tap(Direction.IN))
    hr.gate.send(hr.client, hr.gate.journal[:1])
    answer = hr.gate.send(hr.client, hr.gate.journal[2:])
    assert (answer.status, answer.signed, answer.json["seq"]) == (409, True, 2)


def test_a_conflict_is_refused_quarantined_and_does_not_hold_up_the_queue(hr: Factory):
    hr.gate.write(tap(Direction.IN))
    hr.gate.send(hr.client, hr.gate.journal)
    forged = sealed(msgspec.structs.replace(hr.gate.journal[0], command="forged"))
    answer = hr.gate.send(hr.client, [forged])
    assert [each["code"] for each in answer.json["refusals"]] == ["conflict"]
    assert hr.service.inbox.waiting()[0].code == "conflict"
    assert hr.service.inbox.facts("gate-1", 1, [1])[0].command == "c-1"


def test_a_fact_of_a_newer_release_waits_aside_and_is_taken_once_it_is_understood(hr: Factory, monkeypatch):
    hr.gate.write_raw("Telepathy", {"machine": "IM-07", "counter": "c", "state": "LIVE"})
    hr.gate.write(tap(Direction.IN))
    hr.gate.send(hr.client, hr.gate.journal)
    assert stored(hr, hr.gate) == [2]
    from sync.wire.facts import KINDS, CounterStateChanged

    monkeypatch.setitem(KINDS, "Telepathy", CounterStateChanged)
    assert hr.service.inbox.reexamine() == 1
    assert stored(hr, hr.gate) == [1, 2]
    assert hr.service.inbox.waiting() == []


def test_the_same_batch_from_several_workers_at_once_is_stored_once(hr: Factory):
    for _ in range(50):
        hr.gate.write(tap(Direction.IN))
    statuses: list[int] = []
    clients = [hr.client.application.test_client() for _ in range(4)]

    def send(client: FlaskClient) -> None:
        statuses.append(hr.gate.send(client, hr.gate.journal).status)

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 4
    assert stored(hr, hr.gate) == list(range(1, 51))


def test_there_is_no_receipt_without_a_commit(hr: Factory):
    def full(_connection: object) -> None:
        raise OSError("disk full")

    hr.gate.write(tap(Direction.IN))
    event.listen(hr.store, "commit", full)
    answer = hr.gate.send(hr.client, hr.gate.journal)
    assert (answer.status, answer.signed) == (500, False)
    event.remove(hr.store, "commit", full)
    assert stored(hr, hr.gate) == []
    assert hr.gate.send(hr.client, hr.gate.journal).json["refusals"] == []


def test_the_last_contact_of_a_box_is_noted(hr: Factory):
    hr.gate.write(tap(Direction.IN))
    hr.gate.send(hr.client, hr.gate.journal)
    seen = next(each for each in hr.service.kiosks.listed() if each.device == "gate-1")
    assert (seen.epoch, seen.last_seq, seen.last_contact_us) == (1, 1, hr.service.office.clock())


def test_asking_for_reference_data_is_a_contact_too_noted_at_most_once_a_minute(hr: Factory):
    seen = []
    for passed_us in (0, 59_999_999, 60_000_000):
        hr.service.office.clock = iter([NOON_US + passed_us] * 9).__next__
        hr.gate.ask(hr.client, "GET", "/v1/reference")
        seen += [box.last_contact_us for box in hr.service.kiosks.listed() if box.device == "gate-1"]
    assert seen == [NOON_US, NOON_US, NOON_US + 60_000_000]


def test_a_box_that_is_not_let_in_leaves_no_contact(hr: Factory):
    hr.revoked.ask(hr.client, "GET", "/v1/reference")
    assert [box.last_contact_us for box in hr.service.kiosks.listed() if box.device == "old-1"] == [None]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"\xff", b"[" * 5000, b'[{"seq":1}]', b'{"device":"gate-1"}'],
    ids=["nothing", "no facts", "cut", "not text", "deep", "half a fact", "no list"],
)
@pytest.mark.parametrize("path", ["/v1/facts", "/v1/devices"])
def test_nonsense_is_answered_with_what_is_wrong(hr: Factory, path: str, body: bytes):
    answer = hr.gate.ask(hr.client, "POST", path, body)
    assert (answer.status, answer.json["code"]) == (400, "malformed")


@pytest.mark.parametrize("missing", ["Clockpiece-Device", "Clockpiece-Nonce", "Clockpiece-Signature", "Content-Digest"])
def test_a_request_without_one_of_its_headers_is_malformed(hr: Factory, missing: str):
    answer = hr.gate.ask(hr.client, "GET", "/v1/reference", headers={missing: ""})
    assert answer.status in (400, 401)
    assert hr.client.get("/v1/reference").status_code == 400


def test_facts_of_another_box_are_malformed(hr: Factory):
    other = Box("gate-2")
    fact = other.write(tap(Direction.IN))
    answer = hr.gate.send(hr.client, [fact])
    assert (answer.status, answer.json["code"]) == (400, "malformed")


def test_a_body_that_is_too_long_is_not_read(hr: Factory):
    answer = hr.gate.ask(hr.client, "POST", "/v1/facts", b" " * 1_000_001)
    assert (answer.status, answer.json["code"]) == (413, "too_large")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(1, 8)), max_size=8))
def test_any_order_of_resends_and_overlaps_stores_each_fact_once(hr: Factory, sends: list[tuple[int, int]]):
    hr.gate.epoch, hr.gate.journal = hr.gate.epoch + 1, []
    for _ in range(8):
        hr.gate.write(tap(Direction.IN))
    for start, length in [*sends, (0, 8)]:
        assert hr.gate.send(hr.client, hr.gate.journal[start : start + length]).status in (200, 409)
    assert hr.service.inbox.facts("gate-1", hr.gate.epoch, list(range(1, 9))) == hr.gate.journal


# --- reference data -----------------------------------------------------------------------------------


def test_reference_data_is_signed_and_sent_again_only_when_it_changed(hr: Factory):
    first = hr.gate.ask(hr.client, "GET", "/v1/reference")
    known = msgspec.json.decode(first.response.get_data(), type=Manifest)
    assert (first.status, first.signed) == (200, True)
    again = hr.gate.ask(hr.client, "GET", f"/v1/reference/{known.version}")
    assert (again.status, again.signed, again.response.get_data()) == (304, True, b"")
    hr.service.catalogue.import_csv(Kind.MACHINES, MACHINES_CSV.encode())
    assert hr.gate.ask(hr.client, "GET", f"/v1/reference/{known.version}").status == 200


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
def test_a_page_is_packed_for_who_says_so_and_is_nobody_elses_to_keep(hr: Factory, accepted: str):
    plant = next(each for each in hr.service.editions.current().pages if each[0] == "plant")
    answer = hr.gate.ask(hr.client, "GET", "/v1/reference/{}/{}".format(*plant), headers={"Accept-Encoding": accepted})
    body, headers = answer.response.get_data(), answer.response.headers
    assert (answer.status, answer.signed) == (200, True)
    assert headers.get("Content-Encoding", "identity") == accepted
    assert (unpack(body) if accepted == "gzip" else body).startswith(b'[{"name":"Yongxin Plastics"')
    assert headers["Cache-Control"] == "no-store"
