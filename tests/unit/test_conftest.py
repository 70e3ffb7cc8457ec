"""The test run is honest: what could not run is named, and a log call that cannot be formatted fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

NEEDS_GCC = """
import pytest

@pytest.mark.needs("gcc", "strace")
def test_that_needs_programs():
    raise AssertionError("it must not run")

def test_that_needs_nothing():
    pass
"""

LOGS = """
import logging

def test_that_logs():
    logging.getLogger("edge.something").debug("%d badges", {argument})
"""


def pytest_on(file: Path, text: str, *options: str) -> tuple[int, str]:
    """Exit status and output of pytest on one file, on a machine without a single program."""
    file.write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), *options]
    done = subprocess.run(
        [*command, "--rootdir", str(file.parent), str(file)],
        env={**os.environ, "PATH": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("processes", [0, 2])
def test_a_test_that_could_not_run_is_named_with_what_it_needs_and_pytest_ends_with_3(
    tmp_path: Path, processes: int
) -> None:
    status, output = pytest_on(tmp_path / "test_needs.py", NEEDS_GCC, "-n", str(processes))
    assert status == 3
    assert "1 passed" in output
    for program in ("gcc", "strace"):
        assert f"NOT RUN: test_needs.py::test_that_needs_programs: needs {program}, install {program}" in output


@pytest.mark.parametrize(("argument", "status"), [("3", 0), ("'three'", 1)])
def test_a_log_call_that_cannot_be_formatted_fails_its_test(tmp_path: Path, argument: str, status: int) -> None:
    assert pytest_on(tmp_path / "test_logs.py", LOGS.format(argument=argument))[0] == status


def test_an_unknown_need_is_an_error_of_the_tests(tmp_path: Path) -> None:
    status, output = pytest_on(tmp_path / "test_needs.py", NEEDS_GCC.replace("strace", "wonder"))
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "needs('wonder') is none of" in output


def test_slow_tests_can_be_left_out(tmp_path: Path) -> None:
    slow = NEEDS_GCC.replace("needs(", "slow(").replace('"gcc", "strace"', "")
    status, output = pytest_on(tmp_path / "test_slow.py", slow, "--fast")
    assert (status, "1 passed, 1 deselected" in output) == (0, True)
