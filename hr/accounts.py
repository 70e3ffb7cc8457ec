"""Who may sign in to the HR pages, the server's own keys, and the one-time installation."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import Connection, select

from hr.store import engine, upgrade, writing
from hr.store.tables import account
from settings import Mendable
from sync.wire import fingerprint, public_text

MIN_PASSWORD = 10
MAX_PASSWORD = 1024
SIGNING_KEY = "signing.pem"
COOKIE_SECRET = "cookie.secret"  # noqa: S105 -- a file's name

_hasher = PasswordHasher()


class AlreadyInstalled(Mendable):
    """Installing again would orphan every box that trusts the present key."""


class WeakPassword(ValueError):
    """Too short, or the name itself."""


class BadKeys(Mendable):
    """A key file is missing or is not what it should be."""


@dataclass(frozen=True)
class Keys:
    """What signs HR's answers to the boxes, and what signs the pages' cookies."""

    signing: Ed25519PrivateKey = field(repr=False)
    cookie_secret: bytes = field(repr=False)

    @property
    def public_text(self) -> str:
        return public_text(self.signing.public_key())

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.signing.public_key())

    @classmethod
    def generate(cls) -> Keys:
        return cls(Ed25519PrivateKey.generate(), secrets.token_bytes(32))

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """BadKeys names the file that cannot be used."""
        signing, cookie = folder / SIGNING_KEY, folder / COOKIE_SECRET
        try:
            key = load_pem_private_key(signing.read_bytes(), None)
            secret = cookie.read_bytes()
        except OSError as error:
            raise BadKeys(
                f"{error.filename}: {error.strerror}; the keys are made once by `clockpiece hr init`"
            ) from error
        except ValueError as error:
            raise BadKeys(f"{signing}: not a private key in PEM; restore it from the backup") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKeys(f"{signing}: got another kind of key, wanted Ed25519")
        return cls(key, secret)

    def save(self, folder: Path) -> None:
        """Readable by the owner only; never over a file that is there."""
        pem = self.signing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_secret(folder / SIGNING_KEY, pem)
        _write_secret(folder / COOKIE_SECRET, self.cookie_secret)


def _write_secret(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


# --- accounts -------------------------------------------------------------------------------------


def add(connection: Connection, username: str, password: str) -> None:
    """WeakPassword when it is shorter than MIN_PASSWORD characters or is the name."""
    _demand_strength(username, password)
    connection.execute(account.insert().values(username=username, password=_hasher.hash(password)))


def verify(connection: Connection, username: str, password: str) -> bool:
    """An unknown name costs one hash too, so that the time does not tell which names exist."""
    stored: str | None = connection.scalar(select(account.c.password).where(account.c.username == username))
    matches = hash_matches(stored or _nobodys_hash(), password[:MAX_PASSWORD])
    return matches and stored is not None


def hash_matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def _demand_strength(username: str, password: str) -> None:
    if not username.strip():
        raise WeakPassword("an account needs a name")
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise WeakPassword(f"a password needs {MIN_PASSWORD} characters or more, got {len(password)}")
    if password == username:
        raise WeakPassword("the password must not be the name")


# --- installation ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Installation:
    """What goes into hr.toml beside the paths."""

    plant: str = ""
    listen: str = "127.0.0.1:8071"
    timezone: str = "Asia/Shanghai"
    language: str = "zh"
    clock_table: str | None = None


@dataclass(frozen=True)
class Installed:
    """What the boxes need to be told, and where the server's configuration lies."""

    config: Path
    public_key: str
    fingerprint: str


def init(folder: Path, username: str, password: str, choices: Installation | None = None) -> Installed:
    """Makes the database, the keys, the first account and hr.toml. AlreadyInstalled when any of them is there."""
    _demand_strength(username, password)
    folder = folder.resolve()
    config, database, keys_folder = folder / "hr.toml", folder / "hr.db", folder / "keys"
    for there in (config, database, keys_folder):
        if there.exists():
            raise AlreadyInstalled(
                f"{there} is there already: choose an empty folder, or keep the installation as it is"
            )
    keys_folder.mkdir(mode=0o700, parents=True)
    keys = Keys.generate()
    keys.save(keys_folder)
    store = engine(f"sqlite:///{database}")
    try:
        upgrade(store)
        with writing(store).begin() as connection:
            add(connection, username, password)
    finally:
        store.dispose()
    # Last, because a service starts from it: an installation cut short is seen as such.
    config.write_text(_toml(choices or Installation(), f"sqlite:///{database}", keys_folder), "utf-8")
    return Installed(config, keys.public_text, keys.fingerprint)


def _toml(choices: Installation, database: str, keys_folder: Path) -> str:
    values: dict[str, str | None] = {
        "plant": choices.plant,
        "listen": choices.listen,
        "database": database,
        "keys": str(keys_folder),
        "timezone": choices.timezone,
        "language": choices.language,
        "clock_table": choices.clock_table,
    }
    # A JSON string is a TOML basic string.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value is not None]
    return "\n".join(["[hr]", *lines, ""])
