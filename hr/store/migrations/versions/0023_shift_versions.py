"""what a shift asks for holds from a date on"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TIMES = ("start_min", "end_min", "overtime_min")
RULES = {
    "breaks": "''",
    "early_in_min": "60",
    "late_out_min": "240",
    "late_grace_min": "0",
    "early_grace_min": "0",
    "late_as_lack_min": "NULL",
    "ot_unit_min": "30",
    "ot_min_min": "30",
    "flexible_min": "0",
    "punches": "2",
    "normal_cap_min": "NULL",
    "pairing": "'FIRST_LAST'",
    "directions": "'AS_SAID'",
}
"""Of a shift that had no row of rules."""


def upgrade() -> None:
    op.create_table(
        "shift_version",
        sa.Column("shift", sa.String(length=32), nullable=False),
        sa.Column(
            "valid_from", sa.String(length=10), nullable=False, comment="work date; 0001-01-01: from the beginning"
        ),
        sa.Column("start_min", sa.Integer(), nullable=False, comment="minutes after 00:00 of the work date"),
        sa.Column("end_min", sa.Integer(), nullable=False),
        sa.Column(
            "overtime_min", sa.Integer(), nullable=False, comment="for so long after the end sessions at machines go on"
        ),
        sa.Column("breaks", sa.Text(), server_default="", nullable=False, comment="12:00-13:00;26:00-26:30 paid"),
        sa.Column("early_in_min", sa.Integer(), server_default="60", nullable=False),
        sa.Column("late_out_min", sa.Integer(), server_default="240", nullable=False),
        sa.Column("late_grace_min", sa.Integer(), server_default="0", nullable=False),
        sa.Column("early_grace_min", sa.Integer(), server_default="0", nullable=False),
        sa.Column("late_as_lack_min", sa.Integer(), nullable=True, comment="NULL: late is late"),
        sa.Column("ot_unit_min", sa.Integer(), server_default="30", nullable=False),
        sa.Column("ot_min_min", sa.Integer(), server_default="30", nullable=False),
        sa.Column("flexible_min", sa.Integer(), server_default="0", nullable=False),
        sa.Column("punches", sa.Integer(), server_default="2", nullable=False),
        sa.Column(
            "normal_cap_min",
            sa.Integer(),
            nullable=True,
            comment="NULL: none; paid minutes above it are planned overtime",
        ),
        sa.Column("pairing", sa.String(length=12), server_default="FIRST_LAST", nullable=False),
        sa.Column("directions", sa.String(length=12), server_default="AS_SAID", nullable=False),
        sa.Column("typed_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("typed_us", sa.BigInteger(), nullable=False),
        sa.Column("typed_why", sa.Text(), server_default="", nullable=False, comment="reason"),
        sa.CheckConstraint("punches IN (2, 4)", name=op.f("ck_shift_version_punches")),
        sa.ForeignKeyConstraint(["shift"], ["shift.id"], name=op.f("fk_shift_version_shift")),
        sa.PrimaryKeyConstraint("shift", "valid_from", name=op.f("pk_shift_version")),
        comment="what HR asks of a shift from a date on; boxes know its times only",
    )
    # Nobody can say any more who typed them: by nobody, at 0.
    names, kept = ", ".join((*TIMES, *RULES)), ", ".join(f"coalesce(r.{name}, {one})" for name, one in RULES.items())
    op.execute(
        f"INSERT INTO shift_version (shift, valid_from, {names}, typed_by, typed_us) "  # noqa: S608 - names of ours
        f"SELECT s.id, '0001-01-01', {', '.join(f's.{each}' for each in TIMES)}, {kept}, '', 0 "
        "FROM shift s LEFT JOIN shift_rule r ON r.shift = s.id"
    )
    op.drop_table("shift_rule")
    for each in TIMES:
        op.drop_column("shift", each)
    # SQLite keeps no comment of a table.
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment("shift", "its times are in shift_version")
        op.create_table_comment("replaced_version", "what stood in a version before it was typed again; only added to")
    with op.batch_alter_table("replaced_version") as batch:
        batch.alter_column(
            "key",
            existing_type=sa.String(length=64),
            existing_nullable=False,
            existing_comment="person, pool, setting or product",
            comment="person, pool, setting, product or shift",
        )
