"""`clockpiece hr compare`: a month that was kept by hand as well, beside what was recorded."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from cli.options import AS_JSON, HR_CONFIG, hr_service


@click.command()
@HR_CONFIG
@click.argument("sheet", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--template", type=click.Path(path_type=Path), help="Writes an empty sheet to this file.")
@AS_JSON
def compare(file: Path, sheet: Path | None, template: Path | None, as_json: bool) -> None:
    """Compares a hand-kept SHEET.xlsx with what was recorded: same, paper wrong, ours wrong, unexplained."""
    from hr.compare import sheet as sheets
    from hr.compare.comparison import Verdict
    from hr.people.table_file import BadFile

    if template is not None:
        template.write_bytes(sheets.template())
        click.echo(f"{template}: fill in one row for each worker and day, then  clockpiece hr compare {template}")
    if sheet is None:
        if template is None:
            raise click.ClickException("Name the sheet, or write an empty one with --template FILE.xlsx")
        return
    service, _ = hr_service(file)
    try:
        made = service.compared.compare(sheet.read_bytes())
    except BadFile as error:
        raise click.ClickException("\n".join(f"{sheet}: {problem}" for problem in error.problems)) from error
    if as_json:
        for day in made.days:
            click.echo(json.dumps(asdict(day), default=str, ensure_ascii=False))
        return
    for day in made.days:
        if day.verdict is Verdict.SAME:
            continue
        for each in day.differences:
            why = ", ".join((*each.gaps, *each.doubts)) or "the record is whole"
            said = f"{each.field.lower()}: sheet {each.paper}, here {each.ours}"
            click.echo(f"{day.work_date}  {day.number}  {each.verdict.lower():<12} {said}  ({why})")
    for row in made.unknown:
        click.echo(f"line {row.line}: {row.number} is not on the list of people, and in no sum")
    click.echo(f"{'':<14}{'worker-days':>12}{'sheet':>14}{'here':>14}{'difference':>14}")
    for total in made.sums:
        name = total.verdict.lower().replace("_", " ")
        click.echo(f"{name:<14}{total.days:>12}{total.paper:>14}{total.ours:>14}{total.difference:>14}")
    click.echo(f"{'sum':<14}{len(made.days):>12}{made.paper:>14}{made.ours:>14}{made.ours - made.paper:>14}")
