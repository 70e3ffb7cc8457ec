"""What there is to send of some work dates: punches of attendance days and sealed pieces, as lines of an outbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from sqlalchemy import Connection, select

from hr.attendance import service as attendance
from hr.outbox import rules
from hr.pay import service as pay
from hr.pay.rules.month import Agreed
from hr.pay.rules.pooling import pool_on
from hr.pay.rules.wage_line import explained
from hr.pay.terms import records
from hr.pay.terms.records import Membership
from hr.store.tables import person
from sync.connectors.port import AttendanceLine, Kinds, Line, PieceLine


def lines_of(
    connection: Connection, date_from: str, date_to: str, kinds: Kinds
) -> tuple[dict[str, Line], tuple[int, int, int, int]]:
    """The lines that may be sent, and how many have no employee number, no price or proof, an amount in the statement
    alone, no sure time."""
    numbers = {row.id: row.number for row in connection.execute(select(person.c.id, person.c.number))}
    lines: dict[str, Line] = {}
    unnumbered = unpriced = by_month = undated = 0
    in_pool = _in_pool(connection)
    for who, taps in attendance.placed(connection, date_from, date_to) if AttendanceLine in kinds else ():
        marks = rules.attendance_lines(numbers.get(who, ""), taps)
        undated += sum(each.tap.unsure_us > 0 for each in taps if each.stretch is not None)
        if who in numbers:
            lines |= marks
        else:
            unnumbered += len(marks)
    for each in pay.each_line(connection, date_from, date_to) if PieceLine in kinds else ():
        sound = explained(each)
        sent = rules.piece_line(each) if sound else None
        if sound and (each.by_quantity or in_pool(each.person, each.work_date)):
            by_month += 1
        elif sent is None:
            unpriced += 1
        elif not each.person_number:
            unnumbered += 1
        else:
            lines[sent[0]] = sent[1]
    return lines, (unnumbered, unpriced, by_month, undated)


def _in_pool(connection: Connection) -> Callable[[str, str], bool]:
    """Whether somebody's pieces of a work date go into a team's pool: their own price is nobody's pay (PR-R6)."""
    agreed = {who: Agreed(found) for who, found in records.terms(connection).items()}
    memberships: dict[str, list[Membership]] = defaultdict(list)
    for each in records.members(connection):
        memberships[each.person].append(each)
    return lambda who, work_date: bool(pool_on(memberships.get(who, ()), agreed.get(who, Agreed(())), work_date))
