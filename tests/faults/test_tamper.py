"""What somebody with the key changes is found, and the check says where it begins."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clockpiece import main
from sync.enrolling.keys import own_key
from sync.policy import Verdict
from sync.wire.envelope import b64, public_text, response_bytes, sealed
from sync.wire.verify import End, Header, NotAnExport, Problem, Recorded, Report, Signed, decoded, verify, written
from tests.faults import tamper
from tests.faults.tamper import Victim, judged, victim

Lines = list[bytes]


@pytest.mark.fault("K5")
def test_every_kind_of_change_is_found_and_placed():
    tally = tamper.run(2 * len(tamper.KINDS), 7, print)
    assert tally.missed == []
    assert tally.found >= 2 * (len(tamper.KINDS) - 1)


@pytest.mark.fault("K5")
@pytest.mark.parametrize("change", [tamper.rehashed, tamper.tail_cut])
def test_a_changed_card_that_is_put_back_is_noticed_at_the_next_sync_and_hr_keeps_what_it_had(
    tmp_path: Path, change: Callable[[Victim, random.Random], tamper.Change]
):
    chance = random.Random(11)
    with victim(tmp_path, chance) as each:
        before = each.box.at_hr()
        change(each, chance)
        each.box.sync()
        with each.box.core():
            pass
        opened = each.box.facts()[0]
        assert (opened.epoch, opened.kind, opened.body["reason"]) == (2, "EpochOpened", "cut")
        assert each.box.sync() is Verdict.DONE
        assert each.box.at_hr() == before == each.facts[: each.received]


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with victim(tmp_path_factory.mktemp("untouched"), random.Random(3)) as each:
        yield each


def test_an_untouched_journal_holds_and_the_report_says_how_far_hr_has_signed(untouched: Victim):
    report = untouched.box.verified()
    (journal,) = report.journals
    assert (report.problems, report.notes) == ([], [])
    assert (journal.first, journal.last, journal.facts) == (1, len(untouched.facts), len(untouched.facts))
    assert journal.receipt == untouched.received < journal.last


def test_the_command_line_exports_and_checks_and_its_exit_code_tells(untouched: Victim, tmp_path: Path):
    target = tmp_path / "journal.jsonl"
    run = CliRunner().invoke
    assert run(main, ["export", "--config", str(untouched.box.config), str(target)]).exit_code == 0
    assert run(main, ["export", "--config", str(untouched.box.config), str(target)]).exit_code == 1
    good = run(main, ["verify", str(target)])
    assert good.exit_code == 0
    assert f"From {untouched.received + 1} to {len(untouched.facts)} there is only the box's own word." in good.output
    target.write_bytes(target.read_bytes().replace(b"CLOCKED_IN", b"CLOCKED_ON", 1))
    bad = run(main, ["verify", "--json", str(target)])
    assert (bad.exit_code, msgspec.json.decode(bad.output.encode())["good"]) == (1, False)


def without_end(lines: Lines) -> Lines:
    return lines[:-1]


def one_line_less(lines: Lines) -> Lines:
    return [*lines[:5], *lines[6:]]


def one_receipt_less(lines: Lines) -> Lines:
    place = next(number for number, line in enumerate(lines) if b'"line":"signed"' in line)
    return [*lines[:place], *lines[place + 1 :]]


def more_after_the_end(lines: Lines) -> Lines:
    return [*lines, lines[-2]]


def another_signature(lines: Lines) -> Lines:
    end = msgspec.json.decode(lines[-1])
    return [*lines[:-1], msgspec.json.encode({**end, "signature": end["signature"][:-4] + "AAAA"})]


def another_box_named(lines: Lines) -> Lines:
    return [lines[0].replace(b"box-1", b"box-2"), *lines[1:]]


@pytest.mark.parametrize(
    "change", [without_end, one_line_less, one_receipt_less, more_after_the_end, another_signature, another_box_named]
)
def test_a_file_that_was_changed_after_the_export_does_not_hold(untouched: Victim, change: Callable[[Lines], Lines]):
    assert untouched.box.checked(change(untouched.box.exported())).problems


def test_a_fact_that_was_hashed_again_alone_is_not_followed_by_the_next(untouched: Victim):
    lines = [line for line in decoded(untouched.box.exported()) if not isinstance(line, End)]
    seq = untouched.receipts[0] - 2
    made = [
        Recorded(sealed(msgspec.structs.replace(line.fact, command="another")))
        if isinstance(line, Recorded) and line.fact.seq == seq
        else line
        for line in lines
    ]
    report = untouched.box.checked(list(written(made, own_key(untouched.box.folder / "signing.key"))))
    assert report.first_bad == Problem(1, seq + 1, seq + 1, "does not follow the fact before it")


def test_a_receipt_that_somebody_else_signed_is_none(untouched: Victim):
    other = untouched.box.key
    report = verify(untouched.box.exported(), untouched.box.key, other)
    assert "not signed with HR's key" in {each.reason.removeprefix("its receipt is ") for each in report.problems}
    assert report.journals[0].receipt == 0


def test_without_keys_the_report_says_whose_word_it_took(untouched: Victim):
    report = verify(untouched.box.exported())
    assert report.problems == []
    assert len(report.notes) == 2


def test_an_export_that_names_no_key_of_hr_is_none():
    """Not a traceback: whoever brings the file may have written in it."""
    with pytest.raises(NotAnExport, match="the key of HR that it names is none"):
        verify(written([Header(1, "box-1", "", "]")], None))


def test_a_receipt_that_hr_has_signed_and_that_is_none_is_said_to_be_none():
    key = Ed25519PrivateKey.generate()
    signed = Signed(1, 1, "{}", "nonce", b64(key.sign(response_bytes("nonce", b"{}"))))
    report = verify(written([Header(1, "box-1", "", public_text(key.public_key())), signed], None))
    assert "what HR has signed for it is no receipt" in [each.reason for each in report.problems]


@pytest.mark.parametrize("text", [b"", b"{}\n", b"<html>\n", b'{"line":"end","facts":0,"digest":"","signature":""}\n'])
def test_what_is_no_export_is_said_to_be_none(text: bytes):
    lines = text.splitlines(keepends=True)
    if lines:
        with pytest.raises(NotAnExport):
            verify(lines)
    else:
        assert verify(lines).problems


def test_the_harness_would_notice_a_check_that_finds_nothing_or_the_wrong_place(untouched: Victim):
    facts = [line.fact for line in decoded(untouched.box.exported()) if isinstance(line, Recorded)]
    assert "nothing was found" in judged(untouched, tamper.Change(5, 5), Report(), facts)
    wrong = Report(problems=[Problem(1, 6, 6, "")])
    assert "named was" in judged(untouched, tamper.Change(5, 5), wrong, facts)
    assert "nothing was found" in judged(untouched, tamper.Change(0, 0), Report(), facts[1:])
