"""HR and a box in two networks with a bad cable between them. Short forms of tests/faults/slowline.py, and the taps."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from database import NotThereYet
from edge.link.doorbell import DoorbellListener
from edge.store.views import SqlViews
from simulators.rdm6300 import SimulatedReader
from tests.faults import slowline
from tests.faults.apart import Plant, apart

pytestmark = [pytest.mark.fault("F19"), pytest.mark.slow, pytest.mark.needs("netns")]

READER = """
[[reader]]
name = "gate-1"
station = "gate"
family = "rdm6300"
port = "{port}"
"""
TAPS = 5
DEADLINE_S = 20.0
NOISE_S = 0.03
"""By so much the taps of one and the same box differ on a machine that does something else beside."""


@pytest.fixture
def small_plant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slowline, "CREW", 2)
    monkeypatch.setattr(slowline, "KEPT_EVERY_S", 7200)
    monkeypatch.setattr(slowline, "MACHINES", slowline.MACHINES[:1])


@pytest.mark.usefixtures("small_plant")
def test_a_day_over_64_kbit_of_which_a_packet_in_four_is_lost_arrives_once_and_makes_no_storm(tmp_path: Path) -> None:
    found = slowline.run(tmp_path, 1, kbit=64, loss=25)
    assert (found.lost, found.doubled) == ([], [])
    assert 0 < found.dialled <= found.seconds + 2


@dataclass
class Gate:
    """A box at work with one reader, and what a screen would see of it."""

    plant: Plant
    reader: SimulatedReader
    bell: DoorbellListener
    views: SqlViews
    people: int = 0

    def comes_up(self) -> None:
        """Somebody taps until it is taken."""
        self.plant.until(lambda: self.reader.tap(self._next(), frames=1) and self._answer(1.0), DEADLINE_S)

    def tap(self) -> float:
        """Seconds from the card at the reader to the fact that a screen shows."""
        self._seen = self.views.head()
        began_s = time.monotonic()
        assert self.reader.tap(self._next(), frames=1)
        assert self._answer(DEADLINE_S)
        return time.monotonic() - began_s

    def _answer(self, within_s: float) -> bool:
        end_s = time.monotonic() + within_s
        while time.monotonic() < end_s:
            self.bell.receive(0.1)
            with contextlib.suppress(NotThereYet):
                if self.views.answers_after(self._seen):
                    return True
        return False

    def _next(self) -> str:
        self.people += 1
        return f"{0xA500000000 + self.people:010X}"

    _seen: int = 0


@pytest.fixture
def gate(short_folder: Path) -> Iterator[Gate]:
    run = short_folder / "box" / "run"
    run.mkdir(parents=True)
    with (
        SimulatedReader(short_folder / "gate-1") as reader,
        closing(DoorbellListener(run / "kiosk.bell")) as bell,
        apart(short_folder, READER.format(port=reader.link)) as plant,
        closing(plant.box.files.views()) as views,
    ):
        for service in ("core", "devices", "sync"):
            plant.start(service)
        yield Gate(plant, reader, bell, views)


def test_a_tap_takes_no_longer_while_the_line_is_slow_lossy_or_cut(gate: Gate) -> None:
    gate.comes_up()
    cable, took = gate.plant.cable, dict[str, list[float]]()
    bad = {"good": cable.mend, "slow": lambda: cable.slow(64), "lossy": lambda: cable.lossy(40), "cut": cable.pull}
    for line in [*bad, *bad]:
        bad[line]()
        took.setdefault(line, []).extend(gate.tap() for _ in range(TAPS))
        cable.mend()
    good = median(took["good"])
    assert all(median(times) < good * 1.1 + NOISE_S for times in took.values()), took
    gate.plant.until(lambda: gate.plant.arrived == gate.views.head(), DEADLINE_S)
    assert gate.plant.lost_and_doubled() == ([], [])
