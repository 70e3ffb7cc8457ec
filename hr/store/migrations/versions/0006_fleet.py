"""how boxes say they stand, where they are and who is told; what people decided about records set aside"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aside_decision",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="that of the quarantine row; `command` for a CommandParked",
        ),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1; the newest one holds"),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "decided_by",
            sa.String(length=64),
            nullable=False,
            comment="account; empty: this server, after an update",
        ),
        sa.Column("decided_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("action IN ('TAKEN', 'LEFT', 'REOPENED')", name=op.f("ck_aside_decision_action")),
        sa.PrimaryKeyConstraint("device", "epoch", "seq", "digest", "number", name="pk_aside_decision"),
        comment="what people decided about records that were set aside; never changed, never deleted",
    )
    op.create_table(
        "kiosk_report",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "stopped_us",
            sa.BigInteger(),
            nullable=True,
            comment="since when each report says that core or devices does not run",
        ),
        sa.Column("report", sa.Text(), nullable=False, comment="JSON, see sync/wire/report.py"),
        sa.PrimaryKeyConstraint("device", name="pk_kiosk_report"),
        comment="how each box says it stands; the newest report only",
    )
    op.create_table(
        "kiosk_place",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False, comment="where it stands"),
        sa.Column(
            "head",
            sa.String(length=64),
            nullable=False,
            comment="who is told when it is in trouble: the department's head",
        ),
        sa.PrimaryKeyConstraint("device", name="pk_kiosk_place"),
    )
