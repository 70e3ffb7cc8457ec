"""One flipped bit anywhere in the journal: found, or without effect, and never a wrong fact that is believed.

The long run: `python -m tests.faults.bitrot --copies 1000`.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from edge.core.recorder import Recorder
from edge.store.errors import CannotRecord, DamagedJournal
from sync.wire.reference_data import Directory
from tests.faults.bitrot import rot, written
from tests.moments import PLANT, StandingClock
from tests.unit.store.boxes import open_journal, write

pytestmark = pytest.mark.fault("F12")

COPIES = 40


@pytest.mark.slow
def test_a_flipped_bit_is_found_and_the_other_rows_are_still_there(short_folder: Path):
    facts = written(short_folder, 600)
    tally = rot(short_folder, facts, COPIES, random.Random(1))
    assert tally.missed == []
    assert tally.found > COPIES // 2
    assert tally.unread < len(facts) * COPIES // 5
    assert all("clockpiece export" in each or "the first page is damaged" in each for each in tally.sentences if each)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE fact SET wall_us = wall_us + 1 WHERE seq = 3",
        "UPDATE fact SET prev_hash = hash WHERE seq = 3",
        "UPDATE fact SET seq = 9 WHERE seq = 5",
        "DELETE FROM fact WHERE seq = 3",
    ],
)
def test_core_does_not_go_on_from_a_journal_that_says_something_else_than_it_did(tmp_path: Path, change: str):
    journal = open_journal(tmp_path)
    write(journal, 5)
    for trigger in ("fact_is_never_changed", "fact_is_deleted_only_below_a_seal"):
        journal._connection.execute(f"DROP TRIGGER {trigger}")
    journal._connection.execute(change)
    journal.reopen()
    with pytest.raises(DamagedJournal, match="does not continue") as refused:
        Recorder(journal, StandingClock(), Directory, PLANT, [])
    journal.close()
    assert isinstance(refused.value, CannotRecord)
    assert "\n" not in str(refused.value)


def test_a_checkpoint_is_held_against_the_fact_it_stands_on(tmp_path: Path):
    journal = open_journal(tmp_path)
    facts = write(journal, 5)
    assert list(journal.checked_after(3)) == facts[3:]
    journal._connection.execute("DROP TRIGGER fact_is_never_changed")
    journal._connection.execute("UPDATE fact SET hash = prev_hash WHERE seq = 3")
    with pytest.raises(DamagedJournal, match="fact 4"):
        list(journal.checked_after(3))
    journal.close()
