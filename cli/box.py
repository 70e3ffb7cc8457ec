"""A box's own tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.enrol import NOT_YET, WAIT_S, code_reader, show_fingerprint
from cli.options import CONFIG, authority_of
from settings import ConfigError

if TYPE_CHECKING:
    from edge.bootstrap import BoxFiles


@click.command()
@CONFIG
@click.option("--ca", "of_authority", is_flag=True, help="That of the certificate authority it believes instead.")
def fingerprint(file: Path, of_authority: bool) -> None:
    """Prints the fingerprint of this box's own key, to be accepted at HR."""
    from edge.bootstrap import BoxFiles
    from sync.enrolling.keys import own_key
    from sync.wire.envelope import fingerprint as printed

    files = BoxFiles.read(file)
    if files.config.hr is None:
        raise ConfigError(file, "hr", "nothing", "the HR server's url, public_key and this box's signing_key")
    if of_authority:
        _print_authority(files)
        return
    click.echo(printed(own_key(files.path(files.config.hr.signing_key)).public_key()))


def _print_authority(files: BoxFiles) -> None:
    from cryptography import x509

    from hr.authority import fingerprint as printed

    believed = authority_of(files)
    if believed is None:
        raise ConfigError(files.file, "hr.ca", "nothing", "HR's `ca.pem`, copied from its keys folder")
    click.echo(printed(x509.load_pem_x509_certificate(believed.read_bytes())))


@click.command("replace-box")
@CONFIG
@WAIT_S
def replace_box(file: Path, wait_s: int) -> None:
    """Takes the place of a dead box of the same name. On the new box, with its services stopped."""
    import contextlib
    import time

    from edge.bootstrap import BoxFiles
    from edge.bootstrap.alone import alone
    from edge.bootstrap.epochs import take_over
    from sync.enrolling.introduction import Asking, Waiting, ask_to_replace
    from sync.enrolling.keys import own_key
    from sync.exchange.client import HrClient
    from sync.reference.store import ReferenceReader
    from sync.wire.envelope import public_from_text

    files = BoxFiles.read(file)
    hr = files.config.hr
    if hr is None:
        raise ConfigError(file, "hr", "nothing", "the HR server's url, public_key and this box's signing_key")
    files.data.mkdir(mode=0o770, parents=True, exist_ok=True)
    key = own_key(files.path(hr.signing_key))
    authority = authority_of(files)
    client = HrClient(hr.url, public_from_text(hr.public_key), key, files.config.box.name, authority=authority)
    code = code_reader(hr, files.config.box.name)
    asking = Asking(files.config.box.name, True, code, time.sleep, time.monotonic, wait_s, click.echo)
    with alone(files.data, "core"), alone(files.data, "sync"), contextlib.closing(client):
        show_fingerprint(key.public_key())
        click.echo(
            f"Compare it at HR, and accept there that it replaces {files.config.box.name}. Waiting; Ctrl-C stops."
        )
        try:
            place = ask_to_replace(client, asking)
        except (Waiting, KeyboardInterrupt) as error:
            raise click.ClickException(NOT_YET) from error
        take_over(files, files.clock(), place, ReferenceReader(files.reference, files.key()).at_hr())
    click.echo(f"{files.config.box.name} goes on in epoch {place.epoch}; start its services.")
    if place.at_hr:
        click.echo(
            f"HR holds epoch {place.previous} up to {place.at_hr}. If the old card can still be read, take the rest "
            "from it: `clockpiece export` with its data, then `clockpiece hr take` at HR."
        )
