"""Who may sign in to the HR pages, the server's own keys, and the one-time installation."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import Connection, select

from hr.authority import SERVER_CERTIFICATE, Authority, write_secret
from hr.store import engine, upgrade, writing
from hr.store.tables import account
from settings import Mendable
from sync.wire.envelope import fingerprint, public_text

MIN_PASSWORD = 10
MAX_PASSWORD = 1024
SIGNING_KEY = "signing.pem"
SEALING_KEY = "sealing.pem"
COOKIE_SECRET = "cookie.secret"  # noqa: S105 -- a file's name

_hasher = PasswordHasher()


class AlreadyInstalled(Mendable):
    """Installing again would orphan every box that trusts the present key."""


class WeakPassword(ValueError):
    """Too short, or the name itself."""


class KnownUser(Mendable):
    """There is an account of this name."""


class BadKeys(Mendable):
    """A key file is missing or is not what it should be."""


@dataclass(frozen=True)
class Keys:
    """What signs HR's answers to the boxes, what signs the pages' cookies, and what opens the newcomers' records."""

    signing: Ed25519PrivateKey = field(repr=False)
    cookie_secret: bytes = field(repr=False)
    sealing: X25519PrivateKey = field(repr=False)

    @property
    def public_text(self) -> str:
        return public_text(self.signing.public_key())

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.signing.public_key())

    @classmethod
    def generate(cls) -> Keys:
        return cls(Ed25519PrivateKey.generate(), secrets.token_bytes(32), X25519PrivateKey.generate())

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """BadKeys names the file that cannot be used. An installation older than sealing gets its sealing key here."""
        signing, sealing = folder / SIGNING_KEY, folder / SEALING_KEY
        signs, secret = _private_key(signing), _read(folder / COOKIE_SECRET)
        if not sealing.exists():
            _add_secret(sealing, _pem(X25519PrivateKey.generate()))
        opens = _private_key(sealing)
        if not isinstance(signs, Ed25519PrivateKey):
            raise BadKeys(f"{signing}: got another kind of key, wanted Ed25519")
        if not isinstance(opens, X25519PrivateKey):
            raise BadKeys(f"{sealing}: got another kind of key, wanted X25519")
        return cls(signs, secret, opens)

    def save(self, folder: Path) -> None:
        """Readable by the owner only; never over a file that is there."""
        _write_secret(folder / SIGNING_KEY, _pem(self.signing))
        _write_secret(folder / COOKIE_SECRET, self.cookie_secret)
        _write_secret(folder / SEALING_KEY, _pem(self.sealing))


def _private_key(file: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(_read(file), None)
    except ValueError as error:
        raise BadKeys(f"{file}: not a private key in PEM; restore it from the backup") from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadKeys(f"{file}: {error.strerror}; the keys are made once by `clockpiece hr init`") from error


def _pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _add_secret(file: Path, content: bytes) -> None:
    """Whole or not at all; whoever comes first has made the one key."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        _write_secret(draft, content)
        # A link never replaces.
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)


def _write_secret(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


# --- accounts -------------------------------------------------------------------------------------


def add(connection: Connection, username: str, password: str) -> None:
    """WeakPassword when it is shorter than MIN_PASSWORD characters or is the name; KnownUser."""
    _demand_strength(username, password)
    if connection.scalar(select(account.c.username).where(account.c.username == username)) is not None:
        raise KnownUser(f"{username} has an account already: choose another name")
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
    """What goes into hr.toml beside the paths. Without a `database` it is a file beside them."""

    database: str = ""
    plant: str = ""
    listen: str = "127.0.0.1:8071"
    timezone: str = "Asia/Shanghai"
    language: str = "zh"
    clock_table: str | None = None


@dataclass(frozen=True)
class Installed:
    """What the boxes need to be told, and where the server's configuration lies. `authority` is a fingerprint."""

    config: Path
    public_key: str
    fingerprint: str
    authority: str


def init(
    folder: Path, username: str, password: str, choices: Installation | None = None, hosts: Sequence[str] = ()
) -> Installed:
    """Makes the database, the keys, the first account and hr.toml. AlreadyInstalled when any of them is there.

    With the names and addresses that others will use for this server, `hosts`, it serves HTTPS. authority.BadHost.
    """
    _demand_strength(username, password)
    now = datetime.now(UTC)
    signer = Authority.generate(now)
    certificate = signer.issue(list(hosts), now) if hosts else None
    folder = folder.resolve()
    config, database, keys_folder = folder / "hr.toml", folder / "hr.db", folder / "keys"
    for there in (config, database, keys_folder):
        if there.exists():
            raise AlreadyInstalled(
                f"{there} is there already: choose an empty folder, or keep the installation as it is"
            )
    choices = choices or Installation()
    url = choices.database or f"sqlite:///{database}"
    store = engine(url)
    keys_folder.mkdir(mode=0o700, parents=True)
    keys = Keys.generate()
    keys.save(keys_folder)
    signer.save(keys_folder)
    if certificate:
        write_secret(keys_folder / SERVER_CERTIFICATE, certificate)
    try:
        upgrade(store)
        with writing(store).begin() as connection:
            add(connection, username, password)
    finally:
        store.dispose()
    # Last, because a service starts from it: an installation cut short is seen as such.
    paths = {"database": url, "keys": str(keys_folder)}
    if certificate:
        paths["certificate"] = str(keys_folder / SERVER_CERTIFICATE)
    config.write_text(installed_toml(asdict(choices) | paths), "utf-8")
    return Installed(config, keys.public_text, keys.fingerprint, signer.fingerprint)


def installed_toml(values: Mapping[str, str | None]) -> str:
    """hr.toml with these keys; those without a value are left out."""
    # A JSON string is a TOML basic string.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value is not None]
    return "\n".join(["[hr]", *lines, ""])
