"""What every HR server owes a box, and every fact source the sender: asked of the fakes and of the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from database import NotThereYet
from edge.store.journal import Draft, Journal
from edge.store.views import SqlViews
from sync.exchange.client import HrClient, Reply
from sync.ports import FactSource
from sync.wire.envelope import (
    MAX_SEALED_BYTES,
    Fact,
    Receipt,
    SealedReceipt,
    Wanted,
    encode_batch,
    encode_sealed,
    fingerprint,
)
from sync.wire.identity import sealed_digest
from tests.contract.hr_servers import CHANGE, HrServer, fake_hr, real_hr
from tests.enrolling import introduce
from tests.integration.sending_box import ListSource
from tests.references import fetched
from tests.unit.sync.made import DEVICE, chained, forged, stamp, tap

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


@pytest.fixture(params=["fake", "real"])
def hr(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HrServer]:
    with fake_hr() if request.param == "fake" else real_hr(tmp_path) as server:
        yield server


@pytest.fixture
def stranger(hr: HrServer) -> Iterator[HrClient]:
    """Says that it is the box, with a key of its own."""
    client = HrClient(hr.url, hr.public_key, STRANGER, DEVICE)
    yield client
    client.close()


@pytest.fixture
def newcomer(hr: HrServer) -> Iterator[HrClient]:
    """A box that nobody has accepted."""
    client = HrClient(hr.url, hr.public_key, KEY, DEVICE)
    yield client
    client.close()


@pytest.fixture
def box(hr: HrServer, newcomer: HrClient) -> HrClient:
    """An accepted box."""
    introduce(newcomer, DEVICE, hr.make_code(DEVICE))
    hr.accept(fingerprint(KEY.public_key()))
    return newcomer


def send(client: HrClient, facts: list[Fact]) -> Reply:
    return client.send("POST", "/v1/facts", encode_batch(facts), numbers=(facts[0].epoch, facts[0].seq, facts[-1].seq))


def receipt_of(reply: Reply) -> Receipt:
    assert (reply.status, reply.signed) == (200, True)
    receipt = msgspec.json.decode(reply.body, type=Receipt)
    assert (receipt.device, receipt.nonce) == (DEVICE, reply.nonce)
    return receipt


# --- HR -----------------------------------------------------------------------------------------


def test_a_box_nobody_accepted_is_told_so_and_nothing_is_stored(hr: HrServer, newcomer: HrClient):
    assert send(newcomer, chained(2)).status == 401
    assert introduce(newcomer, DEVICE).status == 403
    assert introduce(newcomer, DEVICE, hr.make_code(DEVICE)).status == 202
    assert introduce(newcomer, DEVICE).status == 202
    assert send(newcomer, chained(2)).status == 401
    assert hr.held(DEVICE) == []


def test_an_accepted_box_gets_a_receipt_for_what_is_stored(hr: HrServer, box: HrClient):
    facts = chained(3)
    receipt = receipt_of(send(box, facts))
    assert (receipt.epoch, receipt.seq, receipt.head, receipt.refusals) == (1, 3, facts[2].hash, [])
    assert hr.held(DEVICE) == facts


def test_another_key_does_not_speak_for_the_box(hr: HrServer, box: HrClient, stranger: HrClient):
    assert send(stranger, chained(2)).status == 401
    assert hr.held(DEVICE) == []


def test_the_same_batch_again_is_the_same_receipt_and_stored_once(hr: HrServer, box: HrClient):
    facts = chained(3)
    first, again = receipt_of(send(box, facts)), receipt_of(send(box, facts))
    assert (first.seq, first.head, first.refusals) == (again.seq, again.head, again.refusals)
    assert hr.held(DEVICE) == facts


def test_an_overlapping_batch_stores_only_what_is_new(hr: HrServer, box: HrClient):
    facts = chained(6)
    send(box, facts[:4])
    assert receipt_of(send(box, facts[2:])).seq == 6
    assert hr.held(DEVICE) == facts


def test_a_batch_sent_long_after_gets_a_receipt_for_all_that_is_held(hr: HrServer, box: HrClient):
    facts = chained(6)
    send(box, facts)
    assert receipt_of(send(box, facts[:2])).seq == 6


def test_after_a_gap_hr_asks_for_what_it_lacks(hr: HrServer, box: HrClient):
    facts = chained(6)
    send(box, facts[:2])
    reply = send(box, facts[4:])
    assert (reply.status, reply.signed) == (409, True)
    assert msgspec.json.decode(reply.body, type=Wanted) == Wanted(DEVICE, 1, 3, reply.nonce)
    assert hr.held(DEVICE) == facts[:2]


def test_a_spoilt_fact_is_set_aside_and_the_ones_behind_it_are_stored(hr: HrServer, box: HrClient):
    facts = chained(4)
    spoilt = msgspec.structs.replace(facts[1], body={**facts[1].body, "station": "elsewhere"})
    receipt = receipt_of(send(box, [facts[0], spoilt, *facts[2:]]))
    assert receipt.seq == 4
    assert [(each.seq, each.code) for each in receipt.refusals] == [(2, "bad_hash")]
    assert hr.held(DEVICE) == [facts[0], *facts[2:]]
    assert hr.aside(DEVICE) == {2}


def test_other_content_under_a_known_number_never_replaces_it(hr: HrServer, box: HrClient):
    facts = chained(2)
    send(box, facts)
    receipt = receipt_of(send(box, [facts[0], forged(facts[1], command="other")]))
    assert [(each.seq, each.code) for each in receipt.refusals] == [(2, "conflict")]
    assert hr.held(DEVICE) == facts


def test_what_is_not_a_batch_is_refused_without_a_receipt(hr: HrServer, box: HrClient):
    reply = box.send("POST", "/v1/facts", b"<html>", numbers=(1, 1, 1))
    assert reply.status == 400


def test_reference_data_comes_once_and_again_when_it_changed(hr: HrServer, box: HrClient):
    version, _ = fetched(box)
    same = box.send("GET", f"/v1/reference/{version}", b"")
    assert (same.status, same.signed, same.body) == (304, True, b"")
    hr.change_reference()
    changed = box.send("GET", f"/v1/reference/{version}", b"")
    assert (changed.status, changed.signed) == (200, True)
    newer, rows = fetched(box)
    assert newer != version
    assert CHANGE.number in {person.number for person in rows["people"]}


def test_a_page_that_is_not_of_today_is_a_signed_no(hr: HrServer, box: HrClient):
    for path in ("people/0", "robots/0"):
        reply = box.send("GET", f"/v1/reference/{path}", b"", takes_packed=True)
        assert (reply.status, reply.signed) == (404, True)


def seal_sent(client: HrClient, person: str, sealed: bytes) -> Reply:
    return client.send("POST", "/v1/sealed", encode_sealed(person, sealed))


def test_a_sealed_record_is_signed_for_kept_once_and_listed(hr: HrServer, box: HrClient):
    for _ in range(2):
        reply = seal_sent(box, "p-new", b"sealed")
        assert (reply.status, reply.signed) == (200, True)
        assert msgspec.json.decode(reply.body, type=SealedReceipt) == SealedReceipt("p-new", sealed_digest(b"sealed"))
    assert hr.sealed() == {"p-new": b"sealed"}
    assert [each.person for each in fetched(box)[1]["newcomers"]] == ["p-new"]


def test_another_record_of_the_same_person_is_a_signed_conflict_and_what_is_there_stays(hr: HrServer, box: HrClient):
    seal_sent(box, "p-new", b"sealed")
    for _ in range(2):
        reply = seal_sent(box, "p-new", b"another")
        assert (reply.status, reply.signed, msgspec.json.decode(reply.body)["code"]) == (409, True, "conflict")
    assert hr.sealed() == {"p-new": b"sealed"}


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b'{"person":"p-new"}',
        b'{"person":"","sealed":"AAAA"}',
        b'{"person":"p-new","sealed":""}',
        b'{"person":"p-new","sealed":"not base64!"}',
        b'{"person":"p new/..","sealed":"AAAA"}',
        b'{"person":"p-new","sealed":"AAAA","more":1}',
        encode_sealed("p-new", b"x" * MAX_SEALED_BYTES),
    ],
)
def test_what_is_no_sealed_record_is_refused_under_signature(hr: HrServer, box: HrClient, body: bytes):
    reply = box.send("POST", "/v1/sealed", body)
    assert (reply.status, reply.signed, msgspec.json.decode(reply.body)["code"]) == (400, True, "malformed")
    assert hr.sealed() == {}


def test_a_sealed_record_is_taken_from_an_accepted_box_only(hr: HrServer, box: HrClient, stranger: HrClient):
    reply = seal_sent(stranger, "p-new", b"sealed")
    assert (reply.status, reply.signed, hr.sealed()) == (401, False, {})


# --- fact sources ---------------------------------------------------------------------------------


SEALED = [("p-1", 2, b"sealed"), ("p-2", 4, b"sealed later")]


@pytest.fixture(params=["list", "journal"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> FactSource:
    """Holds five taps, and two sealed records."""
    if request.param == "list":
        listed = ListSource(chained(5))
        listed.sealed = list(SEALED)
        return listed
    journal = Journal(tmp_path / "facts.db", bytes(32), DEVICE)
    with journal.transaction():
        for seq in range(1, 6):
            journal.append(Draft(f"command-{seq}", stamp(seq), tap(seq)), 0)
        for person, seq, sealed in reversed(SEALED):
            journal.keep_sealed(person, seq, sealed)
    journal.close()
    return SqlViews(tmp_path / "facts.db", bytes(32))


@pytest.mark.parametrize(
    ("after", "limit", "seqs"), [(0, 3, [1, 2, 3]), (3, 500, [4, 5]), (5, 500, []), (99, 500, []), (0, 0, [])]
)
def test_a_source_gives_what_comes_after_oldest_first(source: FactSource, after: int, limit: int, seqs: list[int]):
    assert [fact.seq for fact in source.of_epoch(1, after, limit)] == seqs


def test_a_source_gives_the_facts_as_they_were_chained(source: FactSource):
    assert source.of_epoch(1, 0, 500) == chained(5)
    assert source.epochs() == [1]


@pytest.mark.parametrize("limit", [0, 1, 2, 500])
def test_a_source_gives_the_sealed_records_it_still_holds_in_the_order_of_their_facts(source: FactSource, limit: int):
    assert source.sealed_records(limit) == SEALED[:limit]


def test_a_journal_that_core_has_not_made_says_not_there_yet(tmp_path: Path):
    with pytest.raises(NotThereYet):
        SqlViews(tmp_path / "facts.db", bytes(32)).after(0, 1)
