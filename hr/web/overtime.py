"""The overtime of a month against the most in law, 3 hours a day and 36 a month: said before it is reached."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from hr.attendance.overtime_desk import Overtime
from hr.attendance.rules.caps import LAW, Cap
from hr.web.context import service
from hr.web.dates import date_or, month_of, shifted

blueprint = Blueprint("overtime", __name__, url_prefix="/overtime")

BAR = 240
"""As wide as 48 hours are drawn."""


@blueprint.get("/")
def of_month() -> ResponseReturnValue:
    today = service().office.today()
    first, last = month_of(date_or(f"{request.args.get('month', '')}-01", today))
    rows = service().overtime.month(first[:7])
    return render_template(
        "hr/overtime.html",
        month=first[:7],
        first=first,
        before=shifted(first, -1)[:7],
        after=shifted(last, 1)[:7],
        rows=[(each, _width(each), caps_text(each)) for each in rows],
        cap_x=BAR * LAW.most_month_min // (48 * 60),
        over=sum(Cap.MONTH_OVER_36H in each.standing.caps for each in rows),
        near=sum(Cap.MONTH_NEAR_36H in each.standing.caps for each in rows),
        unclassified=service().calendar.calendar().unclassified([first]),
        law=LAW,
    )


def caps_text(each: Overtime) -> str:
    """What is to be said of a month, empty when nothing is."""
    over, near = each.standing.over_days, each.standing.near_days
    texts = []
    if Cap.MONTH_OVER_36H in each.standing.caps:
        texts.append(gettext("over 36 hours"))
    if Cap.MONTH_NEAR_36H in each.standing.caps:
        texts.append(gettext("near 36 hours"))
    if over:
        texts.append(ngettext("%(num)s day over 3 hours", "%(num)s days over 3 hours", len(over)))
    elif near:
        texts.append(ngettext("%(num)s day near 3 hours", "%(num)s days near 3 hours", len(near)))
    return str(gettext(", ").join(texts))


def is_over(each: Overtime) -> bool:
    return Cap.MONTH_OVER_36H in each.standing.caps or Cap.DAY_OVER_3H in each.standing.caps


def _width(each: Overtime) -> int:
    return min(BAR, BAR * each.standing.total_min // (48 * 60))
