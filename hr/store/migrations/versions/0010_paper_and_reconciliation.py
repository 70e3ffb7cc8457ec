"""days as boxes tell them, taps from the paper list, e-mails about boxes in trouble"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kiosk_day",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False, comment="of the plant, by the stamps as captured"),
        sa.Column("tally", sa.Text(), nullable=False, comment="JSON, see sync/wire/tally.py"),
        sa.Column("told_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", "epoch", "date", name="pk_kiosk_day"),
        comment="what each box says it made on each closed day",
    )
    op.create_index("ix_kiosk_day_date", "kiosk_day", ["date"])
    op.create_table(
        "mail_notice",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column(
            "trouble", sa.String(length=16), nullable=False, comment="what was written of; empty: that it is over"
        ),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False, comment="addresses, separated by commas"),
        sa.Column("claimed_us", sa.BigInteger(), nullable=False, comment="when a process began to send it"),
        sa.Column("sent_us", sa.BigInteger(), nullable=True, comment="NULL: not sent yet"),
        sa.Column("failure", sa.Text(), nullable=False, comment="why the last try did not go"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("device", name="pk_mail_notice"),
        comment="the newest e-mail about each box",
    )
    op.create_table(
        "paper_tap",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("work_date", sa.String(length=10), nullable=False),
        sa.Column("evidence", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False, comment="which paper list, and its line"),
        sa.Column("typed_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("typed_us", sa.BigInteger(), nullable=False),
        sa.Column("taken_back_by", sa.String(length=64), nullable=True, comment="account; NULL: it stands"),
        sa.Column("taken_back_us", sa.BigInteger(), nullable=True),
        sa.Column("taken_back_why", sa.Text(), nullable=True),
        sa.CheckConstraint("direction IN ('IN', 'OUT')", name=op.f("ck_paper_tap_direction")),
        sa.CheckConstraint("evidence IN ('PAPER')", name=op.f("ck_paper_tap_evidence")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_paper_tap_person"),
        sa.PrimaryKeyConstraint("id", name="pk_paper_tap"),
        comment="taps from the paper list of an outage; taken back at most once, never deleted",
    )
    op.create_index("ix_paper_tap_work_date", "paper_tap", ["work_date"])
