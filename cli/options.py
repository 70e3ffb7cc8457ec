"""What several commands share: where configurations lie, and the HR service of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hr.config import Server
    from hr.service import HrService

CONFIG = click.option(
    "--config", "file", type=click.Path(path_type=Path), default="/etc/clockpiece/clockpiece.toml", show_default=True
)
HR_CONFIG = click.option(
    "--config", "file", type=click.Path(path_type=Path), default="/etc/clockpiece/hr.toml", show_default=True
)

AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def hr_service(file: Path) -> tuple[HrService, Server]:
    from hr.config import load_config
    from hr.service import opened

    server = load_config(file).hr
    return opened(server, wall_clock(server.clock_table, file)), server


def wall_clock(table: str | None, file: Path) -> Callable[[], int]:
    from edge.clock import clock_for

    clock = clock_for((file.parent / table).absolute() if table else None)
    return lambda: clock.stamp().wall_us
