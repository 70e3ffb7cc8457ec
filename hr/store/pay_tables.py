"""The tables of what people agree and decide about pay. Money and rates are decimal text, months are YYYY-MM."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from hr.store.tables import DecimalText, metadata

pay_terms = Table(
    "pay_terms",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("valid_from", String(10), primary_key=True),
    Column("scheme", String(16), nullable=False),
    Column("hours", String(16), nullable=False, comment="system of working hours"),
    Column("contract_month", DecimalText),
    Column("fixed", DecimalText, comment="guarantee or base of the scheme"),
    Column("fixed_per", String(5), nullable=False),
    Column("probation_from", String(10), nullable=False),
    Column("probation_until", String(10), nullable=False),
    Column("training_days", Integer, nullable=False),
    Column("training_guarantee", DecimalText, nullable=False),
    Column("training_ratio", DecimalText, nullable=False),
    Column("training_until", String(10), nullable=False),
    Column("typed_by", String(64), nullable=False, comment="account"),
    Column("typed_us", BigInteger, nullable=False),
    Column("typed_why", Text, nullable=False, server_default="", comment="reason"),
    comment="what was agreed with a person, until a later version",
)

skill_grade = Table(
    "skill_grade",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("valid_from", String(10), primary_key=True),
    Column("name", String(32), nullable=False),
    Column("coefficient", DecimalText, nullable=False, comment="of the piece price"),
    Column("typed_by", String(64), nullable=False, comment="account"),
    Column("typed_us", BigInteger, nullable=False),
    Column("typed_why", Text, nullable=False, server_default="", comment="reason"),
)

team_pool = Table(
    "team_pool",
    metadata,
    Column("pool", String(64), primary_key=True),
    Column("valid_from", String(10), primary_key=True),
    Column("method", String(24), nullable=False, comment="what a member's weight is"),
    Column("per", String(5), nullable=False, comment="whether a day or a month is shared out"),
    Column("typed_by", String(64), nullable=False, comment="account"),
    Column("typed_us", BigInteger, nullable=False),
    Column("typed_why", Text, nullable=False, server_default="", comment="reason"),
)

pool_member = Table(
    "pool_member",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("valid_from", String(10), primary_key=True),
    Column("pool", String(64), nullable=False, comment="empty: in none from then on"),
    Column("day_wage", DecimalText, nullable=False),
    Column("typed_by", String(64), nullable=False, comment="account"),
    Column("typed_us", BigInteger, nullable=False),
    Column("typed_why", Text, nullable=False, server_default="", comment="reason"),
    Index("ix_pool_member_pool", "pool"),
)

pay_setting = Table(
    "pay_setting",
    metadata,
    Column("name", String(32), primary_key=True, comment="a field of LocalSettings"),
    Column("valid_from", String(10), primary_key=True),
    Column("value", String(64), nullable=False, comment="empty: the default again, or not entered"),
    Column("typed_by", String(64), nullable=False, comment="account"),
    Column("typed_us", BigInteger, nullable=False),
    Column("typed_why", Text, nullable=False, server_default="", comment="reason"),
    comment="local settings, one version of one setting a row; each holds until a later one of its name",
)

pay_document = Table(
    "pay_document",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("month", String(7), nullable=False, comment="in which it is paid or deducted"),
    Column("work_date", String(10), nullable=False, comment="empty: of the month"),
    Column("amount", DecimalText, nullable=False, comment="yuan; of a bonus its base, of leave the day wage"),
    Column("share", DecimalText, nullable=False, comment="score in per cent, minutes, or days"),
    Column("reason", Text, nullable=False),
    Column("typed_by", String(64), nullable=False, comment="account"),
    Column("typed_us", BigInteger, nullable=False),
    Column("taken_back_by", String(64), comment="account; NULL: it stands"),
    Column("taken_back_us", BigInteger),
    Column("taken_back_why", Text),
    CheckConstraint(
        "kind IN ('BONUS', 'ALLOWANCE', 'HAZARD', 'CLAIM', 'WAITING', 'LONG_STOP', 'LEAVE', 'INSURANCE')", name="kind"
    ),
    Index("ix_pay_document_month", "month", "person"),
    comment="scores, claims, waiting time and amounts that people typed; taken back at most once, never deleted",
)

waiting_decision = Table(
    "waiting_decision",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("work_date", String(10), nullable=False),
    Column("minutes", Integer, nullable=False, comment="as proposed"),
    Column("facts", Text, nullable=False, comment="JSON: device, epoch and seq of each fact it stands on"),
    Column("accepted", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("document", ForeignKey("pay_document.id"), comment="the entry that an accepted one became"),
    Column("decided_by", String(64), nullable=False, comment="account"),
    Column("decided_us", BigInteger, nullable=False),
    Index("ix_waiting_decision_work_date", "work_date"),
    comment="what was decided of waiting time that facts show; the last word of a person and date counts",
)

replaced_version = Table(
    "replaced_version",
    metadata,
    Column("kind", String(16), primary_key=True, comment="table of the version"),
    Column("key", String(64), primary_key=True, comment="person, pool, setting, product or shift"),
    Column("valid_from", String(10), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1"),
    Column("content", Text, nullable=False, comment="JSON: the columns as they were"),
    Column("typed_by", String(64), nullable=False, comment="account"),
    Column("typed_us", BigInteger, nullable=False),
    Column("typed_why", Text, nullable=False, server_default="", comment="reason"),
    comment="what stood in a version before it was typed again; only added to",
)

question_settled = Table(
    "question_settled",
    metadata,
    Column("device", String(64), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="of the question"),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1; the last one counts"),
    Column("text", Text, nullable=False, comment="what the person reads"),
    Column("settled_by", String(64), nullable=False, comment="account"),
    Column("settled_us", BigInteger, nullable=False),
    comment="what HR said itself to questions about lines of pay; only added to",
)
