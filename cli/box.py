"""A box's own tasks."""

from __future__ import annotations

from pathlib import Path

import click

from cli.options import CONFIG
from settings import ConfigError


@click.command()
@CONFIG
def fingerprint(file: Path) -> None:
    """Prints the fingerprint of this box's own key, to be accepted at HR."""
    from edge.bootstrap import BoxFiles
    from sync.keys import own_key
    from sync.wire import fingerprint as printed

    files = BoxFiles.read(file)
    if files.config.hr is None:
        raise ConfigError(file, "hr", "nothing", "the HR server's url, public_key and this box's signing_key")
    click.echo(printed(own_key(files.path(files.config.hr.signing_key)).public_key()))
