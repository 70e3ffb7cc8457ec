"""what the clocks of boxes were worth: boots, anchors, and taps whose time was amended"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNTRUSTED_TAP = sa.text("kind = 'AttendanceTap' AND clock IN ('none', 'rtc', 'supervisor')")


def upgrade() -> None:
    op.create_table(
        "boot",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False, comment="from 1, in the order they ran"),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("first_ns", sa.BigInteger(), nullable=False, comment="boot time of the first fact"),
        sa.Column("last_ns", sa.BigInteger(), nullable=False, comment="the latest boot time of a fact"),
        sa.Column("wall_us", sa.BigInteger(), nullable=False, comment="raw wall time of the first fact"),
        sa.Column("clock", sa.String(length=16), nullable=False, comment="state of the clock at the first fact"),
        sa.Column("anchored", sa.Boolean(), nullable=False, comment="whether it has a row in clock_anchor"),
        sa.Column(
            "due_ns", sa.BigInteger(), nullable=True, comment="taps from here on are to be dated anew; NULL: none"
        ),
        sa.PrimaryKeyConstraint("device", "place", name="pk_boot"),
        comment="the boots of each box, as its facts show them",
    )
    op.create_index("uq_boot_device_boot_id", "boot", ["device", "boot_id"], unique=True)
    op.create_table(
        "clock_anchor",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column(
            "number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1, in the order they came"
        ),
        sa.Column("boottime_ns", sa.BigInteger(), nullable=False),
        sa.Column("utc_us", sa.BigInteger(), nullable=False, comment="what UTC was then"),
        sa.Column("within_us", sa.BigInteger(), nullable=False, comment="give or take"),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("noted_us", sa.BigInteger(), nullable=False, comment="when HR learnt it"),
        sa.Column(
            "said_by",
            sa.String(length=64),
            nullable=False,
            comment="person key of a supervisor, or the account at HR",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="of one that was given at HR"),
        sa.CheckConstraint("source IN ('server', 'supervisor', 'ntp', 'hr')", name=op.f("ck_clock_anchor_source")),
        sa.PrimaryKeyConstraint("device", "boot_id", "number", name="pk_clock_anchor"),
        comment="moments of boots of which UTC is known",
    )
    op.create_table(
        "amendment",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1; the newest one stands"),
        sa.Column("standing", sa.Boolean(), nullable=False, comment="whether it is the newest of its fact"),
        sa.Column("before_us", sa.BigInteger(), nullable=False),
        sa.Column("before_date", sa.String(length=10), nullable=False),
        sa.Column("after_us", sa.BigInteger(), nullable=False, comment="effective time"),
        sa.Column("after_date", sa.String(length=10), nullable=False, comment="work date of the effective time"),
        sa.Column("within_us", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column(
            "anchor",
            sa.Integer(),
            nullable=True,
            comment="number of the anchor in the fact's boot; NULL: dated by other boots",
        ),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("basis IN ('ANCHORED', 'RTC', 'BOUNDED')", name=op.f("ck_amendment_basis")),
        sa.PrimaryKeyConstraint("device", "epoch", "seq", "number", name="pk_amendment"),
        comment="times of taps that HR has set right, or cannot be sure of; the facts themselves stay as they came",
    )
    op.create_index(
        "ix_amendment_after_date",
        "amendment",
        ["after_date"],
        sqlite_where=sa.text("standing"),
        postgresql_where=sa.text("standing"),
    )
    unsure = sa.text("standing AND basis = 'BOUNDED'")
    op.create_index("ix_amendment_unsure", "amendment", ["device"], sqlite_where=unsure, postgresql_where=unsure)
    op.create_index(
        "ix_fact_untrusted_tap",
        "fact",
        ["device", "boot_id", "boottime_ns"],
        sqlite_where=UNTRUSTED_TAP,
        postgresql_where=UNTRUSTED_TAP,
    )
