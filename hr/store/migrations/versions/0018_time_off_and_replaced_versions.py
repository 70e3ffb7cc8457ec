"""which rest day compensatory leave is for; what stood in a version of pay before it was typed again"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "leave_entry",
        sa.Column("compensates", sa.String(length=10), nullable=True, comment="rest day that was worked"),
    )
    op.add_column(
        "leave_entry",
        sa.Column(
            "compensated_min",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="of that day, not paid as overtime",
        ),
    )
    op.create_index("ix_leave_entry_compensates", "leave_entry", ["compensates"])
    op.create_table(
        "replaced_version",
        sa.Column("kind", sa.String(length=16), nullable=False, comment="table of the version"),
        sa.Column("key", sa.String(length=64), nullable=False, comment="person, pool or setting"),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1"),
        sa.Column("content", sa.Text(), nullable=False, comment="JSON: the columns as they were"),
        sa.Column("typed_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("typed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "valid_from", "number", name="pk_replaced_version"),
        comment="what stood in a version of pay before it was typed again; only added to",
    )
