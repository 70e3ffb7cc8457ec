"""The HR database: migrations, durability, writers that meet; what only one of the two databases has is said so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from hr.attendance import shift_rules
from hr.attendance.rules.shifts import Break, ShiftRule
from hr.attendance.rules.timetable import EVER
from hr.people import records
from hr.store import NewerDatabase, engine, upgrade, writing
from hr.store.schema import alembic_config
from hr.store.tables import account, kiosk, metadata, reference_version


@pytest.fixture
def store(hr_url: str) -> Iterator[Engine]:
    made = engine(hr_url)
    yield made
    made.dispose()


ON_SQLITE = pytest.mark.parametrize("hr_url", ["sqlite"], indirect=True)


def test_the_migrations_make_exactly_the_tables_of_the_code(store: Engine):
    with store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_an_older_release_knew_is_kept_with_the_defaults_of_what_it_did_not(tmp_path: Path):
    made = engine(f"sqlite:///{tmp_path / 'hr.db'}")
    with writing(made).begin() as connection:
        command.upgrade(alembic_config(connection), "0003")
        for statement in (
            "INSERT INTO person (id, number, name, role) VALUES ('p', '1001', '李伟', 'WORKER')",
            "INSERT INTO machine (id, name) VALUES ('IM-07', '7号')",
            "INSERT INTO shift (id, name, start_min, end_min) VALUES ('D', '白班', 480, 1200)",
        ):
            connection.exec_driver_sql(statement)
    upgrade(made)
    with made.connect() as connection:
        (person,), (machine,), (shift,) = (
            records.people(connection),
            records.machines(connection),
            records.shifts(connection),
        )
    made.dispose()
    assert (person.weight, machine.operators, machine.needs, shift.overtime_min) == (100, 1, [], 0)


def test_the_rules_of_a_shift_become_its_version_from_the_beginning(tmp_path: Path):
    made = engine(f"sqlite:///{tmp_path / 'hr.db'}")
    with writing(made).begin() as connection:
        command.upgrade(alembic_config(connection), "0022")
        for statement in (
            "INSERT INTO shift (id, name, start_min, end_min, overtime_min) VALUES ('D', '白班', 480, 1200, 90)",
            "INSERT INTO shift (id, name, start_min, end_min, overtime_min) VALUES ('N', '夜班', 1200, 1920, 0)",
            "INSERT INTO shift_rule (shift, breaks, late_grace_min, punches) VALUES ('D', '12:00-13:00', 7, 4)",
        ):
            connection.exec_driver_sql(statement)
    upgrade(made)
    with made.connect() as connection:
        table = shift_rules.timetable(connection)
        (version,) = shift_rules.history(connection, "D")
    made.dispose()
    day = ShiftRule("D", "白班", 480, 1200, (Break(720, 780),), late_grace_min=7, punches=4, overtime_min=90)
    assert (table.on("D", EVER), table.on("N", EVER)) == (day, ShiftRule("N", "夜班", 1200, 1920))
    assert (version.now.typed.by, version.now.typed.at_us) == ("", 0)


def test_upgrading_again_changes_nothing(store: Engine):
    upgrade(store)
    with store.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(reference_version)) == 1


def test_a_newer_database_refuses_to_start(store: Engine):
    with writing(store).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match=r"schema 9999.*restore the backup"):
        upgrade(store)


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = engine(f"sqlite:///{tmp_path / 'hr.db'}")
    with writing(made).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE work_order (taken INTEGER)")
    with pytest.raises(Exception, match="work_order"):
        upgrade(made)
    with made.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    made.dispose()
    assert names == ["work_order"]


@ON_SQLITE
@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_every_connection_is_durable_and_checks_references(store: Engine, pragma: str, value: str | int):
    with store.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_the_sqlite_in_use_is_recent_enough():
    assert sqlcipher3.dbapi2.sqlite_version_info >= (3, 51, 3)


def test_one_device_name_has_one_accepted_key(store: Engine):
    row = {"device": "gate-1", "public_key": "k", "state": "ACCEPTED", "asked_us": 0}
    with pytest.raises(IntegrityError), writing(store).begin() as connection:
        connection.execute(kiosk.insert(), [row | {"fingerprint": "a"}, row | {"fingerprint": "b"}])


def test_writers_that_meet_wait_for_one_another(store: Engine):
    def count_up() -> None:
        for _ in range(20):
            with writing(store).begin() as connection:
                version = connection.execute(select(reference_version.c.version)).scalar_one()
                connection.execute(reference_version.update().values(version=version + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.connect() as connection:
        assert connection.scalar(select(reference_version.c.version)) == 81


def test_a_reader_is_not_held_up_by_a_writer(store: Engine):
    with writing(store).begin() as writer:
        writer.execute(account.insert().values(username="wang", password="x"))
        with store.connect() as reader:
            assert reader.scalar(select(func.count()).select_from(account)) == 0


def test_who_reads_sees_one_moment_whatever_is_written_meanwhile(store: Engine):
    with store.connect() as reader:
        before = reader.execute(select(reference_version.c.version)).scalar_one()
        with writing(store).begin() as writer:
            writer.execute(reference_version.update().values(version=before + 1))
        assert reader.scalar(select(reference_version.c.version)) == before


def test_text_is_in_the_order_of_its_code_points(store: Engine):
    names = ["a-c", "Z", "ab", "王芳", "李伟", "ß", "B", "10", "9"]
    with writing(store).begin() as connection:
        connection.execute(account.insert(), [{"username": each, "password": "x"} for each in names])
    with store.connect() as reader:
        assert reader.scalars(select(account.c.username).order_by(account.c.username)).all() == sorted(names)
