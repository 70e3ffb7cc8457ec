"""Two boxes with one key: a card is copied, and both copies go on working and sending in any order.

    python -m tests.faults.clones --runs 100 --seed 1

After each step nothing that HR held is another thing, and the first time that HR is sent something else under a number
it has, its page says so. At the end every tap of both cards is at HR, once.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from hr.fleet.rules import Trouble
from sync.policy import Verdict
from sync.wire.envelope import Fact
from sync.wire.facts import AttendanceTap
from tests.contract.hr_servers import RealHr, real_hr
from tests.faults.counted import Counted
from tests.faults.synced import DEVICE, SyncedBox

STEPS = 8
ROUNDS_AT_THE_END = 12
"""Each sending may drive the other card into a further epoch, while there is something new to send."""


@dataclass
class Findings(Counted):
    """`found` counts the runs in which HR came to know of the copy; a copy that it did not notice is lost."""

    found: int = 0


@dataclass
class Pair:
    """Two cards of one box, and what HR held after the last step."""

    hr: RealHr
    cards: list[SyncedBox]
    chance: Random
    held: dict[int, list[Fact]] = field(default_factory=dict)
    batch: int = 0

    def work(self, card: SyncedBox) -> None:
        first = self.batch
        self.batch += self.chance.randint(1, 3)
        card.work(first, self.batch)

    def conflicts(self, card: SyncedBox) -> bool:
        """Whether this card holds something else than HR under a number that HR has."""
        mine = {fact.seq: fact.hash for fact in card.facts()}
        epoch = next((fact.epoch for fact in card.facts()), 1)
        return any(mine.get(fact.seq, fact.hash) != fact.hash for fact in card.at_hr(epoch))

    @property
    def alarmed(self) -> bool:
        (standing,) = self.hr.service.fleet.standing()
        return Trouble.TWO_JOURNALS in standing.troubles

    def overwritten(self) -> list[str]:
        """What HR held after the step before and does not hold now."""
        card, now = self.cards[0], dict[int, list[Fact]]()
        for epoch in itertools.count(1):
            now[epoch] = card.at_hr(epoch)
            if not now[epoch]:
                break
        before, self.held = self.held, now
        return [f"epoch {epoch} was changed" for epoch, facts in before.items() if now[epoch][: len(facts)] != facts]


def run(seed: int, folder: Path, findings: Findings) -> None:
    """One copy made and used."""
    chance = Random(seed)
    with real_hr(folder) as hr:
        box = SyncedBox(folder / "box", hr)
        box.let_in()
        pair = Pair(hr, [box], chance)
        pair.work(box)
        box.sync()
        pair.cards.append(copied(box, folder / "copy"))
        for step in range(STEPS):
            card = chance.choice(pair.cards)
            pair.work(card)
            if chance.random() < 0.5:
                conflicts = pair.conflicts(card)
                verdict = card.sync()
                if conflicts and verdict is not Verdict.PARTED:
                    findings.lost.append(f"seed {seed}, step {step}: the card was not told, but {verdict}")
                if conflicts and not pair.alarmed:
                    findings.lost.append(f"seed {seed}, step {step}: HR does not say that there are two")
            findings.lost += [f"seed {seed}, step {step}: {what}" for what in pair.overwritten()]
        _drain(pair)
        findings.lost += [f"seed {seed}, the end: {what}" for what in pair.overwritten()]
        findings.found += pair.alarmed
        findings.runs += 1
        _judge(seed, pair, findings)


def copied(box: SyncedBox, folder: Path) -> SyncedBox:
    """A second card with the same key, and all that the first one holds now."""
    copy = SyncedBox(folder, box.hr)
    shutil.copy(box.folder / "signing.key", folder / "signing.key")
    shutil.rmtree(folder / "data")
    shutil.copytree(box.folder / "data", folder / "data")
    return copy


def _drain(pair: Pair) -> None:
    """Both send until neither has anything left. A card that has parted needs a start of core to go on."""
    for card in pair.cards:
        pair.work(card)
    for _ in range(ROUNDS_AT_THE_END):
        verdicts = []
        for card in pair.cards:
            verdict = card.sync()
            if verdict is Verdict.PARTED:
                pair.work(card)
                verdict = card.sync()
            verdicts.append(verdict)
        if verdicts == [Verdict.DONE] * len(pair.cards):
            return


def _judge(seed: int, pair: Pair, findings: Findings) -> None:
    made = {f"tap-{number:05d}" for number in range(pair.batch)}  # as tests/faults/powercut_writer.py names them
    # Who is in is carried into the next epoch as the tap that he was: the same command at the same moment is one tap.
    there = Counter(
        command for command, _at in {(fact.command, fact.at) for facts in pair.held.values() for fact in _taps(facts)}
    )
    findings.lost += [f"seed {seed}: tap {command} is not at HR" for command in sorted(made - there.keys())]
    findings.doubled += [f"seed {seed}: tap {command} is at HR at {n} moments" for command, n in there.items() if n > 1]
    for epoch, facts in pair.held.items():
        often = Counter(fact.command for fact in _taps(facts))
        findings.doubled += [f"seed {seed}: tap {each} twice in epoch {epoch}" for each, n in often.items() if n > 1]


def _taps(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.kind == AttendanceTap.__name__ and fact.device == DEVICE]


def main(arguments: list[str] | None = None) -> int:
    """0 when every copy was noticed at once and nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.clones", description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    findings = Findings()
    for seed in range(chosen.seed, chosen.seed + chosen.runs):
        with tempfile.TemporaryDirectory(prefix="clockpiece-clones-") as folder:
            run(seed, Path(folder), findings)
    return findings.told(f"the copy was noticed in {findings.found}")


if __name__ == "__main__":
    sys.exit(main())
