"""The days that somebody's hours of a closed month were made of, as they were closed."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from hr.calendar.day_class import TimeClass
from hr.pay.periods.hours import DayHours
from hr.pay.periods.period import days_of
from hr.web.attending import CLASSES
from hr.web.context import service

blueprint = Blueprint("closed_hours", __name__, url_prefix="/payroll")


@blueprint.get("/<month>/hours/<person>")
def of_person(month: str, person: str) -> ResponseReturnValue:
    try:
        days_of(month)
    except ValueError:
        abort(404)
    found = service().periods.hours(month, person)
    if not found:
        return redirect(url_for("month.of_person", person=person, month=month))
    return render_template(
        "hr/closed_hours.html",
        month=month,
        person=person,
        days=found,
        minutes={each: _minutes(found, each) for each in CLASSES},
        paid=sum(each.closed.paid for each in found),
        changed=sum(each.changed for each in found),
        classes=CLASSES,
    )


def _minutes(days: list[DayHours], time_class: TimeClass) -> int:
    return sum(each.closed.minutes.get(time_class, 0) for each in days)
