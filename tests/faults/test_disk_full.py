"""Runs full_disk.py where it may mount a small disk: as root, or as root of a user namespace of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.needs("mounts"), pytest.mark.slow, pytest.mark.fault("F7"), pytest.mark.fault("F10")]

SCRIPT = Path(__file__).with_name("full_disk.py")
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def test_a_full_disk_is_said_loses_nothing_and_heals_without_a_restart() -> None:
    own = [] if os.geteuid() == 0 else NAMESPACE
    command = [*own, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(SCRIPT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
