"""`clockpiece devices commission`: an electrician runs ten pieces, and two people sign that they were counted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.devices.dialogue import TerminalDialogue
from cli.options import CONFIG
from settings import Mendable

if TYPE_CHECKING:
    from edge.bootstrap import BoxFiles
    from edge.config import Reader
    from edge.devices.modbus_counter.keys import ModbusKeys


class Unfit(Mendable):
    """What is asked for cannot be commissioned, or nobody could sign it."""


@click.command()
@click.argument("machine")
@CONFIG
@click.option("--counter", "name", help="Which of the machine's counters, where it has several.")
@click.option("--pieces", default=10, show_default=True, type=click.IntRange(2, 1000), help="How many pieces to run.")
@click.option("--badge-reader", help="Where the two sign; else the reader of that machine.")
@click.option("--skip-power", is_flag=True, help="The power is not switched off; recorded as NOT_TRIED.")
@click.option(
    "--pause-s", default=0.5, show_default=True, type=click.FloatRange(0.05, 60.0), help="Between two looks at the PLC."
)
@click.option("--json", "as_json", is_flag=True, help="One event a line; the answers are lines of standard input.")
def commission(
    machine: str,
    file: Path,
    name: str | None,
    pieces: int,
    badge_reader: str | None,
    skip_power: bool,
    pause_s: float,
    as_json: bool,
) -> None:
    """Proves with ten pieces that a counter counts what MACHINE makes. Two people sign, and it is a fact.

    Exits 1 when it is not proven, or when the section reads something else than the pieces.
    """
    from cli.devices.commissioning import Commissioning
    from edge.bootstrap import BoxFiles
    from edge.bootstrap.inspecting import inspector

    files = BoxFiles.read(file)
    counter, reader = _counter(files, machine, name), _reader(files, machine, badge_reader)
    with inspector(files, counter.name, reader.name) as devices:
        commissioning = Commissioning(files, devices, counter, reader.name, TerminalDialogue(as_json), pause_s)
        done = commissioning.run(pieces, skip_power)
    sys.exit(0 if done else 1)


def _counter(files: BoxFiles, machine: str, name: str | None) -> ModbusKeys:
    from edge.devices.modbus_counter.keys import ModbusKeys

    there = [each for each in files.config.counter if each.machine == machine]
    chosen = [each for each in there if name in (None, each.name)]
    names = ", ".join(each.name for each in there)
    if not chosen:
        what = f"counter {name} of machine {machine}" if name else f"a counter of machine {machine}"
        raise Unfit(f"{files.file} has no section for {what}; it has {names or 'none there'}")
    if len(chosen) > 1:
        raise Unfit(f"machine {machine} has several counters: say which with --counter, one of {names}")
    if not isinstance(chosen[0], ModbusKeys):
        raise Unfit(f"{chosen[0].name} has no registers: what its lines mean stands in its section, and is counted")
    return chosen[0]


def _reader(files: BoxFiles, machine: str, name: str | None) -> Reader:
    from edge.devices import reads_id_cards

    badges = [each for each in files.config.reader if not reads_id_cards(each.family)]
    there = [each for each in badges if (each.machine == machine if name is None else each.name == name)]
    if not there:
        names = ", ".join(each.name for each in badges) or "no badge reader at all"
        raise Unfit(f"two people have to sign: name a badge reader with --badge-reader; this box has {names}")
    return there[0]
