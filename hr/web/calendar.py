"""The calendar of a year: which days are work days, rest days and statutory holidays, and where that is known from."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.calendar import files
from hr.calendar.day_class import SATURDAY, Calendar, YearTable
from hr.calendar.files import FIRST_YEAR, LAST_YEAR, BadTable, Fault
from hr.web.context import service, user_name

log = logging.getLogger(__name__)
blueprint = Blueprint("calendar", __name__, url_prefix="/calendar")

EXAMPLE = "date,kind,name\n{0}-01-01,statutory,元旦\n{0}-01-02,rest,\n{0}-01-04,work,\n"


@blueprint.get("/")
def of_year() -> ResponseReturnValue:
    this = int(service().office.today()[:4])
    asked = request.args.get("year", "")
    year = int(asked) if asked.isdecimal() and FIRST_YEAR <= int(asked) <= LAST_YEAR else this
    return _page(year)


@blueprint.post("/")
def load() -> ResponseReturnValue:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        flash(gettext("Choose a file."), "stop")
        return redirect(url_for("calendar.of_year"))
    try:
        table, is_new = service().calendar.take(sent.read(files.MAX_BYTES + 1), user_name())
    except BadTable as error:
        return _page(int(service().office.today()[:4]), error.faults), 422
    log.info("%s loaded the calendar of %d", user_name(), table.year)
    flash(
        gettext("The calendar of %(year)s holds now.", year=table.year)
        if is_new
        else gettext("The calendar of %(year)s was the same already.", year=table.year)
    )
    return redirect(url_for("calendar.of_year", year=table.year))


def _page(year: int, faults: list[Fault] | None = None) -> str:
    loaded = {each.table.year: each for each in service().calendar.years()}
    this = int(service().office.today()[:4])
    held = loaded.get(year)
    return render_template(
        "hr/calendar.html",
        year=year,
        years=sorted({*loaded, this, this + 1, year}),
        known=set(loaded),
        held=held,
        months=[_month(held.table, month) for month in range(1, 13)] if held else [],
        unbalanced=files.unbalanced(held.table) if held else 0,
        workdays=files.workdays(held.table) if held else 0,
        moved_rest=[day for day in sorted(held.table.rest) if not _is_weekend(day)] if held else [],
        faults=faults or [],
        example=EXAMPLE.format(year),
    )


def _month(table: YearTable, month: int) -> tuple[str, list[list[tuple[str, int, str, str]]]]:
    """Its first day, and its weeks from Monday on: date, number, kind and name of each day; a number of 0 is a day of
    another month."""
    first, calendar = date(table.year, month, 1), Calendar((table,))
    start = first - timedelta(days=first.weekday())
    weeks = []
    while start.year < table.year or (start.year == table.year and start.month <= month):
        days = [start + timedelta(days=each) for each in range(7)]
        weeks.append([_day(table, calendar, day) if day.month == month else ("", 0, "", "") for day in days])
        start += timedelta(days=7)
    return first.isoformat(), weeks


def _day(table: YearTable, calendar: Calendar, day: date) -> tuple[str, int, str, str]:
    text = day.isoformat()
    if text in table.work:
        kind = "moved-work"
    elif text in table.rest and not _is_weekend(text):
        kind = "moved-rest"
    else:
        kind = str(calendar.day_class(text)).lower()
    return text, day.day, kind, calendar.statutory_name(text)


def _is_weekend(day: str) -> bool:
    return date.fromisoformat(day).weekday() >= SATURDAY
