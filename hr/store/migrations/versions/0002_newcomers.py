"""newcomers: their sealed records, whose keys are whose, and the badges that boxes bound"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sealed_record",
        sa.Column("person", sa.String(length=64), nullable=False, comment="the person key a box minted"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the bytes as they came"),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=True,
            comment="HPKE to this server's sealing key; NULL once they are destroyed",
        ),
        sa.Column("aside", sa.Boolean(), nullable=False, comment="another one of this person came first"),
        sa.Column(
            "safe",
            sa.Boolean(),
            nullable=False,
            comment="in a backup, or here for long: the box may let its copy go",
        ),
        sa.Column("listed", sa.Boolean(), nullable=False, comment="boxes are told that it is here"),
        sa.PrimaryKeyConstraint("person", "digest", name="pk_sealed_record"),
        comment="what identity cards say of newcomers; only the holder of the sealing key can read it",
    )
    op.create_table(
        "badge_claim",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("badge", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False, comment="the person key in the fact"),
        sa.Column("state", sa.String(length=8), nullable=False, comment="WAITING, GIVEN, CONFLICT or LEFT"),
        sa.CheckConstraint("state IN ('WAITING', 'GIVEN', 'CONFLICT', 'LEFT')", name=op.f("ck_badge_claim_state")),
        sa.PrimaryKeyConstraint("device", "epoch", "seq", name="pk_badge_claim"),
        comment="a badge that a box has bound to a newcomer, one row for each BadgeBound fact",
    )
    op.create_index("ix_badge_claim_person", "badge_claim", ["person"])
    op.create_table(
        "person_key",
        sa.Column("key", sa.String(length=64), nullable=False, comment="minted by a box"),
        sa.Column(
            "person",
            sa.String(length=64),
            nullable=True,
            comment="whose it is; NULL: HR has refused this newcomer",
        ),
        sa.Column("decided_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_person_key_person"),
        sa.PrimaryKeyConstraint("key", name="pk_person_key"),
        comment="what HR decided about the newcomers of boxes; facts keep the key for ever",
    )
    op.create_index("ix_person_key_person", "person_key", ["person"])
