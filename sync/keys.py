"""The box's own signing key: made on the box, never leaves it."""

from __future__ import annotations

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
        key = Ed25519PrivateKey.generate()
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(b64(key.private_bytes_raw()) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        return key
    except ValueError as error:
        raise BadKey(f"{file}: not a signing key ({error}); restore it from the backup or enrol anew") from error
