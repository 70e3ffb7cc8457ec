"""The statement of one person's month: each amount with its formula, down to the sealed line; and what is held, with
its mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.pay.periods.period import FIRST_SETTING, OF_SETTINGS, column_of, days_of, pieces_of
from hr.pay.rules.items import FactId, Held, Hold, Item, Kind
from hr.web.context import service
from hr.web.figures import work_name
from hr.web.questions import about, reply_text

blueprint = Blueprint("statement", __name__, url_prefix="/pay")

OF_A_PRICE = (Hold.UNPRICED, Hold.NO_QUOTA)
OF_A_CALENDAR = (Hold.UNCLASSIFIED, Hold.NO_HOURS)
OF_A_DAY = (Hold.OPEN_DAY, Hold.NO_ATTENDANCE)
OF_TERMS = (Hold.NO_TERMS, Hold.NO_GRADE, Hold.NO_CONTRACT_WAGE)
OF_A_POOL = (Hold.NO_POOL, Hold.NO_WEIGHT, Hold.LEAKY_POOL)


@dataclass(frozen=True)
class Group:
    """The items of one kind, with their sum."""

    kind: Kind
    items: tuple[Item, ...]

    @property
    def amount(self) -> Decimal:
        return sum((each.amount for each in self.items), Decimal("0.00"))


@dataclass(frozen=True)
class Mend:
    """Where a held thing is mended, and what is done there."""

    url: str
    text: str


@dataclass(frozen=True)
class Waiting:
    """One thing that is held, of whom, and its mend."""

    held: Held
    person: str
    mend: Mend


@blueprint.route("/statement/<month>/<person>")
def one(month: str, person: str) -> ResponseReturnValue:
    entry = service().periods.entry(_month(month), person)
    if entry is None or not (entry.number or entry.statement.items or entry.statement.held):
        abort(404)
    made = entry.statement
    return render_template(
        "hr/statement.html",
        entry=entry,
        statement=made,
        groups=grouped(made.items),
        waiting=[Waiting(each, made.person, mend(each, month, made.person, entry.number)) for each in made.held],
        month=month,
        documents={each.id: each for each in service().terms.documents(month, made.person)},
        products=_names(),
        period=days_of(month),
        questions=service().questions.of_person(made.person, *days_of(month)),
        reply_text=reply_text,
        about=about,
        column_of=column_of,
        pieces_of=pieces_of,
    )


@blueprint.route("/held")
def held() -> ResponseReturnValue:
    """Everything of a month that waits, by reason."""
    month = _month(request.args.get("month") or service().office.today()[:7])
    waiting = [
        (entry, Waiting(each, entry.statement.person, mend(each, month, entry.statement.person, entry.number)))
        for entry in service().periods.held(month)
        for each in _once(entry.statement.held)
    ]
    return render_template(
        "hr/held.html",
        month=month,
        by_reason={why: of_it for why in Hold if (of_it := [each for each in waiting if each[1].held.why is why])},
        products=_names(),
        people=len({each.person for _entry, each in waiting}),
    )


def _once(held: Iterable[Held]) -> list[Held]:
    """A setting that was not entered holds every line: of a person it is said once, with the first date."""
    found: dict[object, Held] = {}
    for each in sorted(held, key=lambda each: each.work_date):
        found.setdefault((each.why, each.setting) if each.why in OF_SETTINGS else each, each)
    return list(found.values())


def grouped(items: Iterable[Item]) -> list[Group]:
    """By kind, in the order of the calculation."""
    listed = list(items)
    groups = (Group(kind, tuple(each for each in listed if each.kind is kind)) for kind in Kind)
    return [group for group in groups if group.items]


def mend(held: Held, month: str, person: str, number: str) -> Mend:
    """Where HR puts right what is held."""
    day = held.work_date or f"{month}-01"
    if held.why in OF_A_PRICE:
        url = url_for("orders.prices", product=held.product, operation=held.operation)
        return Mend(url, gettext("Enter the price"))
    if held.why in OF_A_CALENDAR:
        return Mend(url_for("calendar.of_year", year=day[:4]), gettext("Load the calendar"))
    if held.why in OF_TERMS:
        return Mend(url_for("terms.listed", edit=number), gettext("Enter the terms"))
    if held.why in OF_SETTINGS:
        return Mend(url_for("terms.settings", name=held.setting or FIRST_SETTING), gettext("Enter the setting"))
    if held.why in OF_A_POOL:
        return Mend(url_for("terms.pools"), gettext("See the pools"))
    if held.why is Hold.NO_INSURANCE:
        url = url_for("entries.listed", month=month, kind="INSURANCE", number=number)
        return Mend(url, gettext("Enter the amount"))
    if held.facts and held.why is Hold.UNPROVEN:
        return Mend(line_url(held.facts[0]), gettext("Open the line"))
    if held.why is Hold.OVERTIME_UNDECIDED:
        return Mend(url_for("exceptions.listed", month=month), gettext("Decide on the overtime"))
    if held.why in OF_A_DAY:
        return Mend(url_for("attendance.of_day", date=day), gettext("Open the day"))
    return Mend(url_for("output.of_day", date=day), gettext("See who confirms"))


def line_url(fact: FactId) -> str:
    device, epoch, seq = fact
    return url_for("pay.line", device=device, epoch=epoch, seq=seq)


def _names() -> dict[tuple[str, str], str]:
    """Product and operation in words."""
    ordered = {(each.product, each.operation): work_name(each) for each in service().catalogue.orders()}
    return ordered | {(each.product, each.operation): work_name(each) for each in service().catalogue.prices()}


def _month(text: str) -> str:
    try:
        days_of(text)
    except ValueError:
        abort(404)
    return text
