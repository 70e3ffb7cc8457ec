"""A service says to its manager what sd_notify(3) says, no more often than it must, and never suffers from it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from liveness import NOBODY, Notifier, manager


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(0)
        yield heard


def words(ear: socket.socket) -> list[bytes]:
    said = []
    while True:
        try:
            said.append(ear.recv(100))
        except BlockingIOError:
            return said


def told(ear: socket.socket, **variables: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": ear.getsockname(), **variables}


def test_a_watched_service_says_that_it_is_ready_lives_and_stops(ear):
    watching = manager(told(ear, WATCHDOG_USEC="4000000"))
    watching.ready()
    watching.beat()
    watching.stopping()
    assert words(ear) == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_it_beats_four_times_in_the_time_it_is_allowed_however_often_its_loop_turns(ear):
    now_s = [100.0]
    watching = Notifier(ear.getsockname(), 4.0, lambda: now_s[0])
    assert watching.beat_every_s == 1.0
    for _ in range(80):
        watching.beat()
        now_s[0] += 0.1
    assert len(words(ear)) == 8


@pytest.mark.parametrize(
    "variables",
    [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"}],
    ids=["no watchdog", "zero", "no number", "another process"],
)
def test_without_a_watchdog_of_its_own_it_does_not_beat(ear, variables):
    unwatched = manager(told(ear, **variables))
    unwatched.ready()
    unwatched.beat()
    assert words(ear) == [b"READY=1"]


def test_a_watchdog_that_names_this_process_is_meant_for_it(ear):
    manager(told(ear, WATCHDOG_USEC="4000000", WATCHDOG_PID=str(os.getpid()))).beat()
    assert words(ear) == [b"WATCHDOG=1"]


def test_an_address_in_the_abstract_namespace_is_understood():
    name = f"clockpiece-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{name}")
        manager({"NOTIFY_SOCKET": f"@{name}"}).ready()
        heard.settimeout(5)
        assert heard.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "vsock:2:1"])
def test_without_a_manager_that_can_listen_nothing_is_said(address):
    assert manager({"NOTIFY_SOCKET": address}) is NOBODY


def test_a_manager_that_went_or_does_not_read_stops_nobody(tmp_path, ear):
    gone = manager({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    gone.ready()
    deaf = Notifier(ear.getsockname(), 0.0001, lambda: next(clock))
    clock = iter(range(10_000))
    for _ in range(5_000):
        deaf.beat()
