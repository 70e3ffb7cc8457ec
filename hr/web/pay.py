"""Piece wages of a period, of a person, and one line opened down to the counter's readings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from hr.calendar.day_class import TimeClass
from hr.pay.equipment import Commissioning, in_force
from hr.pay.rules.items import Item, Kind
from hr.pay.rules.lines import WageLine
from hr.web.context import name_of, service, zone
from hr.web.dates import month_of
from hr.web.dates import period as period_of
from hr.web.downloads import as_csv
from hr.web.ladder import ladder
from hr.web.ledger import ledger
from hr.web.questions import reply_text
from hr.web.stretches import Stretch

blueprint = Blueprint("pay", __name__)


def _period() -> tuple[str, str]:
    return period_of(request.args.get("start"), request.args.get("end"), service().office.today())


@blueprint.route("/pay")
def period() -> ResponseReturnValue:
    start, end = _period()
    return render_template("hr/pay.html", ledger=ledger(service().pay.lines(start, end)), start=start, end=end)


@blueprint.route("/pay.csv")
def export() -> ResponseReturnValue:
    start, end = _period()
    return as_csv(f"wages_{start}_{end}.csv", service().pay.csv(start, end))


@blueprint.route("/pay/of/<person>")
def person(person: str) -> ResponseReturnValue:
    start, end = _period()
    people = ledger(service().pay.lines(start, end, person)).people
    if not people:
        abort(404)
    return render_template("hr/pay_person.html", entry=people[0], start=start, end=end)


@blueprint.route("/pay/line/<device>/<int:epoch>/<int:seq>")
def line(device: str, epoch: int, seq: int) -> ResponseReturnValue:
    wanted = service().pay.line(device, epoch, seq)
    if wanted is None:
        abort(404)
    return render_template(
        "hr/trace.html",
        ladder=ladder(wanted, zone()),
        commissioning_of=partial(_commissioning_of, device, service().pay.commissionings()),
        sealed_by=name_of(wanted.confirmed_by),
        siblings=service().pay.lines(wanted.work_date, wanted.work_date, wanted.person),
        paid_as=_paid_as(wanted),
        questions=service().questions.about(wanted),
        reply_text=reply_text,
        period=month_of(wanted.work_date),
    )


def _paid_as(line: WageLine) -> list[Item]:
    """The amounts of the month that rest on this line, where any of them is of another time class than the normal one:
    the line itself is shown at its plain price."""
    entry = service().periods.entry(line.work_date[:7], line.person)
    items = entry.statement.items if entry is not None else ()
    mine = [each for each in items if each.kind is Kind.PIECE and (line.device, line.epoch, line.seq) in each.facts]
    return mine if any(each.time_class not in (None, TimeClass.NORMAL) for each in mine) else []


def _commissioning_of(device: str, of: Sequence[Commissioning], stretch: Stretch) -> Commissioning | None:
    """Why one count of the stretch's counter is one piece, where that was proven at the machine."""
    if not stretch.runs:
        return None
    first = stretch.runs[0].first
    return in_force(of, device, (first.machine, first.counter), (first.from_epoch, first.from_seq))
