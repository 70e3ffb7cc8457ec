"""An electrician commissions a counter that nobody knows for sure: ten pieces, the power off and on, two signatures."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.store.views import SqlViews
from simulators.mill import CounterSpec
from simulators.rdm6300 import SimulatedReader
from simulators.training_plc import TrainingPlc
from sync.reference.store import ReferenceStore
from sync.wire.envelope import Fact
from sync.wire.facts import CounterCommissioned, body_of
from tests import cast
from tests.journeys.electrician import REPO, WITHIN_S, Electrician, Event
from tests.listening import listens
from tests.references import give

KEY = bytes(range(32))
ADDRESS = 100
FASTER = 30

pytestmark = pytest.mark.slow

TOML = """
[box]
name = "box-1"
data = "data"
run = "run"
key = "box.key"

[[station]]
name = "press"

[[reader]]
name = "press-badges"
station = "press"
family = "rdm6300"
port = "{port}"
machine = "press-1"

[[counter]]
name = "strokes"
machine = "press-1"
family = "modbus_counter"
host = "127.0.0.1"
port = {plc}
template = "omron-cp2e"
max_rate_per_min = 60000
poll_ms = 50
{section}
"""


def fast_us() -> int:
    """The PLC's own time, so that its clock of seconds moves in the short looks of a test."""
    return time.monotonic_ns() // 1000 * FASTER


class Works:
    """A PLC, a badge reader and a box with core and devices as real processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "box.toml"
        for name in ("run", "data"):
            (folder / name).mkdir()
        (folder / "box.key").write_text(KEY.hex(), "ascii")
        spec = CounterSpec(bits=32, word_order="lo-first", start=65_500, address=ADDRESS)
        self.plc = TrainingPlc(spec, fast_us, keeps=False)
        self.reader = SimulatedReader(folder / "badges")
        reference = ReferenceStore(folder / "data" / "reference.db", KEY)
        give(reference.pages, cast.REFERENCE)
        reference.close()
        self._services: dict[str, subprocess.Popen[bytes]] = {}

    def configure(self, section: str) -> None:
        """Writes the section of the counter, and starts devices with it."""
        self.config.write_text(TOML.format(port=self.reader.link, plc=self.plc.port, section=section), "utf-8")
        self.stop("devices")
        for service in ("core", "devices"):
            if service not in self._services:
                self._start(service)
        self.until(lambda: listens(self.folder / "run" / "devices.sock"), "devices does not run")
        self.until(lambda: self.plc.reads > 3, "the PLC is not read")

    def stop(self, service: str) -> None:
        process = self._services.pop(service, None)
        if process is not None:
            process.terminate()
            process.wait(WITHIN_S)

    def close(self) -> None:
        for service in list(self._services):
            self.stop(service)
        self.plc.close()
        self.reader.close()

    def make(self, pieces: int) -> None:
        before = self.plc.mill.count_at(fast_us())
        self.plc.make(pieces, within_us=FASTER * 50_000)
        wanted = before + pieces * self.plc.counts_per_piece
        self.until(lambda: self.plc.mill.count_at(fast_us()) == wanted, "the pieces are not made")

    def electrician(self) -> Electrician:
        return Electrician("commission", cast.PRESS, "--config", self.config, "--pause-s", "0.05")

    def hold_badge(self, who: str) -> None:
        badge = {"electrician": cast.WANG_BADGE, "witness": cast.ZHANG_BADGE}[who]
        self.log_on(badge)

    def log_on(self, badge: str) -> None:
        self.reader.tap(badge.removeprefix("EM4100:"))

    def states(self) -> list[str]:
        return [fact.body["state"] for fact in self.facts("CounterStateChanged")]

    def facts(self, kind: str) -> list[Fact]:
        views = SqlViews(self.folder / "data" / "facts.db", KEY)
        with contextlib.closing(views):
            return [fact for fact in views.after(0, 100_000) if fact.kind == kind]

    def counted(self) -> int:
        return sum(fact.body["quantity"] for fact in self.facts("MaterialActualRecorded"))

    def until(self, condition: Callable[[], bool], what: str) -> None:
        deadline_s = time.monotonic() + WITHIN_S
        while not condition():
            assert time.monotonic() < deadline_s, f"{what}: {self._log()}"
            time.sleep(0.02)

    def works(self, event: Event) -> str | None:
        """What an able electrician does."""
        match event["event"]:
            case "run":
                self.make(event["pieces"])
                return str(event["pieces"])
            case "sign":
                self.hold_badge(event["who"])
                return None
            case "power-off":
                self.plc.power_off()
                return ""
            case "power-on":
                self.plc.power_on()
                return ""
        return "" if event.get("asks") else None

    def _start(self, service: str) -> None:
        with (self.folder / f"{service}.log").open("ab") as log:
            self._services[service] = subprocess.Popen(
                [sys.executable, "-m", "clockpiece", "run", service, "--config", str(self.config)],
                cwd=REPO,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def _log(self) -> str:
        return "\n".join(file.read_text("utf-8")[-2000:] for file in sorted(self.folder.glob("*.log")))


@pytest.fixture
def works() -> Iterator[Works]:
    # Unix sockets have short names: a folder deep below a test's own would not do.
    folder = Path(tempfile.mkdtemp(prefix="cp-"))
    made = Works(folder)
    yield made
    made.close()
    shutil.rmtree(folder)


def test_a_counter_that_nobody_knows_is_found_proven_signed_and_then_counted(works: Works):
    # As the template leaves it: one guess is wrong, and nothing is counted.
    works.configure(f'register = "D{ADDRESS}"')
    first = works.electrician()
    assert first.does(works.works) == 1
    assert [each["keys"] for each in first.said("change")] == [{"word_order": "lo-first"}]
    assert first.said("again"), "the mirror fits as well, and more pieces were asked for"

    # The order is written into the section; whether it is one word or two is still the template's guess.
    works.configure(f'register = "D{ADDRESS}"\nword_order = "lo-first"')
    made_before = works.plc.mill.count_at(fast_us())
    second = works.electrician()
    assert second.does(works.works) == 0, second.events
    assert works.counted() == 0
    (fact,) = works.facts("CounterCommissioned")
    assert [each["seq"] for each in second.said("recorded")] == [fact.seq]
    body = body_of(fact.kind, fact.body)
    assert isinstance(body, CounterCommissioned)
    assert (body.pieces, body.counts, body.reset) == (10, 10, "LOST")
    assert (body.electrician, body.witness) == (cast.WANG.id, cast.ZHANG.id)
    assert body.registers == f"function 3, address {ADDRESS}, 2 words, lo-first"
    assert f"3/{works.plc.clock}: it moved while the machine stood." in body.differences
    assert f"3/{works.plc.mirror + 1}" in body.differences
    steps = [each.step for each in body.proof]
    assert (steps[0], steps[-3:]) == ("before", ["after", "power-off", "power-on"])
    assert body.proof[-1].value == 0
    assert not any(cast.WANG_BADGE[-10:] in json.dumps(each) for each in second.events)
    assert works.plc.mill.count_at(fast_us()) - made_before == 20, "the mirror fits, so there were two runs"

    # The next reading is the baseline, and from there each piece counts.
    works.make(1)
    works.until(lambda: len(works.facts("CounterReading")) == 1, "no baseline was read")
    works.make(30)
    works.log_on(cast.LI_BADGE)
    works.until(lambda: works.counted() == 30, "what was made is not counted")

    # Read elsewhere it is another counter until it is commissioned, even where the same number stands.
    works.configure(f'address = {works.plc.mirror}\nunproven = ["word_order"]')
    works.until(lambda: works.states() == ["COUNTED", "NOT_COUNTED"], "nothing says that it is no longer counted")
    works.make(40)
    works.log_on(cast.NGUYEN_BADGE)
    works.until(lambda: len(works.facts("PersonnelLogOn")) == 2, "nobody has taken over")
    read = works.plc.reads
    works.until(lambda: works.plc.reads > read + 5, "the PLC is no longer read")
    assert (works.counted(), works.states()) == (30, ["COUNTED", "NOT_COUNTED"])
