"""The front door: one command line. What each command does is in `cli/`."""

from __future__ import annotations

import logging
from typing import Any

import click

from cli import box, demo, devices, doctor, enrol, evidence, hr, outbox, run
from settings import Mendable


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


for each in (
    run.run,
    doctor.doctor,
    devices.devices,
    box.fingerprint,
    enrol.enrol,
    enrol.rotate_key,
    box.replace_box,
    evidence.export,
    evidence.verify,
    hr.hr,
    outbox.sync,
    demo.demo,
):
    main.add_command(each)


if __name__ == "__main__":
    main()
