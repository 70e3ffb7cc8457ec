"""`clockpiece devices probe`: what is there, before anything is configured. It asks and listens, and writes nothing."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from cli.options import AS_JSON, CONFIG
from edge.config import Baud, Parity, StopBits
from settings import Mendable

if TYPE_CHECKING:
    from edge.link.inspection import OnNetwork, OnSerial
    from edge.link.inspector import Inspector

HIGHEST_UNIT = 247
NOBODY_THERE = (10, 11)
"""A gateway answers for a unit that does not (Modbus application protocol 1.1b3, section 7)."""


class Misread(Mendable):
    """What was typed cannot be understood."""


@click.group(invoke_without_command=True)
@click.pass_context
def probe(context: click.Context) -> None:
    """What is connected, configured or not; without a further word the serial ports of this machine."""
    if context.invoked_subcommand is None:
        context.invoke(ports)


@probe.command()
@AS_JSON
def ports(as_json: bool = False) -> None:
    """The serial ports of this machine, with names that stay the same."""
    from cli.devices.text import json_line
    from edge.transport.serial_ports import serial_ports

    found = serial_ports()
    for each in found:
        if as_json:
            click.echo(json_line(each))
            continue
        click.echo(f"{each.path}  {each.description or 'no description'}")
        for name in each.names:
            click.echo(f"    {name}")
    if not found and not as_json:
        click.echo("This machine has no serial port; plug the adapter in and look again.")


@probe.command()
@click.argument("port")
@click.option("--baud", type=click.Choice([str(each) for each in get_args(Baud)]), help="Listen at this speed only.")
@click.option("--for-s", type=click.IntRange(min=1, max=600), default=40, show_default=True, help="How long to listen.")
@AS_JSON
def reader(port: str, baud: str | None, for_s: int, as_json: bool) -> None:
    """Which sort of reader is on PORT, and how fast it speaks: some answer, others talk when a badge is held there."""
    import asyncio

    from cli.devices.text import json_line
    from edge.clock import clock_for
    from edge.field.probing import Heard, ask_readers, listen

    def tell(heard: Heard) -> None:
        click.echo(json_line(heard) if as_json else str(heard))

    async def looked() -> bool:
        if not baud:
            click.echo(f"Asking on {port} ...", err=True)
            async for heard in ask_readers(port, clock_for(None)):
                tell(heard)
                return True
        click.echo(f"Nothing answers. Listening for {for_s} s: hold a badge there, again and again ...", err=True)
        understood = False
        async for heard in listen(port, [int(baud)] if baud else None, for_s):
            tell(heard)
            understood = understood or bool(heard.families)
        return understood

    if not asyncio.run(looked()):
        click.echo(
            "Nothing was understood: look at the supply, at RX and TX, and at the other speeds (--baud).", err=True
        )
        sys.exit(1)


@probe.command()
@CONFIG
@click.argument("host", required=False)
@click.option("--serial", help="A serial line in place of HOST[:PORT].")
@click.option("--baud", type=click.Choice([str(each) for each in get_args(Baud)]), default="9600", show_default=True)
@click.option("--parity", type=click.Choice(get_args(Parity)), default="N", show_default=True)
@click.option("--stop-bits", type=click.Choice([str(each) for each in get_args(StopBits)]), default="1")
@click.option("--framing", type=click.Choice(["tcp", "rtu"]), default="tcp", help="rtu: a gateway to a serial line.")
@click.option("--units", default="1-8", show_default=True, help="One unit, or the first and the last.")
@AS_JSON
def modbus(
    file: Path,
    host: str | None,
    serial: str | None,
    baud: str,
    parity: str,
    stop_bits: str,
    framing: str,
    units: str,
    as_json: bool,
) -> None:
    """Which units answer at HOST[:PORT] or on a serial line. Each is asked for one register; nothing is written."""
    from cli.devices.text import json_line
    from edge.bootstrap.inspecting import lines_alone
    from edge.link.inspection import OnNetwork, OnSerial

    wanted = _units(units)
    if (host is None) == (serial is None):
        raise Misread("say either HOST[:PORT] or --serial PORT")
    place: dict[str, Any] = {"host": host, "framing": framing} if host else {"path": serial, "baud": int(baud)}
    if host:
        place["host"], place["port"] = _host_and_port(host)
    else:
        place |= {"parity": parity, "stop_bits": int(stop_bits)}
    there = False
    with lines_alone(file) as asking:
        for unit in wanted:
            where = (OnNetwork if host else OnSerial)(**place, unit=unit)
            for answer in _asked(asking, where):
                there = True
                click.echo(json_line(answer) if as_json else f"unit {unit}: {answer.what}: {answer.says}")
    if not there:
        click.echo("No unit answers.", err=True)
        sys.exit(1)


@dataclass(frozen=True)
class UnitHeard:
    """A unit that is there. `says`: what it answered when it was asked for one register of this sort."""

    unit: int
    what: str
    says: str


def _asked(asking: Inspector, where: OnNetwork | OnSerial) -> Iterator[UnitHeard]:
    """A mute unit is asked once only."""
    from edge.link.inspection import ExceptionAnswer, Function, NoAnswer, ReadRegisters, Words

    functions: tuple[tuple[Function, str], ...] = ((3, "holding registers"), (4, "input registers"))
    for function, what in functions:
        match asking.ask(ReadRegisters(where, function, 0, 1)):
            case Words(words=words):
                yield UnitHeard(where.unit, what, f"register 0 holds {words[0]}")
            case ExceptionAnswer(code, says) if code not in NOBODY_THERE:
                yield UnitHeard(where.unit, what, says)
            case NoAnswer(says):
                click.echo(f"unit {where.unit}: {says}", err=True)
                return
            case _:
                return


def _units(text: str) -> range:
    found = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= HIGHEST_UNIT:
        raise Misread(f"--units: got {text!r}, wanted one unit or a range from 1 to {HIGHEST_UNIT}, such as 1-8")
    return range(first, last + 1)


def _host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    if colon and not (host and port.isdecimal() and 1 <= int(port) <= 65535):
        raise Misread(f"HOST[:PORT]: got {text!r}, wanted an address such as 192.168.1.30 or 192.168.1.30:502")
    return host, int(port) if colon else 502
