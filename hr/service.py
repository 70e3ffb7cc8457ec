"""What the HR server can do: a desk for each room, handed to the API and to the pages, which hold no SQL of their own.

Every call of a desk is one transaction and returns plain values. Moments are microseconds UTC, dates ISO 8601 text in
the plant's zone.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from hr import accounts
from hr.accounts import SEALING_KEY, Keys
from hr.attendance.desk import AttendanceDesk
from hr.attendance.overtime_desk import OvertimeDesk
from hr.attendance.presence import PresenceDesk
from hr.attendance.roster_desk import RosterDesk
from hr.attendance.typed import Papers
from hr.calendar.desk import CalendarDesk
from hr.clocks.desk import ClockDesk
from hr.compare.desk import CompareDesk
from hr.config import Server
from hr.fleet.desk import FleetDesk
from hr.fleet.mailing import Notices
from hr.fleet.reconciliation import Reconciliation
from hr.ingest.desk import InboxDesk
from hr.kiosks.desk import KioskDesk
from hr.office import Office, Plant, WallClock
from hr.outbox.service import Outbox
from hr.pay.desk import PayDesk
from hr.pay.payslips.asking import PayslipDesk
from hr.pay.periods.desk import PeriodDesk
from hr.pay.periods.rerating import ReratingDesk
from hr.pay.questions import QuestionDesk
from hr.pay.statements import Statements
from hr.pay.terms.desk import TermsDesk
from hr.pay.waiting import WaitingDesk
from hr.people import version
from hr.people.catalogue import CatalogueDesk
from hr.people.desk import PeopleDesk
from hr.people.editions import Editions
from hr.people.publish import Ground
from hr.people.reception import NewcomerDesk
from hr.store import engine, upgrade, writing
from sync.wire.identity import sealing_text

__all__ = ["HrService", "Plant", "WallClock", "opened"]


class HrService:
    """The desks. Thread-safe: the store hands each call its own connection."""

    def __init__(self, store: Engine, keys: Keys, clock: WallClock, plant: Plant | None = None) -> None:
        office = self.office = Office(store, keys, clock, plant or Plant())
        self.kiosks = KioskDesk(office)
        self.fleet = FleetDesk(office)
        self.notices = Notices(office.reading, office.receiving, office.now_us)
        self.reconciliation = Reconciliation(office.reading, office.zone, office.now_us)
        self.inbox = InboxDesk(office)
        self.outbox = Outbox(office.reading, office.writing, office.now_us)
        self.people = PeopleDesk(office)
        self.newcomers = NewcomerDesk(office)
        self.catalogue = CatalogueDesk(office)
        self.editions = Editions(office.reading, office.writing, self._ground)
        self.clocks = ClockDesk(office)
        self.calendar = CalendarDesk(office)
        self.overtime = OvertimeDesk(office)
        self.roster = RosterDesk(office, self.overtime)
        self.attendance = AttendanceDesk(office)
        self.papers = Papers(office.reading, office.writing, office.zone, office.now_us)
        self.presence = PresenceDesk(office.reading, office.now_us)
        self.pay = PayDesk(office)
        self.terms = TermsDesk(office)
        statements = Statements(office.zone, office.now_us)
        self.periods = PeriodDesk(office, statements)
        self.rerating = ReratingDesk(office, statements)
        self.questions = QuestionDesk(office)
        self.waiting = WaitingDesk(office)
        self.payslips = PayslipDesk(office, self.periods)
        self.compared = CompareDesk(office)

    def close(self) -> None:
        """Gives the connections back; for the end of a service."""
        self.office.reading.dispose()

    def verify(self, username: str, password: str) -> bool:
        """Takes as long for an unknown name as for a wrong password."""
        with self.office.reading.connect() as connection:
            return accounts.verify(connection, username, password)

    def add_user(self, username: str, password: str) -> None:
        """Another account for the pages. accounts.WeakPassword; accounts.KnownUser when the name is taken."""
        with self.office.writing.begin() as connection:
            accounts.add(connection, username, password)

    def _ground(self) -> Ground:
        sealing_key = sealing_text(self.office.keys.sealing.public_key())
        return Ground(self.office.plant.name, self.office.today(), sealing_key, self.office.now_us())


def opened(server: Server, clock: WallClock) -> HrService:
    """The service of a configuration: database brought up to date, keys read. NewerDatabase, accounts.BadKeys."""
    sealing_is_new = not (Path(server.keys) / SEALING_KEY).exists()
    keys = Keys.load(Path(server.keys))
    store = engine(server.database)
    upgrade(store)
    if sealing_is_new:
        # Boxes ask for news only; the key to seal to is news.
        with writing(store).begin() as connection:
            version.bump(connection)
    service = HrService(store, keys, clock, Plant(server.plant, server.timezone, server.language))
    service.inbox.reexamine()
    return service
