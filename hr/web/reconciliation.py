"""What each kiosk made on each closed day, beside what is here: a page, and the same as CSV and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from hr.fleet.reconcile import DayRow, Held, Span, Verdict
from hr.pay.export import table
from hr.web.context import service
from hr.web.dates import date_or, shifted
from hr.web.downloads import as_csv
from pages.formats import thousands
from sync.wire.tally import DayTally

blueprint = Blueprint("reconciliation", __name__)

SHOWN_DAYS = 7
VERDICTS = {
    Verdict.MISSING: lazy_gettext("missing"),
    Verdict.DIFFERS: lazy_gettext("the sums differ"),
    Verdict.ASIDE: lazy_gettext("records set aside"),
    Verdict.WAITING: lazy_gettext("still waiting"),
    Verdict.NOT_TOLD: lazy_gettext("not told yet"),
    Verdict.LEFT: lazy_gettext("equal but for what was left aside"),
    Verdict.EQUAL: lazy_gettext("equal"),
}
COLUMNS = (
    "date", "kiosk", "epoch", "verdict", "first", "last", "made", "signed_up_to", "in_use", "set_aside", "left_aside",
    "waiting", "missing", "taps_made", "taps_here", "counts_read", "counts_recorded", "counts_here", "pieces_recorded",
    "pieces_here",
)  # fmt: skip


@blueprint.route("/reconciliation")
def days() -> ResponseReturnValue:
    start, end = _period()
    return render_template(
        "hr/reconciliation.html",
        rows=service().reconciliation.rows(start, end),
        start=start,
        end=end,
        verdicts=VERDICTS,
        differences=_differences,
        links=_links(),
    )


@blueprint.route("/reconciliation.csv")
def as_table() -> ResponseReturnValue:
    start, end = _period()
    rows = ([*as_row(each).values()] for each in service().reconciliation.rows(start, end))
    return as_csv(f"reconciliation_{start}_{end}.csv", table(COLUMNS, rows))


@blueprint.route("/reconciliation.json")
def as_json() -> ResponseReturnValue:
    start, end = _period()
    return {"from": start, "to": end, "days": [as_row(each) for each in service().reconciliation.rows(start, end)]}


def _period() -> tuple[str, str]:
    """The last week without a choice."""
    yesterday = shifted(service().office.today(), -1)
    end = min(date_or(request.args.get("end"), yesterday), yesterday)
    start = date_or(request.args.get("start"), shifted(end, 1 - SHOWN_DAYS))
    return min(start, end), end


def as_row(row: DayRow) -> dict[str, Any]:
    """By the names of COLUMNS; empty for what is not known. Numbers of records as runs, `5-7 9`."""
    told, held = row.told, row.held
    if told is None or held is None:
        known = {"date": row.date, "kiosk": row.device, "verdict": row.verdict.value}
        return {name: known.get(name) for name in COLUMNS}
    values = (
        row.date, row.device, told.epoch, row.verdict.value, told.first, told.last, told.facts, told.signed, held.facts,
        _numbers(held.aside_spans), _numbers(held.left_spans), _numbers((row.waiting,) if row.waiting else ()),
        _numbers(held.gaps), told.taps, held.taps, told.read, told.counts, held.counts, told.pieces, held.pieces,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _numbers(runs: tuple[Span, ...]) -> str:
    return " ".join(str(run.first) if run.size == 1 else f"{run.first}-{run.last}" for run in runs)


def _differences(row: DayRow) -> list[str]:
    """What is not the same, with its figures."""
    told, held = row.told, row.held
    if told is None or held is None:
        return []
    if row.waiting is not None or held.gaps or held.aside:
        return []
    records = [(gettext("records"), told.facts, held.facts + len(held.left))]
    compared = records if row.short else _sums(told, held)
    return [f"{name}: {thousands(made)} ≠ {thousands(here)}" for name, made, here in compared if made != here]


def _sums(told: DayTally, held: Held) -> list[tuple[str, int, int]]:
    return [
        (gettext("taps"), told.taps, held.taps),
        (gettext("counts between readings, and recorded"), told.read, told.counts),
        (gettext("counts recorded, and here"), told.counts, held.counts),
        (gettext("pieces recorded, and here"), told.pieces, held.pieces),
    ]


def _links() -> Mapping[tuple[str, int, int], str]:
    """Where each record that was set aside is read."""
    return {
        (each.device, each.epoch, each.seq): url_for(
            "aside.one", device=each.device, epoch=each.epoch, seq=each.seq, digest=each.digest
        )
        for each in service().inbox.set_aside()
    }


def unequal_text(rows: list[DayRow]) -> str:
    """For the first page; empty when every day that was told of is settled. A box that tells nothing is offline or old,
    and the page says so elsewhere."""
    count = sum(not row.settled and row.verdict is not Verdict.NOT_TOLD for row in rows)
    if not count:
        return ""
    return str(ngettext("%(num)s closed day is not the same here", "%(num)s closed days are not the same here", count))
