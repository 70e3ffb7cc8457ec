"""`clockpiece enrol`: a new box asks HR to let it in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import CONFIG, authority_of, hr_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from edge.config import Hr

WAIT_S = click.option(
    "--wait-s",
    type=click.IntRange(min=0),
    default=1800,
    show_default=True,
    help="How long to wait for the person at HR.",
)
NOT_YET = "HR has not decided yet; run this command again to go on waiting"


@click.command()
@CONFIG
@WAIT_S
def enrol(file: Path, wait_s: int) -> None:
    """Asks HR to let this box in, with a code from HR's page, typed or scanned; waits until a person accepts it.

    With --wait-s 0 it ends as soon as HR has the request.
    """
    import contextlib
    import time

    from edge.bootstrap import BoxFiles
    from sync.enrolling.introduction import Asking, Waiting, ask
    from sync.enrolling.keys import own
    from sync.exchange.client import HrClient

    files = BoxFiles.read(file)
    (hr, server_key), name = hr_of(files), files.config.box.name
    key = own(files.path(hr.signing_key))
    client = HrClient(hr.url, server_key, key.private, name, authority=authority_of(files))
    code = code_reader(hr, name)
    asking = Asking(name, False, code, time.sleep, time.monotonic, wait_s, click.echo, key.rotation)
    with contextlib.closing(client):
        show_fingerprint(key.private.public_key())
        click.echo("Compare it with HR's page of kiosks, and accept it there if it is the same. Ctrl-C stops.")
        try:
            ask(client, asking)
        except (Waiting, KeyboardInterrupt) as error:
            if isinstance(error, Waiting) and error.asked and wait_s == 0:
                return
            raise click.ClickException(NOT_YET) from error
    click.echo(f"{name} is let in; its sync sends what it has kept.")


@click.command("rotate-key")
@CONFIG
def rotate_key(file: Path) -> None:
    """Gives this box a new signing key, which HR takes because the old one signs for it. Run it again if it fails."""
    from edge.bootstrap import BoxFiles
    from edge.health.checks import IN_MEMORY
    from edge.health.probes import Machine, filesystem, overlay
    from sync.enrolling.new_key import NotRotated, rotate
    from sync.exchange.client import HrClient

    files = BoxFiles.read(file)
    (hr, server_key), name = hr_of(files), files.config.box.name
    key_file = files.path(hr.signing_key)
    if overlay(Machine()) and filesystem(key_file.parent.resolve(), Machine()) in IN_MEMORY:
        raise NotRotated(f"{key_file} is in memory (overlayroot): switch the overlay off first, or the new key is lost")
    authority = authority_of(files)
    new = rotate(key_file, name, lambda key: HrClient(hr.url, server_key, key, name, authority=authority))
    show_fingerprint(new.private.public_key())
    click.echo("HR has taken this key and ended the old one. Restart sync: systemctl restart clockpiece-sync")


def show_fingerprint(key: Ed25519PublicKey) -> None:
    """As HR's page shows it: six words, and the letters behind them."""
    from sync.wire.envelope import fingerprint
    from sync.wire.words import words_of

    click.echo("The fingerprint of this box:")
    click.echo(f"  {words_of(key)}")
    click.echo(f"  {fingerprint(key)}")


def code_reader(hr: Hr, device: str) -> Callable[[str], str]:
    """Asks for a code until it gets one; what a scanner made of HR's QR code is one too."""
    from sync.wire.enrolment import BadCode, read_code, read_ticket

    def asked(why: str) -> str:
        click.echo(why)
        while True:
            text = click.prompt("Code").strip()
            try:
                ticket = read_ticket(text)
                if ticket is None:
                    return read_code(text)
            except BadCode as error:
                click.echo(str(error))
                continue
            if (ticket.hr_key, ticket.device) == (hr.public_key, device):
                return ticket.code
            raise click.ClickException(
                f"the QR code is for the box {ticket.device} at {ticket.url}, whose public_key is {ticket.hr_key}; "
                f"this box is {device} and its [hr] has {hr.url} and {hr.public_key}: mend the one that is wrong"
            )

    return asked
