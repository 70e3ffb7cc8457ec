"""no index of facts by machine: nothing asked for it, and it was the largest but for the key"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_fact_machine", "fact")
