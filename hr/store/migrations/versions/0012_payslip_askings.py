"""who was told what of whose pay at a kiosk"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payslip_asking",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "tap", sa.BigInteger(), autoincrement=False, nullable=False, comment="seq of the tap it was asked with"
        ),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1, of this tap"),
        sa.Column("person", sa.String(length=64), nullable=False, comment="whose pay"),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False, comment="the tap was not this person's, or too old"),
        sa.PrimaryKeyConstraint("device", "epoch", "tap", "number", name="pk_payslip_asking"),
        comment="each time a kiosk asked for somebody's pay; never changed, never deleted",
    )
    op.create_index("ix_payslip_asking_device", "payslip_asking", ["device", "asked_us"])
    op.create_index("ix_payslip_asking_person", "payslip_asking", ["person", "asked_us"])
