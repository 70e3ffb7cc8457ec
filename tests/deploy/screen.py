"""The screen's own start script under cage, with the shipped policy: it shows the kiosk's address and no other.

Runs in namespaces of its own, because the policy is the whole machine's and the kiosk's port is fixed.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.deploy.staged import DEPLOY
from tests.deploy.trees import NotHere

NOBODY = 65534
SHOWN_WITHIN_S = 60.0
REFUSED_FOR_S = 15.0
KIOSK, ELSEWHERE = 8070, 8071
INSIDE = """
ip link set lo up && mount -t tmpfs tmpfs /etc/chromium && mkdir -p /etc/chromium/policies/managed &&
cp "$1/chromium.json" /etc/chromium/policies/managed/clockpiece.json && exec "$2" -m tests.deploy.screen
"""


def shows_the_kiosk_only() -> bool:
    """Whether the browser asks the kiosk for its page, and nobody else."""
    for program in ("cage", "chromium", "Xwayland", "ip"):
        if not shutil.which(program):
            raise NotHere(f"needs {program} (apt install cage chromium xwayland iproute2)")
    if os.geteuid() != 0:
        raise NotHere("needs root")
    apart = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return subprocess.run([*apart, "sh", "-c", INSIDE, "sh", str(DEPLOY), sys.executable], check=False).returncode == 0


class Page(http.server.BaseHTTPRequestHandler):
    """Notes on which port somebody asked."""

    def __init__(self, asked: dict[int, threading.Event], *arguments: Any) -> None:
        self._asked = asked
        super().__init__(*arguments)

    def do_GET(self) -> None:
        assert isinstance(self.server, http.server.HTTPServer)
        self._asked[self.server.server_port].set()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>Clockpiece</h1>")

    def log_message(self, *_arguments: Any) -> None:
        return


def main() -> int:
    asked = {port: threading.Event() for port in (KIOSK, ELSEWHERE)}
    for port in asked:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Page, asked))
        threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        screen = Path(folder) / "screen"
        shutil.copy(DEPLOY / "screen", screen)
        Path(folder).chmod(0o755)
        _show(Path(folder), KIOSK, asked[KIOSK], SHOWN_WITHIN_S)
        _show(Path(folder), ELSEWHERE, asked[ELSEWHERE], REFUSED_FOR_S)
    print(f"the kiosk's page was {'shown' if asked[KIOSK].is_set() else 'NOT shown'}")
    print(f"another page was {'SHOWN' if asked[ELSEWHERE].is_set() else 'refused'}")
    return 0 if asked[KIOSK].is_set() and not asked[ELSEWHERE].is_set() else 1


def _show(folder: Path, port: int, asked: threading.Event, within_s: float) -> None:
    home = Path(tempfile.mkdtemp(dir=folder))
    os.chown(home, NOBODY, NOBODY)
    drawn_nowhere = {"WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman"}
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "XDG_RUNTIME_DIR": str(home), **drawn_nowhere}
    cage = subprocess.Popen(
        ["cage", "-d", "--", str(folder / "screen")],
        env={**environment, "CLOCKPIECE_URL": f"http://127.0.0.1:{port}/"},
        user=NOBODY, group=NOBODY, extra_groups=[], start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline_s = time.monotonic() + within_s
    while not asked.is_set() and time.monotonic() < deadline_s:
        asked.wait(0.5)
    os.killpg(cage.pid, signal.SIGKILL)
    cage.wait()


if __name__ == "__main__":
    sys.exit(main())
