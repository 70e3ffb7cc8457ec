"""What the supervisor sees of each machine now, read from the journal."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.store.views import JournalViews
from kiosk_ui.output import balance
from kiosk_ui.ports import KioskPorts
from kiosk_ui.today import body
from sync.facts import (
    CounterReading,
    CounterStateChanged,
    PersonnelLogOff,
    PersonnelLogOn,
)
from sync.reference_data import Directory, Order
from sync.wire import Fact

MOVING_WITHIN_US = 330 * 1_000_000
"""A moving counter makes a fact each 300 s."""


class Running(StrEnum):
    COUNTING = "counting"
    STILL = "still"
    NO_DATA = "no-data"


class Tile(msgspec.Struct, frozen=True):
    """`pieces` of the day without those `set_aside`. `who` is empty when nobody is logged on; `value` None at first."""

    machine: str
    name: str
    running: Running
    pieces: int
    set_aside: int
    value: int | None
    value_at_us: int | None
    who: str
    order: Order | None
    silent_since_us: int | None = None


def machine_ids(ports: KioskPorts) -> list[str]:
    """In the order of the configuration, so that tiles keep their places."""
    named = [each.machine for each in ports.counters] + [each.machine for each in ports.readers if each.machine]
    known = [each.id for each in ports.directory().reference.machines]
    return list(dict.fromkeys([*named, *known]))


def tile(machine: str, actuals: list[Fact], now_us: int, ports: KioskPorts) -> Tile:
    """`actuals` are the MaterialActualRecorded facts of the day shown."""
    views, directory = ports.views, ports.directory()
    reading = views.latest(CounterReading.__name__, machine)
    state = views.latest(CounterStateChanged.__name__, machine)
    mine = [each for each in actuals if each.body["machine"] == machine]
    silent = state if state is not None and body(state).state == "STALE" else None
    known, made = directory.machine(machine), balance(mine)
    return Tile(
        machine=machine,
        name=known.name if known else machine,
        running=_running(silent, mine, now_us),
        pieces=made.counted - made.quarantined,
        set_aside=made.quarantined,
        value=body(reading).value if reading else None,
        value_at_us=reading.at.wall_us if reading else None,
        who=who_is_on(machine, views, directory),
        order=directory.order_at(machine),
        silent_since_us=silent.at.wall_us if silent else None,
    )


def _running(silent: Fact | None, actuals: list[Fact], now_us: int) -> Running:
    """No data must never look like a machine that stands still."""
    if silent is not None:
        return Running.NO_DATA
    moving = any(now_us - each.at.wall_us <= MOVING_WITHIN_US for each in actuals)
    return Running.COUNTING if moving else Running.STILL


def who_is_on(machine: str, views: JournalViews, directory: Directory) -> str:
    """The name of whoever logged on last and has not been logged off since; empty for nobody."""
    on = views.latest(PersonnelLogOn.__name__, machine)
    off = views.latest(PersonnelLogOff.__name__, machine)
    if on is None:
        return ""
    if off is not None:
        log_off: PersonnelLogOff = body(off)
        if log_off.log_on == on.seq:
            return ""
    person = directory.person(body(on).person)
    return person.name if person else "?"
