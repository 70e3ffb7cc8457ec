"""Key figures by ISO 22400-2 (AB-R17); the worked example is in tests/fixtures/vectors/attribution.json."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hr.kpi import Measured, figures

DAY = Measured(*(Decimal(each) for each in ("480", "400", "0.5", "720", "684", "20", "16", "420", "450")))


def test_oee_is_the_product_of_the_unrounded_ratios() -> None:
    assert figures(DAY).oee == Decimal("0.7125")
    third = replace(DAY, pbt_min=Decimal(3), apt_min=Decimal(1), pru_min=Decimal(1), pq=Decimal(1), gq=Decimal(1))
    assert figures(third).oee == Decimal("0.3333")


def test_a_half_is_rounded_up() -> None:
    assert figures(replace(DAY, sq=Decimal("0.03600"))).scrap_ratio == Decimal("0.0001")


def test_what_was_not_there_has_no_ratio() -> None:
    idle = figures(replace(DAY, pbt_min=Decimal(0), apt_min=Decimal(0), pq=Decimal(0), apat_min=Decimal(0)))
    assert set(vars(idle).values()) == {None}
