"""The roster: a week of a team as a grid, with what speaks against it beside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from hr.attendance.roster_desk import Week, monday_of, week_before
from hr.attendance.rosters import SEPARATOR, How
from hr.attendance.rules.roster import Remark, RemarkKind
from hr.attendance.rules.shifts import ShiftRule
from hr.calendar.day_class import DayClass
from hr.people.records import PersonView, Rejected
from hr.web.context import service, user_name
from hr.web.dates import date_or, shifted
from hr.web.figures import hours, minute_text, month_name, short_day
from hr.web.forms import field, wanted_text

log = logging.getLogger(__name__)
blueprint = Blueprint("roster", __name__, url_prefix="/roster")

REST = "-"
"""A planned rest day in a form; a date that nobody has planned is empty."""

SHOWN_VERSIONS = 5
HOWS = {
    How.EDIT: lazy_gettext("by hand"),
    How.COPY: lazy_gettext("copied from the week before"),
    How.TEAM: lazy_gettext("set for the team"),
    How.FILE: lazy_gettext("from a file"),
}


@dataclass(frozen=True)
class Cell:
    """A work date of a person: its field, what is planned, and whether a remark is about it."""

    name: str
    value: str
    remarked: bool


@blueprint.get("/")
def week() -> ResponseReturnValue:
    return _page()


@blueprint.post("/")
def save() -> ResponseReturnValue:
    wanted = {}
    for name, value in request.form.items():
        kind, _, rest = name.partition("|")
        person, _, day = rest.rpartition("|")
        if kind == "cell" and date_or(day, "") == day:
            wanted[person, day] = shifts_of(field(request.form, name)) if value else None
    known = {person.id for person in service().people.listed()}
    changes = {key: shifts for key, shifts in wanted.items() if key[0] in known}
    seen = request.form.get("version", "")
    return _changed(lambda: service().roster.edit(changes, int(seen) if seen.isdecimal() else 0, user_name()))


@blueprint.post("/copy")
def copy() -> ResponseReturnValue:
    people = [person.id for person in _of_team(_team())]
    return _changed(lambda: service().roster.copy_week(_monday(), people, user_name()))


@blueprint.post("/team")
def set_team() -> ResponseReturnValue:
    people = [person.id for person in _of_team(_team())]
    dates = [day for day in request.form.getlist("day") if date_or(day, "") == day]
    value = field(request.form, "shift")
    if not dates:
        flash(gettext("Choose at least one day."), "stop")
        return redirect(_here())
    shifts = shifts_of(value) if value else None
    return _changed(lambda: service().roster.set_team(people, dates, shifts, user_name()))


def shifts_of(value: str) -> tuple[str, ...]:
    return () if value == REST else tuple(value.split(SEPARATOR))


def remark_text(remark: Remark) -> str:
    """What is remarked, in a sentence; whose it is stands beside it."""
    first, last = short_day(remark.date_from), short_day(remark.date_to)
    amount = hours(remark.amount)
    match remark.kind:
        case RemarkKind.NO_REST_DAY:
            days = {"n": remark.amount, "first": first, "last": last}
            return str(gettext("%(n)s days without a rest day, %(first)s to %(last)s", **days))
        case RemarkKind.SHORT_REST:
            return str(
                gettext(
                    "only %(time)s hours of rest between %(first)s and %(last)s", time=amount, first=first, last=last
                )
            )
        case RemarkKind.OVERLAP:
            return str(gettext("shifts overlap by %(time)s hours on %(first)s", time=amount, first=first))
        case RemarkKind.OVERTIME_DAY:
            return str(gettext("%(time)s hours of overtime on %(first)s; 3:00 are the most", time=amount, first=first))
        case RemarkKind.OVERTIME_MONTH:
            month = month_name(remark.date_from)
            text = gettext(
                "%(time)s hours of overtime in %(month)s, worked and planned; 36:00 are the most",
                time=amount,
                month=month,
            )
            return str(text)


def _changed(change: Callable[[], int]) -> ResponseReturnValue:
    try:
        changed = change()
    except Rejected as error:
        flash(f"{error.got}: {wanted_text(error.wanted)}", "stop")
        return redirect(_here())
    log.info("%s changed %d days of the roster", user_name(), changed)
    if changed:
        flash(ngettext("%(num)s day is planned otherwise now.", "%(num)s days are planned otherwise now.", changed))
    else:
        flash(gettext("Nothing was to be changed."))
    return redirect(_here())


def _page() -> str:
    monday, team = _monday(), _team()
    people = _of_team(team)
    shown = service().roster.week(monday, [person.id for person in people])
    names = {person.id: person for person in people}
    return render_template(
        "hr/roster.html",
        week=shown,
        days=[(day, shown.calendar.day_class(day), shown.calendar.statutory_name(day)) for day in shown.dates],
        rows=[(person, [_cell(shown, person.id, day) for day in shown.dates]) for person in people],
        options=_options(shown),
        team=team,
        teams=_teams(),
        before=week_before(monday),
        after=shifted(monday, len(shown.dates)),
        remarks=[(names[each.person], remark_text(each)) for each in shown.remarks],
        unclassified=shown.calendar.unclassified(shown.dates),
        versions=service().roster.versions(shown.dates[0], shown.dates[-1])[:SHOWN_VERSIONS],
        hows=HOWS,
        rest=REST,
        rest_classes=(DayClass.RESTDAY, DayClass.STATUTORY),
    )


def _cell(shown: Week, person: str, day: str) -> Cell:
    planned = shown.plan.get((person, day))
    value = "" if planned is None else SEPARATOR.join(planned) or REST
    remarked = any(
        each.person == person and each.date_from <= day <= each.date_to and each.kind is not RemarkKind.OVERTIME_MONTH
        for each in shown.remarks
    )
    return Cell(f"cell|{person}|{day}", value, remarked)


def _options(shown: Week) -> list[tuple[str, str, str]]:
    """What a cell can be: the field's value, its name, and its times. Several shifts of one day are there where
    somebody has them."""
    first = shown.shifts.day(shown.dates[0])
    names = {each.id: each.name for each in first}
    single = [(each.id, each.name, _times(each, shown)) for each in first]
    several = sorted({shifts for shifts in shown.plan.values() if len(shifts) > 1})
    joined = [(SEPARATOR.join(each), " + ".join(names[one] for one in each), "") for each in several]
    return [*single, *joined]


def _times(rule: ShiftRule, shown: Week) -> str:
    """On the Monday and, where they change in the week, on the Sunday."""
    last = shown.shifts.on(rule.id, shown.dates[-1]) or rule
    found = dict.fromkeys(f"{minute_text(each.start_min)}-{minute_text(each.end_min)}" for each in (rule, last))
    return " → ".join(found)


def _people() -> list[PersonView]:
    return [person for person in service().people.listed() if person.active]


def _teams() -> list[str]:
    return sorted({person.team for person in _people()})


def _of_team(team: str) -> list[PersonView]:
    return [person for person in _people() if person.team == team]


def _team() -> str:
    teams = _teams()
    wanted = request.values.get("team")
    return wanted if wanted in teams else next(iter(teams), "")


def _monday() -> str:
    return monday_of(date_or(request.values.get("date"), service().office.today()))


def _here() -> str:
    return url_for("roster.week", date=_monday(), team=_team())
