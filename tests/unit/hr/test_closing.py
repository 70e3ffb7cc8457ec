"""Closing a month in blocks over a real database, and what becomes of it afterwards: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, update

from hr.pay.periods import late, store
from hr.pay.periods.closing import BLOCK, Closer, Progress
from hr.pay.periods.ground import OF_NO_WEIGHT, decided
from hr.pay.periods.period import Obstacle, State, Step, Why, sums_of
from hr.people.rejected import Rejected
from hr.store import engine, upgrade, writing
from hr.store.period_tables import closed_statement, pay_run
from hr.store.tables import metadata, person
from tests.unit.hr.ledgers import MONTH, NEXT, TODAY, Books, pieces

ZHOU = "zhou.min"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = engine(f"sqlite:///{tmp_path_factory.mktemp('closing') / 'hr.db'}")
    upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def database(made: Engine) -> Engine:
    with writing(made).begin() as connection:
        for name in ("closed_statement", "pay_run", "pay_step", "pay_adjustment", "person"):
            connection.execute(delete(metadata.tables[name]))
    return made


def closer(database: Engine, books: Books) -> Closer:
    return Closer(database, writing(database), books, books.unconfirmed, lambda: 1)


def reviewed(database: Engine, month: str = MONTH) -> None:
    with writing(database).begin() as connection:
        store.take(connection, month, Step.REVIEW, ZHOU, 1)


def closed(database: Engine, books: Books, month: str = MONTH, today: str = TODAY) -> Progress:
    reviewed(database, month)
    return list(closer(database, books).close(month, today, ZHOU))[-1]


def ledger(database: Engine, month: str = MONTH) -> list[Any]:
    with database.connect() as connection:
        return store.rows(connection, store.closings(connection)[month])


def intact(database: Engine, month: str = MONTH) -> bool:
    with database.connect() as connection:
        return store.intact(connection, store.closings(connection)[month])


def test_a_month_is_closed_with_everybody_in_it(database: Engine):
    books = Books.of(BLOCK + 3)
    assert closed(database, books) == Progress(BLOCK + 3, BLOCK + 3, closed=True)
    assert [row.person for row in ledger(database)] == sorted(books.made)
    assert sums_of(ledger(database)).net == books.net
    assert intact(database)


def test_a_closing_that_was_cut_off_goes_on_where_it_ended(database: Engine):
    books = Books.of(3 * BLOCK)
    reviewed(database)
    run = closer(database, books).close(MONTH, TODAY, ZHOU)
    assert [next(run).done for _ in range(3)] == [0, BLOCK, 2 * BLOCK]
    run.close()  # type: ignore[attr-defined]  # it is a generator, and ends here as a killed process does
    with database.connect() as connection:
        assert not store.closed_months(connection)
    assert list(closer(database, books).close(MONTH, TODAY, ZHOU))[-1].closed
    assert [each[0] for each in books.asked] == ["p000", "p025", "p050"]
    assert intact(database)


def test_when_something_is_decided_meanwhile_it_begins_anew(database: Engine):
    books = Books.of(2 * BLOCK)
    reviewed(database)
    run = closer(database, books).close(MONTH, TODAY, ZHOU)
    assert [next(run).done for _ in range(2)] == [0, BLOCK]
    with writing(database).begin() as connection:
        connection.execute(person.insert().values(id="new", number="1", name="新人", role="WORKER"))
    books.made["p000"] = [pieces("2026-10-09", 7000)]
    assert list(run)[-1].closed
    assert sums_of(ledger(database)).net == books.net
    with database.connect() as connection:
        assert len(connection.execute(select(pay_run)).all()) == 1


def test_two_who_close_at_once_close_it_once(database: Engine):
    books = Books.of(3 * BLOCK)
    reviewed(database)
    one, other = (closer(database, books).close(MONTH, TODAY, ZHOU) for _ in range(2))
    ends: list[Progress] = []
    while len(ends) < 2:
        for each in (one, other):
            if (last := next(each, None)) is not None and last.over:
                ends.append(last)
    assert all(each.closed for each in ends)
    assert len(ledger(database)) == 3 * BLOCK
    assert intact(database)


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ({"held": {"p001"}}, Why.HELD),
        ({"waiting": 267}, Why.UNCONFIRMED),
        ({"made": {}}, Why.NOBODY),
    ],
)
def test_a_month_in_which_something_waits_is_not_closed(database: Engine, spoilt: dict[str, object], why: Why):
    books = Books.of(3)
    for name, value in spoilt.items():
        setattr(books, name, value)
    end = closed(database, books)
    assert (end.closed, end.obstacles[0].why) == (False, why)
    with database.connect() as connection:
        assert not store.closed_months(connection)
        assert store.state_of(store.steps(connection, MONTH)) is State.REVIEW
        assert connection.execute(select(closed_statement)).first() is None


def test_a_month_that_nobody_has_reviewed_is_not_closed(database: Engine):
    end = list(closer(database, Books.of(3)).close(MONTH, TODAY, ZHOU))[-1]
    assert end.obstacles == (Obstacle(Why.NOT_REVIEWED),)


def test_a_closed_month_stays_closed(database: Engine):
    closed(database, Books.of(3))
    for step in Step:
        with pytest.raises(Rejected), writing(database).begin() as connection:
            store.take(connection, MONTH, step, ZHOU, 2)
    assert list(closer(database, Books()).close(MONTH, TODAY, ZHOU))[-1].closed
    assert len(ledger(database)) == 3


def test_each_month_is_chained_to_the_one_before(database: Engine):
    closed(database, Books.of(3))
    closed(database, Books.of(3), NEXT, "2026-12-01")
    with database.connect() as connection:
        first, second = store.closings(connection).values()
    assert second.previous == first.head
    assert intact(database, NEXT)


@pytest.mark.parametrize("column", ["summary", "content", "hash"])
def test_an_entry_that_was_changed_by_hand_is_found(database: Engine, column: str):
    closed(database, Books.of(3))
    with writing(database).begin() as connection:
        where = closed_statement.c.person == "p001"
        held: Any = connection.scalar(select(closed_statement.c[column]).where(where))
        other = held[::-1] if column != "summary" else held.replace('"net":"40.40"', '"net":"90.40"')
        assert other != held
        connection.execute(update(closed_statement).where(where).values({column: other}))
    assert not intact(database)


def test_an_entry_that_was_taken_out_is_found(database: Engine):
    closed(database, Books.of(3))
    with writing(database).begin() as connection:
        connection.execute(delete(closed_statement).where(closed_statement.c.person == "p002"))
    assert not intact(database)


# --- afterwards -------------------------------------------------------------------------------------


def proposals(database: Engine, books: Books, people: list[str], month: str = MONTH) -> list[late.Proposal]:
    with database.connect() as connection:
        return late.proposals(connection, books, store.closings(connection)[month], people)


def post(database: Engine, found: list[late.Proposal], reason: str = "late pieces") -> str:
    with writing(database).begin() as connection:
        return store.post(connection, MONTH, {each.person: each.items for each in found}, reason, ZHOU, 5)


def test_pieces_that_come_late_are_proposed_at_their_price_and_posted_once(database: Engine):
    books = Books.of(3)
    closed(database, books)
    books.made["p001"] = [pieces("2026-10-09", 121)]
    (found,) = proposals(database, books, sorted(books.made))
    assert (found.person, found.amount) == ("p001", Decimal("8.00"))
    assert post(database, [found]) == NEXT
    assert proposals(database, books, sorted(books.made)) == []
    with pytest.raises(Rejected, match="not posted yet"):
        post(database, [found])
    with database.connect() as connection:
        assert store.adjustments(connection, NEXT) == {"p001": found.items}


def test_a_correction_of_a_correction_goes_back_by_what_is_too_much(database: Engine):
    books = Books.of(1)
    closed(database, books)
    books.made["p000"] = [pieces("2026-10-09", 120)]
    post(database, proposals(database, books, ["p000"]))
    books.made["p000"] = [pieces("2026-10-09", 110)]
    (back,) = proposals(database, books, ["p000"])
    assert back.amount == Decimal("-4.00")


def test_somebody_who_was_not_in_the_closed_month_is_paid_for_it_later(database: Engine):
    books = Books.of(1)
    closed(database, books)
    books.made["late"] = [pieces("2026-10-09", 50)]
    (found,) = proposals(database, books, ["late", "p000"])
    assert (found.person, found.amount) == ("late", Decimal("20.00"))


def test_while_something_of_it_is_held_nothing_is_proposed(database: Engine):
    books = Books.of(1)
    closed(database, books)
    books.made["p000"], books.held = [pieces("2026-10-09", 120)], {"p000"}
    (found,) = proposals(database, books, ["p000"])
    assert (found.items, len(found.held)) == ((), 1)


def test_a_correction_needs_a_reason_and_a_closed_month(database: Engine):
    books = Books.of(1)
    with pytest.raises(Rejected, match="closed"), writing(database).begin() as connection:
        store.post(connection, MONTH, {}, "why", ZHOU, 1)
    closed(database, books)
    with pytest.raises(Rejected, match="reason"):
        post(database, [], "")


amounts = st.lists(st.integers(0, 900), min_size=1, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=amounts, then=st.lists(amounts, min_size=1, max_size=3))
def test_whatever_comes_later_a_closed_month_stays_and_corrections_make_up_the_rest(
    database: Engine, first: list[int], then: list[list[int]]
):
    with writing(database).begin() as connection:
        for name in ("closed_statement", "pay_run", "pay_step", "pay_adjustment"):
            connection.execute(delete(metadata.tables[name]))
    books = Books({f"p{place}": [pieces("2026-10-09", made)] for place, made in enumerate(first)})
    closed(database, books)
    before = ledger(database)
    for later in then:
        books.made = {f"p{place}": [pieces("2026-10-09", made)] for place, made in enumerate(later)}
        with database.connect() as connection:
            people = late.everybody(connection, books, store.closings(connection)[MONTH])
        post(database, [each for each in proposals(database, books, people) if each.items])
        with database.connect() as connection:
            corrected = sum((each.item.amount for each in store.posted(connection, refers_to=MONTH)), Decimal(0))
        assert ledger(database) == before
        assert intact(database)
        assert sums_of(before).net + corrected == books.net


def test_every_table_is_known_to_change_a_month_or_not():
    assert set(metadata.tables) >= OF_NO_WEIGHT
    assert {each.name for each in decided()}.isdisjoint(OF_NO_WEIGHT)
