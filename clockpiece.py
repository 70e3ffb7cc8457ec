"""The front door: one command line, and the only module that sees two packages at once.

It builds adapters and hands them in; what a service does is in its own room. Rooms are imported by the command that
needs them, so that each process loads only what it runs.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from settings import ConfigError, Mendable

if TYPE_CHECKING:
    from hr.config import Server
    from hr.service import HrService

CONFIG = click.option(
    "--config", "file", type=click.Path(path_type=Path), default="/etc/clockpiece/clockpiece.toml", show_default=True
)
HR_CONFIG = click.option(
    "--config", "file", type=click.Path(path_type=Path), default="/etc/clockpiece/hr.toml", show_default=True
)


class OneSentence(click.Group):
    """Turns the errors a person can mend into one sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Mendable as error:
            click.echo(f"clockpiece: {error}", err=True)
            ctx.exit(2)


@click.group(cls=OneSentence)
@click.version_option(package_name="clockpiece")
@click.option("--verbose", is_flag=True, help="Log what each device and message says.")
def main(verbose: bool) -> None:
    """Clockpiece: from the wire to the wage line."""
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # Libraries that log what our own rooms already say in one line.
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    for name in ("alembic", "waitress"):
        logging.getLogger(name).setLevel(logging.WARNING)


# --- clockpiece run -------------------------------------------------------------------------------


@main.group()
def run() -> None:
    """The services of a box, and the HR server; each until SIGTERM."""
    # The group of a box's services shares its folder; nobody else may read what they write.
    os.umask(0o007)


@run.command()
@CONFIG
def core(file: Path) -> None:
    """Takes commands, decides, commits, answers: the only writer of the journal."""
    from edge.bootstrap import BoxFiles
    from edge.bootstrap.core import run_core
    from sync.reference import ReferenceReader

    files = BoxFiles.read(file)
    run_core(files, ReferenceReader(files.reference, files.key()).directory)


@run.command()
@CONFIG
def devices(file: Path) -> None:
    """Reads badge readers and counters."""
    from edge.bootstrap import BoxFiles
    from edge.bootstrap.devices import run_devices

    run_devices(BoxFiles.read(file))


@run.command()
@CONFIG
@click.option("--listen", help="Another address than the configuration's, host:port.")
def kiosk(file: Path, listen: str | None) -> None:
    """The worker kiosk and the supervisor's pages."""
    import kiosk_ui
    from edge.bootstrap import BoxFiles
    from edge.link import ask as link
    from edge.link.doorbell import DoorbellListener
    from edge.link.messages import Command, Reply
    from sync.reference import ReferenceReader

    files = BoxFiles.read(file)
    config = files.config

    def ask(command: Command, timeout_s: float) -> Reply:
        try:
            return link.ask(files.core_socket, command, timeout_s)
        except link.CoreSilent as error:
            raise kiosk_ui.CoreSilent(str(error)) from error

    reference = ReferenceReader(files.reference, files.key())

    def contact() -> kiosk_ui.Contact:
        now = reference.contact()
        return kiosk_ui.Contact(now.wall_us, now.state, now.acknowledged)

    files.bell.parent.mkdir(mode=0o770, parents=True, exist_ok=True)
    ports = kiosk_ui.KioskPorts(
        views=files.views(),
        directory=reference.directory,
        contact=contact if config.hr is not None else None,
        ask=ask,
        notices=DoorbellListener(files.bell),
        clock=files.clock(),
        stations=config.station,
        readers=config.reader,
        counters=config.counter,
        timezone=config.box.timezone,
        language=config.box.language,
        secret=_secret(files.path(config.kiosk.secret)) if config.kiosk.secret else secrets.token_bytes(32),
    )
    kiosk_ui.run(ports, listen or config.kiosk.listen, ready=partial(_announce, "kiosk"))


@run.command()
@CONFIG
def sync(file: Path) -> None:
    """Carries facts to HR and reference data back."""
    import signal
    import threading

    from edge.bootstrap import BoxFiles
    from sync.client import HrClient
    from sync.keys import own_key
    from sync.policy import Pace
    from sync.reference import ReferenceStore
    from sync.wire import WireError, public_from_text
    from sync.worker import SyncWorker

    files = BoxFiles.read(file)
    hr = files.config.hr
    if hr is None:
        raise ConfigError(file, "hr", "nothing", "the HR server's url, public_key and this box's signing_key")
    files.data.mkdir(mode=0o770, parents=True, exist_ok=True)
    try:
        server_key = public_from_text(hr.public_key)
    except WireError as error:
        raise ConfigError(file, "hr.public_key", repr(hr.public_key), "the line that `hr init` printed") from error
    client = HrClient(hr.url, server_key, own_key(files.path(hr.signing_key)), files.config.box.name)
    store = ReferenceStore(files.reference, files.key())
    clock = files.clock()
    worker = SyncWorker(files.views(), store, client, files.config.box.name, lambda: clock.stamp().wall_us)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        worker.run(stop.wait, Pace(hr.retry_max_s), hr.interval_s)
    finally:
        store.close()


@run.command("hr")
@HR_CONFIG
@click.option("--listen", help="Another address than the configuration's, host:port.")
def run_hr(file: Path, listen: str | None) -> None:
    """The HR server: receives facts, shows days and wages."""
    import hr.web
    from pages.serve import serve

    service, server = _hr_service(file)
    serve(hr.web.create_app(service, server), listen or server.listen, threads=8, ready=partial(_announce, "hr"))


def _announce(what: str, url: str) -> None:
    logging.getLogger("clockpiece").info("%s is ready at %s", what, url)


def _secret(file: Path) -> bytes:
    """The cookie secret in this file, made when there is none."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32), "ascii")
    return bytes.fromhex(file.read_text("ascii").strip())


def _wall_clock(table: str | None, file: Path) -> Callable[[], int]:
    from edge.clock import clock_for

    clock = clock_for((file.parent / table).absolute() if table else None)
    return lambda: clock.stamp().wall_us


@main.command()
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


# --- clockpiece hr --------------------------------------------------------------------------------


@main.group()
def hr() -> None:
    """The HR server's own tasks."""
    os.umask(0o077)


def _hr_service(file: Path) -> tuple[HrService, Server]:
    from hr.config import load_config
    from hr.service import opened

    server = load_config(file).hr
    return opened(server, _wall_clock(server.clock_table, file)), server


@hr.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--user", prompt="Name of the first user")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
@click.option("--plant", default="", help="The factory's name.")
@click.option("--listen", default="127.0.0.1:8071", show_default=True)
@click.option("--language", type=click.Choice(["zh", "en", "vi"]), default="zh", show_default=True)
@click.option("--clock-table", hidden=True)
@click.option("--json", "as_json", is_flag=True)
def init(folder: Path, user: str, password: str, as_json: bool, **choices: Any) -> None:
    """Makes an HR installation in FOLDER: database, keys, first user, hr.toml."""
    from hr.accounts import Installation, WeakPassword
    from hr.accounts import init as install

    try:
        made = install(folder, user, password, Installation(**choices))
    except WeakPassword as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"config": str(made.config), "public_key": made.public_key}))
        return
    click.echo(f"HR is installed in {folder}.")
    click.echo(f'Every box needs this line in its [hr] section:  public_key = "{made.public_key}"')
    click.echo(f"Start it with:  clockpiece run hr --config {made.config}")


@hr.command("import")
@HR_CONFIG
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def import_(file: Path, files: tuple[Path, ...]) -> None:
    """Imports CSV files; the name says what is in one: people.csv, badges.csv, machines.csv, ..."""
    from hr.people.csv_import import BadFile, Kind

    service, _ = _hr_service(file)
    for each in files:
        if each.stem not in set(Kind):
            raise click.ClickException(f"{each}: a file is named after what is in it: {', '.join(Kind)}")
        try:
            imported = service.import_csv(Kind(each.stem), each.read_bytes())
        except BadFile as error:
            raise click.ClickException("\n".join(f"{each}: {problem}" for problem in error.problems)) from error
        click.echo(f"{each.name}: {imported.rows} rows, {imported.changed} changed")


@hr.command()
@HR_CONFIG
@click.argument("fingerprint")
def accept(file: Path, fingerprint: str) -> None:
    """Accepts the box whose screen shows this FINGERPRINT."""
    _decide(file, fingerprint, "accept")


@hr.command()
@HR_CONFIG
@click.argument("fingerprint")
def revoke(file: Path, fingerprint: str) -> None:
    """Takes a box's right to speak, from its next request on."""
    _decide(file, fingerprint, "revoke")


def _decide(file: Path, fingerprint: str, what: str) -> None:
    service, _ = _hr_service(file)
    getattr(service, what)(fingerprint)
    click.echo(f"{fingerprint}: {what}ed" if what == "accept" else f"{fingerprint}: revoked")


@hr.command("kiosks")
@HR_CONFIG
@click.option("--json", "as_json", is_flag=True)
def list_kiosks(file: Path, as_json: bool) -> None:
    """Lists the boxes that have asked, and what was decided."""
    service, _ = _hr_service(file)
    for each in service.kiosks():
        row = {"fingerprint": each.fingerprint, "device": each.device, "state": str(each.state), "seq": each.last_seq}
        click.echo(json.dumps(row) if as_json else "  ".join(str(value) for value in row.values()))


# --- clockpiece demo ------------------------------------------------------------------------------


@main.command()
@click.option("--lang", "language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--fresh", is_flag=True, help="Forget the last demo's data first.")
@click.option("--data", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True)
@click.option("--shift", is_flag=True, help="One compressed shift; exits 0 only if everything balances.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--break", "broken", type=click.Choice(["drop", "double", "wrong-worker"]), help="Break it on purpose.")
def demo(language: str, fresh: bool, data: Path, shift: bool, seed: int, broken: str | None) -> None:
    """The whole factory on this machine with simulated devices."""
    from simulators import demo as factory

    logging.getLogger().setLevel(logging.WARNING)
    if shift:
        sys.exit(_shift(data, language, seed, broken))
    factory.run(data, language, fresh=fresh, say=click.echo)


def _shift(data: Path, language: str, seed: int, broken: str | None) -> int:
    from edge.bootstrap import BoxFiles
    from simulators.shift import Options, Readout, run
    from sync.wire import Fact

    def journal(config: Path) -> list[Fact]:
        return BoxFiles.read(config).views().after(0, 1_000_000)

    def received(config: Path, device: str) -> list[Fact]:
        service, _ = _hr_service(config)
        last = max((each.last_seq or 0 for each in service.kiosks() if each.device == device), default=0)
        facts: list[Fact] = service.facts(device, 1, list(range(1, last + 1)))
        return facts

    def people(config: Path) -> dict[str, str]:
        service, _ = _hr_service(config)
        return {each.id: each.number for each in service.people()}

    return run(Options(data, language, seed, broken), Readout(journal, received, people), click.echo)


if __name__ == "__main__":
    main()
