"""Key figures of production by ISO 22400-2 (AB-R17). Pure; times in minutes, quantities in pieces.

APT, PBT: actual production time, planned busy time. PRU: planned run time of one piece. APWT, APAT: a person's actual
work and attendance time. PQ, GQ, SQ, RQ: produced, good, scrap and rework quantity.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Measured:
    """What was measured in one stretch of time at one work unit."""

    pbt_min: Decimal
    apt_min: Decimal
    pru_min: Decimal
    pq: Decimal
    gq: Decimal
    sq: Decimal
    rq: Decimal
    apwt_min: Decimal
    apat_min: Decimal


@dataclass(frozen=True)
class Figures:
    """Ratios to four places; None where there is nothing to divide by."""

    availability: Decimal | None
    effectiveness: Decimal | None
    quality_ratio: Decimal | None
    oee: Decimal | None
    scrap_ratio: Decimal | None
    rework_ratio: Decimal | None
    worker_efficiency: Decimal | None


def figures(of: Measured) -> Figures:
    """OEE is the product of the three ratios before they are rounded."""
    availability = _ratio(of.apt_min, of.pbt_min)
    effectiveness = _ratio(of.pru_min * of.pq, of.apt_min)
    quality = _ratio(of.gq, of.pq)
    oee = None
    if availability is not None and effectiveness is not None and quality is not None:
        oee = availability * effectiveness * quality
    return Figures(
        availability=_rounded(availability),
        effectiveness=_rounded(effectiveness),
        quality_ratio=_rounded(quality),
        oee=_rounded(oee),
        scrap_ratio=_rounded(_ratio(of.sq, of.pq)),
        rework_ratio=_rounded(_ratio(of.rq, of.pq)),
        worker_efficiency=_rounded(_ratio(of.apwt_min, of.apat_min)),
    )


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(PLACES, ROUND_HALF_UP)
