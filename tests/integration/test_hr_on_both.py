"""What HR does is the same on SQLite and on PostgreSQL: whole batches, records set aside, pages over the same rows."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from hr.ingest.aside import Action, Hurdle, Key, NotDecided, SetAside
from hr.store import engine
from hr.store.bulk import ROWS_A_STATEMENT
from hr.store.tables import metadata
from sync.wire.envelope import Fact, sealed
from sync.wire.facts import Direction
from tests.unit.hr.cast import NOON_US, Factory, factory, tap
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import Desk, desk_of, words

OFFICE = "zhou.min"
LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
LEFT_OUT = ("/language/", "/log-")
"""What changes who looks, or how."""

ENOUGH = 2
"""So many of the pages that stand beneath one address."""


# --- records set aside --------------------------------------------------------------------------------


@pytest.fixture
def hr(tmp_path: Path, hr_url: str) -> Iterator[Factory]:
    made = factory(tmp_path, hr_url)
    yield made
    made.service.close()


@pytest.fixture
def foreign(hr: Factory) -> Fact:
    """A tap that does not follow the one before it, set aside."""
    strange = sealed(msgspec.structs.replace(hr.gate.write(tap(Direction.IN)), prev_hash="ab" * 32))
    assert hr.gate.send(hr.client, [strange]).json["refusals"][0]["code"] == "broken_chain"
    return strange


def record(hr: Factory) -> SetAside:
    (only,) = hr.service.inbox.set_aside()
    return only


def decide(hr: Factory, action: Action, note: str = "the card was changed") -> Hurdle | None:
    """Why not, if not."""
    try:
        hr.service.inbox.decide(record(hr).key, action, OFFICE, note)
    except NotDecided as error:
        return error.hurdle
    return None


def stored(hr: Factory) -> list[Fact]:
    return hr.service.inbox.facts(hr.gate.device, 1, [1])


def test_a_record_that_was_set_aside_is_taken_once_on_somebodys_word(hr: Factory, foreign: Fact):
    assert decide(hr, Action.TAKEN, "") is Hurdle.NO_NOTE
    assert stored(hr) == []
    assert decide(hr, Action.TAKEN) is None
    assert stored(hr) == [foreign]
    assert decide(hr, Action.TAKEN) is Hurdle.DECIDED
    assert (hr.service.inbox.count_waiting(), len(record(hr).decisions)) == (0, 1)
    assert hr.gate.send(hr.client, [foreign]).json["refusals"] == []


def test_what_was_left_aside_may_wait_again(hr: Factory, foreign: Fact):
    for action, waits in ((Action.LEFT, 0), (Action.REOPENED, 1), (Action.LEFT, 0)):
        assert decide(hr, action) is None
        assert hr.service.inbox.count_waiting() == waits
    assert [(each.action, each.by) for each in record(hr).decisions] == [
        (Action.LEFT, OFFICE),
        (Action.REOPENED, OFFICE),
        (Action.LEFT, OFFICE),
    ]
    assert stored(hr) == []


def test_what_was_never_set_aside_cannot_be_decided(hr: Factory, foreign: Fact):
    with pytest.raises(NotDecided) as refused:
        hr.service.inbox.decide(Key(foreign.device, 1, 9, "0" * 64), Action.LEFT, OFFICE, "why not")
    assert refused.value.hurdle is Hurdle.UNKNOWN


# --- batches ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("facts", [ROWS_A_STATEMENT - 1, ROWS_A_STATEMENT, 2 * ROWS_A_STATEMENT + 1])
def test_a_batch_is_stored_whole_however_many_rows_go_into_a_statement(hr: Factory, facts: int):
    for _ in range(facts):
        hr.gate.write(tap(Direction.IN))
    assert hr.gate.send(hr.client, hr.gate.journal).json["seq"] == facts
    assert hr.service.inbox.facts(hr.gate.device, 1, list(range(1, facts + 1))) == hr.gate.journal


def test_a_batch_that_says_nothing_is_a_contact_all_the_same(hr: Factory):
    hr.service.office.clock = lambda: NOON_US + 3_600_000_000
    assert hr.gate.ask(hr.client, "POST", "/v1/facts", b"[]").status == 400
    (gate,) = (each for each in hr.service.kiosks.listed() if each.fingerprint == hr.gate.fingerprint)
    assert gate.last_contact_us == NOON_US + 3_600_000_000


# --- pages --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.needs("postgresql")
@pytest.mark.parametrize("hr_url", ["postgresql"], indirect=True)
def test_every_page_over_the_same_rows_says_the_same(tmp_path: Path, hr_url: str):
    on_sqlite = plant.build(tmp_path)
    copy(on_sqlite, hr_url)
    on_postgresql = plant.opened(engine(hr_url), on_sqlite.service.office.keys)
    one, other = desk_of(on_sqlite.service), desk_of(on_postgresql)
    seen = followed(one, other)
    assert {"/", "/output", "/people", "/kiosks", "/aside/"} <= seen
    assert sum(path.startswith("/fact/") for path in seen) == ENOUGH
    for answer in ("/attendance.csv", "/pay.csv"):
        assert one.get(answer).data == other.get(answer).data
    on_postgresql.close()
    on_sqlite.service.close()


def copy(of: plant.Factory, url: str) -> None:
    """All rows, into a database that has its tables."""
    target = engine(url)
    with of.engine.connect() as source, target.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows:
                connection.execute(table.insert(), rows)
    target.dispose()


def followed(one: Desk, other: Desk) -> set[str]:
    """Follows the links; the addresses that both have shown."""
    seen, todo, of_a_kind = {"/"}, deque(["/"]), Counter[str]()
    while todo:
        path = todo.popleft()
        pages = one.get(path), other.get(path)
        assert [each.status_code for each in pages] == [200, 200], path
        if not (pages[0].mimetype or "").startswith("text/"):
            continue  # papers and packed files say when they were made
        assert words(pages[0]) == words(pages[1]), path
        found = {link.replace("&amp;", "&") for link in LINK.findall(pages[0].text)}
        for link in sorted(found - seen):
            kind = re.sub(r"(?<=/)[^/]*\d[^/]*", "", link.split("?")[0])
            if not link.startswith(LEFT_OUT) and of_a_kind[kind] < ENOUGH:
                of_a_kind[kind] += 1
                seen.add(link)
                todo.append(link)
    return seen
