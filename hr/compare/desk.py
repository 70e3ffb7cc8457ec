"""What is recorded here of the days of a sheet, gathered for the comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from sqlalchemy import Connection

from hr.attendance import service as attendance
from hr.attendance.rules.day import AttendanceDay
from hr.compare import sheet
from hr.compare.rules import ZERO, Comparison, OurDay, PaperRow, compare
from hr.office import Office
from hr.pay import output as outputs
from hr.pay import service as pay
from hr.pay.output import DayOutput
from hr.pay.rules.lines import WageLine
from hr.pay.rules.wage_line import explained
from hr.people import records
from hr.people.table_file import BadFile, Problem
from sync.wire.facts import Basis

MAX_DAYS = 92


class CompareDesk:
    """One transaction; nothing is stored, neither the sheet nor what came out."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def compare(self, raw: bytes) -> Comparison:
        """The comparison of an XLSX sheet. BadFile."""
        rows = sheet.read(raw)
        with self._office.reading.connect() as connection:
            people = records.people(connection)
            numbers = [each.number for each in people]
            listed = [_with_noughts(each, numbers) for each in rows]
            dates = _dates(listed)
            ours = [day for each in dates for day in _day(connection, each)]
        return compare(listed, ours, numbers)


def _with_noughts(row: PaperRow, numbers: Collection[str]) -> PaperRow:
    """0317 for 317, where a spreadsheet has taken the number for a figure and only one person can be meant."""
    if row.number in numbers:
        return row
    meant = [each for each in numbers if each.lstrip("0") == row.number.lstrip("0")]
    if len(meant) != 1:
        return row
    return PaperRow(row.line, meant[0], row.name, row.work_date, row.pieces, row.minutes, row.amount)


def _dates(rows: Iterable[PaperRow]) -> list[str]:
    listed = [date.fromisoformat(each.work_date) for each in rows]
    if not listed:
        return []
    first, last = min(listed), max(listed)
    if (last - first).days >= MAX_DAYS:
        raise BadFile([Problem(1, "date", f"{first} to {last}", f"at most {MAX_DAYS} days in one sheet")])
    return [(first + timedelta(days=each)).isoformat() for each in range((last - first).days + 1)]


def _day(connection: Connection, work_date: str) -> list[OurDay]:
    lines: dict[str, list[WageLine]] = {}
    for line in pay.lines(connection, work_date, work_date):
        lines.setdefault(line.person, []).append(line)
    days = {each.person: each for each in attendance.days(connection, work_date, work_date)}
    made = outputs.output(connection, work_date)
    unsealed = {each.person: each.unsealed for each in made.people if each.unsealed}
    names = {each.id: each for each in records.people(connection)}
    return [
        _our_day(work_date, names[key], lines.get(key, []), days.get(key), unsealed.get(key, 0), made)
        for key in sorted({*lines, *days, *unsealed})
        if key in names
    ]


def _our_day(
    work_date: str,
    who: records.PersonView,
    lines: list[WageLine],
    day: AttendanceDay | None,
    unsealed: int,
    made: DayOutput,
) -> OurDay:
    good = [each for each in lines if each.amount is not None and explained(each)]
    parts = [part for each in good for part in each.parts]
    machines = {part.machine for each in lines for part in each.parts}
    return OurDay(
        person=who.id,
        number=who.number,
        name=who.name,
        work_date=work_date,
        pieces=sum(each.good for each in good),
        minutes=day.minutes if day else 0,
        amount=sum((each.amount for each in good if each.amount is not None), ZERO),
        unsealed=unsealed,
        unclaimed=sum(each.unclaimed for each in made.machines if each.machine in machines),
        open=bool(day and day.open),
        unproved=sum(not explained(each) for each in lines),
        unpriced=sum(each.amount is None and explained(each) for each in lines),
        estimated=any(part.basis == Basis.ESTIMATED for part in parts),
        by_hand=any(each.adjustment for each in good)
        or any(part.assigned for part in parts)
        or bool(day and day.paper),
        unsure_time=bool(day and day.unsure_us),
        lines=tuple((each.device, each.epoch, each.seq) for each in lines),
        has_taps=day is not None,
    )
