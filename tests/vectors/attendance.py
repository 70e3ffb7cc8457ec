"""The schema attendance/1 in the shapes of the product's rules, and their answers in its shape. No rule is in here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

from hr.attendance.rules.day import AttendanceDay, ShiftDay, Use
from hr.attendance.rules.given import Approved, DayInput, Leave
from hr.attendance.rules.judging import Tap, judge
from hr.attendance.rules.punches import punches
from hr.attendance.rules.shifts import Break, Directions, Pairing, ShiftRule
from hr.calendar.day_class import Calendar, DayClass
from hr.calendar.files import read, workdays
from sync.wire.facts import Direction
from tests.moments import PLANT

Shape = dict[str, Any]
WORKER = "W1"
NAMES = {
    "early_in",
    "late_out",
    "late_grace",
    "early_grace",
    "late_as_lack",
    "flexible",
    "normal_cap",
    "ot_unit",
    "ot_min",
}
KNOWN = {"schedule", "taps", "repairs", "leaves", "ot_approved"}
SHIPPED = Calendar(
    tuple(read(each.read_bytes()) for each in files("hr.calendar").joinpath("data").iterdir() if each.is_file())
)


def result(kind: str, given: Shape, file: Shape) -> Shape:
    """What the rules say of one example of this file. KeyError for what is not known here."""
    examples = {"day": day, "unscheduled": unscheduled, "pairing": pairing, "calendar": calendar}
    more = {"calendar_counts": calendar_counts, "calendar_unknown": calendar_unknown}
    return (examples | more)[kind](given, file)


def day(given: Shape, file: Shape) -> Shape:
    if unknown := set(given) - KNOWN:
        raise KeyError(", ".join(sorted(unknown)))
    shifts = {name: rule(name, said) for name, said in file["shifts"].items()}
    roster = {on: tuple(shifts[each] for each in names) for on, names in given["schedule"].items()}
    taps = [tap(each) for each in given["taps"]]
    taps += [tap(each["time"], "repair") for each in given.get("repairs", []) if each["approved"]]
    leaves = tuple(
        Leave(str(place), "LEAVE", us(each["from"]), us(each["to"]))
        for place, each in enumerate(given.get("leaves", []))
    )
    days = [
        judged(on, taps, roster, leaves=leaves, approved=Approved(given.get("ot_approved", {}).get(on)))
        for on in sorted(roster)
    ]
    everyday = days + [judged(on, taps, roster) for on in beside(roster)]
    marks = {id(mark.tap): mark for each in everyday for mark in each.marks}
    used = {key for key, mark in marks.items() if mark.use is not Use.OFF_SHIFT}
    return {
        "results": [said for each in days for said in results(each)],
        "unassigned_taps": [said for said, each in zip(given["taps"], taps, strict=False) if id(each) not in used],
        "dropped_taps": sum(mark.use is Use.REPEATED for mark in marks.values()),
    }


def unscheduled(given: Shape, _file: Shape) -> Shape:
    taps = [tap(each) for each in given["taps"]]
    for on in sorted({each.work_date for each in taps}):
        found = judged(on, taps, {})
        if found.stretches:
            return {"work_date": on, "status": found.status.value, "raw_min": found.minutes}
    return {}


def pairing(given: Shape, _file: Shape) -> Shape:
    begin = us("2026-03-02T08:00:00")
    taps = [
        Tap(WORKER, "2026-03-02", begin + minutes * 60_000_000, said and Direction(said), effective=True)
        for minutes, said in given["minutes_and_direction"]
    ]
    found = punches(taps, Pairing(given["mode"]), Directions(given["in_out"]))
    minutes = sum(last.at_us - first.at_us for first, last in found.pairs) // 60_000_000
    return {"hours": f"{(Decimal(minutes) / 60).normalize():f}"}


def calendar(given: Shape, _file: Shape) -> Shape:
    return {"classes": [named(SHIPPED.day_class(each)) for each in given["dates"]]}


def calendar_counts(given: Shape, _file: Shape) -> Shape:
    tables = {table.year: table for table in SHIPPED.tables}
    return {
        "workdays": {str(year): workdays(tables[year]) for year in given["years"]},
        "statutory": {str(year): len(tables[year].statutory) for year in given["years"]},
    }


def calendar_unknown(given: Shape, _file: Shape) -> Shape:
    found = SHIPPED.day_class(given["date"])
    return {"class": named(found)} if found else {"error": "CALENDAR_NOT_LOADED"}


def rule(name: str, said: Shape) -> ShiftRule:
    """A shift of the file; what it does not say it does not ask for."""
    more = {f"{each}_min": said[each] for each in NAMES if each in said}
    more |= {f"{each}_min": said[f"{each}_min"] for each in NAMES if f"{each}_min" in said}
    breaks = tuple(Break(minute(start), minute(end), paid) for start, end, paid in said["breaks"])
    return ShiftRule(
        name, name, minute(said["start"]), minute(said["end"]), breaks, punches=said.get("punches", 2), **more
    )


def results(made: AttendanceDay) -> Iterable[Shape]:
    if not made.shifts:
        yield said_of(made, ShiftDay("", "", 0, 0, made.status)) | {"shift": None}
    for each in made.shifts:
        yield said_of(made, each)


def said_of(made: AttendanceDay, shift: ShiftDay) -> Shape:
    return {
        "work_date": made.work_date,
        "shift": shift.shift,
        "status": shift.status.value,
        "in": clock(shift.in_us),
        "out": clock(shift.out_us),
        "late_min": shift.late_min,
        "early_min": shift.early_min,
        "class_min": {each.value: minutes for each, minutes in shift.class_min.items()},
        "ot_candidate_min": shift.ot_candidate_min,
        "ot_approved_min": shift.ot_approved_min,
        "leave_min": shift.leave_min,
        "flags": [flag.value for flag in shift.flags],
    }


def judged(on: str, taps: list[Tap], roster: Shape, **more: Any) -> AttendanceDay:
    return judge(DayInput(WORKER, on, tuple(taps), PLANT, SHIPPED, roster, **more))


def beside(roster: Shape) -> list[str]:
    """The dates before and after those of the roster, whose taps may be told of too."""
    around = {(date.fromisoformat(on) + timedelta(days=days)).isoformat() for on in roster for days in (-1, 1)}
    return sorted(around - roster.keys())


def tap(said: str | Shape, repair: str | None = None) -> Tap:
    """A time, or what a device showed and by how many seconds it was ahead."""
    at_us = us(said) if isinstance(said, str) else us(said["device_time"]) - said["offset_s"] * 1_000_000
    on = datetime.fromtimestamp(at_us / 1e6, PLANT).date().isoformat()
    return Tap(WORKER, on, at_us, None, effective=True, repair=repair)


def us(said: str) -> int:
    """A local time, unless it names its offset."""
    moment = datetime.fromisoformat(said)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=PLANT)).timestamp()) * 1_000_000


def clock(at_us: int | None) -> str | None:
    """To the minute; seconds are cut off."""
    return None if at_us is None else datetime.fromtimestamp(at_us // 1_000_000, PLANT).isoformat()[:16]


def minute(said: str) -> int:
    hours, minutes = said.split(":")
    return int(hours) * 60 + int(minutes)


def named(found: DayClass | None) -> str:
    return {DayClass.STATUTORY: "HOLIDAY", None: ""}.get(found, found or "")
