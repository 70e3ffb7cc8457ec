"""The menu at the left, with counts of what waits."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request, url_for
from flask_babel import gettext

from hr.kiosks.store import State
from hr.people.claims import ClaimState
from hr.web.context import service

PART_OF = {
    "counters": "orders",
    "clearances": "people",
    "aside": "kiosks",
    "reconciliation": "kiosks",
    "paper": "attendance",
    "statement": "payroll",
    "terms": "payroll",
    "entries": "payroll",
    "term_history": "payroll",
    "pay": "payroll",
    "questions": "payroll",
    "rerating": "payroll",
    "waiting": "payroll",
    "payslip": "payroll",
    "charts": "payroll",
    "compare": "payroll",
    "roster": "attendance",
    "month": "attendance",
    "shift_rules": "orders",
    "exceptions": "attendance",
    "leave": "attendance",
    "calendar": "attendance",
    "overtime": "attendance",
}
"""Pages without an entry of their own, and under whose they are."""


@dataclass(frozen=True)
class Entry:
    text: str
    icon: str
    url: str
    current: bool
    waiting: int = 0


@dataclass(frozen=True)
class Waiting:
    """How many of each wait for HR."""

    newcomers: int

    badges: int
    kiosks: int
    quarantined: int
    disputed: int


def waiting() -> Waiting:
    """Counted once a request."""
    if "waiting" not in g:
        asking = sum(kiosk.state is State.PENDING for kiosk in service().kiosks.listed())
        joined = sum(newcomer.waits or bool(newcomer.conflicts) for newcomer in service().newcomers.listed())
        disputed = sum(link.claim.state is ClaimState.CONFLICT for link in service().people.links())
        g.waiting = Waiting(
            joined, len(service().people.unknown_badges()), asking, service().inbox.count_waiting(), disputed
        )
    counted: Waiting = g.waiting
    return counted


def entries() -> list[Entry]:
    counts = waiting()
    rows = (
        (gettext("Today"), "home", "today.overview", 0),
        (gettext("Newcomers"), "idcard", "newcomers.everyone", counts.newcomers),
        (gettext("People"), "people", "people.everyone", counts.badges + counts.disputed),
        (gettext("Attendance"), "clock", "attendance.of_day", 0),
        (gettext("Output"), "pieces", "output.of_day", 0),
        (gettext("Pay"), "money", "payroll.newest", 0),
        (gettext("Orders"), "order", "orders.listed", 0),
        (gettext("Kiosks"), "kiosk", "kiosks.fleet", counts.kiosks + counts.quarantined),
    )
    here = PART_OF.get(request.blueprint or "", request.blueprint)
    return [
        Entry(text, icon, url_for(endpoint), endpoint.split(".")[0] == here, count)
        for text, icon, endpoint, count in rows
    ]
