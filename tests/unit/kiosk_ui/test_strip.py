"""The state strip of a machine: ran, stood, not seen."""

import pytest

from kiosk_ui.line.strip import Axis, Point, Silence, Span, State, Trail, axis, draw, spans
from sync.wire.reference_data import Shift
from tests.unit.kiosk_ui.fakes import wall_us

MIDNIGHT_US = wall_us("00:00:00")
RUN, IDLE, NONE = State.RUN, State.IDLE, State.NONE


def at(clock_time: str) -> int:
    return wall_us(f"{clock_time}:00")


def trail(*points: tuple[str, int], silences: tuple[tuple[str, str | None], ...] = ()) -> Trail:
    silent = [Silence(at(start), at(end) if end else None) for start, end in silences]
    return Trail([Point(at(clock_time), value) for clock_time, value in points], silent)


def drawn(of: Trail, now: str, start: str = "08:00") -> list[tuple[State, str, str]]:
    def text(at_us: int) -> str:
        minute = (at_us - MIDNIGHT_US) // 60_000_000
        return f"{minute // 60:02d}:{minute % 60:02d}"

    found: list[Span] = spans(of, at(start), at(now))
    return [(each.state, text(each.from_us), text(each.until_us)) for each in found]


@pytest.mark.parametrize(
    ("points", "now", "wanted"),
    [
        ([("08:00", 1), ("08:05", 9), ("08:10", 20)], "08:11", [(RUN, "08:00", "08:10")]),
        ([("08:00", 1), ("08:05", 9)], "08:20", [(RUN, "08:00", "08:05"), (IDLE, "08:05", "08:20")]),
        ([("08:00", 9), ("09:00", 9), ("09:05", 20)], "09:05", [(IDLE, "08:00", "09:00"), (RUN, "09:00", "09:05")]),
        ([("08:00", 1), ("08:05", 9), ("08:06", 9)], "08:07", [(RUN, "08:00", "08:05"), (IDLE, "08:05", "08:07")]),
        ([("08:00", 1), ("08:40", 9)], "08:41", [(NONE, "08:00", "08:40")]),
        ([("08:30", 1), ("08:35", 9)], "08:35", [(NONE, "08:00", "08:30"), (RUN, "08:30", "08:35")]),
        ([("07:50", 7), ("08:30", 7)], "08:31", [(IDLE, "08:00", "08:31")]),
        ([], "08:10", [(NONE, "08:00", "08:10")]),
    ],
    ids=[
        "what it does after the last reading is not known yet",
        "no reading for long means that it stands",
        "the same count twice means that it stood",
        "a reading that shows the same count again means that it stands",
        "a count that grew while nobody saw is no run",
        "before the first reading nobody saw anything",
        "the last reading of before the day counts",
        "a counter that was never read",
    ],
)
def test_the_day_is_told_from_readings(points, now, wanted):
    assert drawn(trail(*points), now) == wanted


def test_a_silent_counter_is_never_drawn_as_standing():
    quiet = trail(("08:00", 1), ("08:05", 9), ("09:00", 9), silences=(("08:20", "08:50"),))
    assert drawn(quiet, "09:00") == [
        (RUN, "08:00", "08:05"),
        (IDLE, "08:05", "08:20"),
        (NONE, "08:20", "08:50"),
        (IDLE, "08:50", "09:00"),
    ]


def test_a_silence_that_goes_on_reaches_to_now():
    assert drawn(trail(("08:00", 1), ("08:05", 9), silences=(("08:20", None),)), "10:00")[-1] == (
        NONE,
        "08:20",
        "10:00",
    )


@pytest.mark.parametrize(
    ("shifts", "now", "wanted"),
    [
        ([Shift("d", "早班", 480, 1020)], "12:00", (480, 1020)),
        ([Shift("d", "早班", 470, 1010)], "18:10", (420, 1140)),
        ([Shift("n", "夜班", 1200, 1920)], "02:00", (120, 1440)),
        ([], "12:00", (360, 1200)),
    ],
)
def test_the_axis_holds_the_shifts_and_now_in_whole_hours(shifts, now, wanted):
    assert axis(MIDNIGHT_US, shifts, at(now))[1:] == wanted


@pytest.mark.parametrize("minutes", range(0, 1441, 97))
def test_the_axis_never_leaves_the_day(minutes):
    found = axis(MIDNIGHT_US, [], MIDNIGHT_US + minutes * 60_000_000)
    assert 0 <= found.first_min < found.last_min <= 1440


def test_the_drawing_is_to_scale_and_says_its_minutes():
    strip = draw(trail(("08:00", 1), ("08:05", 9)), Axis(MIDNIGHT_US, 480, 540), at("08:30"))
    assert [(each.state, each.x, each.width) for each in strip.parts] == [(RUN, 0.0, 30.0), (IDLE, 30.0, 150.0)]
    assert strip.minutes == {RUN: 5, IDLE: 25, NONE: 0}
    assert [each.text for each in strip.ticks] == ["08:00", "09:00"]
