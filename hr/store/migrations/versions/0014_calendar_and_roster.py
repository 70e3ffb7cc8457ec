"""the calendar's years, and the roster: who works which shift on which date"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1; the newest one holds"),
        sa.Column("content", sa.Text(), nullable=False, comment="the file as it was loaded, TOML"),
        sa.Column("loaded_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("loaded_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("year", "number", name="pk_calendar_year"),
        comment="tables of holidays that people loaded, beside those this release brings; never changed, never deleted",
    )
    op.create_table(
        "roster_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False, comment="account; empty: at the command line"),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_roster_version"),
        sa.CheckConstraint("how IN ('EDIT', 'COPY', 'TEAM', 'FILE')", name="ck_roster_version_how"),
        comment="each time somebody changed the roster; never changed, never deleted",
    )
    op.create_table(
        "roster",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False, comment="the work date: that on which a shift begins"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shifts", sa.Text(), comment="separated by semicolons; empty: rest; NULL: no plan any more"),
        sa.PrimaryKeyConstraint("person", "date", "version", name="pk_roster"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_roster_person"),
        sa.ForeignKeyConstraint(["version"], ["roster_version.version"], name="fk_roster_version"),
        comment="which shifts a person works; the newest version of a date holds, none is changed or deleted",
    )
    op.create_index("ix_roster_date", "roster", ["date"])
