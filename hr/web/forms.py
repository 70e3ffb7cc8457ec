"""What a form and a file have in common: a value that cannot be taken, said beside its field in the person's language.

Forms for orders, prices, machines and shifts go the way of a CSV file of one or two lines, so that both are checked
by the same rules and a form can do nothing that a file cannot.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from flask_babel import gettext, lazy_gettext

from hr.people.csv_import import BadFile, Imported, Kind
from hr.people.records import Rejected
from hr.web.context import service, user_name
from sync.wire.envelope import plain_text

MAX_FIELD = 128
WHY = "why"
"""The field of a form that asks for a reason."""


WANTED = (
    lazy_gettext("a value"),
    lazy_gettext("a reason: it is kept with the change"),
    lazy_gettext("it once"),
    lazy_gettext("it in the first line"),
    lazy_gettext("WORKER or SUPERVISOR"),
    lazy_gettext("zh, en or vi"),
    lazy_gettext("yes or no"),
    lazy_gettext("OPEN or CLOSED"),
    lazy_gettext("HH:MM"),
    lazy_gettext("4 to 12 digits"),
    lazy_gettext("none: only supervisors have a PIN"),
    lazy_gettext("a time before 24:00"),
    lazy_gettext("a date such as 2026-11-01"),
    lazy_gettext("a whole number from 1 up"),
    lazy_gettext("a whole number from 1 to 1000"),
    lazy_gettext("a whole number from 1 to 20"),
    lazy_gettext("minutes from 0 to 720"),
    lazy_gettext("kinds of clearance such as SAFETY_L3;WELDING"),
    lazy_gettext("letters, digits, '_' or '-', at most 32"),
    lazy_gettext("a date that is not before valid_from"),
    lazy_gettext("CNY per piece such as 0.1250, at most 8 decimals"),
    lazy_gettext("letters, digits, '.', '_' or '-', at most 32"),
    lazy_gettext("a person that is known"),
    lazy_gettext("a time that has been, and not long ago"),
    lazy_gettext("an employee number that is known: import the people first"),
    lazy_gettext("a machine that is known: import the machines first"),
    lazy_gettext("one that is known, or its product_name beside it"),
    lazy_gettext("one that is known, or its operation_name beside it"),
    lazy_gettext("a badge that belongs to somebody"),
    lazy_gettext("a number that nobody has"),
    lazy_gettext("a newcomer that a box has registered"),
    lazy_gettext("a newcomer that waits for a decision"),
    lazy_gettext("a newcomer that has been decided about"),
    lazy_gettext("a newcomer for whom nothing counts yet: hours or pieces rest on this"),
    lazy_gettext("a newcomer whom no other one was mapped to: take that one back first"),
    lazy_gettext("a badge that two people claim"),
    lazy_gettext("technology and number, for example EM4100:100086F444"),
    lazy_gettext("10 hex digits such as 100086F444, or the 10 digits printed on the badge"),
    lazy_gettext("its 10 hex digits: tap the badge once and take them from the list of unknown badges"),
    lazy_gettext("a shift that is known"),
    lazy_gettext("a shift that is known, or REST"),
    lazy_gettext("at most three shifts a day, each once"),
    lazy_gettext("it once for each shift, and rest alone"),
    lazy_gettext("a Saturday or Sunday"),
    lazy_gettext("statutory, rest or work"),
    lazy_gettext("days of one year"),
    lazy_gettext("13 days, or statutory_days with their number"),
    lazy_gettext("a CSV file in UTF-8 or GB18030"),
    lazy_gettext("cells separated by commas"),
    lazy_gettext("the rest day that was worked"),
    lazy_gettext("a rest day: a statutory holiday is paid"),
    lazy_gettext("a rest day with approved work"),
    lazy_gettext("a rest day with as many minutes left as the leave has"),
    lazy_gettext("dates with a shift: put them on the roster first"),
    lazy_gettext("a time from 00:00 to 23:59"),
    lazy_gettext("a time after the start, at the latest 48:00"),
    lazy_gettext("0 or more minutes"),
    lazy_gettext("1 or more minutes"),
    lazy_gettext("more minutes than the grace"),
    lazy_gettext("a break within the shift"),
    lazy_gettext("breaks that do not overlap"),
    lazy_gettext("breaks such as 12:00-13:00;18:00-18:15 paid"),
    lazy_gettext("2, or an unpaid break at which people clock"),
    lazy_gettext("a date after the last closed month"),
    lazy_gettext("none for a shift that is new: it holds from the beginning"),
    lazy_gettext("a number that no shift has: a change is typed on its own page"),
)
"""What `hr.people` asks for, so that the catalogues hold it; a sentence with a value inside stays in English."""


def field(form: Mapping[str, str], name: str) -> str:
    """What was typed, without control characters and outer spaces."""
    return plain_text(form.get(name, ""), MAX_FIELD).strip()


def wanted_text(wanted: str) -> str:
    """The wanted value in the person's language where the catalogue has it."""
    return str(gettext(wanted)) if wanted else ""


def errors_of(error: Rejected | BadFile) -> dict[str, str]:
    """Column name to sentence."""
    if isinstance(error, Rejected):
        return {error.column: wanted_text(error.wanted)}
    return {problem.column: wanted_text(problem.wanted) for problem in reversed(error.problems)}


def reason(form: Mapping[str, str]) -> str:
    """Why something is changed that people are paid by. Rejected when nothing was typed."""
    typed = field(form, WHY)
    if not typed:
        raise Rejected(WHY, "", "a reason: it is kept with the change")
    return typed


def save_rows(kind: Kind, rows: Sequence[Mapping[str, str]], why: str = "") -> Imported:
    """All or nothing. Raises BadFile with the columns that cannot be taken."""
    return service().catalogue.import_csv(kind, file_of(rows), user_name(), why)


def file_of(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Fields by column as a CSV file; the first row says which columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
