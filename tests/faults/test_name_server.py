"""A name server that never answers: the resolver of the C library waits for it, outside of every time-out of ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "deploy" / "raspberrypi" / "units" / "clockpiece-sync.service"
CONNECT_S = 5.0

SILENT = """
ip link set lo up
ip link add here type veth peer name there
ip link set there up
ip addr add 192.0.2.2/24 dev here
ip link set here up
ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev here
mount --bind "$1" /etc/resolv.conf
exec "$2" -c "$3"
"""
ASK = """
import socket, time
began_s = time.monotonic()
try:
    socket.getaddrinfo("hr.example", 443)
except socket.gaierror:
    print(time.monotonic() - began_s)
"""


@pytest.mark.slow
@pytest.mark.needs("netns")
@pytest.mark.fault("F20")
def test_with_the_services_settings_a_silent_name_server_takes_no_longer_than_a_silent_hr(tmp_path: Path) -> None:
    servers = tmp_path / "resolv.conf"
    servers.write_text("nameserver 192.0.2.1\n")
    told = re.search(r'^Environment="RES_OPTIONS=(.*)"$', UNIT.read_text("ascii"), re.MULTILINE)
    assert told is not None
    done = subprocess.run(
        ["unshare", "-rnm", "sh", "-c", SILENT, "-", str(servers), sys.executable, ASK],
        env={**os.environ, "RES_OPTIONS": told[1]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert 1.0 < float(done.stdout) < CONNECT_S
