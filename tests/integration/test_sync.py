"""The sender against HR servers on real sockets, honest and not: nothing unsent is ever forgotten."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from database import NotThereYet
from sync import worker as worker_module
from sync.exchange import client as client_module
from sync.policy import Pace, Verdict
from sync.wire.continuity import AtHr
from sync.wire.envelope import Refusal, canonical_json, fingerprint
from sync.wire.reference_data import Person, Reference
from sync.worker import CONTACT_EVERY_US, SyncWorker
from tests.contract.hr_servers import Exchange, FakeHr, Trick, fake_hr
from tests.enrolling import introduce
from tests.integration.hr_tricks import (
    OTHER_KEY,
    TROUBLES,
    answer_lost,
    busy_for_ten_seconds,
    hang_up,
    html_200,
    huge,
    huge_without_end,
    of_a_newer_release,
    redirect,
    reset,
    signed_by_another,
    status,
    unsigned_receipt,
    wanted,
    with_a_long_refusal,
)
from tests.integration.sending_box import KEY, Box, close, make_box
from tests.unit.sync.made import DEVICE, chained, forged


@pytest.fixture
def hr() -> Iterator[FakeHr]:
    with fake_hr() as server:
        server.accepted[DEVICE] = KEY.public_key()
        yield server


@pytest.fixture
def box(hr: FakeHr, tmp_path: Path) -> Iterator[Box]:
    made = make_box(tmp_path, hr.url, hr.key)
    yield made
    close(made)


# --- all is well ----------------------------------------------------------------------------------


def test_a_receipt_moves_the_cursor(hr: FakeHr, box: Box):
    assert box.worker.round() is Verdict.DONE
    assert box.unsent() == []
    assert hr.held(DEVICE) == box.source.facts


def test_a_long_queue_goes_in_batches_within_the_limits(hr: FakeHr, box: Box, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker_module, "MAX_BATCH_FACTS", 2)
    assert box.worker.round() is Verdict.DONE
    assert [asked for asked in hr.asked if asked[1]] == [("/v1/facts", 1, 2), ("/v1/facts", 3, 4), ("/v1/facts", 5, 5)]


def test_a_batch_stays_within_its_bytes(hr: FakeHr, box: Box, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker_module, "MAX_BATCH_BYTES", 2 * len(canonical_json(box.source.facts[0])) + 10)
    assert box.worker.round() is Verdict.DONE
    assert [asked[1:] for asked in hr.asked if asked[1]] == [(1, 2), (3, 4), (5, 5)]


def test_each_epoch_is_sent_by_itself_the_older_first(hr: FakeHr, box: Box):
    box.source.facts += chained(2, epoch=2)
    assert box.worker.round() is Verdict.DONE
    assert [asked[1:] for asked in hr.asked if asked[1]] == [(1, 5), (1, 2)]
    assert (box.store.acknowledged(1), box.store.acknowledged(2)) == (5, 2)


def test_with_nothing_to_send_only_the_reference_data_is_asked_for(hr: FakeHr, box: Box):
    box.worker.round()
    hr.asked.clear()
    assert box.worker.round() is Verdict.DONE
    assert hr.asked == [(f"/v1/reference/{box.store.pages.version()}", 0, 0)]


def test_a_journal_that_is_not_there_yet_is_no_trouble_of_hr(
    box: Box, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def epochs() -> list[int]:
        raise NotThereYet("core has not started")

    monkeypatch.setattr(box.source, "epochs", epochs)
    assert box.worker.round() is Verdict.RETRY
    assert "HR" not in caplog.text


# --- answers that are not receipts ------------------------------------------------------------------


@pytest.fixture
def small_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MAX_ANSWER_BYTES", 4_000)


@pytest.mark.fault("F22")
@pytest.mark.usefixtures("small_answers")
@pytest.mark.parametrize("trick", TROUBLES, ids=lambda trick: trick.__name__)
def test_what_is_no_receipt_forgets_nothing_and_all_arrives_once_the_next_time(hr: FakeHr, box: Box, trick: Trick):
    hr.tricks.append(trick)
    assert box.worker.round() is Verdict.RETRY
    assert box.unsent() == [1, 2, 3, 4, 5]
    assert box.worker.round() is Verdict.DONE
    assert box.unsent() == []
    assert hr.held(DEVICE) == box.source.facts


@pytest.mark.usefixtures("small_answers")
@pytest.mark.parametrize("trick", [huge, huge_without_end], ids=lambda trick: trick.__name__)
def test_a_huge_answer_is_given_up_as_soon_as_it_is_too_long(
    hr: FakeHr, box: Box, trick: Trick, caplog: pytest.LogCaptureFixture
):
    hr.tricks.append(trick)
    box.worker.round()
    assert "an answer of more than 4000 bytes" in caplog.text


def test_a_redirect_is_never_followed(hr: FakeHr, box: Box):
    hr.tricks.append(redirect)
    box.worker.round()
    assert hr.asked == [("/v1/facts", 1, 5)]


def test_after_a_lost_answer_hr_gets_the_same_facts_again_and_keeps_them_once(hr: FakeHr, box: Box):
    hr.tricks.append(answer_lost)
    box.worker.round()
    box.source.facts += chained(2, after=box.source.facts[-1])
    assert box.worker.round() is Verdict.DONE
    assert [fact.seq for fact in hr.received] == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6, 7]
    assert hr.held(DEVICE) == box.source.facts


def test_an_answer_that_drips_is_given_up_after_the_whole_time(
    hr: FakeHr, box: Box, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def drip(asked: Exchange) -> None:
        """Each byte comes in time; the hundred thousand of them never would."""
        asked.handler.send_response(200)
        asked.handler.send_header("Content-Length", "100000")
        asked.handler.end_headers()
        try:
            while not gone.wait(0.01):
                asked.handler.wfile.write(b"x")
        except OSError:
            asked.handler.close_connection = True

    gone = threading.Event()
    monkeypatch.setattr(client_module, "TOTAL_S", 0.1)
    hr.tricks.append(drip)
    assert box.worker.round() is Verdict.RETRY
    gone.set()
    assert "not complete" in caplog.text
    assert box.unsent() == [1, 2, 3, 4, 5]


def test_a_server_that_says_nothing_is_given_up(hr: FakeHr, box: Box, monkeypatch: pytest.MonkeyPatch):
    gone = threading.Event()
    monkeypatch.setattr(client_module, "READ_S", 0.05)
    hr.tricks.append(lambda asked: hang_up(asked) if gone.wait(5) else None)
    assert box.worker.round() is Verdict.RETRY
    gone.set()
    assert box.unsent() == [1, 2, 3, 4, 5]


def test_a_port_where_nobody_listens_is_trouble_and_no_more(box: Box, tmp_path: Path):
    (tmp_path / "other").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lonely = make_box(tmp_path / "other", f"http://127.0.0.1:{port}", OTHER_KEY)
    assert lonely.worker.round() is Verdict.RETRY
    assert lonely.unsent() == [1, 2, 3, 4, 5]
    close(lonely)


# --- what HR may ask for ----------------------------------------------------------------------------


def test_an_unknown_box_introduces_itself_and_sends_once_it_is_accepted(
    hr: FakeHr, box: Box, caplog: pytest.LogCaptureFixture
):
    hr.accepted.clear()
    assert introduce(box.client, DEVICE, hr.make_code(DEVICE)).status == 202
    assert box.worker.round() is Verdict.UNKNOWN_BOX
    assert fingerprint(KEY.public_key()) in caplog.text
    assert box.reader.contact().state == "waiting"
    assert box.unsent() == [1, 2, 3, 4, 5]
    hr.accept(fingerprint(KEY.public_key()))
    assert box.worker.round() is Verdict.DONE
    assert hr.held(DEVICE) == box.source.facts


def test_a_server_that_was_restored_gets_again_what_it_lacks(hr: FakeHr, box: Box):
    box.worker.round()
    for seq in (3, 4, 5):
        del hr.facts[DEVICE, 1, seq]
    box.source.facts += chained(1, after=box.source.facts[-1])
    assert box.worker.round() is Verdict.RETRY
    assert box.worker.round() is Verdict.DONE
    assert hr.held(DEVICE) == box.source.facts


def test_a_box_that_lost_its_cursor_sends_anew_and_is_not_stopped_by_receipts_that_are_ahead(
    hr: FakeHr, box: Box, monkeypatch: pytest.MonkeyPatch
):
    box.worker.round()
    box.store.rewind(1)
    monkeypatch.setattr(worker_module, "MAX_BATCH_FACTS", 2)
    assert box.worker.round() is Verdict.DONE
    assert box.unsent() == []
    assert hr.held(DEVICE) == box.source.facts


@pytest.mark.parametrize("size", [1, 2, 500])
@pytest.mark.parametrize("recorded", [1, 2, 4])
def test_a_box_restored_to_an_older_state_learns_where_it_parts_from_hr_and_overwrites_nothing(
    hr: FakeHr, box: Box, monkeypatch: pytest.MonkeyPatch, size: int, recorded: int
):
    box.worker.round()
    kept = list(box.source.facts)
    monkeypatch.setattr(worker_module, "MAX_BATCH_FACTS", size)
    box.source.facts[3:] = [forged(fact, command="since") for fact in chained(recorded, after=kept[2])]
    box.store.rewind(2)
    for _ in range(2):
        assert box.worker.round() is Verdict.PARTED
        assert box.store.at_hr() == AtHr(1, 5, kept[-1].hash, 3, parted=True)
    assert [fact.hash for fact in hr.held(DEVICE)][:5] == [fact.hash for fact in kept]


def test_a_box_that_forgot_its_last_facts_learns_it_at_the_first_round_with_nothing_new_to_send(
    hr: FakeHr, box: Box, tmp_path: Path
):
    box.worker.round()
    last = box.source.facts.pop()
    box.store.rewind(5)
    again = SyncWorker(box.source, box.store, box.client, DEVICE, box.now)
    assert again.round() is Verdict.PARTED
    assert box.store.at_hr() == AtHr(1, 5, last.hash, 4)


def test_hr_that_lost_a_whole_epoch_gets_the_one_before_and_then_the_new_one_from_its_start(hr: FakeHr, box: Box):
    box.source.facts += chained(2, epoch=2)
    assert box.worker.round() is Verdict.DONE
    box.source.facts += chained(1, epoch=2, after=box.source.facts[-1])
    hr.tricks.append(wanted(epoch=1, seq=4))
    assert box.worker.round() is Verdict.RETRY
    hr.asked.clear()
    assert box.worker.round() is Verdict.DONE
    assert [asked[1:] for asked in hr.asked if asked[1]] == [(4, 5), (1, 3)]


def test_hr_that_wants_an_epoch_of_another_box_gets_the_new_one_from_its_start(hr: FakeHr, box: Box):
    box.source.facts = chained(2, epoch=2)
    assert box.worker.round() is Verdict.DONE
    box.source.facts += chained(1, epoch=2, after=box.source.facts[-1])
    hr.tricks.append(wanted(epoch=1, seq=4))
    assert box.worker.round() is Verdict.RETRY
    hr.asked.clear()
    assert box.worker.round() is Verdict.DONE
    assert [asked[1:] for asked in hr.asked if asked[1]] == [(1, 3)]


@pytest.mark.parametrize("changes", [{"nonce": "another"}, {"device": "box-2"}, {"seq": 0}], ids=str)
def test_a_question_that_was_put_to_somebody_else_does_not_rewind(hr: FakeHr, box: Box, changes: dict[str, object]):
    box.worker.round()
    box.source.facts += chained(1, after=box.source.facts[-1])
    hr.tricks.append(wanted(**changes))
    assert box.worker.round() is Verdict.RETRY
    assert box.unsent() == [6]


def test_refused_facts_are_parked_with_their_reason_and_the_queue_goes_on(
    hr: FakeHr, box: Box, caplog: pytest.LogCaptureFixture
):
    hr.poison = {2, 4}
    assert box.worker.round() is Verdict.DONE
    assert [fact.seq for fact in hr.held(DEVICE)] == [1, 3, 5]
    assert box.reader.contact().parked == 2
    assert "HR set fact 2 aside: bad_hash" in caplog.text


def test_a_refusal_is_kept_in_the_receipt_as_evidence(hr: FakeHr, box: Box):
    hr.poison = {2}
    box.worker.round()
    assert hr.refused[DEVICE, 1, 2] == Refusal(2, "bad_hash", "the hash does not fit")
    assert box.reader.contact().acknowledged == 5


# --- reference data ---------------------------------------------------------------------------------


def test_reference_data_is_taken_once_and_again_when_it_changed(hr: FakeHr, box: Box):
    hr.reference = Reference(7, "plant", [Person("p-1", "1001", "张伟")])
    box.worker.round()
    assert box.reader.directory().reference.rows() == hr.reference.rows()
    box.worker.round()
    hr.change_reference()
    box.worker.round()
    assert box.reader.directory().reference == Reference.of(2, hr.reference.rows())


def test_a_receipt_that_says_more_than_this_release_knows_is_a_receipt(hr: FakeHr, box: Box):
    hr.tricks.append(of_a_newer_release)
    assert box.worker.round() is Verdict.DONE
    assert box.unsent() == []


@pytest.mark.parametrize("trick", [html_200, unsigned_receipt, signed_by_another, status(304)])
@pytest.mark.parametrize("before", [1, 2], ids=["the manifest", "a page"])
def test_reference_data_that_hr_has_not_signed_is_not_taken(hr: FakeHr, box: Box, trick: Trick, before: int):
    hr.tricks += [None] * before + [trick]
    assert box.worker.round() is Verdict.RETRY
    assert box.store.pages.version() == ""
    assert box.unsent() == []
    assert box.worker.round() is Verdict.DONE
    assert box.reader.directory().reference.rows() == hr.reference.rows()


# --- what the box says of it ------------------------------------------------------------------------


def test_trouble_is_said_once_and_so_is_its_end(hr: FakeHr, box: Box, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "sync.worker")
    hr.tricks += [html_200, html_200, None]
    for _ in range(4):
        box.worker.round()
    said = [record.message for record in caplog.records if record.message.startswith("HR:")]
    assert said == ["HR: unreachable no answer that HR has signed", "HR: ok "]


def test_the_last_contact_is_written_seldom(box: Box):
    box.worker.round()
    box.now.us += CONTACT_EVERY_US - 1
    box.worker.round()
    assert box.reader.contact().wall_us == 1_000_000
    box.now.us += 1
    box.worker.round()
    assert box.reader.contact().wall_us == box.now.us


@pytest.mark.fault("F16")
@pytest.mark.parametrize("step_us", [-(10**13), 10**13])
def test_a_wall_clock_that_is_set_does_not_end_the_notes_of_contact(box: Box, step_us: int):
    box.now.us = 2 * 10**13
    box.worker.round()
    box.now.us += step_us
    box.worker.round()
    assert box.reader.contact().wall_us == box.now.us


def test_when_contact_ends_the_last_good_moment_is_written_exactly(hr: FakeHr, box: Box):
    box.worker.round()
    box.now.us += CONTACT_EVERY_US // 2
    box.worker.round()
    good_us, box.now.us = box.now.us, box.now.us + 7
    hr.tricks.append(html_200)
    box.worker.round()
    contact = box.reader.contact()
    assert (contact.state, contact.wall_us) == ("unreachable", good_us)


def test_a_full_disk_forgets_nothing(hr: FakeHr, box: Box):
    box.worker.round()
    box.source.facts += chained(1, after=box.source.facts[-1])
    connection = box.store._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    hr.tricks.append(with_a_long_refusal)
    assert box.worker.round() is Verdict.RETRY
    assert box.unsent() == [6]
    connection.execute("PRAGMA max_page_count = 100000")
    assert box.worker.round() is Verdict.DONE
    assert hr.held(DEVICE) == box.source.facts


def test_the_loop_waits_longer_after_each_trouble_and_shortly_when_all_is_well(hr: FakeHr, box: Box):
    hr.tricks += [html_200, html_200, html_200]
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) == 5

    box.worker.run(wait, Pace(longest_s=300.0), 2.0)
    assert 1.0 <= waited[0] <= 1.25
    assert 2.0 <= waited[1] <= 2.5
    assert 4.0 <= waited[2] <= 5.0
    assert waited[3:] == [2.0, 2.0]


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks_and_then_has_all_facts(hr: FakeHr, box: Box):
    hr.tricks += [busy_for_ten_seconds, reset]
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) == 3

    box.worker.run(wait, Pace(longest_s=300.0), 0.5)
    assert 10.0 <= waited[0] <= 12.5
    assert 2.0 <= waited[1] <= 2.5
    assert (waited[2], hr.held(DEVICE)) == (0.5, box.source.facts)
