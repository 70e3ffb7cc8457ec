"""Sealed records of newcomers on their way to HR: after their fact, until HR lists them, and never in the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.policy import Verdict
from sync.wire.envelope import SealedReceipt, canonical_json, encode_sealed
from sync.wire.identity import sealed_digest
from tests.contract.hr_servers import Exchange, FakeHr, Trick, fake_hr
from tests.integration.hr_tricks import answer_lost, html_200, signed_by_another, status
from tests.integration.sending_box import KEY, Box, close, make_box
from tests.unit.sync.made import DEVICE, chained


@pytest.fixture
def hr() -> Iterator[FakeHr]:
    with fake_hr() as server:
        server.accepted[DEVICE] = KEY.public_key()
        yield server


@pytest.fixture
def box(hr: FakeHr, tmp_path: Path) -> Iterator[Box]:
    """The fact of the newcomer is number 5."""
    made = make_box(tmp_path, hr.url, hr.key)
    made.source.sealed = [("p-new", 5, b"sealed")]
    yield made
    close(made)


def sent(hr: FakeHr) -> int:
    return [path for path, _first, _last in hr.asked].count("/v1/sealed")


def on_sealed(hr: FakeHr, trick: Trick) -> None:
    """Facts and reference data (a manifest and a page) are answered honestly, the sealed record with the trick."""
    hr.tricks.extend([None, None, None, trick])


def test_it_goes_after_its_fact_and_once(hr: FakeHr, box: Box):
    for _ in range(3):
        assert box.worker.round() is Verdict.DONE
    paths = [path for path, _first, _last in hr.asked]
    assert paths[:2] == ["/v1/facts", "/v1/reference"]
    assert (paths[2][:20], paths[3]) == ("/v1/reference/plant/", "/v1/sealed")
    assert (sent(hr), hr.records) == (1, {"p-new": b"sealed"})


def test_it_waits_for_the_receipt_of_its_fact(hr: FakeHr, box: Box):
    box.source.sealed = [("p-new", 6, b"sealed")]
    assert box.worker.round() is Verdict.DONE
    assert hr.records == {}
    box.source.facts += chained(1, after=box.source.facts[-1])
    assert box.worker.round() is Verdict.DONE
    assert hr.records == {"p-new": b"sealed"}


def test_the_box_may_let_go_of_it_only_when_hr_says_that_it_is_safe(hr: FakeHr, box: Box):
    box.worker.round()
    box.worker.round()
    assert box.reader.sealed_received() == set()
    hr.tell_of_sealed(safe=True)
    box.worker.round()
    assert box.reader.sealed_received() == {"p-new"}


def test_hr_that_has_lost_it_gets_it_again(hr: FakeHr, box: Box):
    box.worker.round()
    box.worker.round()
    hr.records.clear()
    hr.tell_of_sealed()
    assert box.worker.round() is Verdict.DONE
    assert hr.records == {"p-new": b"sealed"}


def receipt_for_somebody_else(asked: Exchange) -> None:
    asked.send(200, canonical_json(SealedReceipt("p-other", sealed_digest(b"sealed"))), key=asked.hr.key)


def unsigned_refusal(asked: Exchange) -> None:
    asked.send(409, b'{"code":"conflict"}')


@pytest.mark.parametrize(
    "trick",
    [signed_by_another, receipt_for_somebody_else, answer_lost, unsigned_refusal, html_200, status(500)],
    ids=lambda trick: trick.__name__,
)
def test_what_is_no_signed_answer_settles_nothing_and_it_goes_again(hr: FakeHr, box: Box, trick: Trick):
    on_sealed(hr, trick)
    assert box.worker.round() is Verdict.RETRY
    assert box.store.sealed_settled() == set()
    assert box.unsent() == []
    # As if what HR had of it were gone too.
    hr.records.clear()
    hr.tell_of_sealed()
    assert box.worker.round() is Verdict.DONE
    assert hr.records == {"p-new": b"sealed"}


def test_one_that_hr_refuses_is_parked_with_its_reason_and_the_next_goes_on(
    hr: FakeHr, box: Box, caplog: pytest.LogCaptureFixture
):
    hr.records["p-new"] = b"another"
    box.source.sealed.append(("p-next", 5, b"next"))
    for _ in range(2):
        assert box.worker.round() is Verdict.DONE
    assert hr.records == {"p-new": b"another", "p-next": b"next"}
    assert sent(hr) == 2
    assert "HR refused the sealed record of newcomer p-new: conflict" in caplog.text


def test_a_box_that_hr_no_longer_accepts_is_told_so(hr: FakeHr, box: Box):
    on_sealed(hr, lambda asked: asked.send(401, b'{"code":"not_accepted"}'))
    assert box.worker.round() is Verdict.UNKNOWN_BOX
    assert box.store.sealed_settled() == set()


def test_no_record_is_larger_than_hr_takes():
    """A card's text fields hold at most a few hundred characters."""
    assert len(encode_sealed("p" * 64, bytes(2000))) < 16_000
