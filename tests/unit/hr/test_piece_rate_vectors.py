"""The worked examples of piece wages come out as they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.__main__ import failures, main

FOLDER = Path(__file__).parents[2] / "fixtures" / "vectors"
FILES = [FOLDER / "piece_rate.json", FOLDER / "piece_rate_more.json"]
"""The second holds examples worked by hand from the rules, where the published file has none."""
SCHEMA = "piece_rate/1"
VECTORS = [
    pytest.param(each, id=each["id"]) for file in FILES for each in json.loads(file.read_text("utf-8"))["vectors"]
]


@pytest.mark.parametrize("vector", VECTORS)
def test_hr_pays_as_the_worked_example_says(vector: dict[str, Any]):
    assert list(failures(vector, SCHEMA)) == []


@pytest.mark.parametrize("vector", VECTORS)
def test_each_expected_figure_is_compared(vector: dict[str, Any]):
    for part in vector["expected"].keys() - {"error"}:
        spoilt = vector | {"expected": vector["expected"] | {part: "something else"}}
        assert [failed for failed, _, _ in failures(spoilt, SCHEMA)] == [part]


def test_the_program_runs_both_files(capsys: pytest.CaptureFixture[str]):
    assert main([str(file) for file in FILES]) == 0
    assert capsys.readouterr().out.count(" 0 failed") == len(FILES)
