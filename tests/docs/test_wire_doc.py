"""docs/wire.md: its worked example is recomputed, and its lists are complete."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import msgspec
import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hr.ingest.openapi import OPERATIONS
from hr.kiosks.store import Enrolment
from sync.exchange.client import MAX_ANSWER_BYTES, TOTAL_S
from sync.wire import reference_data
from sync.wire.enrolment import code_key, proof_bytes
from sync.wire.envelope import (
    GENESIS,
    HEADER,
    MAX_BATCH_BYTES,
    MAX_BATCH_FACTS,
    ClockState,
    Fact,
    Receipt,
    SignedRequest,
    b64,
    canonical,
    canonical_json,
    decode_batch,
    digest,
    encode_batch,
    fact_hash,
    fingerprint,
    public_from_text,
    public_text,
    read_request,
    response_bytes,
    sign_request,
    unb64,
    verified,
)
from sync.wire.facts import KINDS, body_of
from sync.wire.reference_pages import MAX_PAGE_BYTES
from sync.wire.rotation import rotation_bytes
from sync.wire.signed_time import time_bytes
from sync.wire.words import words_of
from tests.docs.pages import code_words, example, page, rows, section

PAGE = page("wire.md")
KEYS = {line[:14].strip(): line[14:].strip() for line in example(PAGE, "keys").splitlines()}
BOX = Ed25519PrivateKey.from_private_bytes(unb64(KEYS["box private"]))
HR = Ed25519PrivateKey.from_private_bytes(unb64(KEYS["HR private"]))
BATCH = example(PAGE, "batch").encode()
FACTS = decode_batch(BATCH)
RECEIPT = example(PAGE, "receipt").encode()


def headers(name: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in example(PAGE, name).splitlines())


def the_request() -> SignedRequest:
    _version, *lines = example(PAGE, "request-signing-bytes").splitlines()
    fields = dict(zip(SignedRequest.__struct_fields__, lines, strict=True))
    return msgspec.convert(fields, SignedRequest, strict=False)


def test_the_public_keys_and_the_fingerprint_belong_to_the_private_keys():
    assert public_text(BOX.public_key()) == KEYS["box public"]
    assert public_text(HR.public_key()) == KEYS["HR public"]
    assert fingerprint(BOX.public_key()) == KEYS["fingerprint"]


def test_the_proof_of_a_code_is_the_one_of_the_page():
    """Made here as the page says it, and by the program."""
    said = dict(line.split(None, 1) for line in example(PAGE, "enrolment").replace("code key", "key").splitlines())
    message, hr_key = example(PAGE, "proof-bytes").encode(), KEYS["HR public"]
    salt = hashlib.sha256(f"clockpiece-enrolment-1\n{hr_key}\nkiosk-1".encode()).digest()[:16]
    made = hash_secret_raw(b"K7QM2XNA", salt, 2, 19_456, 1, 32, Type.ID, 19)
    assert b64(made) == said["key"]
    assert code_key("K7QM2XNA", "kiosk-1", HR.public_key()).private_bytes_raw() == made
    assert public_text(Ed25519PrivateKey.from_private_bytes(made).public_key()) == said["verifier"]
    assert verified(public_from_text(said["verifier"]), unb64(said["proof"]), message)
    nonce = message.decode().splitlines()[-1]
    assert proof_bytes("kiosk-1", KEYS["box public"], replaces=False, nonce=nonce) == message
    assert words_of(BOX.public_key()) == said["words"]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.kind)
def test_each_fact_has_the_canonical_bytes_and_the_hash_of_the_page(fact: Fact):
    assert canonical(fact).decode() == example(PAGE, f"canonical-{fact.seq}")
    assert fact_hash(fact) == fact.hash == example(PAGE, f"hash-{fact.seq}")


def test_the_facts_are_of_their_kinds_and_chained_from_the_beginning():
    assert [fact.prev_hash for fact in FACTS] == [GENESIS, FACTS[0].hash]
    assert all(body_of(fact.kind, fact.body) for fact in FACTS)


def test_the_page_lists_every_kind_of_reference_data_and_whether_a_box_must_know_it():
    listed = {cells[0].strip("`"): cells[1] for cells in rows(section(PAGE, "GET /v1/reference")) if len(cells) == 3}
    assert listed == {name: "yes" if kind.must_know else "no" for name, kind in reference_data.KINDS.items()}
    assert f"{MAX_PAGE_BYTES:,} bytes" in section(PAGE, "GET /v1/reference")


def written_from_the_page(value: Any) -> bytes:
    """Canonical JSON by another program than ours."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_a_checker_written_from_the_page_alone_finds_the_same_hashes():
    before = "0" * 64
    for fact in json.loads(BATCH):
        claimed = fact.pop("hash")
        assert fact["prev_hash"] == before
        assert hashlib.sha256(written_from_the_page(fact)).hexdigest() == claimed
        before = claimed


@pytest.mark.parametrize(
    "value",
    [
        {"é": 1, "z": 2, "Z": 3, "": 4, "大": 5, "\U0001f600": 6, "\uffff": 7},
        '\x00\x1f\b\t\n\f\r"\\/\x7f\u2028é大\U0001f600',
        [2**53, -1, 0, True, False, None, [], {}],
    ],
    ids=["order of keys", "escapes", "plain values"],
)
def test_the_rules_of_the_page_make_the_canonical_bytes(value: Any):
    assert written_from_the_page(value) == canonical_json(value)


def test_the_batch_is_in_canonical_form():
    assert encode_batch(FACTS) == BATCH


def test_the_box_signs_the_bytes_and_sends_the_headers_of_the_page():
    request = the_request()
    assert request.digest == digest(BATCH)
    assert request.signing_bytes().decode() == example(PAGE, "request-signing-bytes")
    assert sign_request(BOX, request) == headers("request-headers")


def test_hr_rebuilds_the_request_from_what_it_received():
    asked = the_request()
    request, signature = read_request(asked.method, asked.host, asked.path, headers("request-headers"), BATCH)
    assert request == asked
    assert verified(BOX.public_key(), signature, request.signing_bytes())


def test_the_receipt_answers_the_batch_and_is_in_canonical_form():
    receipt = msgspec.json.decode(RECEIPT, type=Receipt)
    assert (receipt.device, receipt.epoch, receipt.seq, receipt.head) == ("kiosk-1", 1, 2, FACTS[-1].hash)
    assert receipt.nonce == the_request().nonce
    assert canonical_json(receipt) == RECEIPT


def test_hr_signs_its_answer_for_the_nonce_of_the_question():
    message = response_bytes(the_request().nonce, RECEIPT)
    assert message.decode() == example(PAGE, "response-signing-bytes")
    signature = unb64(headers("response-headers")[HEADER + "Signature"])
    assert verified(HR.public_key(), signature, message)


def test_the_page_names_every_line_of_the_signature_in_order():
    described = [cells[1] for cells in rows(section(PAGE, "A signed request")) if cells[0].isdigit()]
    assert len(described) == 1 + len(SignedRequest.__struct_fields__)
    sent = sign_request(BOX, the_request())
    assert set(sent) <= set(code_words(section(PAGE, "A signed request")))


def test_the_page_names_every_field_of_a_fact():
    described = {cells[0].strip("`") for cells in rows(section(PAGE, "A fact"))}
    assert described >= set(Fact.__struct_fields__)


def test_the_page_describes_every_kind_of_fact_and_no_other():
    described = {cells[0].strip("`") for cells in rows(section(PAGE, "Kinds of fact"))}
    assert described == set(KINDS)


def test_every_field_it_names_for_a_kind_is_one():
    for kind, _says, fields in rows(section(PAGE, "Kinds of fact")):
        known = set(KINDS[kind.strip("`")].__struct_fields__)
        assert set(code_words(fields)) <= known, kind


@pytest.mark.parametrize("code", ["conflict", "bad_hash", "broken_chain", "unknown_kind", "bad_body"])
def test_every_refusal_of_a_fact_is_described(code: str):
    assert code in code_words(section(PAGE, "POST /v1/facts"))


def test_every_answer_to_a_box_that_asks_to_be_let_in_is_described():
    assert {each.value for each in Enrolment} <= set(code_words(PAGE))


def test_the_lines_that_are_signed_for_a_new_key_and_for_the_time_are_those_of_the_page():
    old, new = KEYS["box public"], KEYS["HR public"]
    assert f"`{rotation_bytes('', '', '').decode().split()[0]}`, `device`, the old public key, the new one" in PAGE
    assert rotation_bytes("kiosk-1", old, new).decode() == f"clockpiece-rotation-1\nkiosk-1\n{old}\n{new}"
    assert "`clockpiece-time-1`, the nonce, and the time in decimal" in PAGE
    assert time_bytes("nonce", 12).decode() == "clockpiece-time-1\nnonce\n12"


def test_every_address_that_is_described_for_tools_has_its_section():
    names = {re.sub(r"/\{.*", "", each.path) for each in OPERATIONS}
    assert [name for name in names if not re.search(rf"^## (GET|POST) {re.escape(name)}", PAGE, re.MULTILINE)] == []


def test_every_state_of_the_clock_is_described():
    assert {each.value for each in ClockState} <= set(code_words(section(PAGE, "A fact")))


def test_the_limits_of_a_batch_are_those_of_the_code():
    facts = section(PAGE, "POST /v1/facts")
    assert f"1 to {MAX_BATCH_FACTS} facts" in facts
    assert f"{MAX_BATCH_BYTES:,} bytes" in facts


def test_the_limits_of_an_answer_are_those_of_the_code():
    assert f"{MAX_ANSWER_BYTES:,} bytes and {TOTAL_S:g} s" in section(PAGE, "A signed answer")
