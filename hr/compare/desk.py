"""What is recorded here of the days of a sheet, gathered for the comparison."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import Connection

from hr.attendance import service as attendance
from hr.compare import sheet
from hr.compare.comparison import Comparison, OurDay, PaperRow
from hr.compare.recorded import Recorded, Worker, our_day
from hr.compare.rules import compare
from hr.office import Office
from hr.pay import output as outputs
from hr.pay import service as pay
from hr.pay.rules.lines import WageLine
from hr.people import records
from hr.people.table_file import BadFile, Problem

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
            ours = [day for each in _dates(rows) for day in _day(connection, each)]
        return compare(rows, ours, [each.number for each in people])


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
    unclaimed = {each.machine: each.unclaimed for each in made.machines}
    workers = {each.id: Worker(each.id, each.number, each.name) for each in records.people(connection)}
    return [
        our_day(workers[key], work_date, Recorded(lines.get(key, []), days.get(key), unsealed.get(key, 0)), unclaimed)
        for key in sorted({*lines, *days, *unsealed})
        if key in workers
    ]
