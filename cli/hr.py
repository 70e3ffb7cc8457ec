"""`clockpiece hr`: the HR server's own tasks."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.compare import compare
from cli.hr_calendar import calendar
from cli.hr_months import close
from cli.options import HR_CONFIG, hr_service

if TYPE_CHECKING:
    from hr.kiosks.store import Loss


@click.group()
def hr() -> None:
    """The HR server's own tasks."""
    os.umask(0o077)


hr.add_command(compare)
hr.add_command(close)


hr.add_command(calendar)


@hr.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--user", prompt="Name of the first user")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
@click.option("--database", default="", help="postgresql+psycopg://...; without it, a SQLite file in FOLDER.")
@click.option("--plant", default="", help="The factory's name.")
@click.option("--listen", default="127.0.0.1:8071", show_default=True)
@click.option("--language", type=click.Choice(["zh", "en", "vi"]), default="zh", show_default=True)
@click.option(
    "--host", "hosts", multiple=True, help="A name or address that boxes and browsers will use; serves HTTPS."
)
@click.option("--clock-table", hidden=True)
@click.option("--json", "as_json", is_flag=True)
def init(folder: Path, user: str, password: str, hosts: tuple[str, ...], as_json: bool, **choices: Any) -> None:
    """Makes an HR installation in FOLDER: database, keys, first user, hr.toml."""
    from hr.accounts import Installation, WeakPassword
    from hr.accounts import init as install

    try:
        made = install(folder, user, password, Installation(**choices), hosts)
    except WeakPassword as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"config": str(made.config), "public_key": made.public_key}))
        return
    click.echo(f"HR is installed in {folder}.")
    click.echo(f'Every box needs this line in its [hr] section:  public_key = "{made.public_key}"')
    if hosts:
        click.echo(f"Boxes and browsers need {made.config.parent}/keys/ca.pem; its fingerprint:  {made.authority}")
    click.echo(f"Start it with:  clockpiece run hr --config {made.config}")


@hr.command("user")
@HR_CONFIG
@click.argument("user")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def add_user(file: Path, user: str, password: str) -> None:
    """Lets another person sign in to HR's pages: what one asks for, another one approves."""
    from hr.accounts import WeakPassword

    service, _ = hr_service(file)
    try:
        service.add_user(user, password)
    except WeakPassword as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{user} can sign in.")


@hr.command()
@HR_CONFIG
@click.option("--host", "hosts", multiple=True, help="A name or address it is for; left out: as the one before.")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write; left out: this server's own.")
def certificate(file: Path, hosts: tuple[str, ...], out: Path | None) -> None:
    """Makes or renews the certificate of this server, or with --out that of a box's supervisor pages."""
    from datetime import UTC, datetime

    from hr.authority import SERVER_CERTIFICATE, Authority, write_secret
    from hr.config import load_config
    from pages.tls import names_in

    server = load_config(file).hr
    keys, now = Path(server.keys), datetime.now(UTC)
    target = out or Path(server.certificate or keys / SERVER_CERTIFICATE)
    if not hosts and not target.exists():
        raise click.ClickException(f"{target} is not there yet: give the names and addresses it is for with --host")
    authority = Authority.of(keys, now)
    write_secret(target, authority.issue(list(hosts or names_in(target)), now))
    click.echo(f"{target}: for {', '.join(names_in(target))}. Start the service that uses it anew.")
    click.echo(f"Boxes and browsers need {keys}/ca.pem; its fingerprint:  {authority.fingerprint}")
    if out is None and server.certificate is None:
        click.echo(f'Put this line into {file}:  certificate = "{target}"')


@hr.command("import")
@HR_CONFIG
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def import_(file: Path, files: tuple[Path, ...]) -> None:
    """Imports CSV files; the name says what is in one: people.csv, badges.csv, machines.csv, terms.csv, ..."""
    import getpass

    from hr.pay.terms.lists import PayList
    from hr.people.csv_import import BadFile, Kind

    service, _ = hr_service(file)
    by = f"{getpass.getuser()}@console"
    for each in files:
        if each.stem not in {*Kind, *PayList}:
            raise click.ClickException(f"{each}: a file is named after what is in it: {', '.join((*Kind, *PayList))}")
        try:
            if each.stem in set(PayList):
                imported = service.terms.import_list(PayList(each.stem), each.read_bytes(), by, each.name)
            else:
                imported = service.catalogue.import_csv(Kind(each.stem), each.read_bytes(), by, each.name)
        except BadFile as error:
            raise click.ClickException("\n".join(f"{each}: {problem}" for problem in error.problems)) from error
        click.echo(f"{each.name}: {imported.rows} rows, {imported.changed} changed")


@hr.command()
@HR_CONFIG
@click.argument("device")
def code(file: Path, device: str) -> None:
    """Makes a code with which the box DEVICE may ask to be let in: ten minutes, five tries, one box."""
    import getpass

    from sync.wire.enrolment import shown

    service, _ = hr_service(file)
    click.echo(shown(service.kiosks.make_code(device, getpass.getuser()).code))
    click.echo("Good for ten minutes. On the box: sudo clockpiece enrol", err=True)


@hr.command()
@HR_CONFIG
@click.argument("fingerprint")
def accept(file: Path, fingerprint: str) -> None:
    """Accepts the box whose screen shows this FINGERPRINT."""
    hr_service(file)[0].kiosks.accept(fingerprint)
    click.echo(f"{fingerprint}: accepted")


@hr.command()
@HR_CONFIG
@click.argument("fingerprint")
def revoke(file: Path, fingerprint: str) -> None:
    """Takes a box's right to speak, from its next request on."""
    hr_service(file)[0].kiosks.revoke(fingerprint)
    click.echo(f"{fingerprint}: revoked")


@hr.command()
@HR_CONFIG
@click.argument("target", type=click.Path(path_type=Path))
def backup(file: Path, target: Path) -> None:
    """Writes database, keys and hr.toml into one file, TARGET, while the server runs."""
    from cli.options import wall_clock
    from hr.backup import back_up
    from hr.config import load_config

    server = load_config(file).hr
    back_up(server, file, target, wall_clock(server.clock_table, file)())
    click.echo(f"{target}: {target.stat().st_size:,} bytes. Keep it as you keep the wages: names and keys are in it.")


@hr.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
def restore(file: Path, folder: Path) -> None:
    """Makes the installation of a backup FILE anew in FOLDER, which must be empty."""
    from hr.backup import restore as restored

    config = restored(file, folder)
    click.echo(f"HR is restored in {folder}. Boxes send again by themselves what came after the backup.")
    click.echo(f"Start it with:  clockpiece run hr --config {config}")


@hr.command("kiosks")
@HR_CONFIG
@click.option("--json", "as_json", is_flag=True)
def list_kiosks(file: Path, as_json: bool) -> None:
    """Lists the boxes that have asked, and what was decided."""
    service, _ = hr_service(file)
    for each in service.kiosks.listed():
        row = {"fingerprint": each.fingerprint, "device": each.device, "state": str(each.state), "seq": each.last_seq}
        row["words"] = each.words
        click.echo(json.dumps(row) if as_json else "  ".join(str(value) for value in row.values()))
    for loss in service.kiosks.losses():
        if as_json:
            click.echo(json.dumps({"loss": asdict(loss)}))
        elif loss.taken_us is None:
            click.echo(
                f"{loss.device}: facts after {loss.last_seq:,} of epoch {loss.epoch}{_since(loss)} were never received"
            )
        else:
            click.echo(f"{loss.device}: epoch {loss.epoch} ends at {loss.last_seq:,}, taken from its card")


def _since(loss: Loss) -> str:
    from datetime import UTC, datetime

    if loss.last_contact_us is None:
        return ""
    return f", recorded after {datetime.fromtimestamp(loss.last_contact_us / 1e6, UTC):%Y-%m-%d %H:%M} UTC,"


@hr.command()
@HR_CONFIG
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def take(file: Path, export: Path) -> None:
    """Takes what the card of a dead box still holds, from what `clockpiece export` wrote there."""
    from cli.evidence import said

    service, _ = hr_service(file)
    found = service.inbox.take(export)
    for line in said(found.report):
        click.echo(line)
    for each in found.taken:
        aside = f", {each.aside} of them set aside" if each.aside else ""
        click.echo(f"Taken: {each.facts + each.aside} facts, {each.first} to {each.last} of epoch {each.epoch}{aside}.")
    if not found.taken:
        click.echo("Nothing was missing here.")
    for gap in found.unreadable:
        click.echo(f"Lost with the card: facts {gap.first} to {gap.last or 'the end'} of epoch {gap.epoch}.")
