"""From any released schema to this one, once; never back."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from database import NewerSchema, migrate, open_writer
from edge.store.journal import Journal
from edge.store.migrations import steps
from edge.store.views import SqlViews
from tests.faults.powercut_writer import open_recorder
from tests.moments import StandingClock
from tests.unit.store.boxes import DEVICE, KEY, broken_at, open_journal

RELEASED = sorted((Path(__file__).parents[2] / "fixtures" / "databases").glob("facts-*.db"))


def read_later(file: Path) -> None:
    SqlViews(file, KEY).head()


def write_later(file: Path) -> None:
    Journal(file, KEY, DEVICE)


def test_there_is_a_file_of_every_schema() -> None:
    assert [file.stem.partition("-")[2] for file in RELEASED] == sorted(name.partition("_")[0] for name in steps.names)


@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.name)
def test_a_journal_from_the_field_is_migrated_and_goes_on(file: Path, tmp_path: Path) -> None:
    shutil.copy(file, tmp_path / "facts.db")
    for _ in range(2):
        journal, recorder = open_recorder(tmp_path, StandingClock())
        facts = list(journal.after(0))
        assert len(facts) == recorder.state.seq > 30
        assert broken_at(facts) is None
        journal.close()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    open_journal(tmp_path).close()
    connection = open_writer(tmp_path / "facts.db", KEY)
    before = connection.execute("SELECT * FROM sqlite_master").fetchall()
    migrate(connection, steps, tmp_path / "facts.db")
    assert connection.execute("SELECT * FROM sqlite_master").fetchall() == before
    connection.close()


@pytest.mark.parametrize("opener", [write_later, read_later])
def test_a_journal_of_a_newer_clockpiece_is_not_touched(tmp_path: Path, opener: Callable[[Path], None]) -> None:
    open_journal(tmp_path).close()
    connection = open_writer(tmp_path / "facts.db", KEY)
    connection.execute("INSERT INTO _sqlite_migrations VALUES (99, 'facts', '0099_from_the_future', '')")
    connection.close()
    with pytest.raises(NewerSchema, match="0099_from_the_future"):
        opener(tmp_path / "facts.db")


@pytest.mark.slow
def test_a_process_of_a_box_does_not_load_what_migrates(tmp_path: Path) -> None:
    """It would cost each of them its memory for as long as it runs."""
    open_journal(tmp_path).close()
    opened = f"Journal(Path({str(tmp_path / 'facts.db')!r}), {KEY!r}, {DEVICE!r}).close()"
    looks = (
        "import sys; from pathlib import Path; import edge.bootstrap.core, kiosk_ui, sync.worker;"
        f"from edge.store.journal import Journal; {opened}; print({{'sqlite_utils', 'numpy'}} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True).stdout == "set()\n"
