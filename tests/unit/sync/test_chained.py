"""A batch without its hashes is the same batch, or none."""

from __future__ import annotations

import msgspec
import pytest

from sync.wire.chained import chained, unchained
from sync.wire.envelope import WireError, canonical_json, encode_batch, pack
from tests.unit.sync.made import chained as made
from tests.unit.sync.made import forged

BODY = encode_batch(made(400))


def short_of(body: bytes) -> bytes:
    short = chained(body)
    assert short is not None
    return short


def test_what_comes_out_is_what_went_in_byte_for_byte() -> None:
    assert unchained(short_of(BODY)) == BODY


def test_packed_it_is_less_than_half_of_what_the_batch_packs_to() -> None:
    assert len(pack(short_of(BODY))) < len(pack(BODY)) / 2


def test_a_fact_whose_hash_does_not_fit_goes_as_it_is_so_that_hr_sees_it() -> None:
    facts = made(5)
    facts[2] = msgspec.structs.replace(facts[2], hash="0" * 64)
    assert chained(encode_batch(facts)) is None


def test_facts_that_do_not_follow_one_another_go_as_they_are() -> None:
    facts = made(5)
    facts[2] = forged(facts[2], prev_hash="0" * 64)
    assert chained(encode_batch(facts)) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'[{"kind":1}]', BODY.replace(b",", b", ", 1)])
def test_what_is_no_canonical_batch_goes_as_it_is(body: bytes) -> None:
    assert chained(body) is None


CHANGES = {
    "another head": {"head": "0" * 64},
    "another beginning": {"previous": "1" * 64},
    "no facts": {"facts": []},
    "too many": {"facts": msgspec.json.decode(short_of(BODY))["facts"] * 2},
    "a field more": {"hash": "0" * 64},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_does_not_end_at_its_head_is_no_batch(change: str) -> None:
    with pytest.raises(WireError):
        unchained(canonical_json(msgspec.json.decode(short_of(BODY)) | CHANGES[change]))


@pytest.mark.parametrize("bytes_", [b"", b"[]", BODY, b"\xff", b"[" * 100_000])
def test_what_is_no_chain_at_all_is_no_batch(bytes_: bytes) -> None:
    with pytest.raises(WireError):
        unchained(bytes_)
