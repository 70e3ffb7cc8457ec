"""What the HR server can do, in one place: handed to the API and to the pages, which hold no SQL of their own.

Every call is one transaction and returns plain values. Moments are microseconds UTC, dates ISO 8601 text in the
plant's zone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine

from hr import accounts, codes, kiosks
from hr.accounts import SEALING_KEY, Keys
from hr.attendance import service as attendance
from hr.attendance.day import AttendanceDay
from hr.attendance.rules import PlacedTap
from hr.clocks import service as clocks
from hr.clocks.service import Amendment, Confirmation
from hr.codes import OpenCode
from hr.config import Server
from hr.fleet import store as fleet
from hr.fleet.rules import Reminder, Standing, judge, reminder, working_since
from hr.fleet.store import Journal
from hr.ingest import aside, receive, take
from hr.ingest.aside import Action, Hurdle, SetAside
from hr.ingest.aside import Key as AsideKey
from hr.ingest.take import Takeover
from hr.kiosks import Enrolment, Kiosk, Loss, Place
from hr.outbox.service import Outbox
from hr.pay import equipment, export
from hr.pay import service as pay
from hr.pay.equipment import Commissioning, StateChange
from hr.pay.lines import WageLine
from hr.pay.output import DayOutput, output
from hr.pay.service import Total
from hr.people import badges, claims, clearances, csv_import, newcomers, publish, records, version
from hr.people.badges import UnknownBadge
from hr.people.claims import Link
from hr.people.clearances import ClearanceView
from hr.people.csv_import import Kind
from hr.people.keys import Owners, owners
from hr.people.newcomers import Newcomer
from hr.people.records import PersonView, PriceView
from hr.store import engine, lock_box, receiving, scrub, upgrade, writing
from sync.enrolment import CODE_BYTES, Ticket, code_key, code_of, proof_bytes
from sync.identity import IdCard, sealing_text
from sync.reference_data import Machine, Person, Reference, Shift
from sync.release import release
from sync.report import Report
from sync.wire import DEVICE_NAME, Fact, Receipt, Wanted, public_text
from sync.wire import fingerprint as print_of

__all__ = ["HrService", "Plant", "WallClock", "opened"]

WallClock = Callable[[], int]
"""Microseconds UTC since 1970."""


@dataclass(frozen=True)
class Plant:
    """The factory, as the boxes and the pages name it."""

    name: str = ""
    timezone: str = "Asia/Shanghai"
    language: str = "zh"


class HrService:
    """The facade. Thread-safe: the store hands each call its own connection."""

    def __init__(self, store: Engine, keys: Keys, clock: WallClock, plant: Plant | None = None) -> None:
        self.keys = keys
        self.clock = clock
        self.plant = plant or Plant()
        self._zone = ZoneInfo(self.plant.timezone)
        self._reading = store
        self._writing = writing(store)
        self._receiving = receiving(store)

    def close(self) -> None:
        """Gives the connections back; for the end of a service."""
        self._reading.dispose()

    def today(self) -> str:
        """The calendar date in the plant now."""
        return (
            datetime.fromtimestamp(self.clock() / 1e6, UTC).astimezone(ZoneInfo(self.plant.timezone)).date().isoformat()
        )

    # --- other systems ------------------------------------------------------------------------------

    @property
    def outbox(self) -> Outbox:
        """What goes on to other systems."""
        return Outbox(self._reading, self._writing, self.clock)

    # --- accounts -----------------------------------------------------------------------------------

    def verify(self, username: str, password: str) -> bool:
        """Takes as long for an unknown name as for a wrong password."""
        with self._reading.connect() as connection:
            return accounts.verify(connection, username, password)

    # --- kiosks -------------------------------------------------------------------------------------

    def kiosks(self) -> list[Kiosk]:
        """All that ever asked, those waiting for a decision first."""
        with self._reading.connect() as connection:
            return kiosks.listed(connection)

    def accept(self, fingerprint: str) -> None:
        """kiosks.Undecidable when there is none with this fingerprint, or its name is taken by an accepted key."""
        with self._writing.begin() as connection:
            kiosks.accept(connection, fingerprint, self.clock())

    def revoke(self, fingerprint: str) -> None:
        """From here on every request signed with this key is refused."""
        with self._writing.begin() as connection:
            kiosks.revoke(connection, fingerprint)

    def losses(self) -> list[Loss]:
        """The journals whose boxes were replaced, and where they end here; the newest first."""
        with self._reading.connect() as connection:
            return kiosks.losses(connection)

    def enrol(self, device: str, public_key: Ed25519PublicKey, *, replaces: bool = False) -> Enrolment:
        """Notes a box that asks to be let in, or to take the place of another; says where its request stands. Who
        calls this answers for it that the box may ask: the API calls `introduce`."""
        with self._writing.begin() as connection:
            return kiosks.enrol(connection, device, public_key, self.clock(), replaces=replaces)

    def make_code(self, device: str, made_by: str) -> Ticket:
        """A code with which a box of this name may ask, in the place of an earlier one; it can be shown only now.
        kiosks.Undecidable for a name that no box can have, codes.TooManyCodes."""
        if not DEVICE_NAME.fullmatch(device):
            raise kiosks.Undecidable(f"{device!r} is no name of a box: 1 to 32 letters, digits, _ . -")
        hr_key, code = self.keys.signing.public_key(), code_of(secrets.token_bytes(CODE_BYTES))
        verifier = code_key(code, device, hr_key).public_key()
        with self._writing.begin() as connection:
            codes.make(connection, device, verifier, made_by, self.clock())
        return Ticket("", self.keys.public_text, device, code)

    def codes(self) -> list[OpenCode]:
        """Those that still are in time; what they are is known to nobody here."""
        with self._reading.connect() as connection:
            return codes.listed(connection, self.clock())

    def introduce(
        self, device: str, key: Ed25519PublicKey, nonce: str, proof: bytes = b"", *, replaces: bool = False
    ) -> Enrolment:
        """What a box may learn that asks to be let in. A key not seen before must prove that it has the code of its
        name; the code is used up once its request is noted."""
        with self._reading.connect() as connection:
            known = kiosks.has_asked(connection, key)
        if not known and not proof:
            return Enrolment.CODE_WANTED
        message = proof_bytes(device, public_text(key), replaces=replaces, nonce=nonce)
        with self._writing.begin() as connection:
            if not known and not codes.proves(connection, device, message, proof, self.clock()):
                return Enrolment.BAD_CODE
            answer = kiosks.enrol(connection, device, key, self.clock(), replaces=replaces)
            if not known and answer is Enrolment.PENDING:
                codes.spend(connection, device)
            return answer

    def place_of(self, public_key: Ed25519PublicKey) -> Place | None:
        """Where a box that was let in as a replacement begins; None for any other."""
        with self._reading.connect() as connection:
            return kiosks.place_of(connection, print_of(public_key))

    def key_of(self, device: str) -> Ed25519PublicKey | None:
        """The accepted key of a box; None for one that is pending, revoked or not known."""
        with self._reading.connect() as connection:
            return kiosks.accepted_key(connection, device)

    def note_contact(self, device: str) -> None:
        """An accepted box sent a signed request. Writes at most once a minute a box."""
        now_us = self.clock()
        with self._reading.connect() as connection:
            if not kiosks.contact_is_due(connection, device, now_us):
                return
        with self._receiving.begin() as connection:
            kiosks.note_contact(connection, device, now_us)

    # --- how the boxes stand ------------------------------------------------------------------------

    def note_report(self, device: str, report: Report) -> None:
        """How a box says it stands; the newest is kept."""
        with self._receiving.begin() as connection:
            fleet.note(connection, device, report, self.clock())

    def fleet(self) -> list[Standing]:
        """The boxes that are let in, the worst trouble first."""
        now_us = self.clock()
        with self._reading.connect() as connection:
            found = [judge(box, now_us, release()) for box in fleet.boxes(connection)]
        return sorted(found, key=lambda each: each.rank)

    def reminders(self) -> list[Reminder]:
        """The boxes somebody must see to now, one reminder each."""
        now_us = self.clock()
        working_us = working_since(self.shifts(), now_us, ZoneInfo(self.plant.timezone))
        found = (reminder(each, now_us, working_us) for each in self.fleet())
        return [each for each in found if each is not None]

    def journals(self, device: str) -> list[Journal]:
        """How far each journal of a box has come, the newest first."""
        with self._reading.connect() as connection:
            return fleet.journals(connection, device)

    def place_kiosk(self, device: str, place: str, head: str) -> None:
        """Where a box stands, and who is told when it is in trouble."""
        with self._receiving.begin() as connection:
            fleet.place(connection, device, place, head)

    # --- facts --------------------------------------------------------------------------------------

    def receive(self, facts: list[Fact], nonce: str) -> Receipt | Wanted:
        """One batch, one transaction; the Receipt exists only after its COMMIT."""
        now_us = self.clock()
        with self._receiving.begin() as connection:
            answer = receive.batch(connection, facts, nonce, now_us)
            clocks.settle(connection, self._zone, now_us, facts[0].device)
            return answer

    def take(self, file: Path) -> Takeover:
        """Takes what the card of a dead box still holds, from its export. take.NotTaken with the reason."""
        taken = take.take(self._reading, self._receiving, file, self.keys.signing.public_key(), self.clock)
        with self._receiving.begin() as connection:
            lock_box(connection, taken.report.device)
            clocks.settle(connection, self._zone, self.clock(), taken.report.device)
        return taken

    def facts(self, device: str, epoch: int, seqs: list[int]) -> list[Fact]:
        """The facts with these numbers in order, exactly as received; missing ones are left out."""
        with self._reading.connect() as connection:
            return receive.facts(connection, device, epoch, seqs)

    def received_us(self, device: str, epoch: int, seq: int) -> int | None:
        """When HR stored this fact; None for one it does not have."""
        with self._reading.connect() as connection:
            return receive.received_us(connection, device, epoch, seq)

    def quarantine(self) -> list[SetAside]:
        """What was set aside and waits for a decision, newest first."""
        return [each for each in self.set_aside() if each.waits]

    def waiting_aside(self) -> int:
        """How many of them there are."""
        with self._reading.connect() as connection:
            return aside.waiting(connection).total()

    def set_aside(self) -> list[SetAside]:
        """All that was ever set aside, with what was decided about it, newest first."""
        with self._reading.connect() as connection:
            return aside.listed(connection)

    def aside_record(self, key: AsideKey) -> tuple[SetAside, Hurdle | None] | None:
        """One of them, and why it cannot be taken, if so."""
        with self._reading.connect() as connection:
            record = aside.one(connection, key)
            return None if record is None else (record, aside.can_be_taken(connection, record))

    def decide_aside(self, key: AsideKey, action: Action, by: str, note: str) -> None:
        """A person takes it after all, leaves it, or opens it again. aside.NotDecided."""
        decide = {Action.TAKEN: aside.take_up, Action.LEFT: aside.leave, Action.REOPENED: aside.reopen}[action]
        with self._receiving.begin() as connection:
            decide(connection, key, by, note, self.clock())

    def reexamine(self) -> int:
        """Takes what was set aside because an older release did not understand it; says how many."""
        with self._receiving.begin() as connection:
            # Another process may serve these boxes already.
            for device in receive.devices(connection):
                lock_box(connection, device)
            taken = aside.reexamine(connection, self.clock())
            clocks.settle(connection, self._zone, self.clock())
            return taken

    # --- reference data -----------------------------------------------------------------------------

    def reference(self) -> Reference:
        """What a box may know now."""
        today = self.today()
        with self._reading.connect() as connection:
            if version.is_of(connection, today):
                return self._published(connection, today)
        with self._writing.begin() as connection:
            version.roll_over(connection, today)
            newcomers.grow_old(connection, self.clock())
            return self._published(connection, today)

    def _published(self, connection: Connection, today: str) -> Reference:
        sealing_key = sealing_text(self.keys.sealing.public_key())
        return publish.publish(connection, self.plant.name, today, sealing_key)

    def people(self) -> list[PersonView]:
        """By employee number, leavers included."""
        with self._reading.connect() as connection:
            return records.people(connection)

    def machines(self) -> list[Machine]:
        with self._reading.connect() as connection:
            return records.machines(connection)

    def orders(self) -> list[records.OrderView]:
        """Open orders first."""
        with self._reading.connect() as connection:
            return records.orders(connection)

    def prices(self) -> list[PriceView]:
        """Every version, by product, operation and start."""
        with self._reading.connect() as connection:
            return records.prices(connection)

    def shifts(self) -> list[Shift]:
        with self._reading.connect() as connection:
            return records.shifts(connection)

    def clearances(self) -> list[ClearanceView]:
        """Those of employed people, by employee number and kind."""
        with self._reading.connect() as connection:
            return clearances.listed(connection)

    def remove_clearance(self, person: str, kind: str, valid_from: str) -> None:
        """For one that was entered by mistake."""
        with self._writing.begin() as connection:
            clearances.remove(connection, person, kind, valid_from)

    def unknown_badges(self) -> list[UnknownBadge]:
        """Badges that were tapped and belong to nobody yet, last seen first."""
        with self._reading.connect() as connection:
            return badges.unknown_badges(connection)

    def links(self) -> list[Link]:
        """Badges that supervisors have linked to people, those that need a decision first."""
        with self._reading.connect() as connection:
            return claims.links(connection)

    def decide_link(self, device: str, epoch: int, seq: int, give: bool) -> None:
        """A linked badge that somebody else has: the linked person's from now on, or not. records.Rejected."""
        with self._writing.begin() as connection:
            claims.decide(connection, device, epoch, seq, give)

    def assign_badge(self, text: str, person: str, technology: str = badges.DEFAULT_TECHNOLOGY) -> str:
        """Gives a badge to a person, earlier taps included, and returns its key. records.Rejected with the mend."""
        with self._writing.begin() as connection:
            return badges.assign(connection, text, person, technology)

    def block_badge(self, key: str, blocked: bool) -> None:
        with self._writing.begin() as connection:
            badges.block(connection, key, blocked)

    def save_person(self, person: Person, active: bool = True) -> Person:
        """Adds or edits by employee number; an empty `id` is minted, a PIN of None is kept. records.Rejected."""
        with self._writing.begin() as connection:
            return records.save_person(connection, person, active)

    def import_csv(self, kind: Kind, raw: bytes) -> csv_import.Imported:
        """All or nothing. csv_import.BadFile lists every line that is wrong."""
        with self._writing.begin() as connection:
            return csv_import.import_csv(connection, kind, raw)

    # --- newcomers ----------------------------------------------------------------------------------

    def newcomers(self) -> list[Newcomer]:
        """Everybody a box has registered, those who wait for a decision first."""
        with self._reading.connect() as connection:
            return newcomers.newcomers(connection)

    def owners(self) -> Owners:
        """Whose each person key is that a box has minted; for any key."""
        with self._reading.connect() as connection:
            return owners(connection)

    def newcomer(self, key: str) -> Newcomer | None:
        """The one with this person key."""
        with self._reading.connect() as connection:
            return next(iter(newcomers.newcomers(connection, key)), None)

    def open_card(self, key: str) -> IdCard | None:
        """What his identity card says; None while HR has no record of it. sync.identity.NotSealedForUs."""
        with self._reading.connect() as connection:
            return newcomers.open_card(connection, key, self.keys.sealing)

    def employ(self, key: str, person: Person) -> None:
        """The newcomer becomes a new employee. records.Rejected."""
        with self._writing.begin() as connection:
            newcomers.employ(connection, key, person, self.clock())

    def map_to(self, key: str, person: str) -> None:
        """The newcomer is this employee. records.Rejected."""
        with self._writing.begin() as connection:
            newcomers.map_to(connection, key, person, self.clock())

    def undo_newcomer(self, key: str) -> None:
        """Takes the decision back while nothing counts for him. records.Rejected."""
        with self._writing.begin() as connection:
            newcomers.undo(connection, key)

    def forget_newcomer(self, key: str) -> bool:
        """Destroys his sealed record; False when a reader kept it from being wiped off the disk yet: do it again."""
        with self._writing.begin() as connection:
            newcomers.forget(connection, key, self.clock())
        return scrub(self._reading)

    def decide_badge(self, key: str, badge: str, give: bool) -> None:
        """A badge that somebody else has: the newcomer's from now on, or not. records.Rejected."""
        with self._writing.begin() as connection:
            newcomers.decide_badge(connection, key, badge, give)

    def keep_sealed(self, device: str, person: str, sealed: bytes) -> str:
        """Stores a sealed record and returns its digest. newcomers.RecordRefused for a second one of a person."""
        refusal: newcomers.RecordRefused | None = None
        with self._writing.begin() as connection:
            try:
                return newcomers.keep(connection, device, person, sealed, self.clock())
            except newcomers.RecordRefused as error:
                # What was kept aside stays: the transaction ends well.
                refusal = error
        raise refusal

    # --- days and wages -----------------------------------------------------------------------------

    def days(self, date_from: str, date_to: str, person: str | None = None) -> list[AttendanceDay]:
        """Work dates from and to, both included; by date, then employee number."""
        with self._reading.connect() as connection:
            return attendance.days(connection, date_from, date_to, person)

    def taps(self, work_date: str, person: str) -> list[PlacedTap]:
        """Every tap of one person's work date in order of time, and the stretch it makes, if any."""
        with self._reading.connect() as connection:
            return attendance.taps(connection, work_date, person)

    def unsure_days(self) -> list[tuple[str, str]]:
        """Work date and person of each day with a tap of which nobody can say when it was, the newest first."""
        with self._reading.connect() as connection:
            return attendance.unsure(connection)

    def amendments(self, device: str, epoch: int, seq: int) -> list[Amendment]:
        """What HR has thought of the time of one tap, the oldest first; nothing where its own time stands."""
        with self._reading.connect() as connection:
            return clocks.history(connection, device, epoch, seq)

    def time_is_open(self, device: str, epoch: int, seq: int) -> bool:
        """Whether a person may say when this tap was, because no server has."""
        with self._reading.connect() as connection:
            try:
                clocks.confirmable(connection, device, epoch, seq)
            except clocks.Unconfirmable:
                return False
        return True

    def confirm_time(self, said: Confirmation) -> int:
        """Dates the whole boot of a tap by what a person says; how many taps it amended. clocks.Unconfirmable."""
        with self._receiving.begin() as connection:
            lock_box(connection, said.device)
            return clocks.confirm(connection, said, self._zone, self.clock())

    def output(self, work_date: str) -> DayOutput:
        """Where the pieces of a day went, by machine, and what is sealed of them, by person."""
        with self._reading.connect() as connection:
            return output(connection, work_date)

    def commissionings(self) -> list[Commissioning]:
        """Why one count of a counter is what it is, the newest first."""
        with self._reading.connect() as connection:
            return equipment.commissionings(connection)

    def state_changes(self, date: str) -> list[StateChange]:
        """When machines were set up on one calendar day of the plant."""
        midnight = datetime.fromisoformat(date).replace(tzinfo=ZoneInfo(self.plant.timezone))
        moments = (int(each.timestamp() * 1_000_000) for each in (midnight, midnight + timedelta(days=1)))
        with self._reading.connect() as connection:
            return equipment.state_changes(connection, *moments)

    def lines(self, date_from: str, date_to: str, person: str | None = None) -> list[WageLine]:
        """Every confirmation of these work dates in money, failing ones included (see pay.rules.explained)."""
        with self._reading.connect() as connection:
            return pay.lines(connection, date_from, date_to, person)

    def line(self, device: str, epoch: int, seq: int) -> WageLine | None:
        with self._reading.connect() as connection:
            return pay.line(connection, device, epoch, seq)

    def totals(self, date_from: str, date_to: str) -> list[Total]:
        """One per person who has a line, by employee number."""
        with self._reading.connect() as connection:
            return pay.totals(pay.each_line(connection, date_from, date_to))

    def wages_csv(self, date_from: str, date_to: str) -> bytes:
        return export.wages(self.lines(date_from, date_to))

    def attendance_csv(self, date_from: str, date_to: str) -> bytes:
        return export.attendance(self.days(date_from, date_to), self.plant.timezone)


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
    service.reexamine()
    return service
