"""The schema of the HR server's configuration file, `hr.toml`. docs/operations.md lists every key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from settings import ConfigError, Mendable, load

LEAST_TOKEN = 32
ADDRESS = r"^[^@\s,]+@[^@\s,]+$"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class UnusableToken(Mendable):
    """The monitoring token cannot be read, or can be guessed."""


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`database` is an SQLAlchemy URL; `keys` the folder with the signing key and the cookie secret.

    `certificate`: file with the private key and the certificate that HTTPS is served with.
    `monitoring`: file with the token that a monitoring tool shows.
    `clock_table` is for the demo only: the table of segments that all its processes share.
    """

    database: str
    keys: str
    plant: str = ""
    listen: Annotated[str, msgspec.Meta(pattern=r"^.+:[0-9]{1,5}$")] = "127.0.0.1:8071"
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en", "vi"] = "zh"
    clock_table: str | None = None
    certificate: str | None = None
    monitoring: str | None = None


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The server that reminders are sent through. `heads`: further addresses, by the head who is told of a box.
    `password` and `ca` are files; `none` is allowed on this machine only."""

    host: str
    sender: Annotated[str, msgspec.Meta(pattern=ADDRESS)]
    to: Annotated[list[Annotated[str, msgspec.Meta(pattern=ADDRESS)]], msgspec.Meta(min_length=1)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str | None = None
    ca: str | None = None
    heads: dict[str, list[Annotated[str, msgspec.Meta(pattern=ADDRESS)]]] = {}


class HrConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hr: Server
    mail: Mail | None = None


def load_config(file: Path) -> HrConfig:
    """ConfigError names file, key, got and wanted."""
    config = load(file, HrConfig)
    try:
        ZoneInfo(config.hr.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(file, "hr.timezone", repr(config.hr.timezone), "a zone such as 'Asia/Shanghai'") from error
    if config.mail is not None:
        _check_mail(file, config.mail)
    return config


def _check_mail(file: Path, mail: Mail) -> None:
    if mail.security == "none" and mail.host not in LOOPBACK:
        raise ConfigError(file, "mail.security", "'none'", f"'starttls' or 'tls': {mail.host} is another machine")
    for key, value in (("mail.password", mail.password), ("mail.ca", mail.ca)):
        if value is not None and not Path(value).is_file():
            raise ConfigError(file, key, repr(value), "a file that is there")


def monitoring_token(server: Server) -> str:
    """What a monitoring tool must show to see the fleet; empty: none may. UnusableToken."""
    if server.monitoring is None:
        return ""
    try:
        token = Path(server.monitoring).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableToken(f"hr.monitoring: {server.monitoring} cannot be read; make it with openssl rand") from error
    if len(token) < LEAST_TOKEN:
        raise UnusableToken(f"hr.monitoring: the token has {len(token)} characters, wanted at least {LEAST_TOKEN}")
    return token
