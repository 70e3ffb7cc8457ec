"""The tables of attendance beside taps: rules of shifts, leave, repairs, approved minutes, revisions of days.

What a person decided is only ever added to; what is computed is kept once per revision and never rewritten.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from hr.store.tables import metadata

shift_version = Table(
    "shift_version",
    metadata,
    Column("shift", ForeignKey("shift.id"), primary_key=True),
    Column("valid_from", String(10), primary_key=True, comment="work date; 0001-01-01: from the beginning"),
    Column("start_min", Integer, nullable=False, comment="minutes after 00:00 of the work date"),
    Column("end_min", Integer, nullable=False),
    Column("overtime_min", Integer, nullable=False, comment="for so long after the end sessions at machines go on"),
    Column("breaks", Text, nullable=False, server_default="", comment="12:00-13:00;26:00-26:30 paid"),
    Column("early_in_min", Integer, nullable=False, server_default="60"),
    Column("late_out_min", Integer, nullable=False, server_default="240"),
    Column("late_grace_min", Integer, nullable=False, server_default="0"),
    Column("early_grace_min", Integer, nullable=False, server_default="0"),
    Column("late_as_lack_min", Integer, comment="NULL: late is late"),
    Column("ot_unit_min", Integer, nullable=False, server_default="30"),
    Column("ot_min_min", Integer, nullable=False, server_default="30"),
    Column("flexible_min", Integer, nullable=False, server_default="0"),
    Column("punches", Integer, nullable=False, server_default="2"),
    Column("normal_cap_min", Integer, comment="NULL: none; paid minutes above it are planned overtime"),
    Column("pairing", String(12), nullable=False, server_default="FIRST_LAST"),
    Column("directions", String(12), nullable=False, server_default="AS_SAID"),
    Column("typed_by", String(64), nullable=False, comment="account"),
    Column("typed_us", BigInteger, nullable=False),
    Column("typed_why", Text, nullable=False, server_default="", comment="reason"),
    CheckConstraint("punches IN (2, 4)", name="punches"),
    comment="what HR asks of a shift from a date on; boxes know its times only",
)

leave_entry = Table(
    "leave_entry",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("date_from", String(10), nullable=False),
    Column("date_to", String(10), nullable=False, comment="included"),
    Column("start_min", Integer, comment="minutes after 00:00 of each work date; NULL: the whole day"),
    Column("end_min", Integer),
    Column("reason", String(200), nullable=False),
    Column("typed_by", String(64), nullable=False, comment="account"),
    Column("typed_us", BigInteger, nullable=False),
    Column("taken_back_by", String(64), comment="account; NULL: it stands"),
    Column("taken_back_us", BigInteger),
    Column("taken_back_why", Text),
    Column("compensates", String(10), comment="rest day that was worked"),
    Column("compensated_min", Integer, nullable=False, server_default="0", comment="of that day, not paid as overtime"),
    Index("ix_leave_entry_date_to", "date_to"),
    Index("ix_leave_entry_compensates", "compensates"),
    comment="leave that was given; taken back at most once, never deleted",
)

punch_repair = Table(
    "punch_repair",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("work_date", String(10), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("asked_by", String(64), nullable=False, comment="account"),
    Column("asked_us", BigInteger, nullable=False),
    CheckConstraint("direction IN ('IN', 'OUT')", name="direction"),
    Index("ix_punch_repair_work_date", "work_date"),
    comment="a punch that somebody says is missing; what became of it stands in punch_repair_step",
)

punch_repair_step = Table(
    "punch_repair_step",
    metadata,
    Column("repair", ForeignKey("punch_repair.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1; the last one stands"),
    Column("state", String(10), nullable=False),
    Column(
        "decided_by", String(64), nullable=False, comment="account; an approval's is another one than the request's"
    ),
    Column("decided_us", BigInteger, nullable=False),
    Column("why", String(200), nullable=False),
    CheckConstraint("state IN ('APPROVED', 'REFUSED', 'TAKEN_BACK')", name="state"),
    comment="what was decided about a repair, by whom and why; only added to",
)

approved_minutes = Table(
    "approved_minutes",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("work_date", String(10), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1; the last one stands"),
    Column("minutes", Integer, nullable=False, comment="0: seen, and none count"),
    Column("decided_by", String(64), nullable=False, comment="account"),
    Column("decided_us", BigInteger, nullable=False),
    Column("why", String(200), nullable=False),
    CheckConstraint("kind IN ('OVERTIME', 'EARLY', 'UNSCHEDULED')", name="kind"),
    CheckConstraint("minutes >= 0", name="minutes"),
    Index("ix_approved_minutes_work_date", "work_date"),
    comment="minutes beyond the shift that a person approved; only added to",
)

attendance_day = Table(
    "attendance_day",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("work_date", String(10), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False, comment="from 1"),
    Column("rule_version", String(32), nullable=False),
    Column("inputs", String(64), nullable=False, comment="SHA-256 of what it was computed from"),
    Column("content", Text, nullable=False, comment="canonical JSON; no name"),
    Column("made_us", BigInteger, nullable=False),
    Index("ix_attendance_day_work_date", "work_date"),
    comment="each revision of a day whose work date is over, kept when it was first shown or decided upon",
)
