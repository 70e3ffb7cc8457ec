"""Attendance days and the taps they are made of."""

from __future__ import annotations

from hr.attendance import judged, revisions
from hr.attendance import service as attendance
from hr.attendance.approvals import Approvals
from hr.attendance.leave_desk import Leaves
from hr.attendance.repairs import Repairs
from hr.attendance.revisions import Judged, Revision
from hr.attendance.rules.day import AttendanceDay, Status
from hr.attendance.rules.judging import PlacedTap, Record
from hr.attendance.rules.paper import PaperTap
from hr.attendance.shift_desk import ShiftDesk
from hr.office import Office
from hr.pay import export
from hr.pay.periods import store as periods
from hr.people.keys import owners


class AttendanceDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.shift_rules = ShiftDesk(office)
        self.leaves = Leaves(office)
        self.repairs = Repairs(office)
        self.approvals = Approvals(office)

    def judged(
        self,
        date_from: str,
        date_to: str,
        person: str | None = None,
        *,
        everybody: bool = False,
        team: str | None = None,
    ) -> list[Judged]:
        """Work dates from and to with shifts, leave and approvals; by date, then employee number. `everybody`: also
        the days of employed people on which there is nothing; `team`: its people alone. A day that is over is kept as
        a revision where it is new."""
        with self._office.reading.connect() as connection:
            found = judged.days(
                connection,
                self._office.zone,
                self._office.now_us(),
                date_from,
                date_to,
                person,
                everybody=everybody,
                team=team,
            )
            over = [
                each
                for each in found
                if each.day.work_date < self._office.today() and each.day.status is not Status.OPEN
            ]
            news = revisions.changed(over, revisions.newest(connection, date_from, date_to))
        if news:
            with self._office.writing.begin() as connection:
                revisions.keep(connection, news, self._office.now_us())
        return found

    def revisions(self, work_date: str, person: str) -> list[Revision]:
        """What figures a day has had, the first ones first."""
        with self._office.reading.connect() as connection:
            return revisions.history(connection, owners(connection)[person], work_date)

    def is_closed(self, work_date: str) -> bool:
        """Whether the pay of this date is closed, so that nothing can be decided about it any more."""
        with self._office.reading.connect() as connection:
            return periods.is_closed(connection, work_date)

    def days(self, date_from: str, date_to: str, person: str | None = None) -> list[AttendanceDay]:
        """Work dates from and to, both included; by date, then employee number."""
        with self._office.reading.connect() as connection:
            return attendance.days(connection, date_from, date_to, person)

    def taps(self, work_date: str, person: str) -> list[PlacedTap]:
        """Every tap of one person's work date in order of time, and the stretch it makes, if any."""
        with self._office.reading.connect() as connection:
            return attendance.taps(connection, work_date, person)

    def records_of_paper(self, typed: list[PaperTap]) -> dict[str, Record]:
        """The record of a box that is the same punch, by the id of each of these that has one."""
        with self._office.reading.connect() as connection:
            return attendance.records_of_paper(connection, typed)

    def unsure_days(self) -> list[tuple[str, str]]:
        """Work date and person of each day with a tap of which nobody can say when it was, the newest first."""
        with self._office.reading.connect() as connection:
            return attendance.unsure(connection)

    def csv(self, date_from: str, date_to: str) -> bytes:
        return export.attendance(self.days(date_from, date_to), self._office.plant.timezone)
