"""What the supervisor sees of each machine now, read from the journal."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from edge.link.messages import ValueShown
from edge.store.views import JournalViews
from kiosk_ui.newcomers import display_name
from kiosk_ui.output import balance
from kiosk_ui.ports import KioskPorts
from kiosk_ui.strip import MOVING_WITHIN_US, Axis, Strip, Trail, draw
from kiosk_ui.today import body
from kiosk_ui.trails import Trails
from sync.facts import PersonnelLogOff, PersonnelLogOn
from sync.reference_data import Directory, Order
from sync.wire import Fact

SHOWN_FOR_US = 15_000_000
"""A counter that stands still is told every 5 s (edge.field.counters); three missed, and it is silent."""


class Running(StrEnum):
    """LATELY: it counted until somebody logged off, and whether it goes on without anybody is not known yet."""

    COUNTING = "counting"
    LATELY = "lately"
    STILL = "still"
    NO_DATA = "no-data"


class Tile(msgspec.Struct, frozen=True):
    """`pieces` of the day without those `set_aside`. `who` is empty when nobody is logged on; `value` None at first.

    `since_us`: since when it has stood or been silent; None while it counts, or when it was never read.
    `unproven`: its counter is not commissioned; `value` is what it shows now, and nothing of it is counted.
    """

    machine: str
    name: str
    running: Running
    pieces: int
    set_aside: int
    value: int | None
    value_at_us: int | None
    who: str
    order: Order | None
    strip: Strip
    since_us: int | None = None
    unproven: bool = False


class Watch(msgspec.Struct, frozen=True):
    """What the tiles of one page have in common. `actuals` are the MaterialActualRecorded facts of the day."""

    ports: KioskPorts
    trails: Trails
    actuals: list[Fact]
    axis: Axis
    now_us: int
    value_at: Callable[[str], ValueShown | None] = lambda _machine: None


def machine_ids(ports: KioskPorts) -> list[str]:
    """In the order of the configuration, so that tiles keep their places."""
    named = [each.machine for each in ports.counters] + [each.machine for each in ports.readers if each.machine]
    known = [each.id for each in ports.directory().reference.machines]
    return list(dict.fromkeys([*named, *known]))


def tile(machine: str, watch: Watch) -> Tile:
    directory = watch.ports.directory()
    trail = watch.trails.of(machine, watch.axis.start_us)
    made = balance([each for each in watch.actuals if each.body["machine"] == machine])
    known, who = directory.machine(machine), who_is_on(machine, watch.ports.views, directory)
    running, since_us = _running(trail, who, watch.now_us)
    unproven = not_commissioned(machine, watch.ports)
    value, value_at_us = _shown_now(machine, watch) if unproven else _last_recorded(trail)
    return Tile(
        machine=machine,
        name=known.name if known else machine,
        running=running,
        pieces=made.counted - made.quarantined,
        set_aside=made.quarantined,
        value=value,
        value_at_us=value_at_us,
        who=who,
        order=directory.order_at(machine),
        strip=draw(trail, watch.axis, watch.now_us),
        since_us=since_us,
        unproven=unproven,
    )


def not_commissioned(machine: str, ports: KioskPorts) -> bool:
    """Whether it has counters, and nothing that they show may be counted yet."""
    there = [each.commissioned for each in ports.counters if each.machine == machine]
    return bool(there) and not any(there)


def _shown_now(machine: str, watch: Watch) -> tuple[int | None, int | None]:
    """Never an old value: a counter that has fallen silent shows none."""
    shown = watch.value_at(machine)
    if shown is None or watch.now_us - shown.at.wall_us > SHOWN_FOR_US:
        return None, None
    return shown.value, shown.at.wall_us


def _last_recorded(trail: Trail) -> tuple[int | None, int | None]:
    return (trail.points[-1].value, trail.points[-1].at_us) if trail.points else (None, None)


def _running(trail: Trail, who: str, now_us: int) -> tuple[Running, int | None]:
    """No data must never look like a machine that stands still, nor a machine that stands like one that runs."""
    if trail.silent_since_us is not None or not trail.points:
        return Running.NO_DATA, trail.silent_since_us
    last = trail.points[-1]
    moved = len(trail.points) > 1 and trail.still_since_us == last.at_us
    if not moved or now_us - last.at_us > MOVING_WITHIN_US:
        return Running.STILL, trail.still_since_us
    return (Running.LATELY if last.changed and not who else Running.COUNTING), None


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
    return display_name(directory, views, body(on).person) or "?"
