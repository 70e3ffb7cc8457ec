"""What hypothesis may do to the house, in any order, and the promises it tries to break."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.faults.evidence import Findings
from tests.faults.machine.box import Death
from tests.faults.machine.headquarters import BADGE_OF, LOST, STRANGERS, WORKERS
from tests.faults.machine.network import Trouble
from tests.faults.machine.world import World

BADGES = st.lists(st.sampled_from([*BADGE_OF.values(), LOST, *STRANGERS]), min_size=1, max_size=3)
WEEK_S = 7 * 86_400
STEPS_S = st.sampled_from([-3 * WEEK_S, -3600, -3, 3, 3600, 3 * WEEK_S]) | st.integers(-WEEK_S, WEEK_S)
WRONG_CLOCKS_US = st.sampled_from([0, 1_546_300_800_000_000])
"""1970 and 2019: a box without a battery, and one whose image is old."""
MOSTLY = st.sampled_from([True, True, True, False])
"""Else what is away stays away for most of a run, and nothing happens."""
TROUBLES = st.lists(st.sampled_from(Trouble), max_size=3)


class House(RuleBasedStateMachine):
    """`found` keeps what every run found, for a program that counts instead of stopping at the first."""

    counting = False
    found: list[Findings] = []  # noqa: RUF012 - shared on purpose

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    # --- people -------------------------------------------------------------------------------------

    @rule(badges=BADGES, at_machine=st.booleans(), after_s=st.sampled_from([0, 2, 70]))
    def taps(self, badges: list[str], at_machine: bool, after_s: int) -> None:
        self.world.clock.pass_s(after_s)
        for badge in badges:
            self.world.tap(badge, at_machine=at_machine)

    @rule()
    def a_seal(self) -> None:
        self.world.seal()

    # --- the machine and devices --------------------------------------------------------------------------

    @rule(runs=st.lists(st.integers(0, 60), min_size=1, max_size=3), told=st.booleans(), answers=MOSTLY)
    def the_machine_runs(self, runs: list[int], told: bool, answers: bool) -> None:
        self.world.cut_plc(reachable=answers)
        for strokes in runs:
            self.world.run(strokes)
            self.world.poll()
            if told:
                self.world.deliver()

    @rule(strokes=st.integers(0, 60))
    def the_machine_runs_unseen(self, strokes: int) -> None:
        self.world.run(strokes)

    @rule()
    def a_snapshot_comes(self) -> None:
        self.world.poll(snapshot=True)

    @rule(seen=st.booleans())
    def the_plc_restarts(self, seen: bool) -> None:
        self.world.restart_plc()
        if seen:
            self.world.run(20)
            self.world.poll()

    @rule(core_has_read=st.booleans())
    def devices_is_killed(self, core_has_read: bool) -> None:
        self.world.kill_devices(core_has_read=core_has_read)

    # --- core -----------------------------------------------------------------------------------------

    @precondition(lambda self: self.world.core.up)
    @rule(limit=st.integers(0, 4) | st.just(500), twice=st.booleans())
    def core_takes_what_came(self, limit: int, twice: bool) -> None:
        self.world.deliver(limit, twice=twice)

    @precondition(lambda self: self.world.core.up)
    @rule(death=st.sampled_from(Death), limit=st.integers(0, 4) | st.just(500), back=MOSTLY)
    def core_is_killed_or_cannot_write(self, death: Death, limit: int, back: bool) -> None:
        self.world.deliver(limit, death)
        if back:
            self.world.start_core()

    @precondition(lambda self: not self.world.core.up)
    @rule()
    def core_starts(self) -> None:
        self.world.start_core()

    @precondition(lambda self: self.world.core.up)
    @rule()
    def no_snapshot_comes(self) -> None:
        self.world.miss_snapshot()

    # --- the line, sync and HR ----------------------------------------------------------------------------

    @rule(troubles=TROUBLES, up=MOSTLY)
    def sync_sends(self, troubles: list[Trouble], up: bool) -> None:
        self.world.network.up = up
        self.world.send(troubles)

    @rule()
    def sync_is_killed(self) -> None:
        self.world.restart_sync()

    @rule()
    def hr_changes_the_order(self) -> None:
        self.world.hr.change_order()

    @rule(badge=st.sampled_from(STRANGERS), number=st.sampled_from(WORKERS))
    def hr_assigns_a_badge(self, badge: str, number: str) -> None:
        self.world.hr.assign(badge, number)

    @rule(number=st.sampled_from(WORKERS), blocked=st.booleans())
    def hr_blocks_a_badge(self, number: str, blocked: bool) -> None:
        self.world.hr.block(BADGE_OF[number], number, blocked=blocked)

    @rule()
    def hr_is_backed_up(self) -> None:
        self.world.hr.back_up()

    @rule()
    def hr_is_restored(self) -> None:
        self.world.restore_hr()

    # --- the box's clock and plug -----------------------------------------------------------------------

    @rule(seconds=STEPS_S)
    def the_wall_clock_is_set(self, seconds: int) -> None:
        self.world.step_clock(seconds)

    @rule(off_s=st.integers(20, 100_000), wall_us=st.none() | WRONG_CLOCKS_US)
    def the_box_starts_anew(self, off_s: int, wall_us: int | None) -> None:
        self.world.reboot(off_s, wall_us)
        self.world.start_core()

    # --- promises -----------------------------------------------------------------------------------------

    @invariant()
    def what_was_shown_is_there(self) -> None:
        self.world.check()
        self._expect_nothing()

    def teardown(self) -> None:
        try:
            self.world.heal()
            self.world.judge()
            if self.counting:
                self.found.append(self.world.findings)
            self._expect_nothing()
        finally:
            self.world.close()

    def _expect_nothing(self) -> None:
        if not self.counting:
            assert self.world.findings == Findings()
