"""What pay takes of a sealed line and of an attendance day. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from hr.attendance.rules.day import AttendanceDay, Segment, SegmentKind, Status
from hr.attendance.rules.taps import MINUTE_US
from hr.calendar.day_class import TimeClass
from hr.pay.rules.allowances import Stretch, night_minutes
from hr.pay.rules.items import Held, Hold
from hr.pay.rules.lines import ActualPart, WageLine
from hr.pay.rules.money import ONE, apportioned
from hr.pay.rules.month import WorkedDay
from hr.pay.rules.overtime import ClassSegment, by_class
from hr.pay.rules.rates import PieceLine
from hr.pay.rules.settings import LocalSettings
from hr.pay.rules.wage_line import explained
from hr.pay.rules.waiting import WorkedTime

UNFINISHED = (Status.OPEN, Status.INCOMPLETE)


def piece_line(line: WageLine, segments: Iterable[ClassSegment], pool: str = "") -> PieceLine:
    """A sealed quantity as far as it is about money; its pieces by the classes of the time they were counted in."""
    return PieceLine(
        fact=(line.device, line.epoch, line.seq),
        work_date=line.work_date,
        product=line.product,
        operation=line.operation,
        good=Decimal(line.good),
        made=by_class(counted(line), list(segments), line.work_date),
        material_scrap=Decimal(line.scrap_material),
        labour_scrap=Decimal(line.scrap_labour),
        rework=Decimal(line.rework),
        pool=pool,
        proven=explained(line),
    )


def counted(line: WageLine) -> list[tuple[int, int]]:
    """When the person's pieces were counted: each reading's time and the pieces since the one before it.

    A share of pieces that several people made together falls on the readings as the whole does, by largest remainder.
    """
    return [each for part in line.parts for each in _of_part(part, line.confirmed_at_us)]


def _of_part(part: ActualPart, sealed_us: int) -> list[tuple[int, int]]:
    if not any(span.counts for span in part.spans):
        return [(part.spans[-1].to_wall_us if part.spans else sealed_us, part.quantity)]
    if len(part.spans) == 1 and part.quantity and part.spans[0].counts > 0:
        return [(part.spans[0].to_wall_us, part.quantity)]
    weights = [Decimal(span.counts) for span in part.spans]
    numbers = apportioned(Decimal(part.quantity), weights, ONE)
    return [(span.to_wall_us, int(number)) for span, number in zip(part.spans, numbers, strict=True) if number]


def class_segments(day: AttendanceDay, time_off_min: int = 0) -> list[ClassSegment]:
    """The working time of a day by class. Overtime that was refused was still worked: its pieces are paid plainly.

    `time_off_min`: so many approved minutes of rest-day work are given back as time off, the first ones of the day.
    """
    found: list[ClassSegment] = []
    left_us = time_off_min * MINUTE_US
    for each in sorted(day.segments, key=lambda segment: segment.from_us):
        segment = _class_segment(each)
        if not (each.paid and each.time_class is TimeClass.OT_RESTDAY):
            found.append(segment)
            continue
        until_us = min(segment.to_us, segment.from_us + left_us)
        left_us -= until_us - segment.from_us
        parts = (replace(segment, to_us=until_us, comp_leave=True), replace(segment, from_us=until_us))
        found += [part for part in parts if part.from_us < part.to_us]
    return found


def _class_segment(each: Segment) -> ClassSegment:
    refused = each.kind is SegmentKind.REFUSED and each.time_class is not None
    return ClassSegment(
        each.from_us,
        each.to_us,
        TimeClass.NORMAL if refused else each.time_class,
        each.calendar_date,
        undecided=each.kind is SegmentKind.OFFERED,
    )


def worked_day(
    day: AttendanceDay, settings: LocalSettings | None, zone: ZoneInfo, *, paid_leave: bool, number: int | None
) -> WorkedDay:
    """`paid_leave`: whether the day's leave is paid, so that it counts as attended."""
    normal = day.class_min.get(TimeClass.NORMAL, 0)
    away = day.leave_min if paid_leave else 0
    due = sum(each.scheduled_min - each.planned_ot_min for each in day.shifts if _is_normal(each.segments))
    night = 0
    if settings is not None:
        worked = [_stretch(each, zone) for each in day.segments]
        night = night_minutes(worked, settings.night_from, settings.night_to)
    # Leave that is not paid is no normal labour, but it was due.
    return WorkedDay(day.work_date, due + day.leave_min, normal + away, number, night)


def worked_time(day: AttendanceDay) -> WorkedTime:
    """The minutes of it that are paid; none while a person has to look at the day."""
    paid = () if _waits(day) else tuple((each.from_us, each.to_us) for each in day.segments if each.paid)
    return WorkedTime(day.person, day.work_date, paid)


def work_days(days: Iterable[AttendanceDay], entry: str) -> dict[str, int]:
    """Which work day since the date of `entry` each of them is, from 1: a day at work in a shift, and, where nobody
    has rostered him, one with minutes that count."""
    since = (day for day in days if day.work_date >= entry)
    at_work = {day.work_date for day in since if day.status is Status.PRESENT or day.paid_min}
    return {work_date: place for place, work_date in enumerate(sorted(at_work), 1)}


def _is_normal(segments: Iterable[Segment]) -> bool:
    """Whether a shift is one of normal hours: one that nobody came to is taken for one."""
    classes = {each.time_class for each in segments if each.kind is SegmentKind.SCHEDULED}
    return not classes or TimeClass.NORMAL in classes or None in classes


def _stretch(each: Segment, zone: ZoneInfo) -> Stretch:
    begin, end = (datetime.fromtimestamp(moment / 1e6, UTC).astimezone(zone) for moment in (each.from_us, each.to_us))
    return begin, end


def held_days(days: Iterable[AttendanceDay], closed_out: Container[str] = ()) -> list[Held]:
    """Days that a person has to look at before their minutes count."""
    waiting = (day for day in days if _waits(day))
    return [Held(Hold.OPEN_DAY, work_date=day.work_date) for day in waiting if day.work_date not in closed_out]


def _waits(day: AttendanceDay) -> bool:
    return day.open or day.status in UNFINISHED
