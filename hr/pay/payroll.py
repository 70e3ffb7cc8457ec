"""A month for the payroll program: tables with a run id and checksums. Pure.

The same month is the same run, byte for byte, however often it is asked for; another run id means that a figure is
another one. The files are those of sync/connectors/files/, read back before they are handed over.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from hr.calendar.day_class import TimeClass
from hr.pay.export import unmapped
from hr.pay.payslips.head import Standing
from hr.pay.periods.period import Entry
from hr.pay.rules.items import Item, Kind, Name, worked_out
from hr.pay.rules.money import ZERO
from settings import Mendable
from sync.connectors.files.formats import FORMATS, Format
from sync.connectors.files.rows import Row, Sheet, Sort
from sync.wire.envelope import canonical_json

MANIFEST = "manifest.json"
NOTHING = Decimal("0.00")
ONE_DAY = (2000, 1, 1, 0, 0, 0)
"""The date of every file in the archive: the real one would make each archive another one."""

_WHO = (("month", Sort.TEXT), ("number", Sort.TEXT), ("name", Sort.TEXT))

PAYROLL = Sheet(
    "payroll",
    (
        *_WHO,
        ("team", Sort.TEXT),
        ("standing", Sort.TEXT),
        ("days", Sort.WHOLE),
        *((f"minutes_{each.lower()}", Sort.WHOLE) for each in TimeClass),
        *((each.lower(), Sort.DECIMAL) for each in Kind),
        ("gross", Sort.DECIMAL),
        ("deducted", Sort.DECIMAL),
        ("net", Sort.DECIMAL),
        ("held", Sort.WHOLE),
    ),
)
"""One row a person, in yuan and minutes. The columns of kinds add up to `net`; `held` counts what is in no sum."""

ITEMS = Sheet(
    "items",
    (
        *_WHO,
        *((name, Sort.TEXT) for name in ("kind", "key", "work_date", "product", "operation", "time_class")),
        ("quantity", Sort.DECIMAL),
        ("price_since", Sort.TEXT),
        ("before_rounding", Sort.TEXT),
        ("amount", Sort.DECIMAL),
        ("facts", Sort.TEXT),
        ("documents", Sort.TEXT),
        ("text", Sort.TEXT),
    ),
)
"""One row an amount; those of a person add up to his `net`. `facts` are device/epoch/seq."""


class NotWritten(Mendable):
    """A file does not read back as it was meant."""


class InRun(msgspec.Struct, frozen=True):
    """One file of a run."""

    file: str
    rows: int
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`run` is the same for the same figures in the same form. `standing`: a draft may still change."""

    clockpiece: int
    run: str
    plant: str
    month: str
    standing: Standing
    files: list[InRun]


@dataclass(frozen=True)
class Payroll:
    """An archive with the files and their manifest."""

    run: str
    content: bytes


def payroll(plant: str, month: str, standing: Standing, entries: Iterable[Entry], form: str) -> Payroll:
    """`form` is one of FORMATS. NotWritten names the file that no spreadsheet would read back."""
    known = sorted(entries, key=lambda each: (each.number, each.statement.person))
    tables = (
        (PAYROLL, [_person(each, standing) for each in known]),
        (ITEMS, [_item(each, item) for each in known for item in each.statement.items]),
    )
    files: list[InRun] = []
    contents: dict[str, bytes] = {}
    for sheet, rows in tables:
        name = f"{sheet.name}.{FORMATS[form].suffix}"
        raw = _written(FORMATS[form], sheet, rows)
        contents[name] = raw
        files.append(InRun(name, len(rows), len(raw), hashlib.sha256(raw).hexdigest()))
    same = canonical_json([plant, month, standing, [[each.file, each.sha256] for each in files]])
    run = hashlib.sha256(same).hexdigest()[:16]
    manifest = Manifest(1, run, plant, month, standing, files)
    contents[MANIFEST] = canonical_json(msgspec.to_builtins(manifest)) + b"\n"
    return Payroll(run, _archive(contents))


def _person(entry: Entry, standing: Standing) -> Row:
    said = entry.statement
    sums = {kind: sum((item.amount for item in said.items if item.kind is kind), NOTHING) for kind in Kind}
    return (
        *_who(entry),
        entry.team,
        standing.value,
        entry.work.days,
        *(entry.work.minutes.get(each, 0) for each in TimeClass),
        *(sums[kind] for kind in Kind),
        said.gross,
        said.deducted,
        said.net,
        len(said.held),
    )


def _item(entry: Entry, item: Item) -> Row:
    quantities = [each.value for term in item.formula.terms for each in term if each.name is Name.QUANTITY]
    return (
        *_who(entry),
        item.kind.value,
        item.key,
        item.work_date,
        item.product,
        item.operation,
        item.time_class.value if item.time_class else "",
        sum(quantities, ZERO),
        item.since,
        format(worked_out(item.formula), "f"),
        item.amount,
        " ".join(f"{device}/{epoch}/{seq}" for device, epoch, seq in item.facts),
        " ".join(item.documents),
        item.text,
    )


def _who(entry: Entry) -> tuple[str, str, str]:
    return entry.statement.month, entry.number, entry.name or unmapped(entry.statement.person)


def _written(form: Format, sheet: Sheet, rows: list[Row]) -> bytes:
    raw = form.write(sheet, rows)
    try:
        same = form.read(sheet, raw) == rows
    except ValueError:
        same = False
    if not same:
        raise NotWritten(
            f"{sheet.name}.{form.suffix} does not read back as it was meant: a name or a reason holds a character that "
            "no spreadsheet takes; correct it, or take the other form"
        )
    return raw


def _archive(contents: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in contents.items():
            archive.writestr(zipfile.ZipInfo(name, ONE_DAY), raw, zipfile.ZIP_DEFLATED)
    return whole.getvalue()
