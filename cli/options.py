"""What several commands share: where configurations lie, and the HR service of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from settings import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from edge.bootstrap import BoxFiles
    from edge.config import Hr
    from hr.config import Server
    from hr.service import HrService

CONFIG = click.option(
    "--config", "file", type=click.Path(path_type=Path), default="/etc/clockpiece/clockpiece.toml", show_default=True
)
HR_CONFIG = click.option(
    "--config", "file", type=click.Path(path_type=Path), default="/etc/clockpiece/hr.toml", show_default=True
)

AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def hr_service(file: Path) -> tuple[HrService, Server]:
    from hr.config import load_config
    from hr.service import opened

    server = load_config(file).hr
    return opened(server, wall_clock(server.clock_table, file)), server


def hr_of(files: BoxFiles) -> tuple[Hr, Ed25519PublicKey]:
    """Where HR is, and the key that it signs with. ConfigError."""
    from sync.wire.envelope import WireError, public_from_text

    hr = files.config.hr
    if hr is None:
        raise ConfigError(files.file, "hr", "nothing", "the HR server's url, public_key and this box's signing_key")
    try:
        return hr, public_from_text(hr.public_key)
    except WireError as error:
        raise ConfigError(
            files.file, "hr.public_key", repr(hr.public_key), "the line that `hr init` printed"
        ) from error


def authority_of(files: BoxFiles) -> Path | None:
    """The certificate authority that this box believes. ConfigError when the file holds none."""
    from cryptography import x509

    hr = files.config.hr
    if hr is None or hr.ca is None:
        return None
    file = files.path(hr.ca)
    try:
        x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(files.file, "hr.ca", repr(hr.ca), "HR's `ca.pem`, copied from its keys folder") from error
    return file


def wall_clock(table: str | None, file: Path) -> Callable[[], int]:
    from edge.clock import clock_for

    clock = clock_for((file.parent / table).absolute() if table else None)
    return lambda: clock.stamp().wall_us
