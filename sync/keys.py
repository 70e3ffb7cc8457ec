"""The box's own signing key: made on the box, never leaves it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from settings import Mendable
from sync.wire import b64, unb64


class BadKey(Mendable):
    """The file holds something else than a signing key."""


def own_key(file: Path) -> Ed25519PrivateKey:
    """The key in this file; made, readable by the owner alone, when there is none. BadKey for a damaged one."""
    try:
        return Ed25519PrivateKey.from_private_bytes(unb64(file.read_text("ascii").strip()))
    except FileNotFoundError:
        _make(file)
        return own_key(file)
    except ValueError as error:
        raise BadKey(f"{file}: not a signing key ({error}); restore it from the backup or enrol anew") from error


def _make(file: Path) -> None:
    """A new key under this name, whole or not at all: a power cut must not leave half a key."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(b64(Ed25519PrivateKey.generate().private_bytes_raw()) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        # A link never replaces: whoever came first has made the box's one key.
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
