"""The bytes that are hashed and signed: what must never change, and what must always be noticed."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync.wire.envelope import (
    HEADER,
    MAX_BATCH_BYTES,
    MAX_BATCH_FACTS,
    ClockState,
    Fact,
    SignedRequest,
    WireError,
    b64,
    canonical,
    canonical_json,
    decode_batch,
    digest,
    encode_batch,
    fact_hash,
    fingerprint,
    plain_text,
    public_from_text,
    public_text,
    read_request,
    response_bytes,
    sign_request,
    unb64,
    verified,
)
from tests.unit.sync.made import chained, stamp

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BODY = b'{"a":1}'
REQUEST = SignedRequest("POST", "hr.example:443", "/v1/facts", digest(BODY), "box-1", 1, 5, 9, "nonce-1")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


# --- canonical bytes ----------------------------------------------------------------------------


@given(value=json_values)
def test_any_json_library_that_sorts_keys_makes_the_same_bytes(value: Any):
    assert canonical_json(value) == json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8"
    )


def test_a_fact_has_these_bytes_for_ever():
    assert canonical(chained(1)[0]) == (
        b'{"at":{"boot_id":"boot-a","boottime_ns":1000000000,"clock":"ntp","wall_us":1767240001000000},'
        b'"body":{"direction":"IN","effective":true,"outcome":"CLOCKED_IN","person":"person-1","reader":"gate-1",'
        b'"station":"gate","work_date":"2026-01-01"},"command":"command-1","device":"box-1","epoch":1,'
        b'"kind":"AttendanceTap","part":0,'
        b'"prev_hash":"0000000000000000000000000000000000000000000000000000000000000000","seq":1}'
    )


def test_a_chain_of_three_has_these_hashes_for_ever():
    assert [fact.hash for fact in chained(3)] == [
        "7f64905911bcfad337ef21f80eb4507d20ee6a9a5e57b53d05965ee0421186e9",
        "f1add06a1a2b120c2cd6d8470726b75720e745638de9ced54c8a13e135e36385",
        "9b6a985321efef6b83d6428032efebff382bf4e67f40a18b192c52d01ed3eed9",
    ]


@pytest.mark.parametrize("value", [1.0, [0.5], {"a": {"b": [1, (2.0,)]}}, {"a": float("nan")}])
def test_a_float_is_refused_wherever_it_hides(value: Any):
    with pytest.raises(WireError, match="float"):
        canonical_json(value)


@pytest.mark.parametrize("name", ["epoch", "seq", "part"])
def test_a_number_of_a_fact_that_is_a_float_is_refused(name: str):
    with pytest.raises(WireError, match="float"):
        fact_hash(msgspec.structs.replace(chained(1)[0], **{name: 1.0}))


def test_a_float_inside_a_fact_is_refused():
    fact = msgspec.structs.replace(chained(1)[0], body={"value": 1.5})
    with pytest.raises(WireError, match="float"):
        encode_batch([fact])


OTHERS: dict[str, object] = {
    "device": "box-2",
    "epoch": 2,
    "seq": 2,
    "command": "command-2",
    "part": 1,
    "kind": "LogOnShown",
    "at": stamp(2),
    "body": {},
    "prev_hash": "1" * 64,
}


def test_the_hash_covers_every_field_but_itself():
    assert {*OTHERS, "hash"} == set(Fact.__struct_fields__)


@pytest.mark.parametrize("name", OTHERS)
def test_the_hash_changes_with_each_field(name: str):
    fact = chained(1)[0]
    assert fact_hash(msgspec.structs.replace(fact, **{name: OTHERS[name]})) != fact.hash


@pytest.mark.parametrize(
    "other", [{"boot_id": "b"}, {"boottime_ns": 2}, {"wall_us": 2}, {"clock": ClockState.NONE}], ids=str
)
def test_the_hash_changes_with_each_field_of_the_stamp(other: dict[str, object]):
    fact = chained(1)[0]
    assert fact_hash(msgspec.structs.replace(fact, at=msgspec.structs.replace(fact.at, **other))) != fact.hash


# --- batches ------------------------------------------------------------------------------------


def test_a_batch_comes_back_as_it_went():
    facts = chained(3)
    assert decode_batch(encode_batch(facts)) == facts


def as_batch(*facts: Fact) -> bytes:
    return encode_batch(list(facts))


A, B, C = chained(3)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not a batch"),
        (b"<html>", "not a batch"),
        (b"{}", "not a batch"),
        (b"[1]", "not a batch"),
        (b"[]", "batch of 0 facts"),
        (as_batch(A).replace(b'"part":0', b'"part":0,"extra":1'), "unknown field"),
        (as_batch(A).replace(b'"part":0,', b""), "missing required field"),
        (as_batch(A).replace(b'"clock":"ntp"', b'"clock":"sundial"'), "sundial"),
        (as_batch(A, C), "does not follow"),
        (as_batch(B, A), "does not follow"),
        (as_batch(A, A), "does not follow"),
        (as_batch(A, msgspec.structs.replace(B, device="box-2")), "does not follow"),
        (as_batch(A, msgspec.structs.replace(B, epoch=2)), "does not follow"),
        (as_batch(*chained(MAX_BATCH_FACTS + 1)), "batch of 501 facts"),
        (b" " * (MAX_BATCH_BYTES + 1), "at most"),
        (as_batch(A).replace(b"box-1", b"box-\xff"), "not a batch"),
        (as_batch(A).replace(b'"body":{', b'"body":{"x":' + b"[" * 3000 + b"]" * 3000 + b","), "not a batch"),
    ],
)
def test_what_is_not_a_batch_is_refused_with_the_reason(body: bytes, problem: str):
    with pytest.raises(WireError, match=problem):
        decode_batch(body)


# --- signatures ---------------------------------------------------------------------------------


def headers_of(request: SignedRequest) -> dict[str, str]:
    return sign_request(KEY, request)


def accepted(method: str, host: str, path: str, headers: dict[str, str], body: bytes) -> bool:
    """As a server does it."""
    request, signature = read_request(method, host, path, headers, body)
    return verified(KEY.public_key(), signature, request.signing_bytes())


def test_a_signed_request_is_accepted_as_it_came():
    assert accepted("POST", "hr.example:443", "/v1/facts", headers_of(REQUEST), BODY)


@pytest.mark.parametrize(
    "changed",
    [
        ("GET", "hr.example:443", "/v1/facts"),
        ("POST", "evil.example", "/v1/facts"),
        ("POST", "hr.example:443", "/v1/devices"),
    ],
)
def test_a_request_replayed_elsewhere_is_refused(changed: tuple[str, str, str]):
    assert not accepted(*changed, headers_of(REQUEST), BODY)


@pytest.mark.parametrize(
    ("name", "value"), [("Device", "box-2"), ("Epoch", "2"), ("First", "4"), ("Last", "10"), ("Nonce", "nonce-2")]
)
def test_a_request_with_another_header_is_refused(name: str, value: str):
    assert not accepted(REQUEST.method, REQUEST.host, REQUEST.path, {**headers_of(REQUEST), HEADER + name: value}, BODY)


def test_another_body_is_refused_whether_or_not_its_digest_fits():
    headers = headers_of(REQUEST)
    with pytest.raises(WireError, match="digest"):
        read_request(REQUEST.method, REQUEST.host, REQUEST.path, headers, b"{}")
    headers["Content-Digest"] = digest(b"{}")
    assert not accepted(REQUEST.method, REQUEST.host, REQUEST.path, headers, b"{}")


@pytest.mark.parametrize(
    "name", ["Content-Digest", *(HEADER + each for each in ("Device", "Epoch", "First", "Last", "Nonce", "Signature"))]
)
def test_a_missing_header_is_named(name: str):
    headers = headers_of(REQUEST)
    del headers[name]
    with pytest.raises(WireError, match=name):
        read_request(REQUEST.method, REQUEST.host, REQUEST.path, headers, BODY)


@pytest.mark.parametrize(("name", "value"), [("Epoch", "one"), ("Signature", "not base64!"), ("Signature", "ä")])
def test_a_bad_header_is_an_error_of_the_wire(name: str, value: str):
    with pytest.raises(WireError, match="missing or bad"):
        read_request(REQUEST.method, REQUEST.host, REQUEST.path, {**headers_of(REQUEST), HEADER + name: value}, BODY)


def test_no_two_requests_share_the_bytes_that_are_signed():
    one = msgspec.structs.replace(REQUEST, device="box", epoch=11, first=1)
    two = msgspec.structs.replace(REQUEST, device="box", epoch=1, first=11)
    assert one.signing_bytes() != two.signing_bytes()


def test_an_answer_is_bound_to_its_question_and_its_body():
    signature = KEY.sign(response_bytes("nonce-1", BODY))
    public = KEY.public_key()
    assert verified(public, signature, response_bytes("nonce-1", BODY))
    assert not verified(public, signature, response_bytes("nonce-2", BODY))
    assert not verified(public, signature, response_bytes("nonce-1", b"{}"))


def test_a_request_is_never_taken_for_an_answer():
    assert not verified(KEY.public_key(), KEY.sign(REQUEST.signing_bytes()), response_bytes("nonce-1", BODY))


# --- keys and text ------------------------------------------------------------------------------


def test_a_public_key_survives_its_text():
    text = public_text(KEY.public_key())
    assert public_from_text(f" {text}\n").public_bytes_raw() == KEY.public_key().public_bytes_raw()


@pytest.mark.parametrize("text", ["", "AAAA", "not a key", "A" * 44, "ключ"])
def test_what_is_no_public_key_is_refused(text: str):
    with pytest.raises(WireError, match="not an Ed25519 public key"):
        public_from_text(text)


def test_a_fingerprint_stays_what_two_people_compared():
    assert fingerprint(KEY.public_key()) == "AS3N-N9TM-CD3M-R0M5"


@given(raw=st.binary(max_size=70))
def test_only_url_safe_base64_is_read(raw: bytes):
    assert unb64(b64(raw)) == raw


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [("e\u0301", 9, "é"), ("a\x00b\nc\u202ed", 9, "abcd"), ("张伟张伟", 3, "张伟张"), ("", 9, "")],
)
def test_text_from_a_person_is_made_safe_to_store(text: str, limit: int, kept: str):
    assert plain_text(text, limit) == kept


def test_a_batch_joined_from_encoded_facts_is_the_canonical_list() -> None:
    facts = chained(3)
    assert encode_batch(facts) == canonical_json(facts)
    assert decode_batch(encode_batch(facts)) == facts
