"""The services of a demo as children of it: started, watched, started again when they die or hang, stopped at the end.

What systemd does on a box, as far as the services see it: it listens to their sd_notify(3) words, and with a watchdog
kills and restarts a service that no longer beats.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from settings import Mendable

RESTART_AFTER_S = 0.3
STOP_WITHIN_S = 8.0


class Failed(Mendable):
    """A service or a step did not do what it must; the message carries the end of its log."""


class _Ear:
    """Where one service says how it is. What came before `begin` was said by a predecessor."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.ready, self.heard_s = False, 0.0

    def begin(self) -> None:
        self.listen()
        self.ready = False

    def listen(self) -> None:
        """Takes what has been said since the last time."""
        while True:
            try:
                word = self._socket.recv(1024)
            except BlockingIOError:
                return
            self.ready = self.ready or word == b"READY=1"
            self.heard_s = time.monotonic()

    def close(self) -> None:
        self._socket.close()
        self.path.unlink(missing_ok=True)


def heed_sigterm() -> None:
    """SIGTERM ends this program as Ctrl-C does: the services are stopped on the way out."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@dataclass
class _Child:
    """`watchdog_s`: how long it may be silent once it is ready; None: for ever."""

    command: list[str]
    ear: _Ear
    watchdog_s: float | None
    process: subprocess.Popen[bytes]
    starts: int = 1

    def hangs(self) -> bool:
        self.ear.listen()
        silent_s = time.monotonic() - self.ear.heard_s
        return self.watchdog_s is not None and self.ear.ready and silent_s > self.watchdog_s


class Processes:
    """A little service manager. Logs go to one file each in `logs`."""

    def __init__(self, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._children: dict[str, _Child] = {}
        self._begin: dict[str, int] = {}
        # Not below the data folder: the path of a Unix socket has at most 107 bytes.
        self._ears = Path(tempfile.mkdtemp(prefix="cp-ears-", dir="/tmp"))
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._starter = ThreadPoolExecutor(1, "starter")
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._keeper.start()

    def start(self, name: str, *arguments: str, watchdog_s: float | None = None) -> None:
        """Starts `clockpiece ARGUMENTS` under a name; one that is silent for `watchdog_s` is killed and restarted."""
        command = [sys.executable, "-m", "clockpiece", *arguments]
        file = self._logs / f"{name}.log"
        self._begin[name] = file.stat().st_size if file.exists() else 0
        ear = _Ear(self._ears / name)
        # Signals are for the main thread: in this one nothing comes between a process and its place on the list.
        self._starter.submit(self._start, name, command, ear, watchdog_s).result()

    def _start(self, name: str, command: list[str], ear: _Ear, watchdog_s: float | None) -> None:
        with self._lock:
            if not self._stopping.is_set():
                self._children[name] = _Child(command, ear, watchdog_s, self._spawn(name, command, ear, watchdog_s))

    def kill(self, name: str) -> None:
        """SIGKILL: as when the power of one process is cut. The keeper starts it again."""
        with self._lock:
            self._children[name].process.send_signal(signal.SIGKILL)

    def withdraw(self, name: str) -> None:
        """Stops a service and does not start it again."""
        with self._lock:
            child = self._children.pop(name)
        child.process.kill()
        child.process.wait()
        child.ear.close()

    def ready(self, name: str) -> bool:
        """Whether the process that runs under this name now has said that it does its work."""
        with self._lock:
            self._children[name].ear.listen()
            return self._children[name].ear.ready

    def pid(self, name: str) -> int:
        """The process that runs under this name now."""
        with self._lock:
            return self._children[name].process.pid

    def log_of(self, name: str) -> str:
        """What a service has logged since this demo started it."""
        with (self._logs / f"{name}.log").open("rb") as file:
            file.seek(self._begin[name])
            return file.read().decode("utf-8", "replace")

    def step(self, *arguments: str, typed: str = "") -> str:
        """Runs `clockpiece ARGUMENTS` to its end and gives what it printed; `typed` answers its questions. Raises
        Failed."""
        done = subprocess.run(
            [sys.executable, "-m", "clockpiece", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise Failed(f"clockpiece {' '.join(arguments[:2])}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def stop(self) -> None:
        """SIGTERM to all, then SIGKILL to whatever is left."""
        self._stopping.set()
        self._keeper.join()
        self._starter.shutdown()
        with self._lock:
            running = [child.process for child in self._children.values() if child.process.poll() is None]
            for process in running:
                process.terminate()
            deadline = time.monotonic() + STOP_WITHIN_S
            for process in running:
                try:
                    process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            for child in self._children.values():
                child.ear.close()
        shutil.rmtree(self._ears, ignore_errors=True)

    def _spawn(self, name: str, command: list[str], ear: _Ear, watchdog_s: float | None) -> subprocess.Popen[bytes]:
        ear.begin()
        told = {"NOTIFY_SOCKET": str(ear.path)}
        if watchdog_s is not None:
            told["WATCHDOG_USEC"] = str(int(watchdog_s * 1e6))
        with (self._logs / f"{name}.log").open("ab") as log:
            # A session of its own: Ctrl-C reaches the demo, and the demo stops its children in order.
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **told, "PYTHONUNBUFFERED": "1"},
            )

    def _keep(self) -> None:
        while not self._stopping.wait(RESTART_AFTER_S):
            with self._lock:
                for name, child in self._children.items():
                    if child.hangs():
                        self._note(name, f"watchdog: no sign of life for {child.watchdog_s} s; killed")
                        child.process.kill()
                        child.process.wait()
                    if child.process.poll() is not None and not self._stopping.is_set():
                        child.process = self._spawn(name, child.command, child.ear, child.watchdog_s)
                        child.starts += 1

    def _note(self, name: str, sentence: str) -> None:
        with (self._logs / f"{name}.log").open("a", encoding="utf-8") as log:
            log.write(f"demo: {sentence}\n")
