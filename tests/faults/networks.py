"""Two networks, HR's and a box's, with one cable between them that can be slow or lose packets, or be pulled.

Each is a network namespace of its own, kept by a process that waits: nothing of this machine's own network is touched,
and both are gone with whoever made them. Who is not root makes them in a user namespace (user_namespaces(7)).
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from contextlib import ExitStack
from typing import NamedTuple, Self

HR, BOX = "10.71.0.1", "10.71.0.2"
PROGRAMS = ("ip", "tc", "nft", "nsenter", "unshare")

BURST_BYTES, QUEUE_BYTES = 1600, 30_000
"""Of the slow cable: hardly more than a frame at once, and a queue as a cheap modem has it."""

RULES = """
flush ruleset
table inet line {{
    chain come {{
        type filter hook input priority 0
        numgen random mod 100 < {percent} drop
    }}
    chain go {{
        type filter hook output priority 0
        tcp flags & (syn | ack) == syn counter
    }}
}}
"""


class NoNetworks(Exception):
    """This machine, or this user, may not have network namespaces; the sentence is of the program that was refused."""


class Passed(NamedTuple):
    """Bytes on the cable since it was laid, frames and all: from the box to HR, and back."""

    up: int
    down: int


class Cable:
    """For a `with` block. `at_hr` and `at_box` go before a command that is to run in that network. NoNetworks."""

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            mine = ["-U", "--preserve-credentials"] if os.geteuid() else []
            hr = _kept(["unshare", "-n", *(["-Ur"] if mine else [])], opened)
            self.at_hr = ["nsenter", "-t", str(hr), *mine, "-n"]
            box = _kept([*self.at_hr, "unshare", "-n"], opened)
            self.at_box = ["nsenter", "-t", str(box), *mine, "-n"]
            _run([*self.at_hr, "ip", "link", "add", "line", "type", "veth", "peer", "line", "netns", str(box)])
            for side, address in ((self.at_hr, HR), (self.at_box, BOX)):
                _run([*side, "ip", "address", "add", f"{address}/30", "dev", "line"])
                # Otherwise forty frames would be one packet, lost or carried as a whole.
                _run([*side, "ip", "link", "set", "line", "up", "gso_max_segs", "1"])
                _run([*side, "ip", "link", "set", "lo", "up"])
            self.lossy(0)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._opened.close()

    def slow(self, kbit: int) -> None:
        """So many thousand bits a second either way, from now on."""
        limit = ["rate", f"{kbit}kbit", "burst", str(BURST_BYTES), "limit", str(QUEUE_BYTES)]
        for side in (self.at_hr, self.at_box):
            _run([*side, "tc", "qdisc", "replace", "dev", "line", "root", "tbf", *limit])

    def lossy(self, percent: int) -> None:
        """So many of a hundred packets to HR are lost from now on, at random. What is `dialled` is 0 again.

        Where as many are lost on the way back too, hardly any connection lives: that is a cable that is pulled.
        """
        for side, lost in ((self.at_hr, percent), (self.at_box, 0)):
            _run([*side, "nft", RULES.format(percent=lost)])

    def pull(self) -> None:
        _run([*self.at_box, "ip", "link", "set", "line", "down"])

    def mend(self) -> None:
        """Plugged in, fast and without loss."""
        for side in (self.at_hr, self.at_box):
            subprocess.run([*side, "tc", "qdisc", "del", "dev", "line", "root"], capture_output=True, check=False)
            _run([*side, "ip", "link", "set", "line", "up"])
        self.lossy(0)

    @property
    def dialled(self) -> int:
        """Packets that were to open a connection from the box, lost ones and repeated ones too."""
        listed = json.loads(_run([*self.at_box, "nft", "-j", "list", "chain", "inet", "line", "go"]))["nftables"]
        (rule,) = (each["rule"]["expr"] for each in listed if "rule" in each)
        (count,) = (each["counter"]["packets"] for each in rule if "counter" in each)
        return int(count)

    @property
    def passed(self) -> Passed:
        (line,) = json.loads(_run([*self.at_box, "ip", "-s", "-j", "link", "show", "line"]))
        return Passed(line["stats64"]["tx"]["bytes"], line["stats64"]["rx"]["bytes"])


@functools.cache
def may_have_networks() -> bool:
    """Whether all that a cable needs is there, tried out."""
    if not all(shutil.which(program) for program in PROGRAMS):
        return False
    try:
        with Cable() as cable:
            cable.slow(64)
            cable.lossy(40)
    except NoNetworks:
        return False
    return True


def _kept(command: list[str], opened: ExitStack) -> int:
    """The process that keeps a new network for as long as our end of its pipe is open."""
    keeper = opened.enter_context(
        subprocess.Popen([*command, "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    assert keeper.stderr is not None
    try:
        # What comes back has passed `cat`, and so the new network is there.
        keeper.stdin.write(b"there\n")
        keeper.stdin.flush()
        answer = keeper.stdout.readline()
    except BrokenPipeError:
        answer = b""
    if answer != b"there\n":
        raise NoNetworks(keeper.stderr.read().decode("utf-8", "replace").strip())
    return keeper.pid


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNetworks(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
