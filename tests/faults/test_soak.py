"""The soak's own arithmetic, and the table that it keeps in the README."""

from __future__ import annotations

import pytest

from tests.faults.soak import BEGIN, END, HARNESSES, HEAD, README, Row, Seeds, entered, plan, sorts, summed

MACHINE = "Each row on a machine."
KILL = Row("killed", 200, 0, 0, "1", "2026-11-23", "--only kill --runs 200")
CUT = Row("power cut", 1500, 0, 0, "1-3", "2026-11-23", "--minutes 30")


def page(*rows: Row) -> str:
    return f"# Title\n\n{BEGIN}{HEAD}{''.join(row.line() for row in rows)}\n{MACHINE}\n{END}\n\nMore.\n"


def test_a_row_is_read_as_it_was_written() -> None:
    assert [Row.read(row.line()) for row in (KILL, CUT)] == [KILL, CUT]


def test_a_row_that_was_not_run_stays() -> None:
    more = Row("killed", 1000, 0, 0, "7", "2026-12-01", "--only kill --runs 1000 --seeds 7")
    assert entered(page(KILL, CUT), [more], MACHINE) == page(more, CUT)


def test_a_short_clean_run_does_not_replace_a_long_one() -> None:
    assert entered(page(CUT), [Row("power cut", 10, 0, 0)], MACHINE) == page(CUT)


def test_a_loss_is_always_entered_and_goes_with_the_next_clean_run() -> None:
    loss = Row("power cut", 10, 1, 0, "9", "2026-12-01", "--only powercut --seeds 9")
    assert entered(page(CUT), [loss], MACHINE) == page(loss)
    assert entered(page(loss), [KILL, Row("power cut", 5, 0, 0)], MACHINE) == page(Row("power cut", 5, 0, 0), KILL)


def test_a_new_fault_is_added_at_the_end() -> None:
    assert entered(page(KILL), [CUT], MACHINE) == page(KILL, CUT)


def test_rounds_add_up() -> None:
    assert summed([KILL, CUT, KILL]) == [Row("killed", 400, 0, 0, *("1", "2026-11-23", KILL.command)), CUT]


def test_each_sort_of_a_mixed_run_has_its_row() -> None:
    printed = "fault: core killed: 4 runs\nfault: network: refused: 2 runs\n6 runs, 1 lost, 0 doubled\n"
    assert sorts(printed) == [Row("core killed", 4, 1, 0), Row("network: refused", 2, 1, 0)]


@pytest.mark.parametrize("name", ["kill", "powercut", "machine", "link", "restored", "clones", "shifts"])
def test_the_last_line_of_a_harness_is_understood(name: str) -> None:
    unit = "shifts" if name == "shifts" else "runs"
    (row,) = HARNESSES[name].rows(f"something\n1500 {unit}, 2 lost, 1 doubled\n")
    assert (row.runs, row.lost, row.doubled) == (1500, 2, 1)


def test_what_tampering_missed_counts_as_lost() -> None:
    (row,) = HARNESSES["tamper"].rows("200 runs, 190 found, 9 harmless, 1 missed\n")
    assert (row.runs, row.lost) == (200, 1)


def test_somebody_elses_badge_and_a_broken_promise_count_as_lost() -> None:
    (row,) = HARNESSES["noise"].rows("7000000 frames, 2 wrong\n")
    assert (row.runs, row.lost) == (7_000_000, 2)
    (row,) = HARNESSES["babble"].rows("31 faults, 1 lost, 2 broken\n")
    assert (row.runs, row.lost) == (31, 3)


def test_a_fact_that_did_not_arrive_counts_as_lost() -> None:
    (row,) = HARNESSES["slowline"].rows("1000 taps, 4760 readings\n10350 facts, 2 lost, 1 doubled\n")
    assert (row.runs, row.lost, row.doubled) == (10_350, 2, 1)


def test_seeds_go_one_by_one_but_shifts_take_them_all() -> None:
    planned = [(name, str(seeds)) for name, seeds, _ in plan(["kill", "shifts"], Seeds.of("3-4"), None, None)]
    assert planned == [("kill", "3"), ("shifts", "3-4"), ("kill", "4")]


def test_the_readme_has_the_table() -> None:
    text = README.read_text("utf-8")
    assert entered(text, [], MACHINE).partition(END)[0].count("\n|") == text.partition(END)[0].count("\n|")
    assert HEAD in text
