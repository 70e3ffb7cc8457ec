"""the first schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accounts_and_boxes()
    _facts()
    _what_rests_on_what()
    _people_and_machines()
    _work_and_prices()
    op.execute("INSERT INTO reference_version (id, version, as_of) VALUES (1, 1, '')")


def _accounts_and_boxes() -> None:
    op.create_table(
        "account",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("password", sa.Text(), nullable=False, comment="argon2id"),
        sa.PrimaryKeyConstraint("username", name="pk_account"),
    )
    op.create_table(
        "kiosk",
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False, comment="PENDING, ACCEPTED or REVOKED"),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.Column("last_contact_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('PENDING', 'ACCEPTED', 'REVOKED')", name=op.f("ck_kiosk_state")),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_kiosk"),
    )
    op.create_index(
        "uq_kiosk_accepted",
        "kiosk",
        ["device"],
        unique=True,
        sqlite_where=sa.text("state = 'ACCEPTED'"),
        postgresql_where=sa.text("state = 'ACCEPTED'"),
    )
    op.create_table(
        "journal",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("device", "epoch", name="pk_journal"),
    )


def _facts() -> None:
    op.create_table(
        "fact",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("command", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("boottime_ns", sa.BigInteger(), nullable=False),
        sa.Column("wall_us", sa.BigInteger(), nullable=False),
        sa.Column("clock", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="canonical JSON"),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True, comment="taken out of the body, for the indexes"),
        sa.Column("machine", sa.String(length=64), nullable=True),
        sa.Column("badge", sa.String(length=64), nullable=True),
        sa.Column("work_date", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("device", "epoch", "seq", name="pk_fact"),
    )
    op.create_index("ix_fact_kind_work_date", "fact", ["kind", "work_date"])
    for name, columns in (
        ("ix_fact_person", ["person", "kind", "work_date"]),
        ("ix_fact_machine", ["machine", "kind", "wall_us"]),
        ("ix_fact_badge", ["badge", "wall_us"]),
    ):
        held = sa.text(f"{columns[0]} IS NOT NULL")
        op.create_index(name, "fact", columns, sqlite_where=held, postgresql_where=held)


def _what_rests_on_what() -> None:
    op.create_table(
        "reading_use",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actual_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("to_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("device", "epoch", "actual_seq", "from_seq", "to_seq", name="pk_reading_use"),
        comment="which MaterialActualRecorded rests on which two readings; derived from the facts",
    )
    op.create_index("ix_reading_use_from", "reading_use", ["device", "from_seq"], unique=False)
    op.create_table(
        "actual_use",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("confirmation_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actual_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("device", "epoch", "confirmation_seq", "actual_seq", name="pk_actual_use"),
        comment="which QuantityConfirmed covers which MaterialActualRecorded; derived from the facts",
    )
    op.create_index("ix_actual_use_actual", "actual_use", ["device", "actual_seq"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of `fact`"),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False, comment="the whole fact as received"),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", "epoch", "seq", "digest", name="pk_quarantine"),
    )


def _people_and_machines() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("team", sa.String(length=64), server_default="", nullable=False),
        sa.Column("language", sa.String(length=8), server_default="zh", nullable=False),
        sa.Column("pin", sa.Text(), nullable=True, comment="argon2id, supervisors only"),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("number", name="uq_person_number"),
    )
    op.create_table(
        "badge",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("blocked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_badge_person"),
        sa.PrimaryKeyConstraint("key", name="pk_badge"),
    )
    op.create_table(
        "machine",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_machine"),
    )
    op.create_table(
        "shift",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("start_min", sa.Integer(), nullable=False),
        sa.Column("end_min", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shift"),
    )
    op.create_table(
        "reference_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "as_of", sa.String(length=10), nullable=False, comment="the day whose prices the boxes were last given"
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_reference_version_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_reference_version"),
    )


def _work_and_prices() -> None:
    op.create_table(
        "product",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product"),
    )
    op.create_table(
        "operation",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_operation"),
    )
    op.create_table(
        "price",
        sa.Column("product", sa.String(length=64), nullable=False),
        sa.Column("operation", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("price", sa.String(length=32), nullable=False, comment="CNY per piece"),
        sa.ForeignKeyConstraint(["operation"], ["operation.id"], name="fk_price_operation"),
        sa.ForeignKeyConstraint(["product"], ["product.id"], name="fk_price_product"),
        sa.PrimaryKeyConstraint("product", "operation", "valid_from", name="pk_price"),
    )
    op.create_table(
        "work_order",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("machine", sa.String(length=32), nullable=True),
        sa.Column("product", sa.String(length=64), nullable=False),
        sa.Column("operation", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("pieces_per_count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.CheckConstraint("state IN ('OPEN', 'CLOSED')", name=op.f("ck_work_order_state")),
        sa.ForeignKeyConstraint(["machine"], ["machine.id"], name="fk_work_order_machine"),
        sa.ForeignKeyConstraint(["operation"], ["operation.id"], name="fk_work_order_operation"),
        sa.ForeignKeyConstraint(["product"], ["product.id"], name="fk_work_order_product"),
        sa.PrimaryKeyConstraint("id", name="pk_work_order"),
    )
    op.create_index(
        "uq_work_order_open",
        "work_order",
        ["machine"],
        unique=True,
        sqlite_where=sa.text("state = 'OPEN'"),
        postgresql_where=sa.text("state = 'OPEN'"),
    )
