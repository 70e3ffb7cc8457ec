"""A box with a clock that can be wrong for weeks, with a real core and journal, and a real HR that it reaches."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from pathlib import Path

from edge.core.recorder import Recorder
from edge.link.messages import AnchorClock, Answer, BadgeTapped
from edge.store.journal import Journal
from hr.clocks.effective import Basis
from hr.clocks.service import Amendment
from hr.people.csv_import import Kind
from hr.service import HrService, Plant
from hr.store import engine, upgrade
from sync.wire.anchors import measured
from sync.wire.envelope import ClockState, Fact, Receipt
from sync.wire.facts import AnchorSource, Outcome
from tests import cast
from tests.moments import DAY_ONE, PLANT, SteppableClock, at
from tests.unit.hr.cast import KEYS
from tests.unit.store.boxes import DEVICE, KEY

WEEK_S = 7 * 86_400
S = 1_000_000
IN_S, OUT_S = 7.9 * 3600, 17.1 * 3600
SHIFTS = "shift,name,start,end\nD,day,08:00,20:00\nN,night,20:00,08:00\n"


class WrongClockBox:
    """`truth`: when each tap really was, by seq. `hr` has the box's true time for its own; it is a new SQLite file, or
    the database at `hr_url`, which has its tables."""

    def __init__(self, folder: Path, state: ClockState = ClockState.NONE, hr_url: str | None = None) -> None:
        self.clock = SteppableClock(at("07:00"))
        self.clock.state = state
        self.folder, self.truth, self._sent = folder, dict[int, int](), 0
        store = engine(hr_url or f"sqlite:///{folder / 'hr.db'}")
        if hr_url is None:
            upgrade(store)
        self.hr = HrService(store, KEYS, lambda: self.clock.true_us, Plant("Yongxin Plastics"))
        self.hr.catalogue.import_csv(Kind.SHIFTS, SHIFTS.encode())
        self._ids = (f"command-{number}" for number in itertools.count())
        self.journal = Journal(folder / "facts.db", KEY, DEVICE)
        self.core()

    def core(self) -> None:
        """Core starts, as it does at each boot."""
        self.recorder = Recorder(self.journal, self.clock, lambda: cast.DIRECTORY, PLANT, [])

    def close(self) -> None:
        self.hr.close()
        self.journal.close()

    def midnight_us(self, day: int) -> int:
        return round((DAY_ONE + timedelta(days=day)).timestamp()) * S

    def until(self, day: int, seconds: float) -> None:
        self.clock.true_us = max(self.clock.true_us, self.midnight_us(day) + round(seconds * S))

    def switch_on(self, day: int, *, lost_s: float | None) -> None:
        """In the morning. `lost_s`: a clock without a battery goes on from where it was saved, so long before."""
        wall_us = self.clock.stamp().wall_us
        self.until(day, 7.5 * 3600)
        self.clock.reboot(1)
        if lost_s is not None:
            self.clock.set_wall_us(wall_us - round(lost_s * S))
        self.core()

    def tap(self, badge: str = cast.WANG_BADGE) -> int:
        command = BadgeTapped(next(self._ids), self.clock.stamp(), "gate", "gate-reader", badge)
        answer = self.recorder.record([command], lambda: next(self._ids)).answers[0]
        assert isinstance(answer, Answer)
        assert answer.seq is not None
        self.truth[answer.seq] = self.clock.true_us
        return answer.seq

    def work(self, day: int) -> None:
        """One day of two people."""
        for badge, late_s in ((cast.WANG_BADGE, 0), (cast.LI_BADGE, 90)):
            self.until(day, IN_S + late_s)
            self.tap(badge)
        for badge, late_s in ((cast.WANG_BADGE, 0), (cast.LI_BADGE, 90)):
            self.until(day, OUT_S + late_s)
            self.tap(badge)

    def supervisor_says(self, off_s: float) -> Outcome | None:
        now = self.clock.stamp()
        said_us = self.clock.true_us + round(off_s * S)
        command = AnchorClock(next(self._ids), now, AnchorSource.SUPERVISOR, said_us, 60 * S, supervisor=cast.ZHANG.id)
        answer = self.recorder.record([command], lambda: next(self._ids)).answers[0]
        assert isinstance(answer, Answer)
        return answer.outcome

    def reach_hr(self) -> None:
        """Sends what waits, as sync does, until core has nothing new to say of the time."""
        while facts := list(self.journal.after(self._sent))[:500]:
            asked = self.clock.stamp()
            self.clock.pass_s(0.2)
            receipt = self.hr.inbox.receive(facts, "nonce")
            assert isinstance(receipt, Receipt)
            assert not receipt.refusals
            self._sent = receipt.seq
            self.recorder.learn_time(
                measured(asked, self.clock.stamp(), receipt.server_time_us), lambda: next(self._ids)
            )

    def facts(self, kind: str) -> list[Fact]:
        return [fact for fact in self.journal.after(0) if fact.kind == kind]

    def standing(self, seq: int) -> Amendment | None:
        found = self.hr.clocks.amendments(DEVICE, 1, seq)
        return found[-1] if found else None

    def amended(self, seq: int) -> Amendment:
        """The amendment that stands; there must be one."""
        standing = self.standing(seq)
        assert standing is not None
        return standing

    def off_s(self, seq: int) -> float:
        """How far off HR's time of this tap is."""
        return abs(self._counted_us(seq) - self.truth[seq]) / S

    def _counted_us(self, seq: int) -> int:
        standing = self.standing(seq)
        return standing.after_us if standing else next(iter(self.journal.after(seq - 1))).at.wall_us

    def is_unsure(self, seq: int) -> bool:
        standing = self.standing(seq)
        return standing is not None and standing.basis is Basis.BOUNDED

    def worked(self) -> dict[str, list[int]]:
        """Minutes of each person of each work date at HR."""
        found: dict[str, list[int]] = {}
        for day in self.hr.attendance.days("1970-01-01", "2100-01-01"):
            found.setdefault(day.work_date, []).append(day.minutes)
        return found


def many_boots(box: WrongClockBox, days: int = 21, *, supervised: bool = False) -> None:
    """Switched off each night; the clock goes on from where it was saved, up to an hour before."""
    chance = random.Random(5)
    for day in range(days):
        box.switch_on(day, lost_s=chance.uniform(0, 3600))
        if supervised:
            assert box.supervisor_says(chance.uniform(-60, 60)) is Outcome.CLOCK_ANCHORED
        box.work(day)
        if day == 10:
            box.clock.step_s(-2 * WEEK_S)
