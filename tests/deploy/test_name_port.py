"""clockpiece-name-port: a socket gets one name, a name one socket. In a mount namespace, with a pretended udev."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.deploy.staged import DEPLOY

pytestmark = pytest.mark.needs("mounts")

UDEVADM = """#!/bin/sh
[ "$1" != info ] || case $6$5 in */null*) echo platform-usb-0:1.1:1.0 ;; */zero*) echo platform-usb-0:1.2:1.0 ;; esac
"""
# Over the whole of /etc: a machine without udev has no folder of rules to mount over.
INSIDE = 'mount -t tmpfs tmpfs /etc && mkdir -p /etc/udev/rules.d && eval "$1"; cat /etc/udev/rules.d/72-*.rules'


@pytest.fixture
def named(tmp_path: Path):
    (tmp_path / "udevadm").write_text(UDEVADM)
    (tmp_path / "udevadm").chmod(0o755)
    (tmp_path / "name-port").symlink_to(DEPLOY / "name-port")

    def run(*calls: str) -> tuple[list[str], str]:
        script = "; ".join(f"name-port {call}" for call in calls)
        environment = {"PATH": f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin"}
        done = subprocess.run(
            ["unshare", "-Urm", "sh", "-c", INSIDE, "sh", script],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return [line for line in done.stdout.splitlines() if line.startswith("SUBSYSTEM")], done.stdout + done.stderr

    return run


def test_a_socket_gets_its_name_by_its_place(named):
    rules, said = named("gate /dev/null", "press-1 /dev/zero")
    assert rules == [
        'SUBSYSTEM=="tty", ENV{ID_PATH}=="platform-usb-0:1.1:1.0", SYMLINK+="clockpiece/gate"',
        'SUBSYSTEM=="tty", ENV{ID_PATH}=="platform-usb-0:1.2:1.0", SYMLINK+="clockpiece/press-1"',
    ]
    assert "/dev/clockpiece/gate\n" in said


def test_a_socket_keeps_its_first_name_and_a_name_its_first_socket(named):
    rules, said = named("gate /dev/null", "door /dev/null", "gate /dev/zero")
    assert len(rules) == 1
    assert "this socket has a name already" in said
    assert "gate is the name of another socket already" in said


@pytest.mark.parametrize("call", ["'a b' /dev/null", "../x /dev/null", "gate /dev/nothing", "gate", "gate /dev/tty"])
def test_what_cannot_be_named_is_refused(named, call):
    rules, _ = named(call)
    assert rules == []
