"""One record as received, with its hashes added up again."""

import pytest

from hr.store import writing
from hr.store.tables import fact
from tests.unit.hr_web.conftest import desk_of


def test_a_record_shows_its_bytes_its_hash_and_its_place_in_the_chain(desk, shown):
    (stored,) = shown.service.inbox.facts("gate-1", 1, [shown.line])
    text = desk.text(f"/fact/gate-1/1/{shown.line}")
    assert stored.hash in text
    assert stored.prev_hash in text
    assert "the record before has the hash named here" in text
    assert "王建国" in text
    assert "Received here 2026-11-23 15:36:00" in text


def test_the_first_record_begins_the_chain(desk):
    page = desk.get("/fact/gate-1/1/1").text
    assert "the one before" not in page
    assert "the one after" in page


def test_a_copy_that_was_altered_is_found_out(factory):
    with writing(factory.engine).begin() as connection:
        connection.execute(
            fact.update().where(fact.c.seq == 5).values(machine="press-99", body='{"machine":"press-99"}')
        )
        connection.execute(fact.update().where(fact.c.seq == 8).values(hash="0" * 64))
    desk = desk_of(factory.service)
    assert "The hash does not agree with the content." in desk.text("/fact/gate-1/1/5")
    assert "The record before has another hash." in desk.text("/fact/gate-1/1/9")


@pytest.mark.parametrize(
    "path", ["gate-1/1/0", "gate-1/1/5000", "gate-9/1/1", f"gate-1/1/{2**63}", f"gate-1/{2**70}/1"]
)
def test_a_record_that_is_not_there_is_not_there(desk, path):
    assert desk.get(f"/fact/{path}").status_code == 404


def test_a_record_that_names_others_links_to_them(desk, shown):
    (sealed,) = shown.service.inbox.facts("gate-1", 1, [shown.line])
    page = desk.get(f"/fact/gate-1/1/{shown.line}").text
    for seq in sealed.body["actuals"]:
        assert f'href="/fact/gate-1/1/{seq}"' in page
