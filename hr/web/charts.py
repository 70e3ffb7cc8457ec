"""The month in four pictures, each with the sentence it is drawn for, and the parts behind each bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from markupsafe import Markup

from hr.attendance.rules.caps import LAW
from hr.attendance.rules.day import AttendanceDay, Segment, ShiftDay
from hr.calendar.day_class import TimeClass
from hr.web import drawing, findings
from hr.web.context import service
from hr.web.dates import date_or, month_of
from hr.web.drawing import Line, Mark
from hr.web.figures import hours, newcomer_name, short_day
from hr.web.findings import Arrivals, Part, PayBin, PersonSum
from hr.web.ledger import Ledger, ledger
from pages.formats import money, thousands

blueprint = Blueprint("charts", __name__, url_prefix="/charts")

SHOWN_PEOPLE = 14
"""So many rows a picture has; the table below it has all."""


@dataclass(frozen=True)
class Chart:
    """`finding` is what the picture says, in one sentence; `drawn` None where there is nothing to draw."""

    finding: str
    drawn: Markup | None


@dataclass(frozen=True)
class Month:
    """What is shown, and the values it is made of."""

    start: str
    end: str
    days: tuple[AttendanceDay, ...]
    ledger: Ledger

    @property
    def word(self) -> str:
        return self.start[:7]

    @property
    def amounts(self) -> list[tuple[str, Decimal]]:
        return [(each.total.person, each.total.amount) for each in self.ledger.people if each.total.lines]


@blueprint.get("")
def shown() -> ResponseReturnValue:
    month = _month()
    overtime = findings.by_person(findings.overtime(month.days))
    output = findings.by_person(findings.output(month.ledger))
    arrivals = findings.arrivals(month.days)
    late = findings.by_person(findings.late(month.days))
    bins = findings.pay_bins(month.amounts)
    return render_template(
        "hr/charts.html",
        month=month,
        overtime=overtime,
        output=output,
        dates=sorted({date for each in output for date in each.by_date}),
        arrivals=[each for each in arrivals if each.parts],
        late=late,
        bins=bins,
        charts={
            "overtime": Chart(_of_overtime(overtime), _overtime(month, overtime)),
            "output": Chart(_of_output(output), _output(output)),
            "arrivals": Chart(_of_arrivals(arrivals, late), _arrivals(month, arrivals)),
            "pay": Chart(_of_pay(month), _pay(month, bins)),
        },
    )


@blueprint.get("/overtime/<person>")
def overtime_of(person: str) -> ResponseReturnValue:
    month = _month(person)
    rows = [
        (day, each)
        for day in month.days
        for each in day.segments
        if each.time_class is not TimeClass.NORMAL and _counts(day, each)
    ]
    return render_template("hr/chart_overtime.html", month=month, rows=rows, whose=_whose(month))


@blueprint.get("/late/<person>")
def late_of(person: str) -> ResponseReturnValue:
    month = _month(person)
    rows: list[tuple[AttendanceDay, ShiftDay]] = [
        (day, each) for day in month.days for each in day.shifts if each.late_min
    ]
    return render_template("hr/chart_late.html", month=month, rows=rows, whose=_whose(month))


@blueprint.get("/arrivals")
def arrivals_of() -> ResponseReturnValue:
    month = _month()
    wanted = next(
        (each for each in findings.arrivals(month.days) if str(each.from_min) == request.args.get("at")), None
    )
    if wanted is None:
        abort(404)
    return render_template("hr/chart_arrivals.html", month=month, bar=wanted, words=_arrival_words(wanted))


@blueprint.get("/pay")
def pay_of() -> ResponseReturnValue:
    month = _month()
    bins = findings.pay_bins(month.amounts)
    wanted = next((each for each in bins if str(each.from_yuan) == request.args.get("at")), None)
    if wanted is None:
        abort(404)
    totals = {each.total.person: each.total for each in month.ledger.people}
    return render_template(
        "hr/chart_pay.html", month=month, bar=wanted, people=[totals[person] for person, _ in wanted.people]
    )


def _month(person: str | None = None) -> Month:
    asked = f"{request.args.get('month', '')}-01"
    start, end = month_of(date_or(asked, service().office.today()))
    days = tuple(each.day for each in service().attendance.judged(start, end, person))
    if person is not None and not days:
        abort(404)
    lines = service().pay.lines(start, end) if person is None else []
    return Month(start, end, days, ledger(lines))


def _whose(month: Month) -> AttendanceDay:
    return month.days[0]


def _counts(day: AttendanceDay, segment: Segment) -> bool:
    """Whether the segment is among the minutes that `findings.overtime` sums."""
    only = AttendanceDay(
        day.person, "", "", "", day.work_date, (), 0, open=False, taps=0, revision=0, unscheduled=(segment,)
    )
    return bool(findings.overtime([only]))


def name(of: PersonSum | Part) -> str:
    return of.person_name or newcomer_name(of.person)


def _of_overtime(people: Sequence[PersonSum]) -> str:
    nearest = findings.near_cap(people)
    if nearest is None:
        return str(gettext("Nobody is near the overtime cap") if people else gettext("No overtime this month"))
    if nearest.amount > LAW.most_month_min:
        return str(gettext("%(name)s is over the overtime cap", name=name(nearest)))
    return str(gettext("%(name)s is close to the overtime cap", name=name(nearest)))


def _overtime(month: Month, people: Sequence[PersonSum]) -> Markup | None:
    if not people:
        return None
    marks = [
        Mark(
            each.amount / 60,
            hours(each.amount),
            f"{name(each)}: {hours(each.amount)}",
            url_for("charts.overtime_of", person=each.person, month=month.word),
            each.amount >= LAW.near_month_min,
        )
        for each in people[:SHOWN_PEOPLE]
    ]
    cap = Line(LAW.most_month_min / 60, gettext("cap %(hours)s h", hours=LAW.most_month_min // 60))
    return drawing.rows([name(each) for each in people[:SHOWN_PEOPLE]], marks, cap)


def _of_output(people: Sequence[PersonSum]) -> str:
    best = findings.best_day(part for each in people for part in each.parts)
    if best is None:
        return str(gettext("Nothing is sealed and priced yet"))
    return str(gettext("Most was made on %(day)s: %(n)s good pieces", day=short_day(best[0]), n=thousands(best[1])))


def _output(people: Sequence[PersonSum]) -> Markup | None:
    dates = sorted({date for each in people for date in each.by_date})
    if not people:
        return None

    def mark(each: PersonSum, day: str) -> Mark | None:
        pieces = each.by_date.get(day)
        if not pieces:
            return None
        words = f"{name(each)}, {short_day(day)}: {thousands(pieces)}"
        return Mark(pieces, thousands(pieces), words, url_for("pay.person", person=each.person, start=day, end=day))

    rows = [(name(each), [mark(each, day) for day in dates]) for each in people[:SHOWN_PEOPLE]]
    return drawing.dots([str(date.fromisoformat(day).day) for day in dates], rows)


def _of_arrivals(bars: Sequence[Arrivals], late: Sequence[PersonSum]) -> str:
    if not any(each.parts for each in bars):
        return str(gettext("Nobody has come to a shift yet"))
    if not late:
        return str(gettext("Nobody was late"))
    times = sum(len(each.parts) for each in late)
    most = max(late, key=lambda each: len(each.parts))
    said = ngettext(
        "Late %(num)s time, most often %(name)s", "Late %(num)s times, most often %(name)s", times, name=name(most)
    )
    return str(said)


def _arrival_words(bar: Arrivals) -> str:
    return str(gettext("%(a)s to %(b)s min", a=bar.from_min, b=bar.to_min))


def _arrivals(month: Month, bars: Sequence[Arrivals]) -> Markup | None:
    if not any(each.parts for each in bars):
        return None

    def mark(bar: Arrivals, parts: Sequence[Part], *, alarm: bool) -> Mark:
        words = f"{_arrival_words(bar)}: {len(parts)}"
        url = url_for("charts.arrivals_of", month=month.word, at=bar.from_min)
        return Mark(len(parts), str(len(parts)), words, url, alarm)

    marks = [[mark(bar, bar.on_time, alarm=False), mark(bar, bar.late, alarm=True)] for bar in bars]
    return drawing.columns([f"{bar.from_min:+d}" if bar.from_min else "0" for bar in bars], marks)


def _of_pay(month: Month) -> str:
    amounts = [amount for _, amount in month.amounts]
    if not amounts:
        return str(gettext("Nothing is sealed and priced yet"))
    return str(gettext("Half of the people have %(amount)s or more", amount=money(findings.middle(amounts))))


def _pay(month: Month, bins: Sequence[PayBin]) -> Markup | None:
    if not bins:
        return None

    def mark(each: PayBin) -> Mark:
        words = f"{each.from_yuan}-{each.to_yuan}: {len(each.people)}"
        url = url_for("charts.pay_of", month=month.word, at=each.from_yuan)
        return Mark(len(each.people), str(len(each.people)), words, url)

    return drawing.columns([f"{thousands(each.from_yuan)}+" for each in bins], [[mark(each)] for each in bins])
