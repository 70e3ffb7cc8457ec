"""Payslips and a month's hours on paper, signed; and the month for the payroll program."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from io import BytesIO

from flask import (
    Blueprint,
    Response,
    abort,
    redirect,
    render_template,
    request,
    send_file,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from hr.pay.payroll import payroll as payroll_of
from hr.pay.payslips.head import Standing, hours_head, pay_head, signed
from hr.pay.payslips.pdf import Sheet, pdf
from hr.pay.periods.period import Entry, days_of, next_month
from hr.web.context import service, zone
from hr.web.downloads import zipped
from hr.web.payslip_sheets import Paper, hours_paper, payslip
from sync.connectors.files.formats import FORMATS

blueprint = Blueprint("payslip", __name__, url_prefix="/pay/papers")

AT_ONCE = 60
"""People in one file: some seconds of work."""

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@blueprint.route("/")
def this_month() -> ResponseReturnValue:
    month = request.args.get("month", "")
    return redirect(url_for("payslip.papers", month=month if MONTH.fullmatch(month) else _now()))


@blueprint.route("/<month>")
def papers(month: str) -> ResponseReturnValue:
    """What can be printed and exported of a month, and the key that vouches for it."""
    ledger = service().periods.ledger(_month(month))
    teams: dict[str, int] = {}
    for row in ledger.rows:
        teams[row.team] = teams.get(row.team, 0) + 1
    return render_template(
        "hr/papers.html",
        ledger=ledger,
        teams=sorted(teams.items()),
        at_once=AT_ONCE,
        before=next_month(month, -1),
        after=next_month(month),
        keys=service().office.keys,
        forms=sorted(FORMATS),
    )


@blueprint.route("/<month>/payslips.pdf")
def payslips(month: str) -> ResponseReturnValue:
    """Of one person (`person`), of one team (`team`), or of everybody."""
    paper = _paper(_month(month))
    return _papers(
        gettext("Payslip %(month)s", month=month), f"payslips_{month}", _chosen(month), partial(_slip, paper)
    )


@blueprint.route("/<month>/hours.pdf")
def hours(month: str) -> ResponseReturnValue:
    """The same choice."""
    paper = _paper(_month(month))
    return _papers(gettext("Hours %(month)s", month=month), f"hours_{month}", _chosen(month), partial(_hours, paper))


@blueprint.route("/<month>/payroll.zip")
def payroll(month: str) -> ResponseReturnValue:
    form = request.args.get("form", "csv")
    if form not in FORMATS:
        abort(404)
    standing = _standing(_month(month))
    made = payroll_of(service().office.plant.name, month, standing, service().periods.entries(month), form)
    name = f"payroll_{month}_{standing.value}_{made.run}.zip"
    return send_file(BytesIO(made.content), "application/zip", as_attachment=True, download_name=name)


# --- helpers ----------------------------------------------------------------------------------------


def _slip(paper: Paper, entry: Entry) -> Sheet:
    lines = service().pay.lines(*days_of(entry.statement.month), entry.statement.person)
    code = signed(service().office.keys.signing, pay_head(paper.plant, entry, paper.standing, paper.made))
    return payslip(paper, entry, {(line.device, line.epoch, line.seq): line for line in lines}, code)


def _hours(paper: Paper, entry: Entry) -> Sheet:
    judged = service().attendance.judged(*days_of(entry.statement.month), entry.statement.person)
    days = [each.day for each in judged]
    code = signed(service().office.keys.signing, hours_head(paper.plant, entry, days, paper.standing, paper.made))
    return hours_paper(paper, entry, days, code)


def _papers(title: str, name: str, entries: list[Entry], draw: Callable[[Entry], Sheet]) -> ResponseReturnValue:
    """A PDF, shown in the browser from where it is printed; of more people than AT_ONCE a ZIP of such files."""
    if len(entries) <= AT_ONCE:
        return send_file(BytesIO(_pdf(title, entries, draw)), "application/pdf", download_name=f"{name}.pdf")
    parts = (
        (f"{name}_{start + 1:04d}.pdf", _pdf(title, entries[start : start + AT_ONCE], draw))
        for start in range(0, len(entries), AT_ONCE)
    )
    packed = stream_with_context(zipped(parts, _moment()))
    return Response(
        packed, mimetype="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}.zip"'}
    )


def _pdf(title: str, entries: Iterable[Entry], draw: Callable[[Entry], Sheet]) -> bytes:
    locale = get_locale()
    return pdf([draw(each) for each in entries], str(locale.language) if locale else "en", _moment(), title)


def _chosen(month: str) -> list[Entry]:
    """Whom the address names; 404 for nobody."""
    person, team = request.args.get("person"), request.args.get("team")
    everybody = service().periods.entries(month, None if person is None else [person])
    found = [each for each in everybody if team is None or each.team == team]
    if not found:
        abort(404)
    return found


def _paper(month: str) -> Paper:
    return Paper(service().office.plant.name, _standing(month), _moment().isoformat(timespec="seconds"))


def _standing(month: str) -> Standing:
    return Standing.CLOSED if month in service().periods.closings() else Standing.DRAFT


def _moment() -> datetime:
    return datetime.fromtimestamp(service().office.now_us() // 1_000_000, UTC).astimezone(zone())


def _month(month: str) -> str:
    if not MONTH.fullmatch(month):
        abort(404)
    return month


def _now() -> str:
    return service().office.today()[:7]
