"""The tables of the HR database. Plain SQL types only, so that SQLite and PostgreSQL hold the same thing.

Money is decimal text, moments are microseconds UTC in `_us` columns, dates are ISO 8601 text in the plant's zone.
Facts are only ever added; what is computed from them (days, wage lines) is not stored but for what was shown or closed.
"""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

PRICE_DECIMALS = 4
"""The least number of decimals a price is kept with; more are kept when given."""


class DecimalText(TypeDecorator[Decimal]):
    """A decimal as text: exact on every engine, never a binary float on the way."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Kinds(TypeDecorator[tuple[str, ...]]):
    """A few names in one cell, `A;B`; none of them holds a semicolon."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else ";".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(value.split(";")) if value else ()


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

account = Table(
    "account",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("password", Text, nullable=False, comment="argon2id"),
)

# --- kiosks and what they sent --------------------------------------------------------------------

kiosk = Table(
    "kiosk",
    metadata,
    Column("fingerprint", String(32), primary_key=True),
    Column("device", String(32), nullable=False),
    Column("public_key", String(64), nullable=False),
    Column("state", String(8), nullable=False, comment="PENDING, ACCEPTED or REVOKED"),
    Column("asked_us", BigInteger, nullable=False),
    Column("last_contact_us", BigInteger),
    Column("replaces", Boolean, nullable=False, server_default=text("false")),
    Column("epoch", BigInteger),
    CheckConstraint("state IN ('PENDING', 'ACCEPTED', 'REVOKED')", name="state"),
)
Index(
    "uq_kiosk_accepted",
    kiosk.c.device,
    unique=True,
    sqlite_where=text("state = 'ACCEPTED'"),
    postgresql_where=text("state = 'ACCEPTED'"),
)

enrolment_code = Table(
    "enrolment_code",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("verifier", String(64), nullable=False, comment="public half of the key the code makes"),
    Column("made_us", BigInteger, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    comment="for which box a code was made; the code itself is kept nowhere",
)

journal = Table(
    "journal",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("head", String(64), nullable=False),
)

loss = Table(
    "loss",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("last_contact_us", BigInteger),
    Column("replaced_us", BigInteger, nullable=False),
    Column("taken_us", BigInteger),
    comment="a journal whose box was replaced: what it held beyond its last fact here was never received",
)

fact = Table(
    "fact",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("command", String(64), nullable=False),
    Column("part", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("boot_id", String(64), nullable=False),
    Column("boottime_ns", BigInteger, nullable=False),
    Column("wall_us", BigInteger, nullable=False),
    Column("clock", String(16), nullable=False),
    Column("body", Text, nullable=False, comment="canonical JSON"),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("person", String(64), comment="taken out of the body, for the indexes"),
    Column("machine", String(64)),
    Column("badge", String(64)),
    Column("work_date", String(10)),
    Index("ix_fact_kind_work_date", "kind", "work_date"),
)
for _column, _more in (("person", ("kind", "work_date")), ("badge", ("wall_us",))):
    # Most facts are readings: they name no person and no badge, and would only fatten these indexes.
    Index(
        f"ix_fact_{_column}",
        fact.c[_column],
        *(fact.c[each] for each in _more),
        sqlite_where=fact.c[_column].is_not(None),
        postgresql_where=fact.c[_column].is_not(None),
    )

reading_use = Table(
    "reading_use",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("actual_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("from_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("to_seq", BigInteger, primary_key=True, autoincrement=False),
    Index("ix_reading_use_from", "device", "from_seq"),
    comment="which MaterialActualRecorded rests on which two readings; derived from the facts",
)

actual_use = Table(
    "actual_use",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("confirmation_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("actual_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("person", String(64), nullable=False),
    Index("ix_actual_use_actual", "device", "actual_seq"),
    comment="which QuantityConfirmed covers which MaterialActualRecorded; derived from the facts",
)

assigned_use = Table(
    "assigned_use",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("assigned_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("actual_seq", BigInteger, nullable=False),
    Index("ix_assigned_use_actual", "device", "actual_seq"),
    comment="which MaterialActualAssigned gives pieces of which MaterialActualRecorded; derived from the facts",
)

# --- what the clocks of boxes were worth ----------------------------------------------------------

boot = Table(
    "boot",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False, comment="from 1, in the order they ran"),
    Column("boot_id", String(64), nullable=False),
    Column("first_ns", BigInteger, nullable=False, comment="boot time of the first fact"),
    Column("last_ns", BigInteger, nullable=False, comment="the latest boot time of a fact"),
    Column("wall_us", BigInteger, nullable=False, comment="raw wall time of the first fact"),
    Column("clock", String(16), nullable=False, comment="state of the clock at the first fact"),
    Column("anchored", Boolean, nullable=False, comment="whether it has a row in clock_anchor"),
    Column("due_ns", BigInteger, comment="taps from here on are to be dated anew; NULL: none"),
    Index("uq_boot_device_boot_id", "device", "boot_id", unique=True),
    comment="the boots of each box, as its facts show them",
)

clock_anchor = Table(
    "clock_anchor",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("boot_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1, in the order they came"),
    Column("boottime_ns", BigInteger, nullable=False),
    Column("utc_us", BigInteger, nullable=False, comment="what UTC was then"),
    Column("within_us", BigInteger, nullable=False, comment="give or take"),
    Column("source", String(16), nullable=False),
    Column("noted_us", BigInteger, nullable=False, comment="when HR learnt it"),
    Column("said_by", String(64), nullable=False, comment="person key of a supervisor, or the account at HR"),
    Column("reason", Text, nullable=False, comment="of one that was given at HR"),
    CheckConstraint("source IN ('server', 'supervisor', 'ntp', 'hr')", name="source"),
    comment="moments of boots of which UTC is known",
)

amendment = Table(
    "amendment",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1; the newest one stands"),
    Column("standing", Boolean, nullable=False, comment="whether it is the newest of its fact"),
    Column("before_us", BigInteger, nullable=False),
    Column("before_date", String(10), nullable=False),
    Column("after_us", BigInteger, nullable=False, comment="effective time"),
    Column("after_date", String(10), nullable=False, comment="work date of the effective time"),
    Column("within_us", BigInteger, nullable=False),
    Column("basis", String(16), nullable=False),
    Column("anchor", Integer, comment="number of the anchor in the fact's boot; NULL: dated by other boots"),
    Column("made_us", BigInteger, nullable=False),
    CheckConstraint("basis IN ('ANCHORED', 'RTC', 'BOUNDED')", name="basis"),
    comment="times of taps that HR has set right, or cannot be sure of; the facts themselves stay as they came",
)
Index(
    "ix_amendment_after_date",
    amendment.c.after_date,
    sqlite_where=text("standing"),
    postgresql_where=text("standing"),
)
UNSURE = "standing AND basis = 'BOUNDED'"
Index("ix_amendment_unsure", amendment.c.device, sqlite_where=text(UNSURE), postgresql_where=text(UNSURE))
UNTRUSTED_TAP = "kind = 'AttendanceTap' AND clock IN ('none', 'rtc', 'supervisor')"
"""Taps whose time may have to be repaired, as SQL; the others are in no index for it."""

Index(
    "ix_fact_untrusted_tap",
    fact.c.device,
    fact.c.boot_id,
    fact.c.boottime_ns,
    sqlite_where=text(UNTRUSTED_TAP),
    postgresql_where=text(UNTRUSTED_TAP),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), primary_key=True, comment="SHA-256 of `fact`"),
    Column("code", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("fact", Text, nullable=False, comment="the whole fact as received"),
    Column("received_us", BigInteger, nullable=False),
)

aside_decision = Table(
    "aside_decision",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), primary_key=True, comment="that of the quarantine row; `command` for a CommandParked"),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1; the newest one holds"),
    Column("action", String(8), nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_by", String(64), nullable=False, comment="account; empty: this server, after an update"),
    Column("decided_us", BigInteger, nullable=False),
    CheckConstraint("action IN ('TAKEN', 'LEFT', 'REOPENED')", name="action"),
    comment="what people decided about records that were set aside; never changed, never deleted",
)

kiosk_report = Table(
    "kiosk_report",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("received_us", BigInteger, nullable=False),
    Column("stopped_us", BigInteger, comment="since when each report says that core or devices does not run"),
    Column("report", Text, nullable=False, comment="JSON, see sync/wire/report.py"),
    comment="how each box says it stands; the newest report only",
)

kiosk_place = Table(
    "kiosk_place",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("place", String(64), nullable=False, comment="where it stands"),
    Column("head", String(64), nullable=False, comment="who is told when it is in trouble: the department's head"),
)

kiosk_day = Table(
    "kiosk_day",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("date", String(10), primary_key=True, comment="of the plant, by the stamps as captured"),
    Column("tally", Text, nullable=False, comment="JSON, see sync/wire/tally.py"),
    Column("told_us", BigInteger, nullable=False),
    Index("ix_kiosk_day_date", "date"),
    comment="what each box says it made on each closed day",
)

mail_notice = Table(
    "mail_notice",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("trouble", String(16), nullable=False, comment="what was written of; empty: that it is over"),
    Column("since_us", BigInteger, nullable=False),
    Column("recipients", Text, nullable=False, comment="addresses, separated by commas"),
    Column("claimed_us", BigInteger, nullable=False, comment="when a process began to send it"),
    Column("sent_us", BigInteger, comment="NULL: not sent yet"),
    Column("failure", Text, nullable=False, comment="why the last try did not go"),
    Column("tries", Integer, nullable=False),
    comment="the newest e-mail about each box",
)

# --- taps that a person typed -----------------------------------------------------------------------

paper_tap = Table(
    "paper_tap",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("work_date", String(10), nullable=False),
    Column("evidence", String(8), nullable=False),
    Column("reference", String(64), nullable=False, comment="which paper list, and its line"),
    Column("typed_by", String(64), nullable=False, comment="account"),
    Column("typed_us", BigInteger, nullable=False),
    Column("taken_back_by", String(64), comment="account; NULL: it stands"),
    Column("taken_back_us", BigInteger),
    Column("taken_back_why", Text),
    CheckConstraint("direction IN ('IN', 'OUT')", name="direction"),
    CheckConstraint("evidence IN ('PAPER')", name="evidence"),
    Index("ix_paper_tap_work_date", "work_date"),
    comment="taps from the paper list of an outage; taken back at most once, never deleted",
)

# --- calendar and roster ----------------------------------------------------------------------------

calendar_year = Table(
    "calendar_year",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1; the newest one holds"),
    Column("content", Text, nullable=False, comment="the file as it was loaded, TOML"),
    Column("loaded_by", String(64), nullable=False, comment="account"),
    Column("loaded_us", BigInteger, nullable=False),
    comment="tables of holidays that people loaded, beside those this release brings; never changed, never deleted",
)

roster_version = Table(
    "roster_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("how", String(8), nullable=False),
    Column("made_by", String(64), nullable=False, comment="account; empty: at the command line"),
    Column("made_us", BigInteger, nullable=False),
    CheckConstraint("how IN ('EDIT', 'COPY', 'TEAM', 'FILE')", name="how"),
    comment="each time somebody changed the roster; never changed, never deleted",
)

roster = Table(
    "roster",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("date", String(10), primary_key=True, comment="the work date: that on which a shift begins"),
    Column("version", ForeignKey("roster_version.version"), primary_key=True),
    Column("shifts", Kinds, comment="separated by semicolons; empty: rest; NULL: no plan any more"),
    Index("ix_roster_date", "date"),
    comment="which shifts a person works; the newest version of a date holds, none is changed or deleted",
)

# --- pay ------------------------------------------------------------------------------------------

payslip_asking = Table(
    "payslip_asking",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("tap", BigInteger, primary_key=True, autoincrement=False, comment="seq of the tap it was asked with"),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1, of this tap"),
    Column("person", String(64), nullable=False, comment="whose pay"),
    Column("month", String(7), nullable=False),
    Column("asked_us", BigInteger, nullable=False),
    Column("refused", Boolean, nullable=False, comment="the tap was not this person's, or too old"),
    Index("ix_payslip_asking_device", "device", "asked_us"),
    Index("ix_payslip_asking_person", "person", "asked_us"),
    comment="each time a kiosk asked for somebody's pay; never changed, never deleted",
)

# --- newcomers ------------------------------------------------------------------------------------

sealed_record = Table(
    "sealed_record",
    metadata,
    Column("person", String(64), primary_key=True, comment="the person key a box minted"),
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the bytes as they came"),
    Column("device", String(32), nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("sealed", LargeBinary, comment="HPKE to this server's sealing key; NULL once they are destroyed"),
    Column("aside", Boolean, nullable=False, comment="another one of this person came first"),
    Column("safe", Boolean, nullable=False, comment="in a backup, or here for long: the box may let its copy go"),
    Column("listed", Boolean, nullable=False, comment="boxes are told that it is here"),
    comment="what identity cards say of newcomers; only the holder of the sealing key can read it",
)

badge_claim = Table(
    "badge_claim",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("badge", String(64), nullable=False),
    Column("person", String(64), nullable=False, comment="the person key in the fact"),
    Column("state", String(8), nullable=False, comment="WAITING, GIVEN, CONFLICT or LEFT"),
    CheckConstraint("state IN ('WAITING', 'GIVEN', 'CONFLICT', 'LEFT')", name="state"),
    Index("ix_badge_claim_person", "person"),
    comment="a badge that a box has bound to a newcomer, one row for each BadgeBound fact",
)

# --- other systems --------------------------------------------------------------------------------

outbox = Table(
    "outbox",
    metadata,
    Column("system", String(32), primary_key=True, comment="its name in systems.toml"),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("event", String(36), nullable=False),
    Column("line", String(96), nullable=False, comment="attendance or pieces, and the fact"),
    Column("revision", Integer, nullable=False),
    Column("work_date", String(10), nullable=False),
    Column("content", Text, nullable=False, comment="canonical JSON; no name"),
    Column("withdrawn", Boolean, nullable=False),
    Column("state", String(10), nullable=False),
    Column("fault", String(8), nullable=False),
    Column("reason", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ref", Text, nullable=False, comment="the system's own name of the record"),
    Column("mark", Text, nullable=False, comment="by which an edit there is seen"),
    Column("queued_us", BigInteger, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    CheckConstraint("state IN ('WAITING', 'SENT', 'PARKED', 'SUPERSEDED')", name="state"),
    UniqueConstraint("system", "event"),
    Index("ix_outbox_line", "system", "line"),
    Index("ix_outbox_state", "system", "state", "position"),
    Index("ix_outbox_work_date", "system", "work_date"),
    comment="revisions of lines for other systems, in the order in which each gets them",
)

# --- reference data -------------------------------------------------------------------------------

person = Table(
    "person",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("team", String(64), nullable=False, server_default=""),
    Column("language", String(8), nullable=False, server_default="zh"),
    Column("pin", Text, comment="argon2id, supervisors only"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("weight", Integer, nullable=False, server_default="100", comment="hundredths of a full part"),
)

clearance = Table(
    "clearance",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("valid_from", String(10), primary_key=True),
    Column("valid_to", String(10), nullable=False, server_default="", comment="empty: it does not end"),
    Column("evidence", String(200), nullable=False, server_default="", comment="certificate number, or what was done"),
    comment="leave to do a kind of work; boxes are told of it without the evidence",
)

person_key = Table(
    "person_key",
    metadata,
    Column("key", String(64), primary_key=True, comment="minted by a box"),
    Column("person", ForeignKey("person.id"), comment="whose it is; NULL: HR has refused this newcomer"),
    Column("decided_us", BigInteger, nullable=False),
    Index("ix_person_key_person", "person"),
    comment="what HR decided about the newcomers of boxes; facts keep the key for ever",
)

badge = Table(
    "badge",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("blocked", Boolean, nullable=False, server_default=text("false")),
)

machine = Table(
    "machine",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("operators", Integer, nullable=False, server_default="1", comment="how many may be logged on at once"),
    Column("needs", Kinds, nullable=False, server_default="", comment="kinds of clearance, separated by semicolons"),
)

product = Table(
    "product",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(128), nullable=False),
)

operation = Table(
    "operation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(128), nullable=False),
)

price = Table(
    "price",
    metadata,
    Column("product", ForeignKey("product.id"), primary_key=True),
    Column("operation", ForeignKey("operation.id"), primary_key=True),
    Column("valid_from", String(10), primary_key=True),
    Column("price", DecimalText, nullable=False, comment="CNY per piece"),
    Column("price_per", DecimalText, nullable=False, server_default="1", comment="pieces the price is for"),
    Column("mode", String(12), nullable=False, server_default="FLAT"),
    Column("bands", Text, nullable=False, server_default="", comment="up to:price;up to:price;:price"),
    Column("quota", DecimalText),
    Column("base", DecimalText, nullable=False, server_default="0", comment="for the quota, of OVER_QUOTA"),
    Column("per", String(5), nullable=False, server_default="DAY", comment="of quota and bands"),
    Column("typed_by", String(64), nullable=False, server_default="", comment="account"),
    Column("typed_us", BigInteger, nullable=False, server_default="0"),
    Column("typed_why", Text, nullable=False, server_default="", comment="reason"),
)

work_order = Table(
    "work_order",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("machine", ForeignKey("machine.id")),
    Column("product", ForeignKey("product.id"), nullable=False),
    Column("operation", ForeignKey("operation.id"), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("pieces_per_count", Integer, nullable=False, server_default="1"),
    Column("state", String(8), nullable=False),
    CheckConstraint("state IN ('OPEN', 'CLOSED')", name="state"),
)
Index(
    "uq_work_order_open",
    work_order.c.machine,
    unique=True,
    sqlite_where=text("state = 'OPEN'"),
    postgresql_where=text("state = 'OPEN'"),
)

shift = Table(
    "shift",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    comment="its times are in shift_version",
)

reference_version = Table(
    "reference_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("as_of", String(10), nullable=False, comment="the day whose prices the boxes were last given"),
    CheckConstraint("id = 1", name="one_row"),
)
