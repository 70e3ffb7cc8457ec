"""what was decided of waiting time that facts show"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_decision",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("work_date", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False, comment="as proposed"),
        sa.Column("facts", sa.Text(), nullable=False, comment="JSON: device, epoch and seq of each fact it stands on"),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=36), nullable=True, comment="the entry that an accepted one became"),
        sa.Column("decided_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("decided_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_waiting_decision_person"),
        sa.ForeignKeyConstraint(["document"], ["pay_document.id"], name="fk_waiting_decision_document"),
        sa.PrimaryKeyConstraint("id", name="pk_waiting_decision"),
        comment="what was decided of waiting time that facts show; the last word of a person and date counts",
    )
    op.create_index("ix_waiting_decision_work_date", "waiting_decision", ["work_date"])
