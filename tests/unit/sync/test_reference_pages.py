"""Pages of the reference data: short, named by content, and one changed row changes one of them."""

from __future__ import annotations

import msgspec
import pytest

from hr.people.publish import SOURCES
from sync.wire.reference_data import KINDS, PLANT, Badge, Person, Plant, Reference
from sync.wire.reference_pages import MAX_PAGE_BYTES, manifest_of, name_of_page, paged, rows_of
from tests.cast import REFERENCE

BADGES = [Badge(f"EM4100:{number:010X}", f"person-{number}") for number in range(3000)]


def names(badges: list[Badge]) -> set[str]:
    return set(paged("badges", badges).pages)


def test_all_rows_come_back_and_no_page_is_too_long():
    pages = paged("badges", BADGES).pages
    assert all(len(page) <= MAX_PAGE_BYTES for page in pages.values())
    assert sorted(row.key for page in pages.values() for row in rows_of("badges", page)) == [row.key for row in BADGES]
    assert all(name == name_of_page(page) for name, page in pages.items())


def test_pages_are_not_needlessly_short():
    pages = paged("badges", BADGES).pages
    assert len(pages) <= 3 * sum(map(len, pages.values())) / MAX_PAGE_BYTES


@pytest.mark.parametrize("number", range(0, 3000, 611))
def test_a_changed_row_changes_one_page(number: int):
    changed = [*BADGES]
    changed[number] = msgspec.structs.replace(BADGES[number], blocked=True)
    assert len(names(changed) - names(BADGES)) == 1


@pytest.mark.parametrize("number", range(0, 3000, 611))
def test_a_row_more_or_less_changes_one_page_or_splits_or_joins_one(number: int):
    fewer = BADGES[:number] + BADGES[number + 1 :]
    assert len(names(fewer) - names(BADGES)) == 1
    assert len(names(BADGES) - names(fewer)) in (1, 2)


def test_the_order_of_the_rows_says_nothing():
    assert paged("badges", BADGES[::-1]) == paged("badges", BADGES)


def test_a_single_row_may_be_longer_than_a_page():
    pages = paged("people", [Person("p-1", "1", "x" * MAX_PAGE_BYTES), Person("p-2", "2", "y")]).pages
    assert sorted(row.id for page in pages.values() for row in rows_of("people", page)) == ["p-1", "p-2"]


def test_rows_of_one_name_end_the_splitting():
    twice = [Person("p-1", str(number), "x" * MAX_PAGE_BYTES) for number in range(2)]
    assert len(rows_of("people", *paged("people", twice).pages.values())) == 2


def test_a_kind_without_rows_has_no_pages():
    assert paged("badges", []).pages == {}


def test_the_manifest_has_another_version_when_anything_is_different():
    plant, badges = paged(PLANT, [Plant("plant")]), paged("badges", BADGES)
    versions = {
        manifest_of(each).version
        for each in ([plant, badges], [plant], [plant, paged("badges", BADGES[1:])], [plant, paged("orders", [])])
    }
    assert len(versions) == 4
    assert manifest_of([plant, badges]) == manifest_of([plant, badges])


def test_every_kind_has_a_field_and_a_source_at_hr():
    fields = set(Reference.__struct_fields__) - {"version", "sealing_key"}
    assert set(KINDS) == fields == set(SOURCES)


def test_reference_data_are_the_same_when_they_are_put_together_again_in_any_order():
    rows = {kind: each[::-1] for kind, each in REFERENCE.rows().items()}
    assert Reference.of(1, rows).rows() == {
        kind: sorted(each, key=lambda row: getattr(row, row.__struct_fields__[0]))
        for kind, each in REFERENCE.rows().items()
    }


def test_a_field_of_a_newer_release_is_an_error_and_not_lost_silently():
    with pytest.raises(msgspec.ValidationError, match="robot"):
        rows_of("badges", b'[{"key":"EM4100:1","person":"p","robot":1}]')
