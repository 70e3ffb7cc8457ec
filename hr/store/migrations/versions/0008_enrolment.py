"""enrolment codes: which box may ask to be let in"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolment_code",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("verifier", sa.String(length=64), nullable=False, comment="public half of the key the code makes"),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("device", name="pk_enrolment_code"),
        comment="for which box a code was made; the code itself is kept nowhere",
    )
