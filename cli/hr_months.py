"""`clockpiece hr close`: a month of pay is closed from the command line, on all cores."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import click

from cli.options import HR_CONFIG, hr_service


@click.command("close")
@HR_CONFIG
@click.argument("month")
@click.option("--processes", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="one for each core")
def close(file: Path, month: str, processes: int) -> None:
    """Closes MONTH (YYYY-MM), which has been reviewed. Ctrl-C keeps what is done; the same command goes on."""
    from hr.pay.periods.cores import on_cores
    from hr.pay.periods.period import days_of

    try:
        days_of(month)
    except ValueError as error:
        raise click.ClickException(f"{month!r} is no month: write YYYY-MM") from error
    service, _ = hr_service(file)
    compute = on_cores(service.office, processes)
    for each in service.periods.close(month, f"{getpass.getuser()}@console", compute):
        click.echo(f"{each.done} of {each.of} people", err=True)
        if each.closed:
            head = service.periods.closings()[month].head
            click.echo(f"{month} is closed: {each.of} people, head {head}")
        if each.obstacles:
            waits = (
                f"{one.why}{f' {one.hold}' if one.hold else ''} {one.number or one.month or ''}".strip()
                for one in each.obstacles
            )
            raise click.ClickException(
                f"{month} is not closed ({'; '.join(waits)}): see Pay, Wage ledger on HR's pages"
            )
