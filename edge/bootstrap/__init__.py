"""What every service of a box begins with: its configuration, its files, its clock.

This package is the one place that picks real ports, clocks and files. One module per service, so that each process
loads only what it runs.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from database import read_key
from edge.bootstrap.sections import read_config
from edge.clock import Clock, clock_for
from edge.config import BoxConfig, Counter, CounterOnLine
from edge.store.views import SqlViews
from settings import ConfigError

CREDENTIALS = "$CREDENTIALS_DIRECTORY/"
"""Before a key's name: the file is one that systemd hands to this service alone (LoadCredential)."""


@dataclass(frozen=True)
class BoxFiles:
    """A box's configuration with its paths made absolute: relative ones count from the configuration file."""

    file: Path
    config: BoxConfig

    @classmethod
    def read(cls, file: Path) -> BoxFiles:
        """Raises ConfigError, also for names that point nowhere."""
        config = read_config(file)
        _check_lines(file, config.counter)
        stations = {station.name for station in config.station}
        for place, reader in enumerate(config.reader):
            if reader.station not in stations:
                raise ConfigError(file, f"reader[{place}].station", repr(reader.station), f"one of {sorted(stations)}")
        for section in ("station", "reader", "counter"):
            names = [each.name for each in getattr(config, section)]
            for place, name in enumerate(names):
                if name in names[:place]:
                    raise ConfigError(file, f"{section}[{place}].name", repr(name), "a name that no other one has")
        try:
            ZoneInfo(config.box.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            got = repr(config.box.timezone)
            raise ConfigError(file, "box.timezone", got, "a zone such as 'Asia/Shanghai'") from error
        return cls(file, config)

    def path(self, text: str) -> Path:
        """Raises ConfigError for a credential where none were handed over."""
        if text.startswith(CREDENTIALS):
            given = os.environ.get("CREDENTIALS_DIRECTORY")
            if not given:
                wanted = "a start by systemd with LoadCredential, or CREDENTIALS_DIRECTORY set to the keys' folder"
                raise ConfigError(self.file, text, "no CREDENTIALS_DIRECTORY", wanted)
            return Path(given) / text.removeprefix(CREDENTIALS)
        return (self.file.parent / text).absolute()

    @property
    def run(self) -> Path:
        return self.path(self.config.box.run)

    @property
    def data(self) -> Path:
        return self.path(self.config.box.data)

    @property
    def journal(self) -> Path:
        return self.data / "facts.db"

    @property
    def reference(self) -> Path:
        return self.data / "reference.db"

    @property
    def core_socket(self) -> Path:
        return self.run / "core.sock"

    @property
    def devices_socket(self) -> Path:
        return self.run / "devices.sock"

    @property
    def told(self) -> Path:
        """What `devices` tells of its devices, for whoever may not ask it."""
        return self.run / "told" / "devices.json"

    @property
    def payslip_socket(self) -> Path:
        """In a folder of its own: whoever may be told of pay is fewer than who may record."""
        return self.run / "pay" / "sync.sock"

    @property
    def bell(self) -> Path:
        return self.run / "kiosk.bell"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.box.timezone)

    def key(self) -> bytes:
        """Raises ConfigError when there is no usable key file."""
        try:
            return read_key(self.path(self.config.box.key))
        except ValueError as error:
            raise ConfigError(self.file, "box.key", repr(self.config.box.key), str(error)) from error

    def clock(self, newest_us: int = 0) -> Clock:
        """`newest_us`: the newest wall time that is known to have been believed."""
        table = self.config.box.clock_table
        try:
            return clock_for(self.path(table) if table else None, newest_us)
        except (OSError, ValueError) as error:
            raise ConfigError(self.file, "box.clock_table", repr(table), f"a table of segments ({error})") from error

    def views(self) -> SqlViews:
        return SqlViews(self.journal, self.key())


def _check_lines(file: Path, counters: Sequence[Counter]) -> None:
    """Counters on one serial line speak alike. Raises ConfigError."""
    lines: dict[str, tuple[int, str, int]] = {}
    for place, counter in enumerate(counters):
        if isinstance(counter, CounterOnLine) and counter.serial is not None:
            speaks = (counter.baud, counter.parity, counter.stop_bits)
            if lines.setdefault(counter.serial, speaks) != speaks:
                got = "{} {} {}".format(*speaks)
                wanted = "{} {} {} as for the others on this line".format(*lines[counter.serial])
                raise ConfigError(file, f"counter[{place}].baud, parity, stop_bits", got, wanted)
