"""The short form of `make fuzz`: good bytes and spoilt ones through every parser, the same at each run."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from edge.framing.delimited import NEED_MORE
from edge.framing.lines import Lines
from tests.fuzz.__main__ import fuzzed
from tests.fuzz.__main__ import main as fuzz
from tests.fuzz.blind import inputs
from tests.fuzz.targets import TARGETS, Target

SPOILT = 80


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_no_bytes_upset_a_parser(target: Target) -> None:
    for data in inputs(target, seed=1, count=SPOILT):
        try:
            target.run(data)
        except Exception as error:
            error.add_note(f"python -m tests.fuzz --only {target.name} --hex {data.hex()}")
            raise


def test_each_parser_begins_with_something_that_it_takes() -> None:
    for target in TARGETS.values():
        assert any(_is_taken(target, data) for data in target.seeds()), target.name


def _is_taken(target: Target, data: bytes) -> bool:
    try:
        target.check(data)
    except target.refusals:
        return False
    return True


def test_a_parser_that_forgets_a_case_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Framing that gives out what it has when a chunk ends depends on how the bytes were split."""
    monkeypatch.setattr(Lines, "next_event", lambda framing: framing.silence() or NEED_MORE)
    with pytest.raises(AssertionError):
        TARGETS["framing-lines"].run(b"A0123\r")


def test_a_finding_is_fed_again_by_its_hex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["fuzz", "--only", "csv", "--hex", b"number,name\nE1,\xff\n".hex()])
    assert fuzz() == 0


def test_the_inputs_repeat() -> None:
    target = TARGETS["framing-samv"]
    assert list(inputs(target, 3, 50)) == list(inputs(target, 3, 50))
    assert list(inputs(target, 3, 50)) != list(inputs(target, 4, 50))


def test_what_the_guided_fuzzer_finds_is_told_as_hex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libFuzzer's part is played by a script that leaves what it would."""
    guide = tmp_path / "guide"
    guide.write_text(
        "#!/bin/sh\n"
        'printf "\\001\\002" > "$6/crash-1"\n'
        'echo "#2 INITED cov: 17 ft: 3" >&2; echo "stat::number_of_executed_units: 5" >&2; exit 77\n'
    )
    guide.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(guide))
    run = fuzzed("csv", 1, 1)
    assert (run.failed, run.found, run.inputs, run.coverage) == (True, b"\1\2", 5, 17)
    assert any(re.fullmatch("0102", line) for line in run.lines())
