"""`clockpiece hr calendar`: which days are work days, rest days and statutory holidays."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import click

from cli.options import AS_JSON, HR_CONFIG, hr_service


@click.group()
def calendar() -> None:
    """The calendar's years: which are known, and loading one from a file."""


@calendar.command("list")
@HR_CONFIG
@AS_JSON
def list_years(file: Path, as_json: bool) -> None:
    """Lists the years that have a table, and where it comes from."""
    from hr.calendar.files import workdays

    service, _ = hr_service(file)
    for each in service.calendar.years():
        row = {"year": each.table.year, "work_days": workdays(each.table), "source": each.table.source}
        row |= {"statutory_days": len(each.table.statutory), "loaded_by": each.by}
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            came = f"loaded by {each.by}" if each.number else "came with this release"
            click.echo(
                f"{row['year']}: {row['work_days']} work days, {row['statutory_days']} statutory holidays; {came}"
            )


@calendar.command()
@HR_CONFIG
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path, table: Path) -> None:
    """Loads the year in the file TABLE, TOML or CSV; from here on it holds in the place of an earlier one."""
    from hr.calendar.files import BadTable, unbalanced, workdays

    service, _ = hr_service(file)
    try:
        made, is_new = service.calendar.take(table.read_bytes(), getpass.getuser())
    except BadTable as error:
        raise click.ClickException("\n".join(f"{table}: {each}" for each in error.faults)) from error
    said = "holds now" if is_new else "was the same already"
    click.echo(f"{made.year}: {workdays(made)} work days, {len(made.statutory)} statutory holidays; it {said}.")
    if difference := unbalanced(made):
        click.echo(
            f"The table has {difference:+d} work days against a whole year: compare it with the notice, a line may be "
            "missing.",
            err=True,
        )
