"""How the journal of the next epoch is opened.

It appears under its name whole, in one rename: a crash at any moment leaves either the old journal or the new one as
the newest.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from edge.store.errors import CannotRecord
from edge.store.files import file_of, journals
from edge.store.journal import Draft, Journal

SIDES = ("", "-wal", "-shm", "-journal")
"""What SQLite may leave beside a database."""


def open_next(
    first: Path,
    key: bytes,
    device: str,
    epoch: int,
    facts: Sequence[tuple[Draft, int]],
    sealed: Sequence[tuple[str, int, bytes]] = (),
) -> None:
    """Makes the journal of `epoch` the newest one, with these facts (drafts and parts) and sealed records in it.

    Nothing is changed when it raises CannotRecord, or when the machine stops on the way.
    """
    target = file_of(first, epoch)
    draft = target.with_name(f"{target.name}.new")
    for side in SIDES:
        Path(f"{draft}{side}").unlink(missing_ok=True)
    journal = Journal(draft, key, device, epoch)
    try:
        with journal.transaction():
            for fact, part in facts:
                journal.append(fact, part)
            for person, seq, record in sealed:
                journal.keep_sealed(person, seq, record)
    finally:
        journal.close()
    # Closing the only connection has written the log back: the one file that is renamed is the whole journal.
    if Path(f"{draft}-wal").exists():
        raise CannotRecord(f"{draft}: its log was not written back", disk_full=False)
    if os.geteuid() == 0:
        # Made by whoever replaces a box; the services that write in this folder must be able to write it.
        owner = first.parent.stat()
        os.chown(draft, owner.st_uid, owner.st_gid)
    draft.rename(target)
    folder = os.open(first.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def forget_sealed_in_earlier(first: Path, key: bytes, device: str) -> None:
    """The newest journal has their sealed records: no second copy stays behind."""
    for epoch, file in list(journals(first).items())[:-1]:
        journal = Journal(file, key, device, epoch)
        try:
            if people := journal.sealed_people():
                journal.drop_sealed(people)
        finally:
            journal.close()
