"""Lists of pay as CSV files: tried first, then taken whole, or refused whole with every line that is to be mended."""

from __future__ import annotations

import logging

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.pay.terms.changes import ListChange
from hr.pay.terms.lists import PayList
from hr.people.csv_import import BadFile, Imported
from hr.web.context import service, user_name
from hr.web.imports import reason_of_file, to_mend
from hr.web.pay_words import EXAMPLES
from hr.web.rerating import changes_page, only_looks
from hr.web.terms import BACK_TO, list_named

log = logging.getLogger(__name__)
blueprint = Blueprint("pay_imports", __name__, url_prefix="/pay/import")


@blueprint.route("/<kind>")
def file(kind: str) -> ResponseReturnValue:
    return _page(list_named(kind))


@blueprint.post("/<kind>")
def take(kind: str) -> ResponseReturnValue:
    wanted = list_named(kind)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        flash(gettext("Choose a file."), "stop")
        return redirect(url_for("pay_imports.file", kind=kind))
    try_only = bool(request.form.get("try"))
    try:
        if only_looks():
            return changes_page(ListChange(wanted, sent.read()), url_for("pay_imports.file", kind=kind))
        done = service().terms.import_list(wanted, sent.read(), user_name(), reason_of_file(sent), try_only=try_only)
    except BadFile as error:
        return _page(wanted, error), 422
    if try_only:
        return _page(wanted, tried=done)
    log.info("%s imported %d rows of %s, %d changed", user_name(), done.rows, wanted.value, done.changed)
    flash(gettext("%(rows)s rows read, %(changed)s of them new or changed.", rows=done.rows, changed=done.changed))
    return redirect(url_for(BACK_TO.get(wanted, "entries.listed")))


def _page(kind: PayList, error: BadFile | None = None, tried: Imported | None = None) -> str:
    return render_template(
        "hr/pay_import.html",
        kind=kind,
        kinds=list(PayList),
        example=EXAMPLES[kind],
        has_reasons=kind not in BACK_TO,
        back=BACK_TO.get(kind, "entries.listed"),
        tried=tried,
        **to_mend(error.problems if error else []),
    )
