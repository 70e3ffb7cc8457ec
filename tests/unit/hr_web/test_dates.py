"""Dates from an address."""

import pytest

from hr.web.dates import date_or, month_of, period, shifted


@pytest.mark.parametrize("text", [None, "", "2026-13-01", "yesterday", "2026-11-20'--"])
def test_what_is_not_a_date_falls_back(text):
    assert date_or(text, "2026-11-23") == "2026-11-23"


def test_a_day_is_shifted_over_the_end_of_a_month():
    assert shifted("2026-11-30", 1) == "2026-12-01"
    assert shifted("2024-03-01", -1) == "2024-02-29"


@pytest.mark.parametrize(("date", "last"), [("2026-11-23", "30"), ("2026-12-31", "31"), ("2024-02-10", "29")])
def test_a_month_ends_on_its_last_day(date, last):
    assert month_of(date) == (date[:8] + "01", date[:8] + last)


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        (None, None, ("2026-11-01", "2026-11-30")),
        ("2026-11-20", "2026-11-10", ("2026-11-10", "2026-11-20")),
        ("2026-01-01", "2026-12-31", ("2026-01-01", "2026-04-02")),
    ],
)
def test_a_period_is_this_month_the_right_way_round_and_at_most_a_quarter(start, end, wanted):
    assert period(start, end, "2026-11-23") == wanted
