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


@click.command("replace-box")
@CONFIG
@click.option("--wait-s", type=click.IntRange(min=0), default=1800, show_default=True, help="How long to wait for HR.")
def replace_box(file: Path, wait_s: int) -> None:
    """Takes the place of a dead box of the same name. On the new box, with its services stopped."""
    import contextlib
    import time

    from edge.bootstrap import BoxFiles
    from edge.bootstrap.alone import alone
    from edge.bootstrap.epochs import take_over
    from sync.client import HrClient
    from sync.introduction import Waiting, ask_to_replace
    from sync.keys import own_key
    from sync.reference import ReferenceReader
    from sync.wire import fingerprint as printed
    from sync.wire import public_from_text

    files = BoxFiles.read(file)
    hr = files.config.hr
    if hr is None:
        raise ConfigError(file, "hr", "nothing", "the HR server's url, public_key and this box's signing_key")
    files.data.mkdir(mode=0o770, parents=True, exist_ok=True)
    key = own_key(files.path(hr.signing_key))
    client = HrClient(hr.url, public_from_text(hr.public_key), key, files.config.box.name)
    with alone(files.data, "core"), alone(files.data, "sync"), contextlib.closing(client):
        click.echo(f"The fingerprint of this box: {printed(key.public_key())}")
        click.echo(
            f"Compare it at HR, and accept there that it replaces {files.config.box.name}. Waiting; Ctrl-C stops."
        )
        try:
            place = ask_to_replace(client, files.config.box.name, time.sleep, time.monotonic, wait_s, click.echo)
        except (Waiting, KeyboardInterrupt) as error:
            raise click.ClickException("HR has not decided yet; run this command again to go on waiting") from error
        take_over(files, files.clock(), place, ReferenceReader(files.reference, files.key()).at_hr())
    click.echo(f"{files.config.box.name} goes on in epoch {place.epoch}; start its services.")
    if place.at_hr:
        click.echo(
            f"HR holds epoch {place.previous} up to {place.at_hr}. If the old card can still be read, take the rest "
            "from it: `clockpiece export` with its data, then `clockpiece hr take` at HR."
        )
