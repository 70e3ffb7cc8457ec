"""A whole shift balances to the piece and to the fen, and a spoilt one does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from simulators.breaks import BREAKS

pytestmark = pytest.mark.slow

BALANCES = "balances"
LONGEST_S = 300.0


@pytest.fixture(scope="module")
def shifts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """One shift as it is and one spoilt in each way, all at once: most of a shift is waiting."""
    folder = tmp_path_factory.mktemp("shifts")
    started = {}
    for name in (BALANCES, *BREAKS):
        command = [sys.executable, "-m", "clockpiece", "demo", "--shift", "--data", str(folder / name)]
        command += ["--seed", "1"] if name == BALANCES else ["--seed", "2", "--break", name]
        started[name] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield started
    for process in started.values():
        process.terminate()
        process.wait()


def test_a_shift_balances(shifts: dict[str, subprocess.Popen[str]]) -> None:
    printed, _ = shifts[BALANCES].communicate(timeout=LONGEST_S)
    assert shifts[BALANCES].returncode == 0, printed
    assert "everything balances" in printed
    assert "core is killed" in printed
    assert "lost in the PLC" in printed
    assert "paid once" in printed


@pytest.mark.parametrize("broken", sorted(BREAKS))
def test_a_shift_that_was_spoilt_is_found_out(shifts: dict[str, subprocess.Popen[str]], broken: str) -> None:
    printed, _ = shifts[broken].communicate(timeout=LONGEST_S)
    assert shifts[broken].returncode == 1, printed
    assert "DIFFERENCE" in printed
