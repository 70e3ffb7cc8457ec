"""The files of an installation laid into a tree with their real paths, and what systemd says of the units there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
DEPLOY = REPO / "deploy" / "raspberrypi"
INSTALL = DEPLOY / "install.sh"
SCRIPTS = ("install.sh", "name-port", "screen", "clockpiece")
LIMITS = {"core": 1.5, "devices": 1.5, "sync": 1.5, "kiosk": 2.5, "screen": 2.5}
"""The highest exposure that `systemd-analyze security` may find."""

STANDS_FOR = ("opt/clockpiece/current/bin/clockpiece", "usr/bin/cage", "bin/grep")
"""What the units start and a staged tree does not hold."""


def install(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """install.sh on a tree instead of this machine."""
    command = [str(INSTALL), "--root", str(tree), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def verified(tree: Path) -> subprocess.CompletedProcess[str]:
    """`systemd-analyze verify` of every unit in the tree, beside this machine's own units."""
    for name in STANDS_FOR:
        program = tree / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    shutil.copytree("/lib/systemd/system", tree / "lib/systemd/system", symlinks=True, dirs_exist_ok=True)
    units = ["clockpiece.target", *(f"clockpiece-{service}.service" for service in LIMITS)]
    command = ["systemd-analyze", "verify", f"--root={tree}", *units]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def exposure(tree: Path, service: str) -> float:
    """What `systemd-analyze security` finds, from 0 to 10."""
    command = ["systemd-analyze", "security", f"--root={tree}", "--offline=yes", "--no-pager"]
    said = subprocess.run([*command, f"clockpiece-{service}.service"], capture_output=True, text=True, check=True)
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", said.stdout)
    assert found, said.stdout
    return float(found[1])


def complaints_of_the_shell() -> list[str]:
    """What `sh -n` says of the scripts, and shellcheck where it is installed."""
    said = []
    for name in SCRIPTS:
        checkers = [["sh", "-n"], *([["shellcheck"]] if shutil.which("shellcheck") else [])]
        for checker in checkers:
            done = subprocess.run([*checker, str(DEPLOY / name)], capture_output=True, text=True, check=False)
            if done.returncode:
                said.append(f"{name}: {done.stdout}{done.stderr}")
    return said
