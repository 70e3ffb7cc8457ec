"""A card that forgets, a card that is put back, a box that dies: nobody's working time is lost, and nothing counts
twice."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.bootstrap.epochs import JournalCut, cut_of, watch
from edge.link.messages import AnswerQuestion, AskAboutLine, BadgeTapped
from edge.store.files import journals
from edge.store.journal import Journal
from sync.policy import Verdict
from sync.reference.store import ReferenceReader
from sync.wire.envelope import Fact
from sync.wire.facts import AttendanceTap, Direction, EpochOpened, QuestionReply, body_of
from tests import cast
from tests.contract.hr_servers import RealHr, real_hr
from tests.faults.canary import DEADLINE_S, wait
from tests.faults.synced import DEVICE, KEY, SyncedBox
from tests.moments import moment

pytestmark = pytest.mark.fault("F11")

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[RealHr]:
    with real_hr(tmp_path) as server:
        yield server


@pytest.fixture
def box(hr: RealHr, tmp_path: Path) -> SyncedBox:
    made = SyncedBox(tmp_path / "box", hr)
    made.let_in()
    return made


def opening(facts: list[Fact]) -> EpochOpened:
    body = body_of(facts[0].kind, facts[0].body)
    assert isinstance(body, EpochOpened)
    return body


def commands_of_taps(facts: list[Fact]) -> list[str]:
    return [fact.command for fact in facts if fact.kind == "AttendanceTap"]


def tap(name: str, seconds: float, badge: str) -> BadgeTapped:
    return BadgeTapped(name, moment(seconds), "gate", "gate-reader", badge)


def keep_card(box: SyncedBox, name: str = "card") -> Path:
    return Path(shutil.copytree(box.folder / "data", box.folder / name))


def put_back(box: SyncedBox, card: Path, *names: str) -> None:
    """The card is as it was when `card` was kept; with `names`, only these files of it."""
    for file in (box.folder / "data").iterdir():
        if not names or file.name.startswith(names):
            file.unlink()
    for file in card.iterdir():
        if not names or file.name.startswith(names):
            shutil.copy(file, box.folder / "data" / file.name)


def test_a_journal_that_ends_before_what_hr_signed_for_is_noticed_before_core_serves(box: SyncedBox):
    box.work(0, 6)
    card = keep_card(box)
    here = len(box.facts())
    box.work(6, 9)
    assert box.sync() is Verdict.DONE
    at_hr = box.at_hr()
    put_back(box, card, "facts.db")
    box.work(9, 11)
    assert opening(box.facts()) == EpochOpened(1, "cut", here, len(at_hr))
    assert box.sync() is Verdict.DONE
    assert (box.at_hr(1), box.at_hr(2)) == (at_hr, box.facts())
    assert box.hr.aside(DEVICE) == set()


def test_a_whole_card_put_back_is_noticed_at_the_next_round_and_what_was_recorded_since_is_carried_over(box: SyncedBox):
    box.work(0, 6)
    box.sync()
    card, common = keep_card(box), len(box.facts())
    box.work(6, 9)
    box.sync()
    at_hr = box.at_hr()
    put_back(box, card)
    box.work(9, 12)
    since = commands_of_taps(box.facts()[common:])
    assert box.sync() is Verdict.PARTED
    box.work(12, 14)
    opened = opening(box.facts())
    assert (opened.previous, opened.reason, opened.at_hr) == (1, "cut", len(at_hr))
    assert box.sync() is Verdict.DONE
    assert box.at_hr(1) == at_hr
    assert box.at_hr(2) == box.facts()
    assert [command for command in since if command not in commands_of_taps(box.facts())] == []


def test_a_running_core_stops_when_hr_turns_out_to_hold_other_facts(box: SyncedBox):
    box.work(0, 6)
    box.sync()
    card = keep_card(box)
    box.work(6, 9)
    box.sync()
    put_back(box, card)
    reader = ReferenceReader(box.files.reference, KEY)
    with box.core() as (journal, record):
        record([tap("after", 9 * 3600, cast.LI_BADGE)])
        look = watch(journal, reader.at_hr)
        look()
        assert box.sync() is Verdict.PARTED
        with pytest.raises(JournalCut, match="opens a new epoch"):
            look()
    reader.close()


def test_who_was_in_before_the_cut_clocks_out_after_it(box: SyncedBox):
    with box.core() as (_journal, record):
        record([tap("in", 8 * 3600, cast.WANG_BADGE)])
    box.sync()
    card = keep_card(box)
    box.work(6, 9)
    box.sync()
    put_back(box, card, "facts.db")
    box.clock.now = moment(17 * 3600)
    with box.core() as (_journal, record):
        record([tap("out", 17 * 3600, cast.WANG_BADGE)])
    tapped = [body_of(fact.kind, fact.body) for fact in box.facts() if fact.command == "out"]
    assert isinstance(tapped[0], AttendanceTap)
    assert tapped[0].direction is Direction.OUT


@pytest.mark.parametrize("hr_has_the_answer", [False, True])
def test_an_open_question_about_pay_is_answered_after_the_cut_and_is_one_at_hr(
    box: SyncedBox, hr: RealHr, hr_has_the_answer: bool
):
    line, work_date = f"{DEVICE}/1/4", "2026-11-02"
    with box.core() as (_journal, record):
        record([AskAboutLine("ask", moment(3600), "gate", cast.WANG.id, work_date, line)])
    box.sync()
    card = keep_card(box)
    (asked,) = [fact.seq for fact in box.facts() if fact.kind == "LineQuestioned"]
    if hr_has_the_answer:
        with box.core() as (_journal, record):
            record([AnswerQuestion("lost", moment(3700), cast.ZHANG.id, asked, QuestionReply.RIGHT)])
    box.work(6, 9)
    box.sync()
    put_back(box, card, "facts.db")
    with box.core():
        (again,) = [fact.seq for fact in box.facts() if fact.kind == "LineQuestioned"]
    box.sync()
    (question,) = hr.service.questions.of_person(cast.WANG.id, work_date, work_date)
    assert question.reply == (QuestionReply.RIGHT if hr_has_the_answer else None)
    with box.core() as (_journal, record):
        record([AnswerQuestion("answer", moment(3 * 3600), cast.ZHANG.id, again, QuestionReply.EXPLAINED)])
    box.sync()
    (question,) = hr.service.questions.of_person(cast.WANG.id, work_date, work_date)
    assert (question.reply, question.line) == (QuestionReply.EXPLAINED, line)


def test_a_card_that_forgets_twice_opens_two_epochs(box: SyncedBox):
    for epoch in (1, 2):
        box.work(10 * epoch, 10 * epoch + 3)
        box.sync()
        card = keep_card(box)
        box.work(10 * epoch + 3, 10 * epoch + 6)
        box.sync()
        put_back(box, card)
        shutil.rmtree(card)
        assert box.sync() is Verdict.PARTED
    box.work(40, 42)
    assert box.facts()[0].epoch == 3
    assert box.sync() is Verdict.DONE


@pytest.mark.fault("F24")
def test_two_cards_with_one_key_drive_each_other_into_new_epochs_and_nothing_is_overwritten_or_lost(
    box: SyncedBox, tmp_path: Path
):
    box.work(0, 6)
    box.sync()
    twin = SyncedBox(tmp_path / "twin", box.hr)
    shutil.copy(box.folder / "signing.key", twin.folder / "signing.key")
    put_back(twin, keep_card(box))
    box.work(6, 9)
    twin.work(10, 13)
    assert box.sync() is Verdict.DONE
    received = box.at_hr()
    assert twin.sync() is Verdict.PARTED
    twin.work(13, 14)
    assert twin.sync() is Verdict.DONE
    box.work(14, 15)
    assert box.sync() is Verdict.DONE
    assert (box.at_hr(1), box.at_hr(2)) == (box.facts(), twin.facts())
    assert box.at_hr(1)[: len(received)] == received


def test_a_lost_reference_db_alone_costs_nothing_and_opens_nothing(box: SyncedBox):
    box.work(0, 9)
    box.sync()
    for file in (box.folder / "data").glob("reference.db*"):
        file.unlink()
    box.work(9, 12)
    assert box.sync() is Verdict.DONE
    assert (box.facts()[0].epoch, box.at_hr()) == (1, box.facts())


def test_a_sealed_record_that_hr_has_not_goes_over_with_the_facts(box: SyncedBox):
    box.work(0, 6)
    card = keep_card(box)
    box.work(6, 9)
    box.sync()
    put_back(box, card, "facts.db")
    # Straight into the journal: how it comes there is the onboarding's own test.
    with box.core() as (journal, _record):
        assert cut_of(journal, ReferenceReader(box.files.reference, KEY).at_hr()) is None
        with journal.transaction():
            journal.keep_sealed("p-new", 1, b"sealed")
    card2 = keep_card(box, "card2")
    box.work(9, 10)
    box.sync()
    put_back(box, card2, "facts")
    with box.core() as (journal, _record):
        assert (journal.epoch, journal.sealed_records()) == (3, [("p-new", 1, b"sealed")])
    for epoch, file in journals(box.files.journal).items():
        journal = Journal(file, KEY, DEVICE, epoch)
        assert journal.sealed_people() == ({"p-new"} if epoch == 3 else set())
        journal.close()


@contextlib.contextmanager
def core_of(box: SyncedBox) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The service, and its log; it is ended at the end."""
    log = box.folder / "core.log"
    command = [sys.executable, "-m", "clockpiece", "run", "core", "--config", str(box.config)]
    with log.open("wb") as stream:
        core = subprocess.Popen(command, cwd=REPO, stdin=subprocess.DEVNULL, stderr=stream)
    try:
        wait(lambda: "core is ready" in log.read_text("utf-8"))
        yield core, log
    finally:
        core.kill()
        core.wait()


def test_the_service_ends_with_one_sentence_and_its_next_start_is_in_the_new_epoch(hr: RealHr, short_folder: Path):
    box = SyncedBox(short_folder / "box", hr)
    box.let_in()
    box.work(0, 6)
    box.sync()
    card = keep_card(box)
    box.work(6, 9)
    box.sync()
    put_back(box, card)
    with core_of(box) as (core, log):
        # What core records after a round is compared in the next one.
        wait(lambda: box.sync() is not Verdict.PARTED or core.poll() is not None)
        assert core.wait(DEADLINE_S) == 2
        said = log.read_text("utf-8").splitlines()
        assert [line for line in said if "opens a new epoch" in line] == said[-1:]
    with core_of(box) as (core, log):
        assert "epoch 1 is cut" in log.read_text("utf-8")
    assert box.facts()[0].epoch == 2
