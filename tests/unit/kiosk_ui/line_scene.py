"""A busy day on the line, for the supervisor's pages."""

from __future__ import annotations

from datetime import datetime

from sync.wire import facts
from sync.wire.facts import Outcome
from tests.unit.kiosk_ui.fakes import DAY, ZONE, FakeBox, wall_us


def busy_day(box: FakeBox) -> None:
    """Zhang is sealed, Li and Hung are not; press 04 counted 86 pieces for nobody, tap 02 is silent after a jump."""
    box.clock.wall_us = wall_us("17:05:00")
    log_on = facts.PersonnelLogOn(Outcome.LOGGED_ON, "press", "r", "press-03", "p-li", "o-1")
    box.views.add(log_on, "12:30:00")
    zhang = box.made(1010, "12:00:00")
    runs(box, "press-03", ("07:58", 46_756), ("12:00", 47_766))
    first, second = runs(box, "press-03", ("12:30", 47_766), ("16:00", 48_306))
    box.made(540, "16:00:00", person="p-li", between=(first, second))
    _, third = runs(box, "press-03", ("16:00", 48_306), ("17:03", 48_706))
    box.made(400, "17:03:00", person="p-li", between=(second, third))
    began, ended = runs(box, "tap-02", ("09:00", 120), ("16:10", 680))
    box.made(560, "16:10:00", person="p-hung", machine="tap-02", between=(began, ended))
    runs(box, "press-04", ("13:50", 914), ("14:36", 1_000))
    box.views.add(unowned(facts.Bucket.UNATTRIBUTED, 86, "press-04"), "14:36:00")
    box.views.add(unowned(facts.Bucket.QUARANTINED, 4096, "tap-02"), "16:20:00")
    box.views.add(facts.CounterStateChanged("tap-02", "c", "STALE"), "16:24:00")
    box.views.add(sealed(zhang), "17:02:00")


def runs(box: FakeBox, machine: str, start: tuple[str, int], end: tuple[str, int]) -> tuple[int, int]:
    """Readings each five minutes from (time, value) to (time, value); the seqs of the first and the last."""
    first, last = (wall_us(f"{clock_time}:00") // 60_000_000 for clock_time, _ in (start, end))
    minutes = [*range(first, last, 5), last]
    seqs = []
    for minute in minutes:
        value = start[1] + (end[1] - start[1]) * (minute - first) // (last - first)
        clock_time = datetime.fromtimestamp(minute * 60, ZONE).strftime("%H:%M:%S")
        seqs.append(box.reading(value, clock_time, [], machine))
    return seqs[0], seqs[-1]


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
