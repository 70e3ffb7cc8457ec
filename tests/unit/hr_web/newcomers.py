"""Newcomers in the factory of `plant.py`."""

from __future__ import annotations

from sync.wire.facts import Direction
from tests.unit.hr.cast import Box, tap
from tests.unit.hr.joining import NEW_BADGE, NEW_KEY, joins
from tests.unit.hr_web.plant import MONDAY, Factory, moment

TAKEN_BADGE = "EM4100:100086F444"


def come(
    factory: Factory,
    badge: str = NEW_BADGE,
    *,
    key: str = NEW_KEY,
    device: str = "gate-3",
    card: bool = True,
    works: bool = False,
) -> None:
    """He joins at another kiosk of the factory, at eight on Monday."""
    box, at_us = Box(device), moment(MONDAY, "08:00:00")
    sealed = joins(factory.service, box, key, badge, at_us)
    if works:
        box.write(tap(Direction.IN, key, work_date=MONDAY), at_us + 1_000_000)
    factory.service.inbox.receive(box.journal, "nonce")
    if card:
        factory.service.newcomers.keep_sealed(device, key, sealed)
