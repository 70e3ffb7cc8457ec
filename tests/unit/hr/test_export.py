"""What a spreadsheet gets to see."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hr.pay.export import cell


@pytest.mark.parametrize("text", ["=1+1", "+86 138", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_text_that_would_run_is_made_plain(text: str):
    assert cell(text) == "'" + text


@pytest.mark.parametrize(("value", "shown"), [(-5, -5), (Decimal("-0.0100"), "-0.0100"), (None, ""), ("李伟", "李伟")])
def test_numbers_and_plain_text_are_left_alone(value: int | Decimal | str | None, shown: str | int):
    assert cell(value) == shown
