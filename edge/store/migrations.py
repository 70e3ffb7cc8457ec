"""The schema of facts.db, step by step. A step and its record are one transaction; an applied step is never edited.

tests/fixtures/databases keeps a file of every released schema, and a test migrates each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from database import Steps

if TYPE_CHECKING:
    from sqlite_utils import Database

steps = Steps("facts")


@steps("0001_journal")
def _journal(db: Database) -> None:
    for statement in JOURNAL:
        db.execute(statement)


@steps("0002_sealed_record")
def _sealed_record(db: Database) -> None:
    # What a newcomer's card says, sealed to HR's key: beside the journal, because it is deleted once HR has it.
    # The fact `seq` says which bytes they were.
    db.execute(
        """
        CREATE TABLE sealed_record (
            person TEXT PRIMARY KEY,
            seq INTEGER NOT NULL,
            digest TEXT NOT NULL,
            sealed BLOB NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    # Each index is one more page a tap. Answers are only looked for among the newest facts, which are read quickly.
    db.execute("DROP INDEX fact_answered")


JOURNAL = (
    # One row of the journal. Columns of the stamp are kept apart so that SQL can order and bound by them.
    """
    CREATE TABLE fact (
        seq INTEGER PRIMARY KEY,
        epoch INTEGER NOT NULL,
        command TEXT NOT NULL,
        part INTEGER NOT NULL,
        kind TEXT NOT NULL,
        boot_id TEXT NOT NULL,
        boottime_ns INTEGER NOT NULL,
        wall_us INTEGER NOT NULL,
        clock TEXT NOT NULL,
        body TEXT NOT NULL,
        prev_hash TEXT NOT NULL,
        hash TEXT NOT NULL,
        person TEXT GENERATED ALWAYS AS (body ->> '$.person') VIRTUAL,
        machine TEXT GENERATED ALWAYS AS (body ->> '$.machine') VIRTUAL,
        work_date TEXT GENERATED ALWAYS AS (body ->> '$.work_date') VIRTUAL,
        answered INTEGER GENERATED ALWAYS AS
            ((body ->> '$.outcome') IS NOT NULL AND (body ->> '$.station') IS NOT NULL) VIRTUAL,
        UNIQUE (command, part)
    ) STRICT
    """,
    "CREATE INDEX fact_of_person ON fact (person, wall_us) WHERE person IS NOT NULL",
    "CREATE INDEX fact_of_machine ON fact (kind, machine, seq) WHERE machine IS NOT NULL",
    "CREATE INDEX fact_of_work_date ON fact (work_date, kind) WHERE work_date IS NOT NULL",
    "CREATE INDEX fact_answered ON fact (seq) WHERE answered",
    # What pruning leaves of whole acknowledged days: a deletion is allowed only below a seal.
    """
    CREATE TABLE seal (
        last_seq INTEGER PRIMARY KEY,
        first_seq INTEGER NOT NULL,
        first_hash TEXT NOT NULL,
        last_hash TEXT NOT NULL,
        facts INTEGER NOT NULL
    ) STRICT
    """,
    # The journal's state folded so far: a cache that saves replaying years of facts at the start.
    """
    CREATE TABLE checkpoint (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        seq INTEGER NOT NULL,
        state BLOB NOT NULL
    ) STRICT
    """,
    "CREATE TABLE box (one INTEGER PRIMARY KEY CHECK (one = 1), device TEXT NOT NULL, epoch INTEGER NOT NULL) STRICT",
    """
    CREATE TRIGGER fact_is_appended BEFORE INSERT ON fact
    WHEN NEW.seq <> coalesce((SELECT max(seq) FROM fact), (SELECT max(last_seq) FROM seal), 0) + 1
    BEGIN SELECT RAISE(ABORT, 'facts are appended without a gap'); END
    """,
    """
    CREATE TRIGGER fact_is_never_changed BEFORE UPDATE ON fact
    BEGIN SELECT RAISE(ABORT, 'facts are never changed'); END
    """,
    """
    CREATE TRIGGER fact_is_deleted_only_below_a_seal BEFORE DELETE ON fact
    WHEN OLD.seq > coalesce((SELECT max(last_seq) FROM seal), 0)
    BEGIN SELECT RAISE(ABORT, 'facts are deleted only below a seal'); END
    """,
)
