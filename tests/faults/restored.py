"""HR's machine is lost, and the backup of some time before takes its place, again and again.

    python -m tests.faults.restored --runs 200 --seed 1

A run is one restore. In between a box makes facts, sends or does not, the link is cut, and backups are made. After each
restore the box must bring by itself what HR lacks; HR then has every fact, hash for hash, and has set nothing aside.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hr.accounts import init
from hr.backup import back_up, restore
from hr.config import load_config
from hr.service import HrService, opened
from sync.exchange.client import HrClient
from sync.policy import Verdict
from sync.reference.store import ReferenceStore
from sync.wire.envelope import fingerprint
from sync.worker import SyncWorker
from tests.contract.hr_servers import serving
from tests.faults.counted import Counted
from tests.faults.link import LongSource
from tests.faults.proxy import PASS, Fault, FaultProxy, Kind
from tests.integration.sending_box import DB_KEY, KEY
from tests.unit.sync.made import DEVICE, NOON_US, chained

RESTORES_A_PLANT = 25
"""Then a new one begins: the longer its history, the longer each look at all of it."""

TURNS = 6
MOST_NEW_FACTS = 40
ROUNDS = 6


@dataclass
class Findings(Counted):
    """`forgotten`: how many facts HR had signed for and lost with its machine."""

    forgotten: int = 0


@dataclass
class Plant:
    """A box, and where HR is installed now."""

    folder: Path
    chance: Random
    source: LongSource
    store: ReferenceStore
    config: Path
    backup: Path = Path("none yet")
    backups: int = 0
    machines: int = 1

    @contextmanager
    def hr(self) -> Iterator[tuple[HrService, FaultProxy, SyncWorker]]:
        """HR while its machine lives, and the box's sender to it."""
        service = opened(load_config(self.config).hr, lambda: NOON_US)
        with serving(service) as url, FaultProxy(int(url.rpartition(":")[2])) as proxy:
            client = HrClient(proxy.url, service.office.keys.signing.public_key(), KEY, DEVICE)
            with closing(client):
                yield service, proxy, SyncWorker(self.source, self.store, client, DEVICE, lambda: NOON_US)
        service.close()

    def life(self) -> int:
        """Of one machine, up to its end; the last number that it had signed for."""
        with self.hr() as (_service, proxy, sender):
            for _ in range(TURNS):
                self._turn(proxy, sender)
            return self.store.acknowledged()

    def _turn(self, proxy: FaultProxy, sender: SyncWorker) -> None:
        made = chained(self.chance.randint(0, MOST_NEW_FACTS), after=self.source.facts[-1])
        self.source.facts += made
        match self.chance.randint(0, 3):
            case 0:
                self.back_up()
            case 1:
                kind = self.chance.choice([Kind.CUT_REQUEST, Kind.CUT_ANSWER, Kind.LOST_ANSWER])
                proxy.set(PASS, iter([Fault(kind, share=self.chance.random())]))
                sender.round()
            case _:
                sender.round()

    def back_up(self) -> None:
        self.backups += 1
        self.backup.unlink(missing_ok=True)
        self.backup = self.folder / f"backup-{self.backups}"
        back_up(load_config(self.config).hr, self.config, self.backup, NOON_US)

    def lose(self) -> None:
        """The machine is gone; the newest backup, made long before or just now, begins on another."""
        shutil.rmtree(self.config.parent)
        self.machines += 1
        self.config = restore(self.backup, self.folder / f"hr-{self.machines}")

    def judge(self, service: HrService, sender: SyncWorker, findings: Findings) -> None:
        verdicts = [sender.round() for _ in range(ROUNDS)]
        run, made = findings.runs, self.source.facts
        held = service.inbox.facts(DEVICE, 1, list(range(1, len(made) + 100)))
        if verdicts[-1] is not Verdict.DONE:
            findings.lost.append(f"restore {run}: the box is not done: {verdicts[-1]}")
        there = Counter(fact.hash for fact in held)
        findings.lost += [f"restore {run}: fact {each.seq} is not at HR" for each in made if each.hash not in there]
        findings.doubled += [f"restore {run}: {times} times {each}" for each, times in there.items() if times > 1]
        findings.lost += [f"restore {run}: {each.seq} was set aside" for each in service.inbox.waiting()]


def run(runs: int, seed: int, folder: Path, findings: Findings) -> None:
    """One plant, until `findings` has so many runs."""
    (folder / "box").mkdir()
    with closing(ReferenceStore(folder / "box" / "reference.db", DB_KEY)) as store:
        config = init(folder / "hr-1", "wang", "correct horse").config
        plant = Plant(folder, Random(seed), LongSource(chained(1)), store, config)
        with plant.hr() as (service, _proxy, _sender):
            service.kiosks.enrol(DEVICE, KEY.public_key())
            service.kiosks.accept(fingerprint(KEY.public_key()))
            plant.back_up()
        while findings.runs < runs:
            signed = plant.life()
            plant.lose()
            findings.runs += 1
            with plant.hr() as (service, _proxy, sender):
                (kiosk,) = service.kiosks.listed()
                findings.forgotten += max(0, signed - (kiosk.last_seq or 0))
                plant.judge(service, sender, findings)


def main(arguments: list[str] | None = None) -> int:
    """0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.restored", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    findings = Findings()
    while findings.runs < chosen.runs:
        until = min(chosen.runs, findings.runs + RESTORES_A_PLANT)
        with tempfile.TemporaryDirectory(prefix="clockpiece-restored-") as folder:
            run(until, chosen.seed * 1_000 + findings.runs, Path(folder), findings)
    return findings.told(f"facts that HR had signed for and forgot: {findings.forgotten}")


if __name__ == "__main__":
    sys.exit(main())
