"""What waits for HR, as the first page lists it; here what belongs to the end of a month."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext, ngettext

from hr.attendance.repairs import Repair, RepairState
from hr.pay.periods.period import to_work_on
from hr.web.context import service, user_name


@dataclass(frozen=True)
class Task:
    """Something that waits for HR: what, why it matters, and the button that leads there."""

    icon: str
    what: str
    why: str
    verb: str
    url: str


def month_tasks(today: str) -> list[Task]:
    """The oldest month that is over and not closed, where anybody has terms of pay; and what another account has asked
    for since it began."""
    month = to_work_on(service().periods.closings(), today)
    tasks = _repair_tasks(month, today)
    if month < today[:7] and service().terms.terms():
        what = gettext("%(month)s is not closed", month=month)
        why = gettext("the ledger says what is still to be done")
        tasks.append(Task("money", what, why, gettext("Open"), url_for("payroll.ledger", month=month)))
    return tasks


def _repair_tasks(month: str, today: str) -> list[Task]:
    asked = [each for each in service().attendance.repairs.between(f"{month}-01", today) if _is_mine(each)]
    if not asked:
        return []
    what = ngettext("%(num)s repair of a punch waits for you", "%(num)s repairs of punches wait for you", len(asked))
    link = url_for("exceptions.listed", month=min(each.work_date for each in asked)[:7], team="*")
    return [Task("clock", what, gettext("another account asked for it"), gettext("Decide"), link)]


def _is_mine(repair: Repair) -> bool:
    """Whoever asked cannot approve."""
    return repair.state is RepairState.WAITING and repair.asked_by != user_name()
