"""The first page: who is in, whose end is open, and what waits for HR."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from hr.people.clearances import to_renew
from hr.web.board import Board, DayState, board
from hr.web.context import service, who, zone
from hr.web.dates import shifted
from hr.web.figures import work_name
from hr.web.ledger import ledger
from hr.web.menu import waiting
from hr.web.reconciliation import unequal_text
from hr.web.standing import reminder_text
from hr.web.tasks import Task, month_tasks

blueprint = Blueprint("today", __name__)

LINES_LOOKED_AT_DAYS = 7
"""Held lines are sought in the last week only, for this page is loaded each minute; the pay page seeks everywhere."""

NEXT_YEAR_DAYS = 45
"""The State Council's notice comes in November; from then on the next year's days can be known."""

SHOWN_NAMES = 3
SHOWN_PEOPLE = 60
"""So many lines are still looked at; everybody is shown when asked for."""


@blueprint.route("/")
def overview() -> ResponseReturnValue:
    today, now_us = service().office.today(), service().office.clock()
    days = service().attendance.days(shifted(today, -1), today)
    shown = board((day for day in days if day.work_date == today or day.open), zone(), today, now_us)
    return render_template(
        "hr/today.html",
        board=shown,
        rows=shown.rows if "all" in request.args else shown.rows[:SHOWN_PEOPLE],
        date=today,
        now_us=now_us,
        present=shown.count(DayState.IN),
        came=sum(row.day.work_date == today for row in shown.rows),
        listed=sum(person.active for person in service().people.listed()),
        reminders=[(due.standing.box.device, reminder_text(due, now_us)) for due in service().fleet.reminders()],
        tasks=_tasks(shown, today),
    )


def _tasks(shown: Board, today: str) -> list[Task]:
    counts = waiting()
    return [
        *_first_steps(),
        *_newcomer_tasks(counts.newcomers),
        *_kiosk_tasks(counts.kiosks, counts.quarantined),
        *_mail_tasks(),
        *_reconciliation_tasks(today),
        *_badge_tasks(counts.badges),
        *_link_tasks(counts.disputed),
        *_clearance_tasks(today),
        *_attendance_tasks(shown.count(DayState.FORGOTTEN, DayState.UNPAIRED), shifted(today, -1)),
        *_calendar_tasks(today),
        *_overtime_tasks(),
        *_question_tasks(),
        *month_tasks(today),
        *_pay_tasks(shifted(today, 1 - LINES_LOOKED_AT_DAYS), today),
    ]


def _first_steps() -> list[Task]:
    """What a new installation needs before anything can be seen here."""
    tasks = []
    if not service().people.listed():
        what, why = gettext("Nobody is on the list yet"), gettext("names for the kiosks")
        tasks.append(Task("people", what, why, gettext("Import"), url_for("imports.file", kind="people")))
    if not service().catalogue.machines():
        what, why = gettext("No machine is known yet"), gettext("for orders and pieces")
        tasks.append(Task("machine", what, why, gettext("Add"), url_for("orders.machines")))
    if not service().kiosks.listed():
        what, why = gettext("No kiosk has asked yet"), gettext("it needs this server's address")
        tasks.append(Task("kiosk", what, why, gettext("See how"), url_for("kiosks.fleet")))
    return tasks


def _newcomer_tasks(newcomers: int) -> list[Task]:
    if not newcomers:
        return []
    what = ngettext("%(num)s newcomer waits", "%(num)s newcomers wait", newcomers)
    why = gettext("hours and pieces have no name yet")
    return [Task("idcard", what, why, gettext("Look"), url_for("newcomers.everyone"))]


def _kiosk_tasks(asking: int, quarantined: int) -> list[Task]:
    tasks = []
    if asking:
        what = ngettext("%(num)s kiosk asks to be let in", "%(num)s kiosks ask to be let in", asking)
        tasks.append(
            Task("kiosk", what, gettext("its records wait in the kiosk"), gettext("Compare"), url_for("kiosks.fleet"))
        )
    if quarantined:
        what = ngettext("%(num)s record is set aside", "%(num)s records are set aside", quarantined)
        link = url_for("aside.listed")
        tasks.append(Task("warning", what, gettext("received, but not used"), gettext("Look"), link))
    return tasks


def _mail_tasks() -> list[Task]:
    """E-mails that did not go, of boxes that somebody must still see to."""
    asked = {each.standing.box.device for each in service().fleet.reminders()}
    failed = [each for each in service().notices.all().values() if each.failure and each.device in asked]
    return [
        Task(
            "warning",
            gettext("The e-mail about %(device)s could not be sent", device=each.device),
            each.failure,
            gettext("Look"),
            url_for("kiosks.one", device=each.device),
        )
        for each in failed
    ]


def _reconciliation_tasks(today: str) -> list[Task]:
    what = unequal_text(service().reconciliation.rows(shifted(today, -LINES_LOOKED_AT_DAYS), today))
    if not what:
        return []
    why = gettext("a kiosk made more than is here, or other sums")
    return [Task("kiosk", what, why, gettext("Look"), url_for("reconciliation.days"))]


def _badge_tasks(badges: int) -> list[Task]:
    if not badges:
        return []
    what = ngettext("%(num)s badge belongs to nobody", "%(num)s badges belong to nobody", badges)
    return [
        Task("badge", what, gettext("its taps are kept"), gettext("Assign"), url_for("people.everyone") + "#unknown")
    ]


def _link_tasks(disputed: int) -> list[Task]:
    if not disputed:
        return []
    what = ngettext("%(num)s badge that two people claim", "%(num)s badges that two people claim", disputed)
    why = gettext("a supervisor linked it, and somebody has it")
    return [Task("badge", what, why, gettext("Decide"), url_for("people.everyone") + "#links")]


def _clearance_tasks(today: str) -> list[Task]:
    due = to_renew(service().people.clearances(), today)
    if not due:
        return []
    what = ngettext("%(num)s clearance is to be renewed", "%(num)s clearances are to be renewed", len(due))
    why = gettext("without it nobody is logged on where it is needed")
    return [Task("training", what, why, gettext("Look"), url_for("clearances.listed"))]


def _attendance_tasks(open_ends: int, yesterday: str) -> list[Task]:
    if not open_ends:
        return []
    what = ngettext("%(num)s day with a missing tap", "%(num)s days with a missing tap", open_ends)
    return [
        Task(
            "clock",
            what,
            gettext("its time does not count yet"),
            gettext("Look"),
            url_for("attendance.of_day", date=yesterday),
        )
    ]


def _calendar_tasks(today: str) -> list[Task]:
    """The year that today is in, and after the middle of November the next one too."""
    years = service().calendar.calendar().unclassified([today, shifted(today, NEXT_YEAR_DAYS)])
    return [
        Task(
            "calendar",
            gettext("There is no calendar of %(year)s yet", year=year),
            gettext("its days are unclassified, and wage lines wait"),
            gettext("Load"),
            url_for("calendar.of_year", year=year),
        )
        for year in years
    ]


def _overtime_tasks() -> list[Task]:
    warned = service().overtime.warned()
    if not warned:
        return []
    what = ngettext(
        "%(num)s person is near the most overtime in law, or over it",
        "%(num)s people are near the most overtime in law, or over it",
        len(warned),
    )
    names = gettext(", ").join(who(each) for each in warned[:SHOWN_NAMES])
    return [Task("warning", what, names, gettext("Look"), url_for("overtime.of_month"))]


def _question_tasks() -> list[Task]:
    waits = len(service().questions.waiting())
    if not waits:
        return []
    what = ngettext("%(num)s question about pay waits", "%(num)s questions about pay wait", waits)
    return [Task("question", what, gettext("asked at a kiosk"), gettext("Look"), url_for("questions.listed"))]


def _pay_tasks(start: str, end: str) -> list[Task]:
    held = ledger(service().pay.lines(start, end))
    tasks = []
    for line in {(each.product, each.operation): each for each in held.unpriced}.values():
        pieces = sum(
            each.good for each in held.unpriced if (each.product, each.operation) == (line.product, line.operation)
        )
        what = gettext("%(work)s has no price", work=work_name(line))
        why = ngettext("%(num)s piece waits", "%(num)s pieces wait", pieces)
        link = url_for("orders.prices", product=line.product, operation=line.operation)
        tasks.append(Task("money", what, why, gettext("Enter"), link))
    if held.unproved:
        what = ngettext(
            "%(num)s line whose sums do not agree", "%(num)s lines whose sums do not agree", len(held.unproved)
        )
        link = url_for("pay.period", start=start, end=end) + "#held"
        tasks.append(Task("warning", what, gettext("kept out of the totals"), gettext("Look"), link))
    return tasks
