"""HR and a box as the product's own processes, each in a network of its own, with TLS on the cable between them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hr.accounts import Installation, Keys
from hr.accounts import init as install
from hr.service import HrService
from hr.store import engine
from sync.wire.envelope import Fact
from tests.contract.hr_servers import RealHr
from tests.faults.networks import HR, Cable
from tests.faults.synced import DEVICE, SyncedBox

REPO = Path(__file__).resolve().parents[2]
LISTEN = f"{HR}:8443"
SETTINGS = """ca = "{ca}"
interval_s = 0.2
retry_max_s = 4.0
"""
AT_ONCE = 1000
LOOK_EVERY_S = 0.2
END_WITHIN_S = 10.0


class TooSlow(Exception):
    """What was waited for did not come; the sentence has the end of each service's log."""


@dataclass
class Plant:
    """`services` run under the product's own command line, `hr` in HR's network, all others in the box's."""

    folder: Path
    cable: Cable
    hr: RealHr
    box: SyncedBox
    services: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, service: str) -> None:
        config = self.folder / "hr" / "hr.toml" if service == "hr" else self.box.config
        where = self.cable.at_hr if service == "hr" else self.cable.at_box
        with self.log_file(service).open("ab") as log:
            self.services[service] = subprocess.Popen(
                [*where, sys.executable, "-m", "clockpiece", "run", service, "--config", str(config)],
                cwd=REPO,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> None:
        for process in reversed(self.services.values()):
            process.terminate()
        for process in self.services.values():
            try:
                process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.services.clear()

    def until(self, done: Callable[[], bool], within_s: float) -> None:
        """Raises TooSlow."""
        end_s = time.monotonic() + within_s
        while not done():
            ended = [name for name, process in self.services.items() if process.poll() is not None]
            if ended or time.monotonic() > end_s:
                logs = (f"--- {name}\n{self.log_file(name).read_text('utf-8')[-1500:]}" for name in self.services)
                raise TooSlow("\n".join([f"ended: {ended}; not done within {within_s:.0f} s", *logs]))
            time.sleep(LOOK_EVERY_S)

    @property
    def arrived(self) -> int:
        """The number of the last fact that HR has of this box."""
        return max((kiosk.last_seq or 0 for kiosk in self.hr.service.kiosks.listed()), default=0)

    def lost_and_doubled(self) -> tuple[list[str], list[str]]:
        """HR's facts against the journal, hash for hash."""
        made, last = self.box.facts(), self.arrived
        held: list[Fact] = []
        for first in range(1, last + 1, AT_ONCE):
            held += self.hr.service.inbox.facts(DEVICE, 1, list(range(first, min(first + AT_ONCE, last + 1))))
        there = Counter(fact.hash for fact in held)
        lost = [f"fact {fact.seq} is not at HR" for fact in made if fact.hash not in there]
        lost += [f"fact {each.seq} was set aside: {each.code}" for each in self.hr.service.inbox.waiting()]
        doubled = [f"{times} times {each}" for each, times in there.items() if times > 1]
        return lost, doubled + [f"HR holds {fact.seq}, which was never made" for fact in held if fact.seq > len(made)]

    def log_file(self, service: str) -> Path:
        return self.folder / f"{service}.log"


@contextmanager
def apart(folder: Path, settings: str = "") -> Iterator[Plant]:
    """HR runs and has let the box in, of which nothing runs. `settings` are further lines of its box.toml."""
    with ExitStack() as opened:
        cable = opened.enter_context(Cable())
        install(folder / "hr", "harness", "never used here", Installation(listen=LISTEN), [HR])
        store = engine(f"sqlite:///{folder / 'hr' / 'hr.db'}")
        opened.callback(store.dispose)
        service = HrService(store, Keys.load(folder / "hr" / "keys"), lambda: time.time_ns() // 1000)
        hr = RealHr(service, f"https://{LISTEN}", store)
        settings = SETTINGS.format(ca=folder / "hr" / "keys" / "ca.pem") + settings
        box = SyncedBox(folder / "box", hr, settings=settings)
        box.let_in()
        plant = Plant(folder, cable, hr, box)
        opened.callback(plant.stop)
        plant.start("hr")
        yield plant
