"""The outbox's tables, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from hr.outbox.rules import State
from hr.outbox.sender import send
from hr.outbox.service import NotInOutbox, Outbox
from hr.store import engine, writing
from sync.connectors.port import Delivered, Line
from tests.contract.connectors import DAY_LINES, FIRST, SYSTEM, mark, pieces, seen
from tests.contract.punch_book import PunchBook, PunchBookSystem
from tests.unit.hr.cast import DAY, clock_us

NEXT_DAY = "2026-11-03"
MOVED = msgspec.structs.replace(mark(8), work_date=NEXT_DAY)


@pytest.fixture
def outbox(hr_url: str) -> Iterator[Outbox]:
    store = engine(hr_url)
    yield Outbox(store, writing(store), lambda: clock_us(12))
    store.dispose()


def revisions(outbox: Outbox) -> list[tuple[int, bool, State]]:
    return [(each.revision, each.withdrawn, each.state) for each in outbox.listed(SYSTEM)]


def test_lines_are_sent_corrected_and_withdrawn(outbox: Outbox):
    book = PunchBook()
    changed = {**DAY_LINES, FIRST: mark(7)}
    for lines in (DAY_LINES, changed, {FIRST: mark(7)}):
        outbox.queue(SYSTEM, lines, DAY, DAY)
        assert send(outbox, SYSTEM, PunchBookSystem(book)).trouble is None
    assert [seen(each.content) for each in book.rows.values()] == [seen(mark(7))]
    assert (outbox.counts(SYSTEM).sent, outbox.counts(SYSTEM).waiting) == (len(DAY_LINES) + 1 + 4, 0)


def test_a_line_that_has_moved_to_another_day_is_not_withdrawn_from_its_first_one(outbox: Outbox):
    outbox.queue(SYSTEM, {FIRST: mark(8)}, DAY, DAY)
    send(outbox, SYSTEM, PunchBookSystem(PunchBook()))
    outbox.queue(SYSTEM, {FIRST: MOVED}, DAY, NEXT_DAY)
    outbox.queue(SYSTEM, {}, DAY, DAY)
    assert revisions(outbox) == [(1, False, State.SENT), (2, False, State.WAITING)]


def test_a_line_that_comes_from_another_day_is_a_correction_and_not_a_new_one(outbox: Outbox):
    outbox.queue(SYSTEM, {FIRST: MOVED}, NEXT_DAY, NEXT_DAY)
    send(outbox, SYSTEM, PunchBookSystem(PunchBook()))
    outbox.queue(SYSTEM, {FIRST: mark(8)}, DAY, DAY)
    assert revisions(outbox) == [(1, False, State.SENT), (2, False, State.WAITING)]


def test_only_what_waits_can_be_parked_and_only_what_is_parked_retried(outbox: Outbox):
    outbox.queue(SYSTEM, {FIRST: mark(8)}, DAY, DAY)
    (event,) = [each.event for each in outbox.listed(SYSTEM)]
    with pytest.raises(NotInOutbox, match="is not parked"):
        outbox.retry(SYSTEM, event)
    outbox.park(SYSTEM, event, "why")
    with pytest.raises(NotInOutbox, match="does not wait"):
        outbox.park(SYSTEM, event, "why")
    with pytest.raises(NotInOutbox, match="is not parked"):
        outbox.retry("another", event)


def test_an_event_knows_the_records_of_the_same_persons_other_lines_on_that_day_and_beside_it(outbox: Outbox):
    elsewhere = msgspec.structs.replace(mark(9), work_date="2026-11-05")
    lines: dict[str, Line] = {
        FIRST: mark(8),
        "attendance/gate-1/1/2": mark(17),
        "attendance/gate-1/1/3": MOVED,
        "attendance/gate-1/1/4": mark(9, "0102"),
        "attendance/gate-1/1/5": elsewhere,
        "pieces/gate-1/1/6": pieces(1),
    }
    outbox.queue(SYSTEM, lines, DAY, "2026-11-05")
    outbox.note(SYSTEM, {each.event: Delivered(each.line) for each in outbox.next(SYSTEM, 10)})
    outbox.queue(SYSTEM, lines | {FIRST: mark(7)}, DAY, "2026-11-05")
    (event,) = outbox.next(SYSTEM, 10)
    assert event.others == {"attendance/gate-1/1/2", "attendance/gate-1/1/3"}
