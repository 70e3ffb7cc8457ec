"""The month of a team: each person a row, each day a cell with its state, and the hours of the month by class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from hr.attendance.judged import dates
from hr.attendance.rules.day import AttendanceDay, Flag, Status
from hr.calendar.day_class import Calendar, DayClass, TimeClass
from hr.web.attending import CHIPS, CLASSES, STATUSES, needs_look, team_or, teams
from hr.web.context import service
from hr.web.dates import date_or, month_of, shifted

blueprint = Blueprint("month", __name__, url_prefix="/attendance/month")


@dataclass(frozen=True)
class Row:
    """One person's month. `cells` has a place for each date; None where there is nothing to say yet."""

    first: AttendanceDay
    cells: tuple[AttendanceDay | None, ...]

    @property
    def days(self) -> list[AttendanceDay]:
        return [each for each in self.cells if each is not None]

    def minutes(self, time_class: TimeClass) -> int:
        return sum(each.class_min.get(time_class, 0) for each in self.days)

    @property
    def unclassified_min(self) -> int:
        return sum(each.unclassified_min for each in self.days)

    @property
    def paid_min(self) -> int:
        return sum(each.paid_min for each in self.days)

    @property
    def late_min(self) -> int:
        return sum(each.late_min for each in self.days)

    @property
    def leave_min(self) -> int:
        return sum(each.leave_min for each in self.days)

    @property
    def late(self) -> int:
        """On how many days."""
        return sum(Flag.LATE in each.flags for each in self.days)

    @property
    def absent(self) -> int:
        return sum(each.status is Status.ABSENT for each in self.days)

    @property
    def unplanned(self) -> int:
        """How many of the absent days nobody has planned: the calendar alone calls them work days."""
        return sum(each.status is Status.ABSENT and Flag.UNROSTERED in each.flags for each in self.days)


@blueprint.get("/")
def of_team() -> ResponseReturnValue:
    today = service().office.today()
    first, last = month_of(date_or(f"{request.args.get('month', '')}-01", today))
    until = min(last, today)
    listed = teams()
    team = team_or(request.args.get("team"))
    if team is None and listed and "team" not in request.args:
        team = listed[0]
    judged = service().attendance.judged(first, until, everybody=True, team=team) if first <= until else []
    shown = dates(first, last)
    found = rows((each.day for each in judged), shown, today)
    return render_template(
        "hr/month.html",
        rows=found,
        unplanned=sum(each.unplanned for each in found),
        dates=shown,
        day_classes=[_class_of(service().calendar.calendar(), each) for each in shown],
        month=first[:7],
        before=shifted(first, -1)[:7],
        after=shifted(last, 1)[:7],
        team=team,
        teams=listed,
        classes=CLASSES,
        statuses=STATUSES,
        needs_look=needs_look,
        today=today,
    )


@blueprint.get("/of/<person>")
def of_person(person: str) -> ResponseReturnValue:
    """The days that one person's hours of a month are made of; each opens to its taps."""
    today = service().office.today()
    first, last = month_of(date_or(f"{request.args.get('month', '')}-01", today))
    until = min(last, today)
    judged = service().attendance.judged(first, until, person, everybody=True) if first <= until else []
    found = rows((each.day for each in judged), dates(first, last), today)
    if not found and all(each.id != person for each in service().people.listed()):
        abort(404)
    return render_template(
        "hr/month_person.html",
        row=found[0] if found else None,
        unplanned=found[0].unplanned if found else 0,
        person=person,
        month=first[:7],
        before=shifted(first, -1)[:7],
        after=shifted(last, 1)[:7],
        classes=CLASSES,
        statuses=STATUSES,
        chips=CHIPS,
    )


def rows(days: Iterable[AttendanceDay], shown: list[str], today: str) -> list[Row]:
    """By employee number. Somebody who has not come yet today is not absent yet."""
    by_person: dict[str, dict[str, AttendanceDay]] = {}
    for day in days:
        by_person.setdefault(day.person, {})[day.work_date] = day
    found = []
    for own in by_person.values():
        cells = tuple(own[each] if each in own and _is_said(own[each], today) else None for each in shown)
        found.append(Row(next(iter(own.values())), cells))
    return sorted(found, key=lambda row: (row.first.person_number, row.first.person))


def _is_said(day: AttendanceDay, today: str) -> bool:
    return day.work_date < today or bool(day.taps) or day.status is Status.LEAVE


def _class_of(calendar: Calendar, date: str) -> DayClass | None:
    return calendar.day_class(date)
