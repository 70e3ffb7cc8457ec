"""A box dies and another one takes its name: what HR has stays, what is missing is named, what its card still holds is
taken."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clockpiece import main
from hr.accounts import Installation, init
from hr.ingest.take import NotTaken
from hr.kiosks.store import Loss, State, Undecidable
from sync.enrolling.introduction import Asking, NotLetIn, Waiting, ask_to_replace
from sync.enrolling.keys import own_key
from sync.exchange.client import HrClient
from sync.policy import Verdict
from sync.wire.envelope import Fact, Introduced, fingerprint
from sync.wire.facts import EpochOpened, body_of
from tests.contract.hr_servers import RealHr, real_hr
from tests.faults.synced import DEVICE, SyncedBox


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[RealHr]:
    with real_hr(tmp_path) as server:
        yield server


@pytest.fixture
def dead(hr: RealHr, tmp_path: Path) -> SyncedBox:
    """It has sent a part of what it recorded, and is gone."""
    box = SyncedBox(tmp_path / "dead", hr)
    box.let_in()
    box.work(0, 8)
    assert box.sync() is Verdict.DONE
    box.work(8, 14)
    return box


@pytest.fixture
def new(hr: RealHr, tmp_path: Path) -> SyncedBox:
    return SyncedBox(tmp_path / "new", hr)


def run(*arguments: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], input=typed)


def replaced(box: SyncedBox) -> Result:
    """Asks, is accepted by a person at HR, and asks again."""
    asked = run("replace-box", "--config", box.config, "--wait-s", 0, typed=box.hr.make_code(DEVICE))
    assert (asked.exit_code, "run this command again" in asked.output) == (1, True)
    assert fingerprint(box.key) in asked.output
    box.hr.accept(fingerprint(box.key))
    return run("replace-box", "--config", box.config, "--wait-s", 0)


def opening(facts: list[Fact]) -> tuple[int, EpochOpened]:
    ((seq, body),) = [(each.seq, body_of(each.kind, each.body)) for each in facts if each.kind == "EpochOpened"]
    assert isinstance(body, EpochOpened)
    return seq, body


def without_place(fact: Fact) -> tuple[object, ...]:
    return fact.seq, fact.command, fact.part, fact.kind, fact.at, fact.body


def test_the_new_box_goes_on_in_the_next_epoch_and_the_old_one_may_not_speak_any_more(
    dead: SyncedBox, new: SyncedBox, hr: RealHr
):
    received = dead.at_hr()
    assert replaced(new).exit_code == 0
    new.work(20, 24)
    assert new.sync() is Verdict.DONE
    assert new.at_hr(2) == new.facts()
    assert opening(new.facts()) == (1, EpochOpened(1, "replaced", 0, len(received)))
    assert dead.sync() is Verdict.UNKNOWN_BOX
    assert dead.at_hr(1) == received
    assert {each.fingerprint: each.state for each in hr.service.kiosks.listed()} == {
        fingerprint(dead.key): State.REVOKED,
        fingerprint(new.key): State.ACCEPTED,
    }


def test_what_was_never_received_is_named(dead: SyncedBox, new: SyncedBox, hr: RealHr):
    replaced(new)
    now_us = hr.service.office.clock()
    assert hr.service.kiosks.losses() == [Loss(DEVICE, 1, len(dead.at_hr()), now_us, now_us, None)]


def test_what_the_new_box_recorded_before_it_was_let_in_keeps_its_numbers_and_is_received_once(
    dead: SyncedBox, new: SyncedBox
):
    new.work(20, 24)
    before = new.facts()
    assert new.sync() is Verdict.UNKNOWN_BOX
    replaced(new)
    assert [without_place(fact) for fact in new.facts()[:-1]] == [without_place(fact) for fact in before]
    assert opening(new.facts())[0] == len(before) + 1
    new.work(24, 26)
    assert new.sync() is Verdict.DONE
    assert new.at_hr(2) == new.facts()
    assert new.hr.aside(DEVICE) == set()


def test_running_it_again_changes_nothing(dead: SyncedBox, new: SyncedBox):
    replaced(new)
    new.work(20, 22)
    facts = new.facts()
    assert run("replace-box", "--config", new.config, "--wait-s", 0).exit_code == 0
    assert new.facts() == facts


@pytest.mark.parametrize("unreadable", [False, True], ids=["whole", "with a damaged page"])
def test_what_the_old_card_still_holds_is_taken_and_nothing_of_it_counts_twice(
    dead: SyncedBox, new: SyncedBox, hr: RealHr, unreadable: bool
):
    replaced(new)
    new.work(20, 22)
    new.sync()
    dead.work(14, 80)
    whole = dead.facts()
    if unreadable:
        damage(dead)
    export = dead.folder / "journal.jsonl"
    assert run("export", "--config", dead.config, export).exit_code == 0
    found = hr.service.inbox.take(export)
    lost = {seq for gap in found.unreadable for seq in range(gap.first, gap.last + 1)}
    assert bool(lost) is unreadable
    received = {fact.seq for fact in dead.at_hr()}
    assert received >= {fact.seq for fact in whole} - lost
    assert dead.at_hr() == [fact for fact in whole if fact.seq in received]
    assert hr.aside(DEVICE) == set()
    assert (hr.service.kiosks.losses()[0].taken_us is None) is unreadable
    again = hr.service.inbox.take(export)
    assert again.taken == []
    assert new.at_hr(2) == new.facts()


def damage(box: SyncedBox) -> None:
    """Flips a byte of a page that holds some of the unsent facts, but not the last; found by trying."""
    file = box.folder / "data" / "facts.db"
    raw, sent, last = file.read_bytes(), len(box.at_hr()), len(box.facts())
    for at in range(4096 + 100, len(raw), 4096):
        file.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        bad = [each for each in box.verified().problems if each.first]
        if bad and bad[0].first > sent + 1 and 0 < bad[0].last < last:
            return
    raise AssertionError("no page holds unsent facts only")


def test_an_export_that_somebody_changed_is_not_taken(dead: SyncedBox, hr: RealHr):
    export = dead.folder / "journal.jsonl"
    run("export", "--config", dead.config, export)
    before = dead.at_hr()
    export.write_bytes(export.read_bytes().replace(b"UNKNOWN_BADGE", b"BLOCKED_BADGE"))
    with pytest.raises(NotTaken, match="changed after it was exported"):
        hr.service.inbox.take(export)
    assert dead.at_hr() == before


def test_an_export_of_a_box_that_was_never_let_in_is_not_taken(new: SyncedBox, hr: RealHr):
    new.work(0, 3)
    export = new.folder / "journal.jsonl"
    run("export", "--config", new.config, export)
    with pytest.raises(NotTaken, match="never let in"):
        hr.service.inbox.take(export)


def test_a_name_with_a_history_is_not_given_to_another_key_in_passing(dead: SyncedBox, new: SyncedBox, hr: RealHr):
    hr.service.kiosks.revoke(fingerprint(dead.key))
    new.work(0, 3)
    assert new.sync() is Verdict.UNKNOWN_BOX
    assert run("enrol", "--config", new.config, "--wait-s", 0, typed=hr.make_code(DEVICE)).exit_code == 0
    with pytest.raises(Undecidable, match="clockpiece replace-box"):
        hr.accept(fingerprint(new.key))
    assert replaced(new).exit_code == 0


def test_a_key_that_was_revoked_may_be_let_in_again_as_long_as_nobody_took_its_place(
    dead: SyncedBox, new: SyncedBox, hr: RealHr
):
    hr.service.kiosks.revoke(fingerprint(dead.key))
    hr.accept(fingerprint(dead.key))
    assert dead.sync() is Verdict.DONE
    replaced(new)
    with pytest.raises(Undecidable, match="revoke that one first"):
        hr.accept(fingerprint(dead.key))


def test_a_replacement_that_was_replaced_itself_does_not_come_back_by_being_let_in_again(
    dead: SyncedBox, new: SyncedBox, hr: RealHr, tmp_path: Path
):
    replaced(new)
    third = SyncedBox(tmp_path / "third", hr)
    replaced(third)
    with pytest.raises(Undecidable, match="revoke that one first"):
        hr.accept(fingerprint(new.key))


def test_a_box_that_only_lost_its_signing_key_takes_its_own_place_with_what_hr_has_not(dead: SyncedBox, hr: RealHr):
    sent, unsent = len(dead.at_hr()), dead.facts()[len(dead.at_hr()) :]
    (dead.folder / "signing.key").unlink()
    assert replaced(dead).exit_code == 0
    seq, body = opening(dead.facts())
    assert (seq, body.reason, body.previous, body.here, body.at_hr) == (1, "replaced", 1, sent + len(unsent), sent)
    taps = [fact.command for fact in unsent if fact.kind == "AttendanceTap"]
    assert [each for each in taps if each not in {fact.command for fact in dead.facts()}] == []
    assert dead.sync() is Verdict.DONE
    assert dead.at_hr(2) == dead.facts()


def test_a_replacement_of_a_box_that_never_sent_anything_begins_with_the_first_epoch(new: SyncedBox, hr: RealHr):
    assert replaced(new).exit_code == 0
    new.work(0, 3)
    assert new.sync() is Verdict.DONE
    assert new.at_hr(1) == new.facts()
    assert hr.service.kiosks.losses() == []


@pytest.fixture
def client(new: SyncedBox, hr: RealHr) -> Iterator[HrClient]:
    made = HrClient(hr.url, hr.public_key, own_key(new.folder / "signing.key"), DEVICE)
    yield made
    made.close()


def asking(client: HrClient, hr: RealHr, meanwhile: Callable[[], None]) -> object:
    """Waits as long as `meanwhile`, which stands for the pause, does not run out of time."""
    times = iter(range(3))

    def code(_why: str) -> str:
        return hr.make_code(DEVICE)

    def say(_text: str) -> None:
        pass

    asked = Asking(DEVICE, True, code, lambda _s: meanwhile(), lambda: next(times, 99), 2, say)
    return ask_to_replace(client, asked)


def test_it_waits_for_the_person_at_hr(dead: SyncedBox, new: SyncedBox, hr: RealHr, client: HrClient):
    place = asking(client, hr, lambda: hr.accept(fingerprint(new.key)))
    assert place == Introduced("accepted", 2, 1, len(dead.at_hr()))


def test_it_does_not_wait_for_ever(dead: SyncedBox, hr: RealHr, client: HrClient):
    with pytest.raises(Waiting):
        asking(client, hr, lambda: None)


def test_a_person_who_says_no_ends_it(dead: SyncedBox, new: SyncedBox, hr: RealHr, client: HrClient):
    with pytest.raises(NotLetIn, match="refused this key"):
        asking(client, hr, lambda: hr.service.kiosks.revoke(fingerprint(new.key)))


def test_hr_that_is_away_is_waited_for(new: SyncedBox, hr: RealHr):
    away = HrClient("http://127.0.0.1:9", hr.public_key, own_key(new.folder / "signing.key"), DEVICE)
    with pytest.raises(Waiting):
        asking(away, hr, lambda: None)


def test_the_lists_at_hr_name_the_loss(dead: SyncedBox, new: SyncedBox, hr: RealHr, tmp_path: Path):
    made = init(tmp_path / "installed", "harness", "never used here", Installation())
    replaced(new)
    for side in ("", "-wal"):
        shutil.copy(tmp_path / f"hr.db{side}", tmp_path / "installed" / f"hr.db{side}")
    listed = run("hr", "kiosks", "--config", made.config)
    assert f"box-1: facts after {len(dead.at_hr())} of epoch 1, recorded after" in listed.output
