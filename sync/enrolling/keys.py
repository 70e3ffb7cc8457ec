"""The box's own signing key: made on the box, never leaves it. One that follows another bears that one's signature."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from settings import Mendable
from sync.wire.envelope import b64, public_text, unb64
from sync.wire.rotation import Rotation, rotation_bytes


class BadKey(Mendable):
    """The file holds something else than a signing key."""


@dataclass(frozen=True, repr=False)
class OwnKey:
    """A signing key, and where it follows another: that one's word for it."""

    private: Ed25519PrivateKey
    rotation: Rotation | None = None

    @property
    def public(self) -> str:
        return public_text(self.private.public_key())

    def text(self) -> str:
        """As the key's file holds it: one rename moves both, and one credential hands both over."""
        lines = [b64(self.private.private_bytes_raw())]
        if self.rotation is not None:
            lines.append(f"{self.rotation.follows} {b64(self.rotation.signature)}")
        return "".join(f"{line}\n" for line in lines)


def own_key(file: Path) -> Ed25519PrivateKey:
    """The key in this file; made, readable by the owner alone, when there is none. BadKey for a damaged one."""
    return own(file).private


def own(file: Path) -> OwnKey:
    """The same with what came before it."""
    try:
        return read_own(file)
    except FileNotFoundError:
        make(file, OwnKey(Ed25519PrivateKey.generate()))
        return read_own(file)


def read_own(file: Path) -> OwnKey:
    """FileNotFoundError where there is none; BadKey for a damaged one."""
    try:
        key, *rest = file.read_text("ascii").splitlines()
        private = Ed25519PrivateKey.from_private_bytes(unb64(key.strip()))
        if not rest:
            return OwnKey(private)
        (line,) = rest
        follows, signature = line.split()
        return OwnKey(private, Rotation(follows, unb64(signature)))
    except ValueError as error:
        raise BadKey(f"{file}: not a signing key ({error}); restore it from the backup or enrol anew") from error


def follower(old: OwnKey, device: str) -> OwnKey:
    """A new key, with the word of the old one that it is this box's from here on."""
    new = Ed25519PrivateKey.generate()
    message = rotation_bytes(device, old.public, public_text(new.public_key()))
    return OwnKey(new, Rotation(old.public, old.private.sign(message)))


def make(file: Path, key: OwnKey) -> None:
    """A file of this name that is not there yet, whole or not at all: a power cut must not leave half a key."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(key.text())
            stream.flush()
            os.fsync(stream.fileno())
        # A link never replaces: whoever came first has made the box's one key.
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink()
    settle(file.parent)


def settle(folder: Path) -> None:
    """What was linked, renamed or removed in this folder outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
