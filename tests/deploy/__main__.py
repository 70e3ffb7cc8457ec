"""`make check-deploy`: everything about the installation that can be tried without a Raspberry Pi.

Exits 1 if anything fails, and 3 if something could not be run here; what it is, is named.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.deploy.screen import shows_the_kiosk_only
from tests.deploy.staged import LIMITS, complaints_of_the_shell, exposure, install, verified
from tests.deploy.trees import NotHere, install_in_chroot, install_under_systemd

NOT_RUN = 3


def _shell() -> bool:
    for complaint in complaints_of_the_shell():
        print(complaint)
    if not shutil.which("shellcheck"):
        print("shellcheck: NOT RUN: not installed")
    return not complaints_of_the_shell()


def _units() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        install(tree, "--name", "box-1").check_returncode()
        scores = {service: exposure(tree, service) for service in LIMITS}
        for service, score in scores.items():
            print(f"clockpiece-{service}: exposure {score}, at most {LIMITS[service]}")
        done = verified(tree)
        print(done.stderr or "systemd-analyze verify: no complaint")
        return done.returncode == 0 and all(score <= LIMITS[service] for service, score in scores.items())


def _rules() -> bool:
    rules = Path(__file__).resolve().parents[2] / "deploy" / "raspberrypi" / "input.rules"
    done = subprocess.run(["udevadm", "verify", str(rules)], capture_output=True, text=True, check=False)
    if "Unknown" in done.stderr or "unrecognized" in done.stderr:
        print("udevadm verify: not available before systemd 254")
        return True
    print(done.stdout + done.stderr)
    return done.returncode == 0


PARTS: dict[str, Callable[[], bool]] = {
    "shell": _shell,
    "units": _units,
    "rules": _rules,
    "screen": shows_the_kiosk_only,
    "arm64": lambda: install_in_chroot("arm64") == 0,
    "systemd": lambda: install_under_systemd() == 0,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.deploy", description=__doc__)
    parser.add_argument("--only", choices=sorted(PARTS), action="append")
    chosen = parser.parse_args(arguments)
    failed, not_run = [], []
    for name in chosen.only or PARTS:
        print(f"--- {name}", flush=True)
        try:
            if not PARTS[name]():
                failed.append(name)
        except NotHere as reason:
            not_run.append(f"{name}: NOT RUN: {reason}")
            print(not_run[-1])
    print("\n".join([*(f"{name}: FAILED" for name in failed), *not_run]) or "all of it holds")
    return 1 if failed else NOT_RUN if not_run else 0


if __name__ == "__main__":
    sys.exit(main())
