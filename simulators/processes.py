"""The services of a demo as children of it: started, watched, started again when they die, stopped at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from settings import Mendable

RESTART_AFTER_S = 0.3
STOP_WITHIN_S = 8.0


class Failed(Mendable):
    """A service or a step did not do what it must; the message carries the end of its log."""


@dataclass
class _Child:
    command: list[str]
    process: subprocess.Popen[bytes]
    starts: int = 1


class Processes:
    """A little service manager. Logs go to one file each in `logs`."""

    def __init__(self, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._children: dict[str, _Child] = {}
        self._begin: dict[str, int] = {}
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._keeper.start()

    def start(self, name: str, *arguments: str) -> None:
        """Starts `clockpiece ARGUMENTS` under a name."""
        command = [sys.executable, "-m", "clockpiece", *arguments]
        file = self._logs / f"{name}.log"
        self._begin[name] = file.stat().st_size if file.exists() else 0
        with self._lock:
            self._children[name] = _Child(command, self._spawn(name, command))

    def kill(self, name: str) -> None:
        """SIGKILL: as when the power of one process is cut. The keeper starts it again."""
        with self._lock:
            self._children[name].process.send_signal(signal.SIGKILL)

    def pid(self, name: str) -> int:
        """The process that runs under this name now."""
        with self._lock:
            return self._children[name].process.pid

    def log_of(self, name: str) -> str:
        """What a service has logged since this demo started it."""
        with (self._logs / f"{name}.log").open("rb") as file:
            file.seek(self._begin[name])
            return file.read().decode("utf-8", "replace")

    def step(self, *arguments: str) -> str:
        """Runs `clockpiece ARGUMENTS` to its end and gives what it printed. Raises Failed."""
        done = subprocess.run(
            [sys.executable, "-m", "clockpiece", *arguments], capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode:
            raise Failed(f"clockpiece {' '.join(arguments[:2])}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def stop(self) -> None:
        """SIGTERM to all, then SIGKILL to whatever is left."""
        self._stopping.set()
        self._keeper.join()
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

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._logs / f"{name}.log").open("ab") as log:
            # A session of its own: Ctrl-C reaches the demo, and the demo stops its children in order.
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def _keep(self) -> None:
        while not self._stopping.wait(RESTART_AFTER_S):
            with self._lock:
                for name, child in self._children.items():
                    if child.process.poll() is not None and not self._stopping.is_set():
                        child.process = self._spawn(name, child.command)
                        child.starts += 1
