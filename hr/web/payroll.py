"""Months of pay: the wage ledger, the review, pieces that nobody has confirmed, closing, and corrections afterwards."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from hr.pay.periods.closing import Progress
from hr.pay.periods.period import Column, Row, Step, Why, days_of, next_month, row_of, to_work_on
from hr.pay.periods.seals import Unconfirmed
from hr.people.records import OrderView, PriceView
from hr.people.rejected import Rejected
from hr.web.context import service, user_name
from hr.web.forms import field, wanted_text
from hr.web.payroll_words import COLUMNS, WORDS

log = logging.getLogger(__name__)
blueprint = Blueprint("payroll", __name__, url_prefix="/payroll")

AT_ONCE_S = 3.0
"""So long one request closes before it shows how far it is; the page then goes on by itself."""

KEPT_YEARS = 3
"""For rural workers; for others two would do (保障农民工工资支付条例 art. 15, 工资支付暂行规定 art. 6)."""

ALWAYS = frozenset({Column.PIECES, Column.OVERTIME, Column.DEDUCTION})


# --- the ledger -------------------------------------------------------------------------------------


@blueprint.route("/")
def newest() -> ResponseReturnValue:
    """The month to work on."""
    month = to_work_on(service().periods.closings(), service().office.today())
    return redirect(url_for("payroll.ledger", month=month))


@blueprint.route("/go")
def go() -> ResponseReturnValue:
    """To the month that was chosen."""
    return redirect(url_for("payroll.ledger", month=_month(request.args.get("month", ""))))


@blueprint.route("/<month>")
def ledger(month: str) -> ResponseReturnValue:
    found = service().periods.ledger(_month(month))
    return render_template(
        "hr/payroll.html",
        ledger=found,
        identities=service().periods.identity_ends(),
        intact=service().periods.intact(month),
        # The review is the last step before it can be closed, so it is named last.
        obstacles=sorted(found.obstacles, key=lambda each: each.why is Why.NOT_REVIEWED),
        months=_months(month),
        columns=_columns(found.rows),
        kept_until=next_month(month, 12 * KEPT_YEARS),
    )


def _columns(rows: Sequence[Row]) -> list[tuple[Column, str]]:
    """Those that anybody has an amount in, and those that a ledger always has."""
    used = {column for row in rows for column, amount in row.amounts.items() if amount} | ALWAYS
    return [(column, str(text)) for column, text in COLUMNS.items() if column in used]


def _months(month: str) -> list[str]:
    """Those to choose from: what was closed in the years that a ledger is kept, and what is open."""
    this = service().office.today()[:7]
    first = min([*service().periods.closings(), next_month(this, -2), month])
    first = max(first, next_month(this, -12 * KEPT_YEARS))
    found = [this]
    while found[-1] > first:
        found.append(next_month(found[-1], -1))
    return found


@blueprint.post("/<month>/step")
def step(month: str) -> ResponseReturnValue:
    wanted = Step(request.form["step"]) if request.form.get("step") in {Step.REVIEW, Step.BACK} else None
    if wanted is None:
        abort(400)
    try:
        service().periods.take(_month(month), wanted, user_name())
    except Rejected as error:
        flash(wanted_text(error.wanted), "stop")
        return redirect(url_for("payroll.ledger", month=month))
    log.info("month %s: %s by %s", month, wanted, user_name())
    where = "payroll.review" if wanted is Step.REVIEW else "payroll.ledger"
    return redirect(url_for(where, month=month))


@blueprint.route("/<month>/review")
def review(month: str) -> ResponseReturnValue:
    found = service().periods.ledger(_month(month))
    differences = service().periods.review(month)
    return render_template(
        "hr/payroll_review.html",
        ledger=found,
        differences=differences,
        columns=_columns([row for each in differences for row in (each.before, each.now) if row is not None]),
        before=next_month(month, -1),
        waited=service().waiting.undecided(month),
    )


@blueprint.route("/<month>/review/<person>")
def change(month: str, person: str) -> ResponseReturnValue:
    """One person's two months beside each other, amount by amount."""
    before, now = (service().periods.entry(each, person) for each in (next_month(_month(month), -1), month))
    said = now or before
    if said is None or not (said.number or said.statement.items):
        abort(404)
    rows = [None if each is None else row_of(each) for each in (before, now)]
    return render_template(
        "hr/payroll_change.html",
        of=row_of(said),
        before=rows[0],
        now=rows[1],
        month=month,
        month_before=next_month(month, -1),
        columns=_columns([each for each in rows if each is not None]),
    )


# --- closing ----------------------------------------------------------------------------------------


@blueprint.post("/<month>/close")
def close(month: str) -> ResponseReturnValue:
    """Closes for some seconds; what is done is kept, and the page that shows how far it is sends this again."""
    until = time.monotonic() + AT_ONCE_S
    progress = Progress(0, 0)
    for progress in service().periods.close(_month(month), user_name()):
        if progress.over or time.monotonic() > until:
            break
    if progress.closed:
        log.info("month %s was closed by %s", month, user_name())
        flash(ngettext("Closed: %(num)s person.", "Closed: %(num)s people.", progress.of))
        return redirect(url_for("payroll.ledger", month=month))
    if progress.obstacles:
        flash(gettext("Not closed: something is in the way."), "stop")
        return redirect(url_for("payroll.ledger", month=month))
    return render_template("hr/payroll_closing.html", month=month, progress=progress)


# --- pieces that nobody has confirmed ---------------------------------------------------------------


@blueprint.route("/<month>/unconfirmed")
def unconfirmed(month: str) -> ResponseReturnValue:
    return _unconfirmed_page(_month(month))


@blueprint.post("/<month>/unconfirmed")
def confirm(month: str) -> ResponseReturnValue:
    waiting = [each for team in service().periods.waiting(_month(month)) for each in team.records]
    wanted = set(request.form.getlist("record"))
    chosen = [each for each in waiting if record_key(each) in wanted]
    reason = field(request.form, "reason")
    if not chosen or len(chosen) < len(wanted):
        text = gettext("Choose what you confirm.") if not wanted else gettext("Something has changed: look again.")
        return _unconfirmed_page(month, text, reason), 422
    try:
        pieces = service().periods.confirm(chosen, reason, user_name())
    except Rejected as error:
        return _unconfirmed_page(month, wanted_text(error.wanted), reason, wanted), 422
    log.info("%d pieces of %s were confirmed as counted by %s", pieces, month, user_name())
    flash(ngettext("%(num)s piece is confirmed as counted.", "%(num)s pieces are confirmed as counted.", pieces))
    return redirect(url_for("payroll.unconfirmed", month=month))


def _unconfirmed_page(month: str, error: str = "", reason: str = "", chosen: set[str] | None = None) -> str:
    return render_template(
        "hr/payroll_unconfirmed.html",
        month=month,
        waiting=service().periods.waiting(month),
        sealed=service().periods.seals(month),
        closed=month in service().periods.closings(),
        names=_names(),
        error=error,
        reason=reason,
        chosen=chosen or set(),
    )


def record_key(each: Unconfirmed) -> str:
    """What a form sends of it: changed by every further piece, so that nobody confirms what he has not seen."""
    actuals = "-".join(map(str, each.actuals))
    return f"{each.device}/{each.epoch}/{each.person}/{each.order}/{actuals}/{each.quantity}"


# --- corrections ------------------------------------------------------------------------------------


@blueprint.route("/<month>/corrections")
def corrections(month: str) -> ResponseReturnValue:
    return _corrections_page(_month(month), everybody="all" in request.args)


@blueprint.post("/<month>/corrections")
def post(month: str) -> ResponseReturnValue:
    people, reason = request.form.getlist("person"), field(request.form, "reason")
    everybody = "all" in request.form
    try:
        paid_in = service().periods.post(_month(month), people, reason, user_name())
    except Rejected as error:
        return _corrections_page(month, wanted_text(error.wanted), reason, everybody=everybody), 422
    log.info("corrections of %s for %d people were posted by %s", month, len(people), user_name())
    flash(gettext("Posted; they are paid with %(month)s.", month=paid_in))
    return redirect(url_for("payroll.corrections", month=month))


def _corrections_page(month: str, error: str = "", reason: str = "", *, everybody: bool = False) -> str:
    desk = service().periods
    return render_template(
        "hr/payroll_corrections.html",
        month=month,
        closing=desk.closings().get(month),
        proposed=desk.proposed(month, everybody=everybody),
        posted=desk.posted(refers_to=month),
        paid_here=desk.posted(month=month),
        names=_names(),
        everybody=everybody,
        error=error,
        reason=reason,
    )


# --- small things -----------------------------------------------------------------------------------


def _names() -> dict[tuple[str, str], str]:
    """Product and operation in words."""
    words: list[PriceView | OrderView] = [*service().catalogue.prices(), *service().catalogue.orders()]
    return {(each.product, each.operation): f"{each.product_name} {each.operation_name}" for each in words}


def _month(text: str) -> str:
    try:
        days_of(text)
    except ValueError:
        abort(404)
    return text


@blueprint.context_processor
def _words() -> dict[str, object]:
    return WORDS | {"record_key": record_key}
