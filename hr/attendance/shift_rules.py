"""What HR asks of each shift, out of the database: its times as the boxes know them, and the rules beside."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Row, select

from hr.attendance.rules.shifts import Break, Directions, Pairing, ShiftRule, clock, problems
from hr.office import Office
from hr.people import records
from hr.people.records import Rejected
from hr.store.attendance_tables import shift_rule
from hr.store.tables import shift
from sync.wire.reference_data import Shift

MINUTES = (
    "early_in_min",
    "late_out_min",
    "late_grace_min",
    "early_grace_min",
    "late_as_lack_min",
    "ot_unit_min",
    "ot_min_min",
    "flexible_min",
    "normal_cap_min",
)
"""Fields of a rule that are columns of the same name."""

_BREAK = re.compile(r"(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)(\s*paid)?")


def rules(connection: Connection) -> dict[str, ShiftRule]:
    """The rule of every shift; of one that has none yet, its times with what a rule says by itself."""
    query = select(shift, shift_rule).outerjoin(shift_rule, shift_rule.c.shift == shift.c.id)
    return {row.id: _rule(row) for row in connection.execute(query.order_by(shift.c.start_min, shift.c.id))}


def breaks_text(breaks: tuple[Break, ...]) -> str:
    """12:00-13:00;26:00-26:30 paid"""
    return ";".join(f"{clock(each.start_min)}-{clock(each.end_min)}{' paid' if each.paid else ''}" for each in breaks)


def breaks_of(text: str) -> tuple[Break, ...]:
    """The breaks of such a text. records.Rejected."""
    found = []
    for part in filter(None, (each.strip() for each in text.replace(",", ";").split(";"))):
        match = _BREAK.fullmatch(part)
        if match is None:
            raise Rejected("breaks", part, "breaks such as 12:00-13:00;18:00-18:15 paid")
        start_h, start_m, end_h, end_m = (int(each) for each in match.groups()[:4])
        found.append(Break(start_h * 60 + start_m, end_h * 60 + end_m, paid=match[5] is not None))
    return tuple(found)


class ShiftRules:
    """The desk of the shifts' rules."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def listed(self) -> list[ShiftRule]:
        """By their beginning."""
        with self._office.reading.connect() as connection:
            return list(rules(connection).values())

    def one(self, id_: str) -> ShiftRule | None:
        return next((each for each in self.listed() if each.id == id_), None)

    def save(self, wanted: ShiftRule) -> None:
        """The rule and, for the boxes, the shift's times and name. records.Rejected names the first field that is
        wrong."""
        for field, got, what in problems(wanted):
            raise Rejected(field, got, what)
        values = {name: getattr(wanted, name) for name in MINUTES} | {
            "shift": wanted.id,
            "breaks": breaks_text(wanted.breaks),
            "punches": wanted.punches,
            "pairing": wanted.pairing.value,
            "directions": wanted.directions.value,
        }
        with self._office.writing.begin() as connection:
            known = next((each for each in records.shifts(connection) if each.id == wanted.id), None)
            overtime = 0 if known is None else known.overtime_min
            records.put_shift(connection, Shift(wanted.id, wanted.name, wanted.start_min, wanted.end_min, overtime))
            of = shift_rule.c.shift == wanted.id
            if not connection.execute(shift_rule.update().where(of).values(**values)).rowcount:
                connection.execute(shift_rule.insert().values(**values))


def _rule(row: Row[Any]) -> ShiftRule:
    times = (row.id, row.name, row.start_min, row.end_min)
    if row.shift is None:
        return ShiftRule(*times)
    return ShiftRule(
        *times,
        breaks=breaks_of(row.breaks),
        punches=row.punches,
        pairing=Pairing(row.pairing),
        directions=Directions(row.directions),
        **{name: getattr(row, name) for name in MINUTES},
    )
