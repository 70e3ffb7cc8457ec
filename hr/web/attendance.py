"""The attendance of one day, and of a month as a table for the office."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from hr.attendance.rules.matters import matters
from hr.web.attending import names
from hr.web.board import board
from hr.web.context import service, user_name, zone
from hr.web.dates import date_or, month_of, shifted
from hr.web.downloads import as_csv
from hr.web.overtime import caps_text

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
        unclassified=service().calendar.calendar().unclassified([date]),
        warned=[(each, caps_text(each)) for each in service().overtime.warned()[:SHOWN_UNSURE]],
    )


@blueprint.route("/attendance/of/<person>")
def of_person(person: str) -> ResponseReturnValue:
    """The taps behind one person's hours of a day."""
    today = service().office.today()
    date = date_or(request.args.get("date"), today)
    judged = service().attendance.judged(date, date, person, everybody=True)
    if not judged:
        abort(404)
    shown = board(service().attendance.days(date, date, person), zone(), today, service().office.clock())
    of_day, key = judged[0].day, judged[0].day.person
    return render_template(
        "hr/taps.html",
        row=shown.rows[0] if shown.rows else None,
        taps=service().attendance.taps(date, person),
        date=date,
        day=of_day,
        closed=service().attendance.is_closed(date),
        repairs=[each for each in service().attendance.repairs.between(date, date) if each.person == key],
        approvals=[each for each in service().attendance.approvals.of(date) if each.decision.person == key],
        leaves=[each for each in service().attendance.leaves.between(date, date) if each.person == key],
        revisions=service().attendance.revisions(date, person),
        matters=[each.matter for each in matters(judged[0].given, of_day, today)],
        user=user_name(),
        **names(),
    )


@blueprint.route("/attendance.csv")
def export() -> ResponseReturnValue:
    today = service().office.today()
    start = date_or(request.args.get("start"), today)
    end = date_or(request.args.get("end"), start)
    return as_csv(f"attendance_{start}_{end}.csv", service().attendance.csv(start, end))
