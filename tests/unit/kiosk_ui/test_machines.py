"""What a tile claims of its machine."""

import dataclasses

import pytest

from edge.config import Counter
from edge.link.messages import ValueShown
from kiosk_ui.line.machines import Running, Tile, Unseen, Watch, tile
from kiosk_ui.line.strip import State, axis
from kiosk_ui.line.trails import Trails
from kiosk_ui.screens.state import CORE_SILENT_S
from kiosk_ui.signs import COUNTER_SILENT_S, Signs
from sync.wire import facts
from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import Outcome
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
    assert (found.running, found.since_us) == (Running.NO_PULSE, wall_us("08:05:00"))


def test_nobody_at_a_machine_without_pulses_lets_it_stand(box):
    on = log_on(box)
    box.reading(100, "08:00:00", [on])
    box.reading(140, "08:05:00", [])
    assert seen(box, "08:20:00").running is Running.NO_PULSE
    log_off(box, on, "08:20:00")
    assert seen(box, "08:20:01").running is Running.STILL


def test_everybody_who_is_logged_on_is_named_and_nobody_who_has_left(box):
    first = log_on(box)
    for person in ("p-zhang", "p-hung"):
        body = facts.PersonnelLogOn(Outcome.LOGGED_ON, "press", "r", "press-03", person, "o-1")
        box.views.add(body, "08:01:00")
    assert seen(box, "08:10:00").people == ["李小梅", "张三丰", "Nguyễn Văn Hùng"]
    log_off(box, first, "08:20:00")
    assert seen(box, "08:21:00").people == ["张三丰", "Nguyễn Văn Hùng"]


def test_a_machine_is_being_set_up_until_a_supervisor_says_that_it_runs_again(box):
    for state, is_set_up in ((facts.EquipmentState.SETUP, True), (facts.EquipmentState.EXECUTE, False)):
        body = facts.EquipmentStateChanged(Outcome.SETUP_BEGAN, "press-03", state, "p-wang")
        box.views.add(body, "08:00:00")
        assert seen(box, "08:01:00").setup is is_set_up


class Life:
    """A clock for signs of life."""

    now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


def shown(value: int = 48_213, clock_time: str = "08:00:00") -> ValueShown:
    return ValueShown("press-03", "c", Stamp("boot", 0, wall_us(clock_time), ClockState.NTP), value, "BC55")


def looked_at(box: FakeBox, clock_time: str, signs: Signs, *counters: Counter) -> Tile:
    ports = dataclasses.replace(box.ports, counters=list(counters))
    now_us = wall_us(clock_time)
    scale = axis(wall_us("00:00:00"), box.directory.shifts, now_us)
    return tile("press-03", Watch(ports, Trails(box.views), [], scale, now_us, signs))


def test_a_dead_collector_never_looks_like_an_idle_machine(box):
    box.reading(100, "08:00:00", [])
    life = Life()
    signs = Signs(life.monotonic)
    signs.value(shown())
    assert looked_at(box, "09:00:00", signs).running is Running.STILL
    life.now_s += COUNTER_SILENT_S
    signs.core(recording=True)
    found = looked_at(box, "09:00:15", signs)
    assert (found.running, found.unseen, found.since_us) == (Running.NO_DATA, Unseen.READING, wall_us("08:00:00"))
    assert found.strip.minutes[State.IDLE] == 0
    signs.value(shown())
    assert looked_at(box, "09:00:16", signs).running is Running.STILL


@pytest.mark.parametrize("recording", [True, False])
def test_a_core_that_is_silent_or_cannot_store_never_looks_like_an_idle_machine(box, recording):
    box.reading(100, "08:00:00", [])
    life = Life()
    signs = Signs(life.monotonic)
    signs.value(shown())
    signs.core(recording=recording)
    life.now_s += CORE_SILENT_S if recording else 0.0
    found = looked_at(box, "09:00:00", signs)
    assert (found.running, found.unseen) == (Running.NO_DATA, Unseen.CORE)


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


def not_commissioned(box: FakeBox, later_s: float, *counters: Counter) -> Tile:
    """Press 03 some seconds after its counter has shown 48,213, at eight."""
    life = Life()
    signs = Signs(life.monotonic)
    signs.value(shown())
    life.now_s += later_s
    signs.core(recording=True)
    return looked_at(box, "08:00:20", signs, *counters)


def test_a_counter_that_is_not_commissioned_shows_its_value_and_counts_nothing(box):
    found = not_commissioned(box, 10, section(Unproven, "c"))
    assert (found.unproven, found.value, found.value_at_us, found.pieces) == (True, 48_213, wall_us("08:00:00"), 0)
    assert found.running is Running.NO_DATA


def test_a_value_that_nobody_records_is_not_shown_when_it_is_old(box):
    found = not_commissioned(box, 16, section(Unproven, "c"))
    assert (found.unproven, found.value, found.value_at_us) == (True, None, None)


def test_a_machine_with_one_counter_that_counts_shows_that_one(box):
    box.reading(100, "08:00:00", [])
    found = not_commissioned(box, 10, section(Counter, "c"), section(Unproven, "second"))
    assert (found.unproven, found.value) == (False, 100)


@pytest.mark.parametrize(("meaning", "unproven"), [("c", False), ("another register", True)])
def test_a_counter_that_was_proven_with_this_meaning_is_commissioned(box, meaning, unproven):
    body = facts.CounterCommissioned(
        Outcome.COMMISSIONED, "press-03", "c", meaning, "D100", 10, 10, "KEPT", [], "p-li", "p-wang"
    )
    box.views.add(body, "07:00:00")
    assert not_commissioned(box, 1, section(Unproven, "c")).unproven is unproven


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
