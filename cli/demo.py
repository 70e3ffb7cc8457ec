"""`clockpiece demo`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from cli.options import hr_service


@click.command()
@click.option("--lang", "language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--fresh", is_flag=True, help="Forget the last demo's data first.")
@click.option("--data", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True)
@click.option(
    "--month",
    is_flag=False,
    flag_value="before",
    metavar="[YYYY-MM]",
    help="With a month that is over, by itself the one before: taps and sealed pieces, for HR to close.",
)
@click.option("--shift", is_flag=True, help="One compressed shift; exits 0 only if everything balances.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--break", "broken", type=click.Choice(["drop", "double", "wrong-worker"]), help="Break it on purpose.")
def demo(language: str, fresh: bool, data: Path, month: str | None, shift: bool, seed: int, broken: str | None) -> None:
    """The whole factory on this machine with simulated devices."""
    from simulators import demo as factory

    logging.getLogger().setLevel(logging.WARNING)
    if shift:
        sys.exit(_shift(data, language, seed, broken))
    factory.run(data, language, _people, fresh=fresh, month=month, say=click.echo)


def _people(config: Path) -> dict[str, str]:
    """Employee numbers by HR's keys."""
    service, _ = hr_service(config)
    return {each.id: each.number for each in service.people.listed()}


def _shift(data: Path, language: str, seed: int, broken: str | None) -> int:
    from edge.bootstrap import BoxFiles
    from simulators.shift import Options, Readout, run
    from sync.wire.envelope import Fact

    def journal(config: Path) -> list[Fact]:
        return BoxFiles.read(config).views().after(0, 1_000_000)

    def received(config: Path, device: str) -> list[Fact]:
        service, _ = hr_service(config)
        last = max((each.last_seq or 0 for each in service.kiosks.listed() if each.device == device), default=0)
        facts: list[Fact] = service.inbox.facts(device, 1, list(range(1, last + 1)))
        return facts

    return run(Options(data, language, seed, broken), Readout(journal, received, _people), click.echo)
