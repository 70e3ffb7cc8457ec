"""what goes on to other systems, one ordered outbox for each"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("system", sa.String(length=32), nullable=False, comment="its name in systems.toml"),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=36), nullable=False),
        sa.Column("line", sa.String(length=96), nullable=False, comment="attendance or pieces, and the fact"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("work_date", sa.String(length=10), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="canonical JSON; no name"),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("fault", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False, comment="the system's own name of the record"),
        sa.Column("mark", sa.Text(), nullable=False, comment="by which an edit there is seen"),
        sa.Column("queued_us", sa.BigInteger(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('WAITING', 'SENT', 'PARKED', 'SUPERSEDED')", name=op.f("ck_outbox_state")),
        sa.PrimaryKeyConstraint("system", "position", name=op.f("pk_outbox")),
        sa.UniqueConstraint("system", "event", name=op.f("uq_outbox_system_event")),
        comment="revisions of lines for other systems, in the order in which each gets them",
    )
    op.create_index("ix_outbox_line", "outbox", ["system", "line"])
    op.create_index("ix_outbox_state", "outbox", ["system", "state", "position"])
    op.create_index("ix_outbox_work_date", "outbox", ["system", "work_date"])
