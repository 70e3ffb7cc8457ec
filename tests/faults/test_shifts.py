"""The program that runs many shifts finds what any one of them found, and leaves its log."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from tests.faults.shifts import Plan, run, seeds

SHIFT = """
import sys, pathlib
seed, data = int(sys.argv[2]), pathlib.Path(sys.argv[4])
data.mkdir()
if seed == 7:
    print("DIFFERENCE  lost M03: made, and read or lost: 12 is not 11")
    print("DIFFERENCE  doubled worker 1017: seals and wage lines: 2 is not 3")
if seed == 9:
    print("1014 tapped 3 times at gate and saw no answer")
sys.exit(seed in (7, 9))
"""


def shifts(folder: Path, numbers: range) -> tuple[int, list[str]]:
    said: list[str] = []
    code = run(Plan(numbers, 4, folder, (sys.executable, "-c", SHIFT)), said.append)
    return code, said


def test_shifts_that_balance_leave_one_line_and_no_folder(tmp_path: Path):
    code, said = shifts(tmp_path, range(1, 4))
    assert (code, said) == (0, ["3 shifts, 0 lost, 0 doubled"])
    assert list(tmp_path.iterdir()) == []


def test_a_shift_that_does_not_balance_is_named_with_its_log(tmp_path: Path):
    code, said = shifts(tmp_path, range(1, 11))
    assert code == 1
    assert f"seed 7: 1 lost, 1 doubled, 0 otherwise wrong; see {tmp_path}/seed-7.log" in said
    assert f"seed 9: 0 lost, 0 doubled, 1 otherwise wrong; see {tmp_path}/seed-9.log" in said
    assert said[-1] == "10 shifts, 1 lost, 1 doubled, 1 otherwise wrong"
    assert {each.name for each in tmp_path.iterdir()} == {"seed-7", "seed-7.log", "seed-9", "seed-9.log"}


def test_seeds_are_a_range_or_one_number():
    assert (seeds("1-200"), seeds("5")) == (range(1, 201), range(5, 6))
    for nonsense in ("", "9-1", "a-b", "-3"):
        with pytest.raises(argparse.ArgumentTypeError):
            seeds(nonsense)
