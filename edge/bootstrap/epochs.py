"""The journal that core may go on with: opens the next epoch when the card has forgotten what HR holds."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from edge.bootstrap import BoxFiles
from edge.clock import Clock
from edge.domain.continuity import Carried, opening
from edge.domain.direction import LONGEST_PRESENCE_S
from edge.link.messages import new_id
from edge.store.epochs import forget_sealed_in_earlier, open_next
from edge.store.errors import CannotRecord
from edge.store.files import newest
from edge.store.journal import Draft, Journal
from settings import Mendable
from sync.wire.continuity import AtHr, Cut, cut
from sync.wire.envelope import Fact, Introduced, Stamp
from sync.wire.facts import EpochOpened, body_of

log = logging.getLogger(__name__)


class JournalCut(Mendable):
    """The journal cannot go on; the next start of core opens a new one."""


def journal_to_go_on(files: BoxFiles, clock: Clock, at_hr: AtHr) -> Journal:
    """The newest journal, opened; of a new epoch if the one there is cut. Raises what Journal raises."""
    epoch, file = newest(files.journal)
    journal = Journal(file, files.key(), files.config.box.name, epoch)
    found = cut_of(journal, at_hr)
    if found is not None:
        try:
            _open_after(files, clock, journal, found)
        finally:
            journal.close()
        return journal_to_go_on(files, clock, at_hr)
    if epoch > 1:
        forget_sealed_in_earlier(files.journal, files.key(), files.config.box.name)
    return journal


def cut_of(journal: Journal, at_hr: AtHr) -> Cut | None:
    return cut(journal.epoch, journal.seq, journal.holds, at_hr)


def watch(journal: Journal, at_hr: Callable[[], AtHr]) -> Callable[[], None]:
    """A look that raises JournalCut as soon as the journal cannot go on. Core itself sees a store that fails."""

    def look() -> None:
        try:
            found = cut_of(journal, at_hr())
        except CannotRecord as error:
            log.debug("the journal was not compared with HR: %s", error)
            return
        if found is not None:
            raise JournalCut(
                f"HR holds facts up to {found.at_hr} of epoch {found.previous}, and this journal parts from them after "
                f"{found.common}: the card has forgotten some, or an old copy was put back; start core again, "
                "it opens a new epoch and carries over what was recorded here"
            )

    return look


def take_over(files: BoxFiles, clock: Clock, place: Introduced, at_hr: AtHr) -> None:
    """Makes the journal of the epoch that HR has given this box in the place of another, if it is not there yet.

    What was recorded since the installation goes with it under the same numbers. On a box that HR has heard before,
    under another key, only what HR has not received goes.
    """
    epoch, file = newest(files.journal)
    name, key, now = files.config.box.name, files.key(), clock.stamp()
    if place.epoch <= epoch:
        if place.epoch < epoch:
            raise JournalCut(
                f"{file} is of epoch {epoch}, HR has given this box {place.epoch}: begin with an empty data folder"
            )
        return
    opened = EpochOpened(place.previous, "replaced", 0, place.at_hr)
    journal = Journal(file, key, name, epoch)
    try:
        if at_hr.seq:
            opened = msgspec.structs.replace(opened, here=journal.seq)
            before = _still_true(journal, now)
            facts = [
                _draft(each)
                for each in opening(opened, new_id(), now, at_hr.common, before, list(journal.after(at_hr.common)))
            ]
            sealed = [(person, 1, record) for person, _, record in journal.sealed_records()]
        else:
            # A fresh journal: each fact keeps its number, so that those which name it by number stay right.
            facts = [
                (Draft(each.command, each.at, body_of(each.kind, each.body)), each.part) for each in journal.after(0)
            ]
            facts.append((Draft(new_id(), now, opened), 0))
            sealed = journal.sealed_records()
    finally:
        journal.close()
    open_next(files.journal, key, name, place.epoch, facts, sealed)


def _open_after(files: BoxFiles, clock: Clock, journal: Journal, found: Cut) -> None:
    now = clock.stamp()
    rest = list(journal.after(found.common))
    before = _still_true(journal, now)
    opened = EpochOpened(found.previous, "cut", found.here, found.at_hr)
    facts = opening(opened, new_id(), now, found.common, before, rest)
    sealed = [(person, 1, record) for person, _, record in journal.sealed_records()]
    log.error(
        "epoch %d is cut: it ends at %d here and at %d at HR, and agrees up to %d; epoch %d begins with %d facts of it",
        found.previous, found.here, found.at_hr, found.common, found.previous + 1, len(rest),
    )  # fmt: skip
    open_next(
        files.journal, files.key(), files.config.box.name, found.previous + 1, [_draft(each) for each in facts], sealed
    )


def _still_true(journal: Journal, now: Stamp) -> list[Fact]:
    taps = journal.taps_since(now.wall_us - round(LONGEST_PRESENCE_S * 1e6))
    return [*journal.commissionings(), *taps, *journal.questions()]


def _draft(each: Carried) -> tuple[Draft, int]:
    return Draft(each.command, each.at, each.body), each.part
