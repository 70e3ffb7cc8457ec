"""Makes system calls of a running process fail, be slow or kill it: strace, attached for as long as it is wanted.

Its options are those of `man strace`: `fsync:error=EIO`, `fsync:delay_enter=200000` (microseconds).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

FLUSH = "fsync,fdatasync"
"""Which of the two SQLite calls depends on how it was built."""

ATTACHED_WITHIN_S = 10.0


class NotAttached(Exception):
    """strace did not get hold of the process."""


@contextlib.contextmanager
def injected(pid: int, *faults: str, also: tuple[str, ...] = (), trace: Path = Path(os.devnull)) -> Iterator[None]:
    """While the block runs, the process has these faults; when it ends they are gone and the process goes on.

    `trace` gets a line for each of these calls, and of those named in `also`.
    """
    traced = ",".join(sorted({fault.partition(":")[0] for fault in faults} | set(also)))
    inject = [option for fault in faults for option in ("-e", f"inject={fault}")]
    command = ["strace", "-f", "-o", str(trace), "-e", f"trace={traced}", "-e", "signal=none", *inject, "-p", str(pid)]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _await_attached(pid, tracer)
        yield
    finally:
        tracer.send_signal(signal.SIGTERM)
        tracer.communicate()


def _await_attached(pid: int, tracer: subprocess.Popen[str]) -> None:
    deadline_s = time.monotonic() + ATTACHED_WITHIN_S
    while f"TracerPid:\t{tracer.pid}\n" not in Path(f"/proc/{pid}/status").read_text("ascii"):
        if tracer.poll() is not None or time.monotonic() > deadline_s:
            tracer.kill()
            raise NotAttached(tracer.communicate()[1])
        time.sleep(0.01)
