"""What is valid, what ends soon, and what is to be renewed."""

from __future__ import annotations

import pytest

from hr.people.clearances import ClearanceView, Validity, to_renew

TODAY = "2026-11-23"


def view(valid_from: str, valid_to: str = "", kind: str = "SAFETY_L3", number: str = "1001") -> ClearanceView:
    return ClearanceView(f"p-{number}", number, "李伟", kind, valid_from, valid_to, "")


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "validity"),
    [
        ("2026-11-24", "", Validity.NOT_YET),
        ("2026-11-23", "", Validity.VALID),
        ("2026-01-01", "2026-12-24", Validity.VALID),
        ("2026-01-01", "2026-12-23", Validity.ENDING),
        ("2026-01-01", "2026-11-23", Validity.ENDING),
        ("2026-01-01", "2026-11-22", Validity.OVER),
    ],
)
def test_both_dates_belong_to_a_clearance(valid_from: str, valid_to: str, validity: Validity):
    assert view(valid_from, valid_to).validity(TODAY) is validity


def test_what_was_renewed_already_is_not_to_be_renewed():
    old, new = view("2025-01-01", "2025-12-31"), view("2026-01-01", "2027-12-31")
    assert to_renew([old, new], TODAY) == []
    assert to_renew([old, view("2026-01-01")], TODAY) == []


def test_the_first_to_end_comes_first():
    gone, soon = view("2026-01-01", "2026-06-30"), view("2026-01-01", "2026-12-01", number="1002")
    other = view("2026-01-01", "2026-12-01", kind="WELDING")
    assert to_renew([soon, other, gone], TODAY) == [gone, other, soon]
