"""docs/faults.md: each row names tests that bear its mark, and each mark has its row."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from tests.docs.pages import ROOT, code_words, page, rows

PAGE = page("faults.md")
MARK = re.compile(r"mark\.fault\(\"([FK]\d+)\"\)")
DEMANDED = {
    "F1", "F2", "F7", "F9", "F10", "F11", "F12", "F13", "F15", "F16", "F20", "F21", "F22", "F25", "F26", "F28", "F30",
    "F31", "F32", "K5", "K6", "K7", "K8", "K9",
}  # fmt: skip


def marked() -> dict[str, set[str]]:
    """The files of tests that bear a row's mark."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in (ROOT / "tests").rglob("test_*.py"):
        for row in MARK.findall(file.read_text("utf-8")):
            found[row].add(file.relative_to(ROOT).as_posix())
    return found


def described() -> dict[str, set[str]]:
    return {cells[0]: set(code_words(cells[3])) for cells in rows(PAGE) if re.fullmatch(r"[FK]\d+", cells[0])}


def test_every_fault_that_a_box_must_stand_has_a_test():
    assert marked().keys() >= DEMANDED


def test_every_marked_fault_has_a_row():
    assert described().keys() >= marked().keys()


@pytest.mark.parametrize("row", sorted(described()))
def test_the_tests_that_a_row_names_bear_its_mark(row: str):
    named = described()[row]
    assert named
    assert named <= marked()[row]
