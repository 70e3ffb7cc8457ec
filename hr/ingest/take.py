"""Taking over what the card of a dead box still holds: an export, checked, and stored as if it had been sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine

from hr.ingest import receive
from hr.ingest.receive import Taken
from hr.kiosks import store as kiosks
from settings import Mendable
from sync.wire.envelope import MAX_BATCH_FACTS, Fact, public_text
from sync.wire.verify import Header, NotAnExport, Recorded, Report, Unreadable, decoded, verify


class NotTaken(Mendable):
    """The file is not an export of a box that HR knows, or not the one that box made."""


@dataclass
class Takeover:
    """What came from the file, by epoch, and what the check of the file says."""

    report: Report
    taken: list[Taken] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


def take(reading: Engine, writing: Engine, file: Path, hr_key: Ed25519PublicKey, now_us: Callable[[], int]) -> Takeover:
    """Checks the whole file, then stores what HR lacks. Raises NotTaken."""
    try:
        with file.open("rb") as lines:
            header = next(decoded(lines), None)
        if not isinstance(header, Header):
            raise NotTaken(f"{file}: the first line is not the header of an export")
        with reading.connect() as connection:
            known = {public_text(key): key for key in kiosks.known_keys(connection, header.device)}
        key = known.get(header.box_key)
        if key is None:
            raise NotTaken(f"{file}: {header.device} was never let in with the key that the file names")
        with file.open("rb") as lines:
            report = verify(lines, key, hr_key)
    except NotAnExport as error:
        raise NotTaken(f"{file}: {error}") from error
    if changed := [each for each in report.problems if each.epoch == 0]:
        raise NotTaken(f"{file}: {changed[0].reason}; export it again")
    found = Takeover(report)
    with file.open("rb") as lines, writing.begin() as connection:
        for run in _runs(lines, found.unreadable):
            taken = receive.take(connection, run, now_us())
            if taken is not None:
                _add(found.taken, taken)
        for epoch in {each.epoch for each in report.journals} - {each.epoch for each in found.unreadable}:
            kiosks.note_taken(connection, header.device, epoch, now_us())
    return found


def _runs(lines: Iterable[bytes], unreadable: list[Unreadable]) -> Iterator[list[Fact]]:
    """Facts of one epoch numbered without a gap, as many as a batch has at most."""
    run: list[Fact] = []
    for line in decoded(lines):
        if isinstance(line, Unreadable):
            unreadable.append(line)
        if not isinstance(line, Recorded):
            continue
        goes_on = run and (line.fact.epoch, line.fact.seq) == (run[-1].epoch, run[-1].seq + 1)
        if run and (not goes_on or len(run) == MAX_BATCH_FACTS):
            yield run
            run = []
        run.append(line.fact)
    if run:
        yield run


def _add(taken: list[Taken], more: Taken) -> None:
    if taken and taken[-1].epoch == more.epoch:
        last = taken[-1]
        last.last, last.facts, last.aside = more.last, last.facts + more.facts, last.aside + more.aside
    else:
        taken.append(more)
