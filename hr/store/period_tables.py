"""The tables of months of pay: steps, runs, closed statements, adjustments, and what HR confirmed itself.

All of them are only ever added to, but for the end of a run; what a run that was given up has left is deleted.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text
from sqlalchemy import text as sql

from hr.store.tables import metadata

pay_step = Table(
    "pay_step",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1; the last one holds"),
    Column("step", String(8), nullable=False),
    Column("taken_by", String(64), nullable=False, comment="account"),
    Column("taken_us", BigInteger, nullable=False),
    CheckConstraint("step IN ('REVIEW', 'BACK', 'CLOSE')", name="step"),
    comment="what HR did with a month; one without steps is a draft",
)

pay_run = Table(
    "pay_run",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("month", String(7), nullable=False),
    Column("began_us", BigInteger, nullable=False),
    Column("began_by", String(64), nullable=False, comment="account"),
    Column("rules", Integer, nullable=False, comment="version of the rules of pay"),
    Column("software", String(64), nullable=False, comment="release that computed it"),
    Column("previous", String(64), nullable=False, comment="head of the month closed before; empty for the first"),
    Column("ground", String(64), nullable=False, comment="SHA-256 of what it is computed from"),
    Column("finished_us", BigInteger, comment="NULL: not closed by this run yet"),
    Column("head", String(64), nullable=False, server_default="", comment="hash of the last entry"),
    comment="one closing of a month; a month has at most one that is finished",
)
Index(
    "uq_pay_run_closed",
    pay_run.c.month,
    unique=True,
    sqlite_where=sql("finished_us IS NOT NULL"),
    postgresql_where=sql("finished_us IS NOT NULL"),
)

closed_statement = Table(
    "closed_statement",
    metadata,
    Column("run", ForeignKey("pay_run.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False, comment="from 1, in the order of the chain"),
    Column("person", String(64), nullable=False),
    Column("summary", Text, nullable=False, comment="JSON: the row of the ledger; follows from the content"),
    Column("content", LargeBinary, nullable=False, comment="the whole entry, canonical JSON, zlib"),
    Column("hash", String(64), nullable=False, comment="SHA-256 of the hash before and the canonical JSON"),
    Index("uq_closed_statement_person", "run", "person", unique=True),
    comment="a person's month as it was closed; never changed, never deleted once its run is finished",
)

pay_adjustment = Table(
    "pay_adjustment",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("month", String(7), nullable=False, comment="the open month it is paid in"),
    Column("refers_to", String(7), nullable=False, comment="the closed month it corrects"),
    Column("person", String(64), nullable=False),
    Column("key", Text, nullable=False, comment="of the item: what it corrects, and its number"),
    Column("item", Text, nullable=False, comment="canonical JSON"),
    Column("reason", Text, nullable=False),
    Column("posted_by", String(64), nullable=False, comment="account"),
    Column("posted_us", BigInteger, nullable=False),
    Index("ix_pay_adjustment_month", "month", "person"),
    Index("uq_pay_adjustment_key", "person", "key", unique=True),
    Index("ix_pay_adjustment_refers_to", "refers_to", "person"),
    comment="corrections of closed months, paid in a later one; never changed, never deleted",
)

office_seal = Table(
    "office_seal",
    metadata,
    Column("device", String(32), primary_key=True, comment="the box whose records are confirmed"),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="beyond all numbers of facts"),
    Column("person", String(64), nullable=False, comment="whose pieces, by the key in the facts"),
    Column("work_date", String(10), nullable=False),
    Column("body", Text, nullable=False, comment="canonical JSON of a QuantityConfirmed"),
    Column("reason", Text, nullable=False),
    Column("wall_us", BigInteger, nullable=False, comment="when HR confirmed it"),
    Index("ix_office_seal_work_date", "work_date"),
    comment="pieces that HR confirmed as counted because no supervisor did; a supervisor's seal takes its place",
)
