"""The attendance of one day, and of a month as a table for the office."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from hr.web.board import board
from hr.web.context import service, zone
from hr.web.dates import date_or, month_of, shifted
from hr.web.downloads import as_csv

blueprint = Blueprint("attendance", __name__)

SHOWN_UNSURE = 10
"""So many days with unsure times are named; the others come up when these are settled."""


@blueprint.route("/attendance")
def of_day() -> ResponseReturnValue:
    today = service().office.today()
    date = date_or(request.args.get("date"), today)
    shown = board(service().attendance.days(date, date), zone(), today, service().office.clock())
    unsure = Counter(day for day, _person in service().attendance.unsure_days())
    return render_template(
        "hr/attendance.html",
        unsure=sorted(unsure.items(), reverse=True)[:SHOWN_UNSURE],
        more=len(unsure) > SHOWN_UNSURE,
        board=shown,
        date=date,
        before=shifted(date, -1),
        after=shifted(date, 1),
        month=month_of(date),
    )


@blueprint.route("/attendance/of/<person>")
def of_person(person: str) -> ResponseReturnValue:
    """The taps behind one person's hours of a day."""
    today = service().office.today()
    date = date_or(request.args.get("date"), today)
    shown = board(service().attendance.days(date, date, person), zone(), today, service().office.clock())
    if not shown.rows:
        abort(404)
    return render_template("hr/taps.html", row=shown.rows[0], taps=service().attendance.taps(date, person), date=date)


@blueprint.route("/attendance.csv")
def export() -> ResponseReturnValue:
    today = service().office.today()
    start = date_or(request.args.get("start"), today)
    end = date_or(request.args.get("end"), start)
    return as_csv(f"attendance_{start}_{end}.csv", service().attendance.csv(start, end))
