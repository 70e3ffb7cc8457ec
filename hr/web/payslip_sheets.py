"""What stands on a payslip and on the paper of a month's hours, in the language of whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import url_for
from flask_babel import gettext

from hr.attendance.rules.day import AttendanceDay
from hr.calendar.day_class import TimeClass
from hr.pay.payslips.head import Standing
from hr.pay.payslips.pdf import Column, Row, Sheet, Table
from hr.pay.periods.period import Entry
from hr.pay.periods.seals import BY_OFFICE
from hr.pay.rules.items import FactId, Factor, Held, Item, Kind, Name
from hr.pay.rules.lines import WageLine
from hr.web.context import name_of, zone
from hr.web.figures import hours, newcomer_name, short_day, work_name
from hr.web.formulas import factor_of, figure, formula_text, hold_text, kind_of_pay, signed_money, time_class_text
from pages.formats import thousands

IN_COLUMNS = frozenset({Name.QUANTITY, Name.UNIT_PRICE, Name.SKILL_COEFFICIENT, Name.MULTIPLIER})


@dataclass(frozen=True)
class Paper:
    """What every paper of a month says: the factory, whether the month may still change, and when it was made."""

    plant: str
    standing: Standing
    made: str


def payslip(paper: Paper, entry: Entry, lines: Mapping[FactId, WageLine], code: str) -> Sheet:
    """`lines` are the sealed quantities that the items rest on: who confirmed them, and what they are called."""
    said = entry.statement
    pieces = [item for item in said.items if item.kind is Kind.PIECE]
    others = [item for item in said.items if item.kind is not Kind.PIECE]
    tables = (
        Table(gettext("Pieces"), _piece_columns(), tuple(_piece(item, lines) for item in pieces)),
        Table(gettext("Other items"), _other_columns(), tuple(_other(item) for item in others)),
        Table(gettext("Waits, and is in no sum"), _held_columns(), tuple(_held(each, lines) for each in said.held)),
    )
    return Sheet(
        title=gettext("Payslip %(month)s", month=said.month),
        subtitle=_subtitle(paper),
        head=_head(paper, entry),
        tables=tuple(table for table in tables if table.rows),
        sums=(
            (gettext("Gross (yuan)"), signed_money(said.gross)),
            (gettext("Deducted"), signed_money(said.deducted)),
            (gettext("After deductions, before insurance and tax"), signed_money(said.net)),
        ),
        code=code,
        code_note=_code_note(),
        footer=_footer(entry),
    )


def hours_paper(paper: Paper, entry: Entry, days: Iterable[AttendanceDay], code: str) -> Sheet:
    """The days as they are known now; the sums are the entry's, which a closed month keeps."""
    known = list(days)
    columns = (
        Column(gettext("Date"), 16),
        Column(gettext("In and out"), 40),
        *(Column(time_class_text(each), 16, True) for each in TimeClass),
        Column(gettext("not classified"), 16, True),
        Column(gettext("Late"), 12, True),
        Column(gettext("Remarks"), 24),
    )
    work = entry.work
    return Sheet(
        title=gettext("Hours %(month)s", month=entry.statement.month),
        subtitle=_subtitle(paper),
        head=_head(paper, entry),
        tables=(Table(gettext("Days"), columns, tuple(_day(each) for each in known)),) if known else (),
        sums=(
            *((time_class_text(each), hours(work.minutes[each])) for each in TimeClass if work.minutes.get(each)),
            (gettext("Paid time"), hours(work.paid)),
            (gettext("Days worked"), thousands(work.days)),
        ),
        code=code,
        code_note=_code_note(),
        footer=_footer(entry),
    )


def _subtitle(paper: Paper) -> str:
    state = gettext("closed") if paper.standing is Standing.CLOSED else gettext("draft: it may still change")
    return f"{paper.plant} · {state}" if paper.plant else state


def _head(paper: Paper, entry: Entry) -> tuple[tuple[str, str], ...]:
    return (
        (gettext("Name"), entry.name or newcomer_name(entry.statement.person)),
        (gettext("Employee number"), entry.number or gettext("not mapped yet")),
        (gettext("Team"), entry.team or "-"),
        (gettext("Made"), paper.made[:16].replace("T", " ")),
    )


def _code_note() -> str:
    text = gettext(
        "Signed head and totals. %(page)s checks them, with the key on the notice board.",
        page=url_for("verifying.page", _external=True),
    )
    return str(text)


def _footer(entry: Entry) -> str:
    return f"{entry.name} {entry.number} · {entry.statement.month}".strip()


# --- rows -------------------------------------------------------------------------------------------


def _piece_columns() -> tuple[Column, ...]:
    return (
        Column(gettext("Date"), 13),
        Column(gettext("Work"), 40),
        Column(gettext("Pieces"), 13, True),
        Column(gettext("Price"), 14, True),
        Column(gettext("in force since"), 18),
        Column(gettext("Grade"), 11, True),
        Column(gettext("Time class"), 22),
        Column(gettext("Yuan"), 17, True),
        Column(gettext("Confirmed by"), 24),
    )


def _piece(item: Item, lines: Mapping[FactId, WageLine]) -> Row:
    return Row(
        (
            short_day(item.work_date) if item.work_date else "",
            _work(item.product, item.operation, item.facts, lines),
            _figure(item, Name.QUANTITY),
            _figure(item, Name.UNIT_PRICE),
            item.since,
            _figure(item, Name.SKILL_COEFFICIENT),
            f"{time_class_text(item.time_class)} {_figure(item, Name.MULTIPLIER)}".strip(),
            signed_money(item.amount),
            ", ".join(dict.fromkeys(confirmed_by(lines[each]) for each in item.facts if each in lines)),
        ),
        below="" if _in_columns(item) else formula_text(item.formula),
    )


def _in_columns(item: Item) -> bool:
    """Whether the columns show the whole formula: one product of what they are for."""
    (first, *others) = item.formula.terms or ((),)
    return not others and {factor.name for factor in first} <= IN_COLUMNS


def _other_columns() -> tuple[Column, ...]:
    return (
        Column(gettext("Item"), 48),
        Column(gettext("How it came about"), 100),
        Column(gettext("Yuan"), 20, True),
    )


def _other(item: Item) -> Row:
    what = kind_of_pay(item.kind)
    about = " · ".join(each for each in (short_day(item.work_date) if item.work_date else "", item.text) if each)
    return Row((f"{what}: {about}" if about else what, formula_text(item.formula), signed_money(item.amount)))


def _held_columns() -> tuple[Column, ...]:
    return (
        Column(gettext("Why"), 70),
        Column(gettext("Date"), 16),
        Column(gettext("Work"), 60),
        Column(gettext("Pieces"), 18, True),
    )


def _held(held: Held, lines: Mapping[FactId, WageLine]) -> Row:
    return Row(
        (
            hold_text(held.why),
            short_day(held.work_date) if held.work_date else "",
            _work(held.product, held.operation, held.facts, lines),
            thousands(held.quantity) if held.quantity else "",
        )
    )


def _day(day: AttendanceDay) -> Row:
    marks = [f"{_clock(each.in_us)}–{_clock(each.out_us)}" for each in day.stretches]
    classes = day.class_min
    return Row(
        (
            short_day(day.work_date),
            ", ".join(marks),
            *(hours(classes[each]) if classes.get(each) else "" for each in TimeClass),
            hours(day.unclassified_min) if day.unclassified_min else "",
            hours(day.late_min) if day.late_min else "",
            gettext("to be looked at") if day.open else "",
        )
    )


# --- cells ------------------------------------------------------------------------------------------


def confirmed_by(line: WageLine) -> str:
    """The supervisor's name; of pieces that HR confirmed as counted, HR's account."""
    if line.confirmed_by.startswith(BY_OFFICE):
        return str(gettext("HR (%(account)s)", account=line.confirmed_by.removeprefix(BY_OFFICE)))
    return name_of(line.confirmed_by)


def _work(product: str, operation: str, facts: Iterable[FactId], lines: Mapping[FactId, WageLine]) -> str:
    named = next((lines[each] for each in facts if each in lines), None)
    if named is not None and (named.product_name or named.operation_name):
        return work_name(named)
    return " · ".join(each for each in (product, operation) if each)


def _figure(item: Item, name: Name) -> str:
    found: Factor | None = factor_of(item.formula, name)
    return "" if found is None else figure(found)


def _clock(wall_us: int | None) -> str:
    if wall_us is None:
        return "?"
    return f"{datetime.fromtimestamp(wall_us // 1_000_000, UTC).astimezone(zone()):%H:%M}"
