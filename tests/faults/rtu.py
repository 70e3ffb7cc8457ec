"""Counters on a serial line whose answers are spoilt in every way: is a value ever taken that was not in the register?

    python -m tests.faults.rtu --polls 100000

The machines make a piece each microsecond, so a value names the moment at which it was held: one from before its
question was asked, or from another machine, is wrong. All times are a tenth of the real ones or less, their order is
the same.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from edge.devices.family import DeviceLost
from edge.devices.modbus_counter import lines
from edge.devices.modbus_counter.driver import ModbusCounter, modbus_counters
from edge.devices.modbus_counter.keys import ModbusKeys
from simulators.mill import CounterSpec
from simulators.plc import Plc
from simulators.rtu import SimulatedRtuLine, Spoilt
from tests.unit.devices.bench import RunningClock

PIECES_PER_MIN = 60_000_000
TIMEOUT_S, LATE_S, SLOWEST_S = 0.06, 0.12, 0.2

SPECS = [
    CounterSpec(bits=32, address=10, unit=1),
    CounterSpec(bits=32, address=10, unit=2, start=1 << 31, word_order="lo-first"),
    CounterSpec(bits=32, address=10, unit=3, start=123_456_789, session=7),
]
"""Alike in function, address and length, so that one's answer would do for another."""


def now_us() -> int:
    return time.monotonic_ns() // 1000


@dataclass
class Findings:
    """`lost` are polls that gave no value, and said so."""

    polls: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)
    spoilt: Counter[str] = field(default_factory=Counter)

    def line(self) -> str:
        return f"{self.polls} polls, {self.spoilt.total()} spoilt, {self.lost} without a value, {len(self.wrong)} wrong"


def run(polls: int, *, per_cent: float = 5.0, seed: int = 1, seconds: float = float("inf")) -> Findings:
    """So many polls, or as many as the time allows."""
    chance, findings = random.Random(seed), Findings()

    def spoil() -> Spoilt | None:
        if chance.random() * 100 >= per_cent:
            return None
        kind = chance.choice(list(Spoilt))
        findings.spoilt[kind.name] += 1
        return kind

    end_s = time.monotonic() + seconds
    plcs = [Plc(spec, now_us) for spec in SPECS]
    for plc in plcs:
        plc.mill.run(PIECES_PER_MIN)

    async def poll(device: ModbusCounter, plc: Plc) -> None:
        while findings.polls < polls and time.monotonic() < end_s:
            findings.polls += 1
            asked_us = now_us()
            try:
                await device.open()
                reading = await device.read()
            except DeviceLost:
                findings.lost += 1
                device.close()
                continue
            earliest, latest = plc.value_at(asked_us), plc.value_at(now_us())
            if not earliest <= reading.value <= latest:
                findings.wrong.append(f"unit {plc.spec.unit}: {reading.value}, held {earliest} to {latest}")

    async def story(path: Path) -> None:
        devices = modbus_counters([_counter(plc.spec, path) for plc in plcs], RunningClock())
        await asyncio.gather(*(poll(device, plc) for device, plc in zip(devices, plcs, strict=True)))
        for device in devices:
            device.close()

    with (
        tempfile.TemporaryDirectory(prefix="rtu-") as folder,
        SimulatedRtuLine(Path(folder) / "line", plcs, spoil, LATE_S) as line,
        mock.patch.multiple(lines, TIMEOUT_S=TIMEOUT_S, SLOWEST_S=SLOWEST_S),
    ):
        asyncio.run(story(line.link))
    return findings


def _counter(spec: CounterSpec, path: Path) -> ModbusKeys:
    return ModbusKeys(
        name=f"unit-{spec.unit}",
        machine="m",
        family="modbus_counter",
        serial=str(path),
        baud=115200,
        unit=spec.unit,
        address=spec.address,
        word_order=spec.word_order,
        session_address=spec.session_address,
        max_rate_per_min=1,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.rtu", description=__doc__)
    parser.add_argument("--polls", type=int, default=10_000)
    parser.add_argument("--per-cent", type=float, default=5.0, help="of the answers are spoilt")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    findings = run(chosen.polls, per_cent=chosen.per_cent, seed=chosen.seed)
    print(*findings.wrong, sep="\n", end="\n" if findings.wrong else "")
    print(", ".join(f"{kind} {count}" for kind, count in sorted(findings.spoilt.items())))
    print(findings.line())
    return 1 if findings.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
