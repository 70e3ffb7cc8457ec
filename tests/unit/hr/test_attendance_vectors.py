"""The worked examples of attendance come out as they say, by the rules that HR judges with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.__main__ import failures

FILE = json.loads((Path(__file__).parents[2] / "fixtures" / "vectors" / "attendance.json").read_text("utf-8"))
EACH = pytest.mark.parametrize("vector", [pytest.param(each, id=each["id"]) for each in FILE["vectors"]])


@EACH
def test_hr_judges_as_the_worked_example_says(vector: dict[str, Any]) -> None:
    assert list(failures(vector, FILE["schema"], FILE)) == []


@EACH
def test_each_part_of_an_example_is_compared(vector: dict[str, Any]) -> None:
    for part in set(vector["expected"]) - {"error"}:
        spoilt = vector | {"expected": vector["expected"] | {part: "something else"}}
        assert [failed for failed, _, _ in failures(spoilt, FILE["schema"], FILE)] == [part]


def test_a_time_of_a_device_is_taken_as_it_was_by_the_plants_clock() -> None:
    example = next(each for each in FILE["vectors"] if each["id"] == "AT-028")
    ahead = [{"device_time": "2026-03-02T14:00:00+00:00", "offset_s": 600}, "2026-03-03T06:03:00"]
    moved = example | {"input": example["input"] | {"taps": ahead}}
    assert list(failures(moved, FILE["schema"], FILE)) == []


def test_an_input_that_nobody_knows_fails_the_example() -> None:
    example = FILE["vectors"][0]
    strange = example | {"input": example["input"] | {"weather": "rain"}}
    assert [part for part, _, _ in failures(strange, FILE["schema"], FILE)] == [""]
