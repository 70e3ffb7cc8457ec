"""One of each service: a second one on the same folder ends with a sentence before it has touched anything."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from settings import Mendable


class SecondInstance(Mendable):
    """The same service already runs on this folder."""


class NothingToWriteOn(Mendable):
    """The folder takes no files: a read-only or failing disk."""


@contextlib.contextmanager
def alone(folder: Path, service: str) -> Iterator[None]:
    """Holds `folder` for one `service`; the system lets go when the process ends, however it ends.

    Raises SecondInstance, NothingToWriteOn.
    """
    try:
        folder.mkdir(mode=0o770, parents=True, exist_ok=True)
        handle = os.open(lock_of(folder, service), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    except OSError as error:
        raise NothingToWriteOn(f"nothing can be written in {folder} ({error.strerror}); mend the disk first") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SecondInstance(f"another {service} already runs in {folder}; stop it first") from error
        yield
    finally:
        os.close(handle)


def lock_of(folder: Path, service: str) -> Path:
    return folder / f"{service}.lock"


def is_held(lock: Path) -> bool:
    """Whether a running service holds this lock. OSError when it cannot be looked at."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)
