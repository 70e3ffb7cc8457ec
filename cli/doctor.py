"""`clockpiece doctor`: what is wrong with this box, and what to do."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import CONFIG
from settings import ConfigError

if TYPE_CHECKING:
    from edge.health.checks import Finding


@click.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True)
def doctor(file: Path, as_json: bool) -> None:
    """Says what is wrong with this box and what to do. Changes nothing; exits 1 if anything is bad."""
    from edge.bootstrap import BoxFiles
    from edge.health.checks import Finding, Level, judge
    from edge.health.probes import Hr, look
    from sync.reference.store import ReferenceReader

    try:
        files = BoxFiles.read(file)
    except ConfigError as error:
        findings = [Finding(Level.BAD, "configuration", str(error), "mend that key in that file")]
    else:

        def hr() -> Hr:
            reader, stamp = ReferenceReader(files.reference, files.key()), files.clock().stamp()
            now, anchor = reader.contact(), reader.anchor()
            this_boot = anchor is not None and anchor.at.boot_id == stamp.boot_id
            off_us = stamp.wall_us - anchor.utc_us_at(stamp) if anchor and this_boot else 0
            return Hr(now.wall_us, now.state, now.acknowledged, now.parked, off_us)

        findings = [Finding(Level.OK, "configuration", str(file)), *judge(look(files, hr))]
    for finding in findings:
        click.echo(json.dumps(asdict(finding), ensure_ascii=False) if as_json else _line(finding))
    sys.exit(any(finding.level is Level.BAD for finding in findings))


def _line(finding: Finding) -> str:
    line = f"{finding.level:<5} {finding.check}: {finding.says}"
    return f"{line}\n      -> {finding.mend}" if finding.mend else line
