"""Who gives leave and takes it back, and for which rest day compensatory leave is given."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import Connection, select

from hr.attendance import judged
from hr.attendance.closing import demand_open, demand_open_between
from hr.attendance.leaves import LeaveEntry, LeaveKind, Wish, between, compensated
from hr.attendance.repairs import said_text
from hr.attendance.revisions import Judged
from hr.attendance.rules.rest_days import RestDay, rest_day, rest_days
from hr.attendance.rules.shifts import LATEST_MIN
from hr.attendance.service import shifted
from hr.calendar.day_class import TimeClass
from hr.office import Office
from hr.pay.periods import store as periods
from hr.people.keys import owners
from hr.people.records import Rejected
from hr.store.attendance_tables import leave_entry
from hr.store.tables import person

LONGEST_DAYS = 400
OFFERED_DAYS = 92
"""Rest days of about a quarter are offered; an earlier one may be named as long as its pay is not closed."""


class Leaves:
    """The desk: every call is one transaction; records.Rejected names the field that cannot be taken."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def between(self, date_from: str, date_to: str) -> list[LeaveEntry]:
        with self._office.reading.connect() as connection:
            return between(connection, date_from, date_to)

    def rest_days(self, who: str) -> list[RestDay]:
        """The person's rest days of the last quarter with minutes for which time off may still be given."""
        today = self._office.today()
        first = shifted(today, -OFFERED_DAYS)
        with self._office.reading.connect() as connection:
            keys = owners(connection)
            days = [each.day for each in self._days(connection, first, today, who)]
            closed = periods.closings(connection)
            found = rest_days(days, compensated(connection, first, today, keys))
        return [each for each in found if each.left_min and each.work_date[:7] not in closed]

    def give(self, wanted: Wish, by: str) -> LeaveEntry:
        """Compensatory leave stands for the minutes that it cuts of the schedule as it is now."""
        reason = said_text(wanted.reason, "reason")
        _demand_sense(wanted)
        with self._office.writing.begin() as connection:
            demand_open_between(connection, wanted.date_from, wanted.date_to)
            if connection.scalar(select(person.c.id).where(person.c.id == wanted.person)) is None:
                raise Rejected("person", wanted.person, "a person that is known")
            known = between(connection, wanted.date_from, wanted.date_to)
            if any(_overlap(each, wanted) for each in known if each.stands and each.person == wanted.person):
                raise Rejected("date_from", wanted.date_from, "dates and hours without leave so far")
            cut_before = self._cut_min(connection, wanted) if wanted.compensates else 0
            made = str(uuid.uuid4())
            connection.execute(leave_entry.insert().values(**self._values(made, wanted, reason, by)))
            if wanted.compensates:
                self._compensate(connection, made, wanted, self._cut_min(connection, wanted) - cut_before)
            (entry,) = (each for each in between(connection, wanted.date_from, wanted.date_to) if each.id == made)
        return entry

    def take_back(self, id_: str, by: str, why: str) -> None:
        """It cuts nothing any more and gives nothing back, and stays in the list."""
        said = said_text(why, "why")
        of = (leave_entry.c.id == id_, leave_entry.c.taken_back_by.is_(None))
        values = {"taken_back_by": by, "taken_back_us": self._office.now_us(), "taken_back_why": said}
        with self._office.writing.begin() as connection:
            known = connection.execute(select(leave_entry).where(*of)).first()
            if known is None:
                raise Rejected("id", id_, "one that stands")
            demand_open_between(connection, known.date_from, known.date_to)
            if known.compensates is not None:
                demand_open(connection, known.compensates)
            connection.execute(leave_entry.update().where(*of).values(**values))

    def _values(self, id_: str, wanted: Wish, reason: str, by: str) -> dict[str, object]:
        return {
            "id": id_,
            "person": wanted.person,
            "kind": wanted.kind.value,
            "date_from": wanted.date_from,
            "date_to": wanted.date_to,
            "start_min": wanted.start_min,
            "end_min": wanted.end_min,
            "reason": reason,
            "typed_by": by,
            "typed_us": self._office.now_us(),
        }

    def _compensate(self, connection: Connection, id_: str, wanted: Wish, minutes: int) -> None:
        """Notes the rest day and the minutes; Rejected where there are not so many left."""
        demand_open(connection, wanted.compensates)
        if minutes <= 0:
            raise Rejected("date_from", wanted.date_from, "dates with a shift: put them on the roster first")
        taken = compensated(connection, wanted.compensates, wanted.compensates, owners(connection))
        days = self._days(connection, wanted.compensates, wanted.compensates, wanted.person)
        worked = rest_day(days[0].day, taken.get((days[0].day.person, wanted.compensates), 0)) if days else None
        if worked is None or not worked.worked_min:
            statutory = any(TimeClass.OT_HOLIDAY in each.day.class_min for each in days)
            wish = "a rest day: a statutory holiday is paid" if statutory else "a rest day with approved work"
            raise Rejected("compensates", wanted.compensates, wish)
        if minutes > worked.left_min:
            raise Rejected("compensates", wanted.compensates, "a rest day with as many minutes left as the leave has")
        values = {"compensates": wanted.compensates, "compensated_min": minutes}
        connection.execute(leave_entry.update().where(leave_entry.c.id == id_).values(**values))

    def _cut_min(self, connection: Connection, wanted: Wish) -> int:
        """How many minutes leave cuts of the person's shifts on these dates."""
        days = self._days(connection, wanted.date_from, wanted.date_to, wanted.person)
        return sum(each.day.leave_min for each in days)

    def _days(self, connection: Connection, date_from: str, date_to: str, who: str) -> list[Judged]:
        return judged.days(connection, self._office.zone, self._office.now_us(), date_from, date_to, who)


def _demand_sense(wanted: Wish) -> None:
    if wanted.date_to < wanted.date_from:
        raise Rejected("date_to", wanted.date_to, "a date that is not before the first")
    if (date.fromisoformat(wanted.date_to) - date.fromisoformat(wanted.date_from)).days > LONGEST_DAYS:
        raise Rejected("date_to", wanted.date_to, "a date within 400 days")
    if (wanted.kind is LeaveKind.COMPENSATORY) != bool(wanted.compensates):
        wish = "nothing: only compensatory rest has it" if wanted.compensates else "the rest day that was worked"
        raise Rejected("compensates", wanted.compensates, wish)
    hours = (wanted.start_min, wanted.end_min)
    if hours == (None, None):
        return
    if wanted.start_min is None or wanted.end_min is None or not 0 <= wanted.start_min < wanted.end_min <= LATEST_MIN:
        raise Rejected("end", "", "a beginning and a later end, or neither for the whole day")


def _overlap(known: LeaveEntry, wanted: Wish) -> bool:
    """Both are of one person and touch the same dates."""
    if known.start_min is None or wanted.start_min is None:
        return True
    return known.start_min < (wanted.end_min or LATEST_MIN) and wanted.start_min < (known.end_min or LATEST_MIN)
