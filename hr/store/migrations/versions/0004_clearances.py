"""who may work where, how many at once, and for how long after a shift; pieces that supervisors have assigned"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    weight = sa.Column(
        "weight", sa.Integer(), server_default="100", nullable=False, comment="hundredths of a full part"
    )
    operators = sa.Column(
        "operators", sa.Integer(), server_default="1", nullable=False, comment="how many may be logged on at once"
    )
    needs = sa.Column(
        "needs", sa.Text(), server_default="", nullable=False, comment="kinds of clearance, separated by semicolons"
    )
    op.add_column("person", weight)
    op.add_column("machine", operators)
    op.add_column("machine", needs)
    op.add_column("shift", sa.Column("overtime_min", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "clearance",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column(
            "valid_to", sa.String(length=10), server_default="", nullable=False, comment="empty: it does not end"
        ),
        sa.Column(
            "evidence",
            sa.String(length=200),
            server_default="",
            nullable=False,
            comment="certificate number, or what was done",
        ),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_clearance_person")),
        sa.PrimaryKeyConstraint("person", "kind", "valid_from", name=op.f("pk_clearance")),
        comment="leave to do a kind of work; boxes are told of it without the evidence",
    )
    op.create_table(
        "assigned_use",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("assigned_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actual_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", "epoch", "assigned_seq", name="pk_assigned_use"),
        comment="which MaterialActualAssigned gives pieces of which MaterialActualRecorded; derived from the facts",
    )
    op.create_index("ix_assigned_use_actual", "assigned_use", ["device", "actual_seq"])
