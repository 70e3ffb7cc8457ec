"""Files from an office computer, before anything is done with them; and what the README says of them."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr.accounts import Installation, init
from hr.attendance import rosters
from hr.config import load_config
from hr.pay.terms.lists import PayList, columns_of
from hr.people.csv_import import LAYOUTS, Kind
from hr.people.table_file import ALIASES, BadFile, read_rows
from hr.service import opened

README = (Path(__file__).parents[3] / "hr" / "README.md").read_text("utf-8")
COLUMNS_OF: dict[Kind | PayList, tuple[str, ...]] = {
    kind: (*layout.required, *layout.optional) for kind, layout in LAYOUTS.items()
}
COLUMNS_OF[Kind.ROSTER] = rosters.COLUMNS
COLUMNS_OF |= {kind: columns_of(kind) for kind in PayList}
COLUMNS = {column for columns in COLUMNS_OF.values() for column in columns}


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_table_or_a_bad_file(raw: bytes):
    with contextlib.suppress(BadFile):
        assert all(row.cells["name"] for row in read_rows(raw, ("machine", "name"), ()))


def test_a_cell_may_hold_commas_quotes_and_lines():
    (row,) = read_rows(b'machine,name\n\nIM-07,"a, ""b""\nc"\n', ("machine", "name"), ())
    assert (row.line, row.cells["name"]) == (3, 'a, "b"c')


def test_control_characters_do_not_get_in():
    (row,) = read_rows("machine,name\nIM-07,a\u202eb\x07\n".encode(), ("machine", "name"), ())
    assert row.cells["name"] == "ab"


def test_many_problems_are_shown_shortened():
    raw = b"machine,name\n" + b"x\n" * 30
    with pytest.raises(BadFile, match="and 10 more"):
        read_rows(raw, ("machine", "name"), ())


def test_every_chinese_column_stands_for_one_that_exists():
    assert set(ALIASES.values()) <= COLUMNS


@pytest.mark.parametrize("kind", COLUMNS_OF)
def test_the_readme_names_every_column(kind: Kind | PayList):
    line = next(each for each in README.splitlines() if each.startswith(f"| {kind} |"))
    assert all(column in line for column in COLUMNS_OF[kind])


def test_the_readme_names_every_desk_and_what_those_of_the_rooms_do(tmp_path: Path):
    made = init(tmp_path / "hr", "wang", "correct horse", Installation())
    service = opened(load_config(made.config).hr, lambda: 0)
    desks = vars(service)
    done = [
        f"`{name}.{each}"
        for name, desk in desks.items()
        if type(desk).__module__.endswith((".desk", ".catalogue", ".reception"))
        for each in vars(type(desk))
        if not each.startswith("_")
    ]
    service.close()
    assert [each for each in (*done, *(f"`{name}" for name in desks)) if each not in README] == []
