"""A busy day on the line, for the supervisor's pages."""

from __future__ import annotations

from sync import facts
from sync.facts import Outcome
from tests.unit.kiosk_ui.fakes import DAY, FakeBox, wall_us


def busy_day(box: FakeBox) -> None:
    """Zhang is sealed, Li and Hung are not; press 04 counted 86 pieces for nobody, tap 02 is silent after a jump."""
    box.clock.wall_us = wall_us("17:05:00")
    log_on = facts.PersonnelLogOn(Outcome.LOGGED_ON, "press", "r", "press-03", "p-li", "o-1")
    box.views.add(log_on, "12:30:00")
    zhang = box.made(1010, "12:00:00")
    first = box.reading(47_766, "12:30:01", [3])
    second = box.reading(48_306, "16:00:00", [])
    box.made(540, "16:00:00", person="p-li", between=(first, second))
    third = box.reading(48_706, "17:03:00", [])
    box.made(400, "17:03:00", person="p-li", between=(second, third))
    began, ended = (box.reading(*each, [], "tap-02") for each in ((120, "09:00:00"), (680, "16:10:00")))
    box.made(560, "16:10:00", person="p-hung", machine="tap-02", between=(began, ended))
    box.views.add(unowned(facts.Bucket.UNATTRIBUTED, 86, "press-04"), "14:36:00")
    box.views.add(unowned(facts.Bucket.QUARANTINED, 4096, "tap-02"), "16:20:00")
    box.views.add(facts.CounterStateChanged("tap-02", "c", "STALE"), "16:24:00")
    box.views.add(sealed(zhang), "17:02:00")


def unowned(bucket: facts.Bucket, quantity: int, machine: str) -> facts.MaterialActualRecorded:
    return facts.MaterialActualRecorded(
        machine=machine,
        bucket=bucket,
        quantity=quantity,
        counts=quantity,
        pieces_per_count=1,
        basis=facts.Basis.EXACT,
        readings=[facts.Reading(1, 2, facts.Step.NORMAL, quantity)],
        work_date=DAY,
        calendar_date=DAY,
    )


def sealed(actual: int) -> facts.QuantityConfirmed:
    return facts.QuantityConfirmed(
        outcome=Outcome.CONFIRMED,
        confirmed_by="p-wang",
        person="p-zhang",
        order="o-1",
        product="H-40",
        operation="punch",
        work_date=DAY,
        actuals=[actual],
        counted=1010,
        good=986,
        scrap_labour=8,
        scrap_material=16,
    )
