"""Li Wei alone on a roster, two days after: for tests of what people decide about days."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache, partial
from pathlib import Path

from hr.attendance.rules.day import AttendanceDay
from hr.attendance.rules.shifts import Break, ShiftRule
from hr.attendance.rules.timetable import EVER
from hr.store import engine, upgrade
from sync.wire.facts import Direction
from sync.wire.reference_data import Person
from tests.unit.hr.cast import DAY, Factory, clock_us, factory, tap

NEWEST = 1_000
"""The roster as it stands, for who changes it."""

NEXT_DAY = "2026-11-03"
DAY_SHIFT = ShiftRule("D8", "day", 8 * 60, 17 * 60, (Break(12 * 60, 13 * 60),), late_out_min=480, late_grace_min=5)
NIGHT = ShiftRule("N8", "night", 22 * 60, 30 * 60, late_out_min=120)


@cache
def _empty() -> Path:
    """A database with its tables, made once."""
    file = Path(tempfile.mkdtemp(prefix="clockpiece-")) / "hr.db"
    store = engine(f"sqlite:///{file}")
    upgrade(store)
    store.dispose()
    atexit.register(shutil.rmtree, file.parent, ignore_errors=True)
    return file


def rostered(folder: Path) -> Factory:
    made = factory(folder, f"sqlite:///{shutil.copy(_empty(), folder / 'hr.db')}")
    made.service.office.clock = partial(int, clock_us(48))
    made.service.people.save(Person("", "1001", "李伟", team="A"))
    made.service.attendance.shift_rules.save(DAY_SHIFT, EVER, "wang")
    made.service.attendance.shift_rules.save(NIGHT, EVER, "wang")
    roster(made, DAY, "D8")
    return made


def who(hr: Factory) -> str:
    return hr.service.people.listed()[0].id


def roster(hr: Factory, date: str, *shifts: str) -> None:
    hr.service.roster.edit({(who(hr), date): shifts}, NEWEST, "wang")


def send(hr: Factory, direction: Direction, hours: int, minutes: int = 0, **more: str) -> None:
    hr.gate.write(tap(direction, who(hr), **more), clock_us(hours, minutes))
    hr.gate.send(hr.client, hr.gate.journal[-1:])


def day(hr: Factory, date: str = DAY) -> AttendanceDay:
    (found,) = hr.service.attendance.judged(date, date, who(hr))
    return found.day
