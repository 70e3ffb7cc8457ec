"""The worked examples of attribution come out as they say, and the program that runs them can tell when not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.__main__ import failures, main

FOLDER = Path(__file__).parents[2] / "fixtures" / "vectors"
SCHEMA = "attribution/1"
VECTORS = json.loads((FOLDER / "attribution.json").read_text("utf-8"))["vectors"]
OURS = json.loads((FOLDER / "attribution_more.json").read_text("utf-8"))["vectors"]
"""Worked by hand from the rules, where the published file has no example."""


@pytest.mark.parametrize("vector", [pytest.param(each, id=each["id"]) for each in [*VECTORS, *OURS]])
def test_the_box_decides_as_the_worked_example_says(vector: dict[str, Any]) -> None:
    assert list(failures(vector, SCHEMA)) == []


@pytest.mark.parametrize("vector", [pytest.param(each, id=each["id"]) for each in [*VECTORS, *OURS]])
def test_each_example_is_compared(vector: dict[str, Any]) -> None:
    for part in vector["expected"]:
        spoilt = vector | {"expected": vector["expected"] | {part: ["something else"]}}
        assert [failed for failed, _, _ in failures(spoilt, SCHEMA)] == ([] if part == "error" else [part])


def a_file(folder: Path, **content: object) -> str:
    file = folder / "examples.json"
    file.write_text(json.dumps(content), "utf-8")
    return str(file)


def test_the_program_counts_and_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(FOLDER / "attribution.json")]) == 0
    assert f"{len(VECTORS)} passed, 0 failed" in capsys.readouterr().out


def test_a_failure_is_named_and_makes_the_program_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = VECTORS[0] | {"expected": {"workers": {"W1": 251}}}
    assert main([a_file(tmp_path, schema=SCHEMA, vectors=[wrong, VECTORS[1]])]) == 1
    said = capsys.readouterr().out
    assert "AB-001 workers\n  expected {'W1': 251}\n  got      {'W1': 250}" in said
    assert "1 passed, 1 failed" in said


@pytest.mark.parametrize("spoilt", [{"kind": "dance"}, {"input": {}}])
def test_an_example_that_cannot_be_run_has_failed(tmp_path: Path, spoilt: dict[str, Any]) -> None:
    assert main([a_file(tmp_path, schema=SCHEMA, vectors=[VECTORS[0] | spoilt])]) == 1


def test_what_is_not_built_is_said_and_not_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(FOLDER / "attribution.json"), str(FOLDER / "hr_modules.json")]) == 1
    assert "hr_modules/1: the rules of this schema are not built" in capsys.readouterr().out


def test_a_schema_nobody_knows_fails_too(tmp_path: Path) -> None:
    assert main([a_file(tmp_path, schema="weather/1", vectors=[])]) == 1
    assert main([]) == 2


def test_a_refusal_counts_only_where_one_is_expected() -> None:
    refused = next(each for each in OURS if each["id"] == "AB-034")
    fits = next(each for each in OURS if each["id"] == "AB-033")
    assert [part for part, _, _ in failures(fits | {"expected": {"error": "X"}}, SCHEMA)] == ["error"]
    assert [part for part, _, _ in failures(refused | {"expected": {"good": {"W1": 1}}}, SCHEMA)] == ["good"]
