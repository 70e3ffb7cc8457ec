"""What HR makes of the boots of a box, fact by fact: which of its words are believed, and which taps are dated anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hr.clocks.boots import LATEST_US, TOLERATED_US
from hr.clocks.effective import UNBOUNDED_US, Basis
from hr.clocks.service import Amendment, Confirmation
from sync.wire.envelope import ClockState, Receipt, Stamp, sealed
from sync.wire.facts import AnchorSource, Body, ClockAnchored, Direction, Outcome
from tests.unit.hr.cast import Factory, clock_us, factory, tap

S = 1_000_000
HOUR = 3600
NONE, NTP, RTC, SUPERVISOR = ClockState.NONE, ClockState.NTP, ClockState.RTC, ClockState.SUPERVISOR


class Kiosk:
    """A box of several boots, each of which begins at an hour of DAY."""

    def __init__(self, hr: Factory) -> None:
        self.hr, self._sent = hr, 0
        self._boot, self._began_us, self._off_us, self._clock = "", 0, 0, NONE

    def boots(self, hour: int, clock: ClockState = NONE, *, off_s: float = 0) -> None:
        """Its wall clock is off by so much, and says of itself what `clock` says."""
        self._boot, self._began_us = f"boot-at-{hour}", clock_us(hour)
        self._off_us, self._clock = round(off_s * S), clock

    def write(self, body: Body, up_s: float) -> int:
        """A fact so long after the boot began, sent; its number."""
        wall_us = self._began_us + round(up_s * S) + self._off_us
        gate = self.hr.gate
        seq = gate.write(body, wall_us).seq
        at = Stamp(self._boot, round(up_s * 1e9), wall_us, self._clock)
        gate.journal[-1] = sealed(msgspec.structs.replace(gate.journal[-1], at=at))
        return seq

    def send(self) -> None:
        receipt = self.hr.service.inbox.receive(self.hr.gate.journal[self._sent :], "nonce")
        assert isinstance(receipt, Receipt)
        assert not receipt.refusals
        self._sent = receipt.seq

    def tap(self, up_s: float) -> int:
        seq = self.write(tap(Direction.IN), up_s)
        self.send()
        return seq

    def hears(self, up_s: float, source: AnchorSource = AnchorSource.SERVER, *, off_s: float = 0, within_s: float = 0):
        """What time it is, so much beside the truth."""
        utc_us = self._began_us + round((up_s + off_s) * S)
        self.write(ClockAnchored(Outcome.CLOCK_ANCHORED, source, utc_us, round(within_s * S)), up_s)
        self.send()

    def amendments(self, seq: int) -> list[Amendment]:
        return self.hr.service.clocks.amendments(self.hr.gate.device, 1, seq)

    def stands(self, seq: int) -> Amendment:
        return self.amendments(seq)[-1]

    def confirm(self, seq: int, utc_us: int) -> None:
        said = Confirmation(self.hr.gate.device, 1, seq, utc_us, "zhou.min", "the guard's book")
        self.hr.service.clocks.confirm_time(said)


@pytest.fixture
def box(tmp_path: Path, empty_hr_file: Path) -> Iterator[Kiosk]:
    hr = factory(tmp_path, f"sqlite:///{shutil.copy(empty_hr_file, tmp_path / 'hr.db')}")
    hr.service.office.clock = lambda: clock_us(48)
    yield Kiosk(hr)
    hr.service.close()


# --- when there is news ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("off_us", "amended"), [(TOLERATED_US, 0), (TOLERATED_US + 1, 1), (-TOLERATED_US - 1, 1)])
def test_a_raw_time_within_two_seconds_stands(box: Kiosk, off_us: int, amended: int):
    box.boots(8, off_s=off_us / S)
    box.hears(0)
    assert len(box.amendments(box.tap(60))) == amended


def test_the_newest_boot_is_not_flagged_yet_for_its_anchor_may_be_on_its_way(box: Kiosk):
    box.boots(8, off_s=-12 * HOUR)
    seq = box.tap(60)
    assert box.amendments(seq) == []
    box.hears(120)
    assert [each.basis for each in box.amendments(seq)] == [Basis.ANCHORED]


def test_a_time_that_nobody_knew_and_that_proves_right_is_no_longer_flagged(box: Kiosk):
    box.boots(8)
    first = box.tap(60)
    box.boots(20)
    box.tap(60)
    assert box.stands(first).basis is Basis.BOUNDED
    assert box.stands(first).before_us == box.stands(first).after_us
    box.confirm(first, clock_us(8, 1))
    assert (box.stands(first).basis, box.stands(first).after_us) == (Basis.ANCHORED, clock_us(8, 1))


def test_what_is_found_again_as_it_was_is_said_once(box: Kiosk):
    box.boots(8)
    first = box.tap(60)
    for hour in (12, 16):
        box.boots(hour)
        box.tap(60)
    box.hears(120)
    assert [each.within_us for each in box.amendments(first)] == [UNBOUNDED_US]


# --- what a boot is bounded by ----------------------------------------------------------------------------


@pytest.fixture
def four(box: Kiosk) -> tuple[int, int]:
    """Boots at 6 and 18 o'clock that a server has dated, and two between them of which nobody knows: their taps."""
    box.boots(6)
    box.hears(0)
    unknown = []
    for hour in (10, 14):
        box.boots(hour, off_s=-12 * HOUR)
        unknown.append(box.tap(60))
    box.boots(18)
    box.hears(60)
    return unknown[0], unknown[1]


def test_both_lie_between_the_boots_whose_time_is_known(box: Kiosk, four: tuple[int, int]):
    for seq in four:
        stands = box.stands(seq)
        assert stands.basis is Basis.BOUNDED
        assert clock_us(6) <= stands.after_us <= clock_us(18)
        assert stands.within_us == pytest.approx(12 * HOUR * S, abs=120 * S)


def test_a_word_about_the_first_narrows_the_second_from_below(box: Kiosk, four: tuple[int, int]):
    box.confirm(four[0], clock_us(10, 1))
    assert clock_us(10, 1) <= box.stands(four[1]).after_us <= clock_us(18)
    assert box.stands(four[1]).within_us == pytest.approx(8 * HOUR * S, abs=120 * S)


def test_a_word_about_the_second_narrows_the_first_from_above(box: Kiosk, four: tuple[int, int]):
    box.confirm(four[1], clock_us(14, 1))
    assert clock_us(6) <= box.stands(four[0]).after_us <= clock_us(14)
    assert box.stands(four[0]).within_us == pytest.approx(8 * HOUR * S, abs=120 * S)


def test_a_clock_that_kept_its_time_bounds_the_boots_before_it_when_it_begins(box: Kiosk):
    box.boots(6)
    box.hears(0)
    box.boots(10, off_s=-12 * HOUR)
    unknown = box.tap(60)
    box.boots(14)
    box.tap(60)
    assert box.stands(unknown).within_us == UNBOUNDED_US
    box.boots(18, RTC)
    box.tap(60)
    assert box.stands(unknown).within_us == pytest.approx(12 * HOUR * S, abs=120 * S)


def test_boots_that_ran_before_a_known_one_began_as_much_earlier_as_they_ran(box: Kiosk):
    """Two that ran an hour each, with clocks that run ahead: the first began two hours before the known one at most."""
    box.boots(6)
    box.hears(0)
    seqs = []
    for hour in (8, 10):
        box.boots(hour, off_s=12 * HOUR)
        seqs.append(box.tap(0))
        box.tap(HOUR)
    box.boots(12)
    box.hears(0)
    assert [box.stands(seq).after_us for seq in seqs] == [clock_us(10), clock_us(11)]


# --- which taps of a boot are dated anew --------------------------------------------------------------------


def test_a_better_source_dates_the_whole_boot_anew(box: Kiosk):
    box.boots(8)
    early = box.tap(60)
    box.hears(HOUR, AnchorSource.SUPERVISOR, off_s=50, within_s=60)
    assert box.stands(early).after_us == clock_us(8, 1, 50)
    box.hears(2 * HOUR, AnchorSource.SERVER)
    assert abs(box.stands(early).after_us - clock_us(8, 1)) < S


def test_a_word_that_agrees_dates_anew_what_lies_since_the_one_before(box: Kiosk):
    box.boots(0)
    box.hears(0, AnchorSource.SUPERVISOR, within_s=60)
    between = box.tap(12 * HOUR)
    assert box.amendments(between) == []
    box.write(tap(Direction.OUT), 20 * HOUR)
    box.hears(24 * HOUR, AnchorSource.SUPERVISOR, off_s=50, within_s=60)
    assert box.stands(between).after_us == pytest.approx(clock_us(12, 0, 25), abs=S)


@pytest.mark.parametrize("heard_s", [0, 120])
def test_a_clock_that_a_supervisor_had_set_is_repaired_too_before_and_after_a_server_is_heard(
    box: Kiosk, heard_s: float
):
    box.boots(8, SUPERVISOR, off_s=50)
    seqs = [box.tap(60)] if heard_s else []
    box.hears(heard_s)
    seqs.append(box.tap(180))
    assert [round((clock_us(8) - box.stands(seq).after_us) / S) for seq in seqs] == [-60, -180][-len(seqs) :]


# --- what is not believed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("utc_us", "within_us"), [(LATEST_US, 0), (0, 0), (-1, 0), (clock_us(8), -1), (clock_us(8), LATEST_US)]
)
def test_a_moment_that_cannot_be_is_no_anchor(box: Kiosk, utc_us: int, within_us: int):
    box.boots(8, off_s=-12 * HOUR)
    box.write(ClockAnchored(Outcome.CLOCK_ANCHORED, AnchorSource.SERVER, utc_us, within_us), 0)
    seq = box.tap(60)
    box.boots(20)
    box.tap(60)
    assert box.stands(seq).basis is Basis.BOUNDED
    box.confirm(seq, clock_us(8, 1))
    assert (box.stands(seq).basis, box.stands(seq).after_us) == (Basis.ANCHORED, clock_us(8, 1))


def test_a_synchronised_clock_of_the_next_century_is_no_anchor(box: Kiosk):
    box.boots(6)
    box.hears(0)
    box.boots(8)
    unknown = box.tap(60)
    box.boots(12, NTP, off_s=(LATEST_US - clock_us(12)) / S)
    box.tap(0)
    box.boots(20)
    box.tap(60)
    assert box.stands(unknown).within_us == UNBOUNDED_US
