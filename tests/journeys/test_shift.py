"""A whole shift balances to the piece and to the fen, and a spoilt one does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def run_shift(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "clockpiece", "demo", "--shift", "--data", str(folder / "shift"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_shift_balances(tmp_path: Path) -> None:
    done = run_shift(tmp_path, "--seed", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything balances" in done.stdout


@pytest.mark.parametrize("broken", ["drop", "double", "wrong-worker"])
def test_a_shift_that_was_spoilt_is_found_out(tmp_path: Path, broken: str) -> None:
    done = run_shift(tmp_path, "--seed", "2", "--break", broken)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "DIFFERENCE" in done.stdout
