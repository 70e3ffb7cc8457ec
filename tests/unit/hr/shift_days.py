"""Days of shifts for the tests of attendance: written short, judged by the product's rules. The plant is fictional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hr.attendance.rules.day import AttendanceDay, ShiftDay
from hr.attendance.rules.given import DayInput, Leave
from hr.attendance.rules.judging import judge
from hr.attendance.rules.shifts import Break, ShiftRule
from hr.attendance.rules.taps import Record, Tap
from hr.calendar.day_class import Calendar, YearTable
from sync.wire.facts import Direction, Outcome

PLANT = ZoneInfo("Asia/Shanghai")
WORKER = "p-li"
MONDAY, TUESDAY, SATURDAY, SUNDAY = "2026-03-02", "2026-03-03", "2026-03-07", "2026-03-08"
BEFORE_HOLIDAY, HOLIDAY, BRIDGE = "2026-09-30", "2026-10-01", "2026-10-05"
CALENDAR = Calendar(
    (
        YearTable(
            2026,
            {HOLIDAY: "国庆节", "2026-10-02": "国庆节", "2026-10-03": "国庆节"},
            frozenset({BRIDGE}),
            frozenset({"2026-09-20"}),
        ),
    )
)
LUNCH = Break(12 * 60, 13 * 60)
DAY = ShiftRule("D8", "白班", 8 * 60, 17 * 60, (LUNCH,), late_out_min=480, late_grace_min=5)
NIGHT = ShiftRule("N8", "夜班", 22 * 60, 30 * 60, (Break(26 * 60, 26 * 60 + 30, paid=True),), late_out_min=120)
LONG_NIGHT = ShiftRule(
    "N12", "夜班", 20 * 60, 32 * 60, (Break(24 * 60, 25 * 60),), late_out_min=120, normal_cap_min=480
)
FLEXIBLE = replace(DAY, id="FX", late_grace_min=0, flexible_min=60)
FOUR = replace(DAY, id="M4", punches=4)
Roster = Mapping[str, tuple[ShiftRule, ...] | None]


def us(on: str, clock: str) -> int:
    """`clock` is HH:MM or HH:MM:SS of the date; hours may exceed 24."""
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    passed = timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return int((datetime.fromisoformat(on).replace(tzinfo=PLANT) + passed).timestamp()) * 1_000_000


def tap(on: str, clock: str, **more: Any) -> Tap:
    """`clock` may end with + for in and - for out, as the box said."""
    said = {"+": Direction.IN, "-": Direction.OUT}.get(clock[-1])
    at_us = us(on, clock.rstrip("+-"))
    dated = datetime.fromtimestamp(at_us / 1e6, PLANT).date().isoformat()
    record = Record("gate-1", 1, at_us // 1_000_000 % 10_000_000, "gate", Outcome.CLOCKED_IN)
    values: dict[str, Any] = {"direction": said, "effective": True, "record": record} | more
    return Tap(WORKER, dated, at_us, **values)


def taps(on: str, clocks: str) -> tuple[Tap, ...]:
    return tuple(tap(on, clock) for clock in clocks.split())


def leave(on: str, start: str, end: str) -> Leave:
    return Leave("l-1", "PERSONAL", us(on, start), us(on, end))


def beside(on: str, days: int) -> str:
    return (date.fromisoformat(on) + timedelta(days=days)).isoformat()


def judged(roster: Roster, made: tuple[Tap, ...], on: str = MONDAY, **more: Any) -> AttendanceDay:
    return judge(DayInput(WORKER, on, made, PLANT, more.pop("calendar", CALENDAR), roster, **more))


def on_shift(rule: ShiftRule, clocks: str, on: str = MONDAY, **more: Any) -> ShiftDay:
    """What the one shift of a date says of these taps."""
    (shift,) = judged({on: (rule,)}, taps(on, clocks), on, **more).shifts
    return shift


def said(shift: ShiftDay) -> tuple[str, dict[str, int], str]:
    """The status, the paid minutes and the flags of a shift, to compare with a line of a table."""
    return shift.status.value, {key.value: each for key, each in shift.class_min.items()}, " ".join(shift.flags)
