"""what HR itself said to questions about lines of pay"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question_settled",
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False, comment="of the question"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1; the last one counts"),
        sa.Column("text", sa.Text(), nullable=False, comment="what the person reads"),
        sa.Column("settled_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("settled_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", "epoch", "seq", "number", name="pk_question_settled"),
        comment="what HR said itself to questions about lines of pay; only added to",
    )
