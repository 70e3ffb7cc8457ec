"""A list as a CSV file: taken whole, or refused whole with every line that is to be mended."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from hr.pay.terms.changes import PriceChange
from hr.people.csv_import import BadFile, Kind, Problem
from hr.web.context import service, user_name
from hr.web.forms import MAX_FIELD, WHY, field
from hr.web.rerating import changes_page, only_looks
from sync.wire.envelope import plain_text

log = logging.getLogger(__name__)
blueprint = Blueprint("imports", __name__, url_prefix="/import")

SHOWN_PROBLEMS = 100
EXAMPLES = {
    Kind.PEOPLE: "number,name,role,team,language,active\n"
    "0317,张三丰,WORKER,冲压一组,zh,yes\n0003,王建国,SUPERVISOR,冲压一组,zh,yes\n",
    Kind.BADGES: "badge,number\n100086F444,0317\n",
    Kind.MACHINES: "machine,name,operators,needs\npress-03,冲床 03,1,SAFETY_L3\n",
    Kind.ORDERS: "order,machine,product,product_name,operation,operation_name,quantity,pieces_per_count,state\n"
    "1118,press-03,H-40,铰链 H-40,punch,冲孔,5000,1,OPEN\n",
    Kind.PRICES: "product,product_name,operation,operation_name,price,valid_from\n"
    "H-40,铰链 H-40,punch,冲孔,0.2200,2026-10-01\n",
    Kind.SHIFTS: "shift,name,start,end,overtime_min\nday,白班,08:00,17:00,180\nnight,夜班,20:00,05:00,0\n",
    Kind.ROSTER: "number,date,shift\n0317,2026-11-23,day\n0317,2026-11-24,day\n0317,2026-11-29,REST\n",
    Kind.CLEARANCES: "number,kind,valid_from,valid_to,evidence\n0317,SAFETY_L3,2026-03-01,2027-02-28,考核 2026-03\n",
}
BACK_TO = {
    Kind.PEOPLE: "people.everyone",
    Kind.BADGES: "people.everyone",
    Kind.MACHINES: "orders.machines",
    Kind.ORDERS: "orders.listed",
    Kind.PRICES: "orders.prices",
    Kind.SHIFTS: "orders.shifts",
    Kind.CLEARANCES: "clearances.listed",
    Kind.ROSTER: "roster.week",
}


@blueprint.route("/<kind>")
def file(kind: str) -> ResponseReturnValue:
    return _page(_kind(kind))


@blueprint.post("/<kind>")
def take(kind: str) -> ResponseReturnValue:
    wanted = _kind(kind)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        flash(gettext("Choose a file."), "stop")
        return redirect(url_for("imports.file", kind=kind))
    try:
        if wanted is Kind.PRICES and only_looks():
            return changes_page(PriceChange(sent.read()), url_for("imports.file", kind=kind))
        imported = service().catalogue.import_csv(wanted, sent.read(), user_name(), reason_of_file(sent))
    except BadFile as error:
        return _page(wanted, error.problems), 422
    log.info("%d rows of %s were imported, %d changed", imported.rows, wanted.value, imported.changed)
    flash(
        gettext("%(rows)s rows read, %(changed)s of them new or changed.", rows=imported.rows, changed=imported.changed)
    )
    return redirect(url_for(BACK_TO[wanted]))


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        abort(404)


def _page(kind: Kind, problems: list[Problem] | None = None) -> str:
    return render_template(
        "hr/import.html",
        kind=kind,
        kinds=list(Kind),
        example=EXAMPLES[kind],
        back=BACK_TO[kind],
        **to_mend(problems or []),
    )


def reason_of_file(sent: FileStorage) -> str:
    """What was typed beside it, else the file's name."""
    return field(request.form, WHY) or plain_text(sent.filename or "", MAX_FIELD)


def to_mend(problems: Sequence[Problem]) -> dict[str, Any]:
    """What a page shows of a refused file: the first problems, how many more there are, and in how many lines."""
    return {
        "problems": problems[:SHOWN_PROBLEMS],
        "more": max(0, len(problems) - SHOWN_PROBLEMS),
        "lines": len({problem.line for problem in problems}),
    }
