"""What a tile claims of its machine."""

import dataclasses

import pytest

from edge.config import Counter
from edge.link.messages import ValueShown
from kiosk_ui.machines import Running, Tile, Watch, tile
from kiosk_ui.strip import axis
from kiosk_ui.trails import Trails
from sync import facts
from sync.facts import Outcome
from sync.wire import ClockState, Stamp
from tests.unit.kiosk_ui.fakes import FakeBox, wall_us


@pytest.fixture
def box():
    return FakeBox()


def seen(box: FakeBox, clock_time: str, trails: Trails | None = None) -> Tile:
    now_us = wall_us(clock_time)
    scale = axis(wall_us("00:00:00"), box.directory.shifts, now_us)
    return tile("press-03", Watch(box.ports, trails or Trails(box.views), [], scale, now_us))


def log_on(box: FakeBox) -> int:
    body = facts.PersonnelLogOn(Outcome.LOGGED_ON, "press", "r", "press-03", "p-li", "o-1")
    return box.views.add(body, "08:00:00")


def log_off(box: FakeBox, on: int, clock_time: str) -> int:
    body = facts.PersonnelLogOff("press-03", "p-li", facts.Ended.LOG_OFF, on, Outcome.LOGGED_OFF, "press")
    return box.views.add(body, clock_time)


def test_a_machine_runs_while_its_count_grows(box):
    log_on(box)
    box.reading(100, "08:00:00", [])
    box.reading(140, "08:05:00", [])
    assert (seen(box, "08:10:00").running, seen(box, "08:10:00").since_us) == (Running.COUNTING, None)


def test_a_machine_whose_moving_counter_would_have_been_read_again_stands(box):
    box.reading(100, "08:00:00", [])
    box.reading(140, "08:05:00", [])
    found = seen(box, "08:11:00")
    assert (found.running, found.since_us) == (Running.STILL, wall_us("08:05:00"))


def test_a_machine_whose_count_has_not_moved_stands_since_it_was_first_read_so(box):
    box.reading(100, "08:00:00", [])
    box.reading(140, "08:05:00", [])
    box.reading(140, "08:07:00", [log_on(box)])
    found = seen(box, "08:07:30")
    assert (found.running, found.since_us) == (Running.STILL, wall_us("08:05:00"))


def test_a_count_that_moved_until_the_log_off_does_not_claim_to_go_on(box):
    on = log_on(box)
    box.reading(100, "08:00:00", [on])
    box.reading(131, "08:04:00", [log_off(box, on, "08:04:00")])
    assert seen(box, "08:04:30").running is Running.LATELY
    assert seen(box, "08:10:00").running is Running.STILL


def test_a_silent_counter_is_no_standing_machine(box):
    box.reading(100, "08:00:00", [])
    box.views.add(facts.CounterStateChanged("press-03", "c", "STALE"), "08:02:00")
    box.views.add(facts.CounterStateChanged("press-03", "c", "STALE"), "08:03:00")
    found = seen(box, "09:00:00")
    assert (found.running, found.since_us) == (Running.NO_DATA, wall_us("08:02:00"))
    box.views.add(facts.CounterStateChanged("press-03", "c", "LIVE"), "09:01:00")
    assert seen(box, "09:01:00").running is Running.STILL


def test_a_counter_that_was_never_read_has_no_data(box):
    found = seen(box, "09:00:00")
    assert (found.running, found.since_us, found.value) == (Running.NO_DATA, None, None)


def test_a_reading_that_waits_to_be_believed_is_not_drawn(box):
    box.reading(100, "08:00:00", [])
    box.views.add(facts.CounterReading("press-03", "c", 9_999, "0000", "held", 65536**2, held=True), "08:05:00")
    assert seen(box, "08:06:00").value == 100


def test_after_a_counter_was_replaced_only_the_new_one_speaks(box):
    box.reading(100, "08:00:00", [])
    box.views.add(facts.CounterReading("press-03", "new", 7, "0000", "baseline", 65536**2), "08:05:00")
    assert seen(box, "08:06:00").running is Running.STILL


class Unproven(Counter, frozen=True, kw_only=True):
    @property
    def commissioned(self) -> bool:
        return False


def section(kind: type[Counter], name: str) -> Counter:
    return kind(name=name, machine="press-03", family="f", max_rate_per_min=60)


def not_commissioned(box: FakeBox, clock_time: str, *counters: Counter) -> Tile:
    """Press 03 while its counter showed 48,213 at eight."""
    stamp = Stamp("boot", 0, wall_us("08:00:00"), ClockState.NTP)
    shown = {"press-03": ValueShown("press-03", "c", stamp, 48_213, "BC55")}
    ports = dataclasses.replace(box.ports, counters=list(counters))
    now_us = wall_us(clock_time)
    scale = axis(wall_us("00:00:00"), box.directory.shifts, now_us)
    return tile("press-03", Watch(ports, Trails(box.views), [], scale, now_us, shown.get))


def test_a_counter_that_is_not_commissioned_shows_its_value_and_counts_nothing(box):
    found = not_commissioned(box, "08:00:10", section(Unproven, "c"))
    assert (found.unproven, found.value, found.value_at_us, found.pieces) == (True, 48_213, wall_us("08:00:00"), 0)
    assert found.running is Running.NO_DATA


def test_a_value_that_nobody_records_is_not_shown_when_it_is_old(box):
    found = not_commissioned(box, "08:00:16", section(Unproven, "c"))
    assert (found.unproven, found.value, found.value_at_us) == (True, None, None)


def test_a_machine_with_one_counter_that_counts_shows_that_one(box):
    box.reading(100, "08:00:00", [])
    found = not_commissioned(box, "08:00:10", section(Counter, "c"), section(Unproven, "second"))
    assert (found.unproven, found.value) == (False, 100)


def test_a_page_that_refreshes_itself_reads_only_what_is_new(box, monkeypatch):
    trails = Trails(box.views)
    for minute in range(0, 50, 5):
        box.reading(100 + minute, f"08:{minute:02d}:00", [])
    whole = seen(box, "08:50:00", trails)
    read, asked = box.views.of_machine, []

    def of_machine(kind, machine, after, limit):
        asked.append(len(read(kind, machine, after, limit)))
        return read(kind, machine, after, limit)

    monkeypatch.setattr(box.views, "of_machine", of_machine)
    assert seen(box, "08:50:00", trails) == whole
    assert sum(asked) == 0


def test_yesterdays_readings_are_let_go_but_for_the_last(box):
    body = facts.CounterReading("press-03", "c", 90, "0000", "interval", 65536**2)
    box.views.add(body, "20:00:00", day="2026-11-22")
    box.views.add(body, "21:00:00", day="2026-11-22")
    trails = Trails(box.views)
    assert [each.at_us for each in trails.of("press-03", wall_us("06:00:00")).points] == [
        wall_us("21:00:00", "2026-11-22")
    ]
