"""`clockpiece sync`: what goes from HR to other systems. Run where HR runs, with HR's configuration."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import AS_JSON, HR_CONFIG, hr_service

if TYPE_CHECKING:
    from hr.config import Server
    from hr.service import HrService
    from sync.connectors.port import Finding, Keys

SYSTEMS = "systems.toml"
"""Beside hr.toml."""


@click.group()
def sync() -> None:
    """Other HR systems: attendance and piece lines go there from this server."""
    os.umask(0o077)


@sync.command()
@HR_CONFIG
@AS_JSON
@click.argument("system")
def check(file: Path, as_json: bool, system: str) -> None:
    """Before first use of SYSTEM: rights, zone, people it does not know. Writes nothing there; exits 1 if bad."""
    from sync.connectors.config import open_system
    from sync.connectors.port import Level

    keys = _keys(file, system)
    service, server = hr_service(file)
    opened = open_system(keys, server.timezone)
    findings = [*opened.check(service.outbox.employees()), *_at_hr(service, server, keys)]
    for each in findings:
        said = f"{each.level:<5} {each.what}" + (f": {each.mend}" if each.mend else "")
        click.echo(json.dumps(asdict(each), ensure_ascii=False) if as_json else said)
    if any(each.level is Level.BAD for each in findings):
        raise SystemExit(1)


@sync.command()
@HR_CONFIG
@AS_JSON
@click.option("--from", "date_from", help="Compare lines from this work date on; left out: of the last 62 days.")
@click.argument("system")
def send(file: Path, as_json: bool, date_from: str | None, system: str) -> None:
    """Queues what is new or corrected and sends all that waits to SYSTEM; for a timer. Exits 1 when it stops before."""
    from edge.bootstrap.alone import alone
    from hr.outbox.sender import send as send_all
    from sync.connectors.config import open_system, taken_by

    keys = _keys(file, system)
    service, server = hr_service(file)
    with alone(Path(server.keys), f"sender-{system}"):
        queued = service.outbox.gather(system, keys.since, service.office.today(), date_from, taken_by(keys))
        done = send_all(service.outbox, system, open_system(keys, server.timezone))
    counts = service.outbox.counts(system)
    trouble = None if done.trouble is None else {"fault": done.trouble.fault, "reason": str(done.trouble)}
    if as_json:
        run = asdict(queued) | {"sent": done.sent, "found": done.found, "trouble": trouble}
        click.echo(json.dumps({"system": system} | run | {"waiting": counts.waiting, "parked": counts.parked}))
    else:
        there = f", {done.found} were there already" if done.found else ""
        click.echo(f"{system}: {done.sent} sent{there}; {counts.waiting} wait, {counts.parked} are parked")
        for count, why in (
            (queued.waits_for_number, "of people who are not on HR's list yet"),
            (queued.waits_for_price, "without a price, or that do not add up"),
            (queued.waits_for_month, "paid by quantity or in a team's pool; the month's statement has the amount"),
            (queued.waits_for_time, "of which nobody is sure when they were"),
        ):
            if count:
                click.echo(f"  {count} lines are not sent: {why}")
    if done.trouble is not None:
        raise click.ClickException(f"{system}: {done.trouble.fault}: {done.trouble}")


@sync.group()
def outbox() -> None:
    """What waits, what was sent, and what is parked with its reason."""


@outbox.command("list")
@HR_CONFIG
@AS_JSON
@click.option("--all", "everything", is_flag=True, help="What was sent, too.")
@click.argument("system", required=False)
def list_(file: Path, as_json: bool, everything: bool, system: str | None) -> None:
    """Lists what waits and what is parked, of SYSTEM or of all."""
    from hr.outbox.rules import State

    if system is not None:
        _keys(file, system)
    service, _ = hr_service(file)
    states = tuple(State) if everything else (State.WAITING, State.PARKED)
    for each in service.outbox.listed(system, states):
        if as_json:
            click.echo(json.dumps(asdict(each), ensure_ascii=False))
        else:
            why = f"  {each.fault}: {each.reason}" if each.fault else ""
            click.echo(f"{each.system}  {each.event}  {each.line}  revision {each.revision}  {each.state}{why}")


@outbox.command()
@HR_CONFIG
@click.option("--all", "everything", is_flag=True, help="All but those that a person holds back.")
@click.argument("system")
@click.argument("event", required=False)
def retry(file: Path, everything: bool, system: str, event: str | None) -> None:
    """Lets the parked EVENT of SYSTEM wait again; the next run sends it."""
    if (event is None) is not everything:
        raise click.UsageError("name one EVENT, or give --all")
    _keys(file, system)
    service, _ = hr_service(file)
    click.echo(f"{system}: {service.outbox.retry(system, event)} wait again")


@outbox.command()
@HR_CONFIG
@click.option("--reason", required=True, help="Why; kept with the event.")
@click.argument("system")
@click.argument("event")
def park(file: Path, reason: str, system: str, event: str) -> None:
    """Holds back the EVENT of SYSTEM that waits, and later revisions of its line."""
    _keys(file, system)
    service, _ = hr_service(file)
    service.outbox.park(system, event, reason)
    click.echo(f"{system}: {event} is held back; nothing is deleted")


def _keys(file: Path, system: str) -> Keys:
    from sync.connectors.config import UnknownSystem, read_systems

    systems = file.with_name(SYSTEMS)
    known = read_systems(systems)
    if system not in known:
        raise UnknownSystem(f"{systems}: there is no system {system!r}, wanted one of {', '.join(known) or 'none'}")
    return known[system]


def _at_hr(service: HrService, server: Server, keys: Keys) -> list[Finding]:
    """What HR itself knows that keeps lines from being sent."""
    from hr.pay.export import unmapped
    from sync.connectors.port import Finding, Level

    found = []
    if (zone := keys.timezone or server.timezone) != server.timezone:
        found.append(Finding(Level.LOOK, f"the plant is in {server.timezone}, this system in {zone}", "is that meant?"))
    if waiting := [unmapped(each.key) for each in service.newcomers.listed() if each.waits]:
        said = f"not on HR's list yet, their lines wait: {', '.join(waiting)}"
        found.append(Finding(Level.LOOK, said, "decide about them on the page of newcomers"))
    counts = service.outbox.counts(keys.name)
    parked = "look at them with `clockpiece sync outbox list`" if counts.parked else ""
    said = f"{counts.waiting} events wait, {counts.sent} were sent, {counts.parked} are parked"
    found.append(Finding(Level.LOOK if counts.parked else Level.OK, said, parked))
    return found
