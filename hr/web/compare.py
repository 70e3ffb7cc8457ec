"""The parallel month: a sheet kept by hand is laid beside ours, and each difference opens to where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext

from hr.compare import sheet
from hr.compare.comparison import Compared, Comparison, Difference, Doubt, Field, Gap, Verdict
from hr.compare.rules import GRAVITY
from hr.people.table_file import BadFile, Problem
from hr.web.context import service
from hr.web.imports import SHOWN_PROBLEMS

blueprint = Blueprint("compare", __name__, url_prefix="/compare")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

VERDICTS = {
    Verdict.SAME: lazy_gettext("same"),
    Verdict.PAPER_WRONG: lazy_gettext("paper wrong"),
    Verdict.OURS_WRONG: lazy_gettext("ours wrong"),
    Verdict.UNEXPLAINED: lazy_gettext("unexplained"),
}
CHIPS = {
    Verdict.SAME: ("ok", "check"),
    Verdict.PAPER_WRONG: ("", "paper"),
    Verdict.OURS_WRONG: ("stop", "warning"),
    Verdict.UNEXPLAINED: ("ask", "question"),
}
GAPS = {
    Gap.OPEN_DAY: lazy_gettext("a tap is missing"),
    Gap.UNSEALED: lazy_gettext("pieces wait for a seal"),
    Gap.DOES_NOT_ADD_UP: lazy_gettext("a line does not add up"),
    Gap.UNPRICED: lazy_gettext("a line has no price"),
    Gap.UNCLAIMED: lazy_gettext("pieces of the machine are nobody's yet"),
}
DOUBTS = {
    Doubt.NO_RECORD: lazy_gettext("nothing is recorded here"),
    Doubt.ESTIMATED: lazy_gettext("pieces were split by time"),
    Doubt.BY_HAND: lazy_gettext("a person has changed or assigned something"),
    Doubt.UNSURE_TIME: lazy_gettext("the kiosk's clock was not sure"),
    Doubt.PRICE: lazy_gettext("the pieces are the same, the price is not"),
    Doubt.BY_QUANTITY: lazy_gettext("some of it is paid by the quantity of a longer time; see the statement"),
}


@dataclass(frozen=True)
class Reason:
    """One cause of a difference, and the page on which it is seen or mended; None where there is none."""

    text: str
    url: str | None


@blueprint.get("/")
def asked() -> ResponseReturnValue:
    return _page(None)


@blueprint.post("/")
def shown() -> ResponseReturnValue:
    """The sheet is read from the request and kept nowhere."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        flash(gettext("Choose a file."), "stop")
        return _page(None), 409
    try:
        return _page(service().compared.compare(sent.read(sheet.MAX_BYTES + 1)))
    except BadFile as error:
        return _page(None, error.problems), 422


@blueprint.get("/template.xlsx")
def template() -> ResponseReturnValue:
    locale = get_locale()
    response = Response(sheet.template(locale.language if locale else "en"), content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="parallel_month.xlsx"'
    return response


def reasons(day: Compared, of: Difference) -> list[Reason]:
    """Why a figure differs, each with where it opens: a correction for a gap, else the readings."""
    causes = [Reason(str(GAPS[gap]), _mending(day, gap)) for gap in of.gaps]
    if not causes:
        causes = [Reason(str(DOUBTS[doubt]), _evidence(day, of.field)) for doubt in of.doubts]
    return causes or [Reason(gettext("the record is whole"), _evidence(day, of.field))]


def _mending(day: Compared, gap: Gap) -> str | None:
    if gap is Gap.OPEN_DAY:
        return _evidence(day, Field.MINUTES)
    if gap in (Gap.UNSEALED, Gap.UNCLAIMED):
        return url_for("output.of_day", date=day.work_date)
    return _evidence(day, Field.PIECES)


def _evidence(day: Compared, what: Field) -> str | None:
    """The page with the records of this figure; one wage line is its own ladder down to the readings."""
    if day.ours is None:
        return None
    if what is Field.MINUTES:
        if not day.ours.has_taps:
            return None
        return url_for("attendance.of_person", person=day.ours.person, date=day.work_date)
    if len(day.ours.lines) == 1:
        device, epoch, seq = day.ours.lines[0]
        return url_for("pay.line", device=device, epoch=epoch, seq=seq)
    if not day.ours.lines:
        return None
    return url_for("pay.person", person=day.ours.person, start=day.work_date, end=day.work_date)


def _page(made: Comparison | None, problems: list[Problem] | None = None) -> str:
    found = problems or []
    days = sorted(made.days, key=lambda day: GRAVITY.index(day.verdict)) if made else []
    return render_template(
        "hr/compare.html",
        made=made,
        differing=[day for day in days if day.verdict is not Verdict.SAME],
        problems=found[:SHOWN_PROBLEMS],
        more=max(0, len(found) - SHOWN_PROBLEMS),
        verdicts=VERDICTS,
        chips=CHIPS,
        reasons=reasons,
        evidence=_evidence,
        fields=Field,
    )
