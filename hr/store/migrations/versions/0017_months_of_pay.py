"""months of pay: steps, runs, closed statements, adjustments, what HR confirmed as counted"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pay_step",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1; the last one holds"),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("taken_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("step IN ('REVIEW', 'BACK', 'CLOSE')", name=op.f("ck_pay_step_step")),
        sa.PrimaryKeyConstraint("month", "number", name="pk_pay_step"),
        comment="what HR did with a month; one without steps is a draft",
    )
    _runs()
    _beside()


def _runs() -> None:
    op.create_table(
        "pay_run",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("began_us", sa.BigInteger(), nullable=False),
        sa.Column("began_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("rules", sa.Integer(), nullable=False, comment="version of the rules of pay"),
        sa.Column("software", sa.String(length=64), nullable=False, comment="release that computed it"),
        sa.Column(
            "previous",
            sa.String(length=64),
            nullable=False,
            comment="head of the month closed before; empty for the first",
        ),
        sa.Column("ground", sa.String(length=64), nullable=False, comment="SHA-256 of what it is computed from"),
        sa.Column("finished_us", sa.BigInteger(), nullable=True, comment="NULL: not closed by this run yet"),
        sa.Column("head", sa.String(length=64), nullable=False, server_default="", comment="hash of the last entry"),
        sa.PrimaryKeyConstraint("id", name="pk_pay_run"),
        comment="one closing of a month; a month has at most one that is finished",
    )
    closed = sa.text("finished_us IS NOT NULL")
    op.create_index(
        "uq_pay_run_closed", "pay_run", ["month"], unique=True, sqlite_where=closed, postgresql_where=closed
    )
    op.create_table(
        "closed_statement",
        sa.Column("run", sa.String(length=36), nullable=False),
        sa.Column(
            "position", sa.Integer(), autoincrement=False, nullable=False, comment="from 1, in the order of the chain"
        ),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column(
            "summary", sa.Text(), nullable=False, comment="JSON: the row of the ledger; follows from the content"
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="the whole entry, canonical JSON, zlib"),
        sa.Column(
            "hash", sa.String(length=64), nullable=False, comment="SHA-256 of the hash before and the canonical JSON"
        ),
        sa.ForeignKeyConstraint(["run"], ["pay_run.id"], name="fk_closed_statement_run"),
        sa.PrimaryKeyConstraint("run", "position", name="pk_closed_statement"),
        comment="a person's month as it was closed; never changed, never deleted once its run is finished",
    )
    op.create_index("uq_closed_statement_person", "closed_statement", ["run", "person"], unique=True)


def _beside() -> None:
    op.create_table(
        "pay_adjustment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False, comment="the open month it is paid in"),
        sa.Column("refers_to", sa.String(length=7), nullable=False, comment="the closed month it corrects"),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="of the item: what it corrects, and its number"),
        sa.Column("item", sa.Text(), nullable=False, comment="canonical JSON"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("posted_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("posted_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pay_adjustment"),
        comment="corrections of closed months, paid in a later one; never changed, never deleted",
    )
    op.create_index("ix_pay_adjustment_month", "pay_adjustment", ["month", "person"])
    op.create_index("uq_pay_adjustment_key", "pay_adjustment", ["person", "key"], unique=True)
    op.create_index("ix_pay_adjustment_refers_to", "pay_adjustment", ["refers_to", "person"])
    op.create_table(
        "office_seal",
        sa.Column("device", sa.String(length=32), nullable=False, comment="the box whose records are confirmed"),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False, comment="beyond all numbers of facts"),
        sa.Column("person", sa.String(length=64), nullable=False, comment="whose pieces, by the key in the facts"),
        sa.Column("work_date", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="canonical JSON of a QuantityConfirmed"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wall_us", sa.BigInteger(), nullable=False, comment="when HR confirmed it"),
        sa.PrimaryKeyConstraint("device", "epoch", "seq", name="pk_office_seal"),
        comment="pieces that HR confirmed as counted because no supervisor did; a supervisor's seal takes its place",
    )
    op.create_index("ix_office_seal_work_date", "office_seal", ["work_date"])
