"""What the pages about attendance have in common: how states, classes and reasons are called, and what was typed."""

from __future__ import annotations

from flask_babel import lazy_gettext

from hr.attendance.leaves import LeaveKind
from hr.attendance.repairs import RepairState
from hr.attendance.rules.day import AttendanceDay, Flag, SegmentKind, Status
from hr.attendance.rules.matters import Beyond, Matter
from hr.calendar.day_class import TimeClass
from hr.people.records import PersonView
from hr.web.context import service

STATUSES = {
    Status.PRESENT: lazy_gettext("present"),
    Status.INCOMPLETE: lazy_gettext("a punch is missing"),
    Status.OPEN: lazy_gettext("still open"),
    Status.ABSENT: lazy_gettext("absent"),
    Status.LEAVE: lazy_gettext("on leave"),
    Status.REST: lazy_gettext("rest"),
    Status.UNSCHEDULED: lazy_gettext("without a shift"),
    Status.UNKNOWN: lazy_gettext("nothing known"),
}
CHIPS = {
    Status.PRESENT: ("ok", "check"),
    Status.INCOMPLETE: ("ask", "question"),
    Status.OPEN: ("in", "in"),
    Status.ABSENT: ("stop", "close"),
    Status.LEAVE: ("", "calendar"),
    Status.REST: ("", "home"),
    Status.UNSCHEDULED: ("ask", "question"),
    Status.UNKNOWN: ("", "nodata"),
}
FLAGS = {
    Flag.GRACE: lazy_gettext("within the grace"),
    Flag.LATE: lazy_gettext("late"),
    Flag.EARLY: lazy_gettext("left early"),
    Flag.MISSING_IN: lazy_gettext("no punch in"),
    Flag.MISSING_OUT: lazy_gettext("no punch out"),
    Flag.LATE_AS_LACK: lazy_gettext("so late that it counts as no punch"),
    Flag.PARTIAL_LEAVE: lazy_gettext("leave for a part of it"),
    Flag.WORKED_ON_LEAVE: lazy_gettext("worked on leave"),
    Flag.OT_UNAPPROVED: lazy_gettext("overtime not approved"),
    Flag.REST_DAY_WORK: lazy_gettext("worked on a rest day"),
    Flag.HOLIDAY_WORK: lazy_gettext("worked on a holiday"),
    Flag.UNCLASSIFIED: lazy_gettext("the calendar of that year is missing"),
    Flag.UNROSTERED: lazy_gettext("not on the roster"),
    Flag.OFF_SHIFT: lazy_gettext("tapped outside the shift"),
    Flag.REPAIRED: lazy_gettext("punch repaired"),
    Flag.REPAIR_PENDING: lazy_gettext("repair waits"),
    Flag.UNSURE_TIME: lazy_gettext("time unsure"),
}
CLASSES = {
    TimeClass.NORMAL: lazy_gettext("normal"),
    TimeClass.OT_WORKDAY: lazy_gettext("overtime 150 %"),
    TimeClass.OT_RESTDAY: lazy_gettext("rest day 200 %"),
    TimeClass.OT_HOLIDAY: lazy_gettext("holiday 300 %"),
}
MATTERS = {
    Matter.MISSING_PUNCH: lazy_gettext("a punch is missing"),
    Matter.REPAIR: lazy_gettext("repair to approve"),
    Matter.UNSCHEDULED: lazy_gettext("present without a shift"),
    Matter.OFF_SHIFT: lazy_gettext("tapped outside the shift"),
    Matter.OVERTIME: lazy_gettext("overtime to approve"),
    Matter.EARLY: lazy_gettext("came early"),
    Matter.UNSURE: lazy_gettext("time unsure"),
    Matter.UNCLASSIFIED: lazy_gettext("the calendar of that year is missing"),
    Matter.OPEN: lazy_gettext("still open"),
}
LEAVE_KINDS = {
    LeaveKind.ANNUAL: lazy_gettext("annual leave"),
    LeaveKind.SICK: lazy_gettext("sick leave"),
    LeaveKind.PERSONAL: lazy_gettext("personal leave"),
    LeaveKind.MARRIAGE: lazy_gettext("marriage leave"),
    LeaveKind.MATERNITY: lazy_gettext("maternity leave"),
    LeaveKind.PATERNITY: lazy_gettext("paternity leave"),
    LeaveKind.BEREAVEMENT: lazy_gettext("bereavement leave"),
    LeaveKind.WORK_INJURY: lazy_gettext("work injury leave"),
    LeaveKind.COMPENSATORY: lazy_gettext("compensatory rest"),
    LeaveKind.OTHER: lazy_gettext("other leave"),
}
REPAIR_STATES = {
    RepairState.WAITING: lazy_gettext("waits for a second person"),
    RepairState.APPROVED: lazy_gettext("approved"),
    RepairState.REFUSED: lazy_gettext("refused"),
    RepairState.TAKEN_BACK: lazy_gettext("taken back"),
}


SEGMENTS = {
    SegmentKind.SCHEDULED: lazy_gettext("in the shift"),
    SegmentKind.PLANNED_OVERTIME: lazy_gettext("planned overtime"),
    SegmentKind.OVERTIME: lazy_gettext("approved overtime"),
    SegmentKind.EARLY: lazy_gettext("approved, before the shift"),
    SegmentKind.UNSCHEDULED: lazy_gettext("approved, without a shift"),
    SegmentKind.UNROSTERED: lazy_gettext("not on the roster"),
    SegmentKind.OFFERED: lazy_gettext("worked, nobody has decided yet"),
    SegmentKind.REFUSED: lazy_gettext("worked, not approved"),
}
BEYONDS = {
    Beyond.OVERTIME: lazy_gettext("after the end of the shift"),
    Beyond.EARLY: lazy_gettext("before its start"),
    Beyond.UNSCHEDULED: lazy_gettext("without a shift"),
}


def names() -> dict[str, object]:
    """What a template calls these things."""
    return {
        "statuses": STATUSES,
        "chips": CHIPS,
        "flag_names": FLAGS,
        "classes": CLASSES,
        "segment_names": SEGMENTS,
        "beyonds": BEYONDS,
        "states": REPAIR_STATES,
        "leave_kinds": LEAVE_KINDS,
        "matter_names": MATTERS,
    }


def employed() -> list[PersonView]:
    return [each for each in service().people.listed() if each.active]


def teams() -> list[str]:
    return sorted({each.team for each in employed()})


def team_or(wanted: str | None) -> str | None:
    """The team that is asked for; None for all of them."""
    return wanted if wanted in teams() else None


def minutes_of(text: str) -> int | None:
    """Minutes of H:MM or of plain minutes as typed; None for what is neither."""
    hours, colon, rest = text.strip().partition(":")
    parts = (hours, rest) if colon else ("0", hours)
    if not all(each.isascii() and each.isdecimal() and len(each) <= 4 for each in parts):
        return None
    return int(parts[0]) * 60 + int(parts[1])


def clock_of(text: str) -> int | None:
    """Minutes after 00:00 of H:MM as typed; hours may exceed 24. None for what is none."""
    return minutes_of(text) if ":" in text else None


def needs_look(day: AttendanceDay) -> bool:
    """Whether a cell is marked: not whether it is late, but whether somebody must say something."""
    offered = any(each.kind is SegmentKind.OFFERED for each in day.segments)
    return offered or bool(set(day.flags) & {Flag.REPAIR_PENDING, Flag.UNSURE_TIME})
