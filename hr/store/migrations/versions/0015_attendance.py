"""attendance: rules of shifts, leave, repairs of punches, approved minutes, revisions of days"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance_day",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("work_date", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False, comment="from 1"),
        sa.Column("rule_version", sa.String(length=32), nullable=False),
        sa.Column("inputs", sa.String(length=64), nullable=False, comment="SHA-256 of what it was computed from"),
        sa.Column("content", sa.Text(), nullable=False, comment="canonical JSON; no name"),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "work_date", "revision", name=op.f("pk_attendance_day")),
        comment="each revision of a day whose work date is over, kept when it was first shown or decided upon",
    )
    op.create_index("ix_attendance_day_work_date", "attendance_day", ["work_date"])
    op.create_table(
        "approved_minutes",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("work_date", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1; the last one stands"),
        sa.Column("minutes", sa.Integer(), nullable=False, comment="0: seen, and none count"),
        sa.Column("decided_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("decided_us", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('OVERTIME', 'EARLY', 'UNSCHEDULED')", name=op.f("ck_approved_minutes_kind")),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_approved_minutes_minutes")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_approved_minutes_person")),
        sa.PrimaryKeyConstraint("person", "work_date", "kind", "number", name=op.f("pk_approved_minutes")),
        comment="minutes beyond the shift that a person approved; only added to",
    )
    op.create_index("ix_approved_minutes_work_date", "approved_minutes", ["work_date"])
    op.create_table(
        "leave_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("date_from", sa.String(length=10), nullable=False),
        sa.Column("date_to", sa.String(length=10), nullable=False, comment="included"),
        sa.Column(
            "start_min",
            sa.Integer(),
            nullable=True,
            comment="minutes after 00:00 of each work date; NULL: the whole day",
        ),
        sa.Column("end_min", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("typed_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("typed_us", sa.BigInteger(), nullable=False),
        sa.Column("taken_back_by", sa.String(length=64), nullable=True, comment="account; NULL: it stands"),
        sa.Column("taken_back_us", sa.BigInteger(), nullable=True),
        sa.Column("taken_back_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_leave_entry_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave_entry")),
        comment="leave that was given; taken back at most once, never deleted",
    )
    op.create_index("ix_leave_entry_date_to", "leave_entry", ["date_to"])
    op.create_table(
        "punch_repair",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("work_date", sa.String(length=10), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False, comment="account"),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("direction IN ('IN', 'OUT')", name=op.f("ck_punch_repair_direction")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_punch_repair_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_punch_repair")),
        comment="a punch that somebody says is missing; what became of it stands in punch_repair_step",
    )
    op.create_index("ix_punch_repair_work_date", "punch_repair", ["work_date"])
    op.create_table(
        "shift_rule",
        sa.Column("shift", sa.String(length=32), nullable=False),
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
        sa.CheckConstraint("punches IN (2, 4)", name=op.f("ck_shift_rule_punches")),
        sa.ForeignKeyConstraint(["shift"], ["shift.id"], name=op.f("fk_shift_rule_shift")),
        sa.PrimaryKeyConstraint("shift", name=op.f("pk_shift_rule")),
        comment="what HR asks of a shift; boxes know its times only",
    )
    op.create_table(
        "punch_repair_step",
        sa.Column("repair", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1; the last one stands"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "decided_by",
            sa.String(length=64),
            nullable=False,
            comment="account; an approval's is another one than the request's",
        ),
        sa.Column("decided_us", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.CheckConstraint("state IN ('APPROVED', 'REFUSED', 'TAKEN_BACK')", name=op.f("ck_punch_repair_step_state")),
        sa.ForeignKeyConstraint(["repair"], ["punch_repair.id"], name=op.f("fk_punch_repair_step_repair")),
        sa.PrimaryKeyConstraint("repair", "number", name=op.f("pk_punch_repair_step")),
        comment="what was decided about a repair, by whom and why; only added to",
    )
