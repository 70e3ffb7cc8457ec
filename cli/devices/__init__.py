"""`clockpiece devices`: what is connected to a box, what it says, and whether it is understood. Reads only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.devices.commission import commission
from cli.devices.learn import learn
from cli.devices.probe import probe
from cli.options import AS_JSON, CONFIG
from settings import Mendable

if TYPE_CHECKING:
    from edge.bootstrap import BoxFiles
    from edge.link.inspection import DeviceSeen


class NoSuchDevice(Mendable):
    """The configuration has no device of this name."""


@click.group()
def devices() -> None:
    """The devices of this box: through the running service, and where none runs, on the ports themselves."""
    # What root makes in the services' folder must not keep the service out afterwards.
    os.umask(0o007)


devices.add_command(probe)
devices.add_command(commission)
devices.add_command(learn)


@devices.command("list")
@CONFIG
@AS_JSON
def list_devices(file: Path, as_json: bool) -> None:
    """How each device of the configuration stands."""
    from cli.devices.text import json_line, table
    from edge.bootstrap import BoxFiles
    from edge.bootstrap.inspecting import inspector, runs
    from edge.link.inspection import Devices, ListDevices

    files = BoxFiles.read(file)
    if runs(files):
        with inspector(files) as asking:
            answer = asking.ask(ListDevices())
        assert isinstance(answer, Devices)
        seen = answer.devices
    else:
        seen = _configured(files)
    lines = map(json_line, seen) if as_json else table(seen, files.zone)
    for line in lines:
        click.echo(line)


@devices.command()
@CONFIG
@AS_JSON
@click.option("--for-s", type=click.IntRange(min=1), help="End after so many seconds; else Ctrl-C ends it.")
@click.argument("device", required=False)
def watch(file: Path, as_json: bool, for_s: int | None, device: str | None) -> None:
    """What is on the line of DEVICE, or of all, byte by byte, and what it means. Of identity cards only sizes."""
    import contextlib
    import time

    from cli.devices.text import json_line, news
    from edge.bootstrap import BoxFiles
    from edge.bootstrap.inspecting import inspector, runs
    from edge.link.inspection import FrameSeen, ScanSeen, StateSeen, ValueSeen, Watch

    files = BoxFiles.read(file)
    names = [*(each.name for each in files.config.reader), *(each.name for each in files.config.counter)]
    if device is not None and device not in names:
        raise NoSuchDevice(f"there is no device {device!r}; {file} has {', '.join(names) or 'none'}")
    if not runs(files):
        click.echo("devices does not run: this command opens the ports itself, and nothing is recorded.", err=True)
    until_s = time.monotonic() + for_s if for_s else None
    with contextlib.suppress(KeyboardInterrupt), inspector(files, *([device] if device else names)) as asking:
        for seen in asking.follow(Watch(device), until_s):
            assert isinstance(seen, StateSeen | FrameSeen | ScanSeen | ValueSeen)
            click.echo(json_line(seen) if as_json else news(seen, files.zone))


def _configured(files: BoxFiles) -> list[DeviceSeen]:
    """Of the configuration alone, where no service can tell."""
    from edge.config import CounterOnLine
    from edge.devices import reads_id_cards
    from edge.link.inspection import DeviceSeen

    def detail(port: str | None) -> str:
        there = "" if port is None else "; its port is there" if Path(port).exists() else "; its port is not there"
        return f"devices does not run{there}"

    config = files.config
    readers = [
        DeviceSeen(
            each.name,
            "id-card reader" if reads_id_cards(each.family) else "badge reader",
            each.family,
            each.port,
            each.station,
            each.machine,
            detail=detail(each.port),
        )
        for each in config.reader
    ]
    counters = [
        DeviceSeen(
            each.name,
            "counter",
            each.family,
            each.place,
            machine=each.machine,
            detail=detail(each.serial if isinstance(each, CounterOnLine) else None),
            commissioned=each.commissioned,
        )
        for each in config.counter
    ]
    return [*readers, *counters]
