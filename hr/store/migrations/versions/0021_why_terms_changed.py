"""why a version of pay was typed; who typed a price, and when"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

VERSIONS = ("pay_terms", "skill_grade", "team_pool", "pool_member", "pay_setting", "replaced_version", "price")


def upgrade() -> None:
    # Nobody can say any more who typed the prices that are here, so theirs stay empty.
    op.add_column(
        "price", sa.Column("typed_by", sa.String(length=64), nullable=False, server_default="", comment="account")
    )
    op.add_column("price", sa.Column("typed_us", sa.BigInteger(), nullable=False, server_default="0"))
    for table in VERSIONS:
        op.add_column(table, sa.Column("typed_why", sa.Text(), nullable=False, server_default="", comment="reason"))
    with op.batch_alter_table("replaced_version") as batch:
        batch.alter_column(
            "key",
            existing_type=sa.String(length=64),
            existing_nullable=False,
            existing_comment="person, pool or setting",
            comment="person, pool, setting or product",
        )
