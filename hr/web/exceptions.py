"""What of attendance waits for a person, each with its action in place: repairs by two persons, minutes in bulk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from hr.attendance.approvals import Decision
from hr.attendance.repairs import Repair, RepairState, Request, many
from hr.attendance.rules.matters import BEYOND, Beyond, Matter, Waiting, matters, sorted_matters
from hr.people.records import Rejected
from hr.web.attending import FLAGS, MATTERS, REPAIR_STATES, clock_of, minutes_of, team_or, teams
from hr.web.context import service, user_name, zone
from hr.web.dates import date_or, month_of, shifted
from hr.web.forms import field, wanted_text
from sync.wire.facts import Direction

log = logging.getLogger(__name__)
blueprint = Blueprint("exceptions", __name__, url_prefix="/attendance/exceptions")

MAX_MINUTE = 48 * 60


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    today = service().office.today()
    first, last = month_of(date_or(f"{request.args.get('month', '')}-01", today))
    team = team_or(request.args.get("team"))
    until = min(last, today)
    found = waiting(first, until, team) if first <= until else []
    repairs = service().attendance.repairs.between(first, last)
    return render_template(
        "hr/exceptions.html",
        groups=[(each, [one for one in found if one.matter is each]) for each in Matter],
        repairs=_by_day(repairs),
        many=sorted(many(repairs).items()),
        month=first[:7],
        before=shifted(first, -1)[:7],
        after=shifted(last, 1)[:7],
        team=team,
        teams=teams(),
        matters=MATTERS,
        beyond=BEYOND,
        flags=FLAGS,
        states=REPAIR_STATES,
        user=user_name(),
    )


def waiting(first: str, until: str, team: str | None) -> list[Waiting]:
    """What is undecided on these work dates, what needs a person most before the rest."""
    today = service().office.today()
    judged = service().attendance.judged(first, until, team=team)
    return sorted_matters(one for each in judged for one in matters(each.given, each.day, today))


@blueprint.post("/repair")
def ask() -> ResponseReturnValue:
    date, minute = date_or(request.form.get("date"), ""), clock_of(request.form.get("time", ""))
    direction = request.form.get("direction", "")
    if not date or minute is None or minute > MAX_MINUTE or direction not in set(Direction):
        flash(gettext("Give the time as HH:MM; 26:00 is 02:00 of the next day."), "stop")
        return redirect(_back())
    at = datetime.fromisoformat(date).replace(tzinfo=zone()) + timedelta(minutes=minute)
    wanted = Request(
        field(request.form, "person"),
        date,
        Direction(direction),
        int(at.timestamp()) * 1_000_000,
        request.form.get("reason", ""),
    )
    return _done(
        lambda: service().attendance.repairs.ask(wanted, user_name()),
        gettext("It is noted. It counts once a second person has approved it."),
    )


@blueprint.post("/repair/<key>")
def decide(key: str) -> ResponseReturnValue:
    state = request.form.get("state", "")
    if state not in set(RepairState) - {RepairState.WAITING}:
        return redirect(_back())
    said = {
        RepairState.APPROVED: gettext("The punch counts from now on."),
        RepairState.REFUSED: gettext("It is refused and counts for nothing."),
        RepairState.TAKEN_BACK: gettext("It is taken back. The day is as the kiosks recorded it."),
    }
    wanted = RepairState(state)
    return _done(
        lambda: service().attendance.repairs.decide(key, wanted, user_name(), request.form.get("why", "")),
        said[wanted],
    )


@blueprint.post("/minutes")
def minutes() -> ResponseReturnValue:
    """Approves what was chosen as it was offered, or none of it; or the one number that was typed."""
    kind, refused = request.form.get("kind", ""), request.form.get("action") == "refuse"
    typed = minutes_of(request.form.get("minutes", "")) if request.form.get("minutes") else None
    chosen = [each.split("|") for each in request.form.getlist("day")]
    if kind not in set(Beyond) or any(not _is_line(each) for each in chosen):
        return redirect(_back())
    if not chosen:
        flash(gettext("Choose at least one line."), "stop")
        return redirect(_back())
    why = request.form.get("why", "")
    decisions = [
        Decision(who, date, Beyond(kind), 0 if refused else int(offered) if typed is None else typed, why)
        for who, date, offered in chosen
    ]
    text = ngettext("%(num)s day is decided.", "%(num)s days are decided.", len(decisions))
    return _done(lambda: service().attendance.approvals.decide(decisions, user_name()), text)


def _is_line(parts: list[str]) -> bool:
    """Person, work date and offered minutes, as the form has them."""
    return len(parts) == 3 and bool(date_or(parts[1], "")) and parts[2].isdecimal() and len(parts[2]) <= 4


def _done(act: Callable[[], object], said: str) -> ResponseReturnValue:
    try:
        act()
    except Rejected as error:
        flash(refusal_text(error), "stop")
    else:
        log.info("%s decided about attendance at %s", user_name(), request.endpoint)
        flash(said)
    return redirect(_back())


def refusal_text(error: Rejected) -> str:
    """Why something about attendance was not taken, in the person's language."""
    said = {
        "why": gettext("Say in a few words why."),
        "reason": gettext("Say in a few words why."),
        "by": gettext("Somebody else must approve it: who asks does not approve."),
        "date": gettext("The pay of this date is closed. Enter an adjustment in the open month instead."),
        "id": gettext("Somebody has decided this already."),
    }
    return str(said.get(error.column) or gettext("Not taken: wanted %(what)s.", what=wanted_text(error.wanted)))


def _back() -> str:
    person, date = request.form.get("back_person"), date_or(request.form.get("back_date"), "")
    if person and date:
        return url_for("attendance.of_person", person=person, date=date)
    month = date_or(f"{request.form.get('month', '')}-01", service().office.today())[:7]
    return url_for("exceptions.listed", month=month, team=request.form.get("team") or None)


def _by_day(repairs: list[Repair]) -> dict[tuple[str, str], list[Repair]]:
    found: dict[tuple[str, str], list[Repair]] = {}
    keys = service().people.owners()
    for each in repairs:
        found.setdefault((keys[each.person], each.work_date), []).append(each)
    return found
