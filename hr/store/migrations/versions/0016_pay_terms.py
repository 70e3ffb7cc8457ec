"""terms of pay with their dates, local settings, what people type of a month, and prices by tiers and quotas"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TYPED = (
    ("typed_by", sa.String(length=64), {"nullable": False, "comment": "account"}),
    ("typed_us", sa.BigInteger(), {"nullable": False}),
)


def upgrade() -> None:
    _extend_prices()
    _of_people()
    _pools()
    _settings()
    _documents()


def _typed() -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, **options) for name, kind, options in TYPED]


def _extend_prices() -> None:
    decimal = sa.String(length=32)
    of_all = "pieces the price is for"
    op.add_column("price", sa.Column("price_per", decimal, nullable=False, server_default="1", comment=of_all))
    op.add_column("price", sa.Column("mode", sa.String(length=12), nullable=False, server_default="FLAT"))
    bands = sa.Column("bands", sa.Text(), nullable=False, server_default="", comment="up to:price;up to:price;:price")
    op.add_column("price", bands)
    op.add_column("price", sa.Column("quota", decimal, nullable=True))
    base = sa.Column("base", decimal, nullable=False, server_default="0", comment="for the quota, of OVER_QUOTA")
    op.add_column("price", base)
    of_quota = sa.Column("per", sa.String(length=5), nullable=False, server_default="DAY", comment="of quota and bands")
    op.add_column("price", of_quota)


def _of_people() -> None:
    op.create_table(
        "pay_terms",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("scheme", sa.String(length=16), nullable=False),
        sa.Column("hours", sa.String(length=16), nullable=False, comment="system of working hours"),
        sa.Column("contract_month", sa.String(length=32), nullable=True),
        sa.Column("fixed", sa.String(length=32), nullable=True, comment="guarantee or base of the scheme"),
        sa.Column("fixed_per", sa.String(length=5), nullable=False),
        sa.Column("probation_from", sa.String(length=10), nullable=False),
        sa.Column("probation_until", sa.String(length=10), nullable=False),
        sa.Column("training_days", sa.Integer(), nullable=False),
        sa.Column("training_guarantee", sa.String(length=32), nullable=False),
        sa.Column("training_ratio", sa.String(length=32), nullable=False),
        sa.Column("training_until", sa.String(length=10), nullable=False),
        *_typed(),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_pay_terms_person"),
        sa.PrimaryKeyConstraint("person", "valid_from", name="pk_pay_terms"),
        comment="what was agreed with a person, until a later version",
    )
    op.create_table(
        "skill_grade",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("coefficient", sa.String(length=32), nullable=False, comment="of the piece price"),
        *_typed(),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_skill_grade_person"),
        sa.PrimaryKeyConstraint("person", "valid_from", name="pk_skill_grade"),
    )


def _pools() -> None:
    op.create_table(
        "team_pool",
        sa.Column("pool", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False, comment="what a member's weight is"),
        sa.Column("per", sa.String(length=5), nullable=False, comment="whether a day or a month is shared out"),
        *_typed(),
        sa.PrimaryKeyConstraint("pool", "valid_from", name="pk_team_pool"),
    )
    op.create_table(
        "pool_member",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("pool", sa.String(length=64), nullable=False, comment="empty: in none from then on"),
        sa.Column("day_wage", sa.String(length=32), nullable=False),
        *_typed(),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_pool_member_person"),
        sa.PrimaryKeyConstraint("person", "valid_from", name="pk_pool_member"),
    )
    op.create_index("ix_pool_member_pool", "pool_member", ["pool"])


def _settings() -> None:
    op.create_table(
        "pay_setting",
        sa.Column("name", sa.String(length=32), nullable=False, comment="a field of LocalSettings"),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False, comment="empty: the default again, or not entered"),
        *_typed(),
        sa.PrimaryKeyConstraint("name", "valid_from", name="pk_pay_setting"),
        comment="local settings, one version of one setting a row; each holds until a later one of its name",
    )


def _documents() -> None:
    kinds = "'BONUS', 'ALLOWANCE', 'HAZARD', 'CLAIM', 'WAITING', 'LONG_STOP', 'LEAVE', 'INSURANCE'"
    amount = "yuan; of a bonus its base, of leave the day wage"
    op.create_table(
        "pay_document",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False, comment="in which it is paid or deducted"),
        sa.Column("work_date", sa.String(length=10), nullable=False, comment="empty: of the month"),
        sa.Column("amount", sa.String(length=32), nullable=False, comment=amount),
        sa.Column("share", sa.String(length=32), nullable=False, comment="score in per cent, minutes, or days"),
        sa.Column("reason", sa.Text(), nullable=False),
        *_typed(),
        sa.Column("taken_back_by", sa.String(length=64), nullable=True, comment="account; NULL: it stands"),
        sa.Column("taken_back_us", sa.BigInteger(), nullable=True),
        sa.Column("taken_back_why", sa.Text(), nullable=True),
        sa.CheckConstraint(f"kind IN ({kinds})", name=op.f("ck_pay_document_kind")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_pay_document_person"),
        sa.PrimaryKeyConstraint("id", name="pk_pay_document"),
        comment="scores, claims, waiting time and amounts that people typed; taken back at most once, never deleted",
    )
    op.create_index("ix_pay_document_month", "pay_document", ["month", "person"])
