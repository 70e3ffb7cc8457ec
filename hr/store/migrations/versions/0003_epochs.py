"""a box that takes the place of another, and what of a journal was never received"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("kiosk", sa.Column("replaces", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("kiosk", sa.Column("epoch", sa.BigInteger(), nullable=True))
    op.create_table(
        "loss",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_contact_us", sa.BigInteger(), nullable=True),
        sa.Column("replaced_us", sa.BigInteger(), nullable=False),
        sa.Column("taken_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("device", "epoch", name="pk_loss"),
        comment="a journal whose box was replaced: what it held beyond its last fact here was never received",
    )
