"""What the supervisor sees of each machine now, read from the journal."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from edge.store.views import JournalViews
from kiosk_ui.answers import people_on
from kiosk_ui.line.output import balance
from kiosk_ui.line.strip import MOVING_WITHIN_US, Axis, Silence, Strip, Trail, draw
from kiosk_ui.line.trails import Trails
from kiosk_ui.newcomers import display_name
from kiosk_ui.ports import KioskPorts
from kiosk_ui.signs import Signs
from kiosk_ui.today import body
from sync.wire.envelope import Fact
from sync.wire.facts import CounterCommissioned, CounterRole, EquipmentState, EquipmentStateChanged
from sync.wire.reference_data import Order

PROOFS = 50
"""So many commissionings of a machine are looked at."""


class Running(StrEnum):
    """LATELY: it counted until somebody logged off, and whether it goes on without anybody is not known yet.
    NO_PULSE: its counter is read and does not move, though somebody works there. STILL: the same, and nobody does."""

    COUNTING = "counting"
    LATELY = "lately"
    NO_PULSE = "no-pulse"
    STILL = "still"
    NO_DATA = "no-data"


class Unseen(StrEnum):
    """Why there is no data. CORE: this box stores nothing now. READING: nobody reads the counter. ANSWER: the counter
    does not answer. NEVER: it was never read."""

    CORE = "core"
    READING = "reading"
    ANSWER = "answer"
    NEVER = "never"


class Tile(msgspec.Struct, frozen=True):
    """`pieces` of the day without those `set_aside`. `people` are those logged on. `value` is None at first.

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
    people: list[str]
    order: Order | None
    strip: Strip
    since_us: int | None = None
    unseen: Unseen | None = None
    unproven: bool = False
    setup: bool = False


class Watch(msgspec.Struct, frozen=True):
    """What the tiles of one page have in common. `actuals` are the MaterialActualRecorded facts of the day. Without
    `signs` everything is taken to live."""

    ports: KioskPorts
    trails: Trails
    actuals: list[Fact]
    axis: Axis
    now_us: int
    signs: Signs | None = None


class Course(NamedTuple):
    """What a machine does, since when, and why nobody can say."""

    running: Running
    since_us: int | None = None
    unseen: Unseen | None = None


def machine_ids(ports: KioskPorts) -> list[str]:
    """In the order of the configuration, so that tiles keep their places."""
    named = [each.machine for each in ports.counters] + [each.machine for each in ports.readers if each.machine]
    known = [each.id for each in ports.directory().reference.machines]
    return list(dict.fromkeys([*named, *known]))


def tile(machine: str, watch: Watch) -> Tile:
    directory = watch.ports.directory()
    trail = watch.trails.of(machine, watch.axis.start_us)
    made = balance([each for each in watch.actuals if each.body["machine"] == machine])
    known, views = directory.machine(machine), watch.ports.views
    people = [display_name(directory, views, key) or "?" for key in people_on(machine, views)]
    course = _course(machine, trail, watch, bool(people))
    unproven = not_commissioned(machine, watch.ports)
    value, value_at_us = _shown_now(machine, watch) if unproven else _last_recorded(trail)
    return Tile(
        machine=machine,
        name=known.name if known else machine,
        running=course.running,
        pieces=made.counted - made.quarantined,
        set_aside=made.quarantined,
        value=value,
        value_at_us=value_at_us,
        people=people,
        order=directory.order_at(machine),
        strip=draw(_as_far_as_seen(trail, course), watch.axis, watch.now_us),
        since_us=course.since_us,
        unseen=course.unseen,
        unproven=unproven,
        setup=is_set_up(machine, views),
    )


def is_set_up(machine: str, views: JournalViews) -> bool:
    """Whether a supervisor has said that it is being set up, and not yet that it runs again."""
    said = views.latest(EquipmentStateChanged.__name__, machine)
    return said is not None and body(said).state is EquipmentState.SETUP


def not_commissioned(machine: str, ports: KioskPorts) -> bool:
    """Whether it has counters of what it makes, and nothing that they show may be counted yet: neither the
    configuration nor a proof says what they count."""
    there = [each for each in ports.counters if each.machine == machine and each.counts_as is CounterRole.PRODUCED]
    if not there or any(each.commissioned for each in there):
        return False
    proofs = ports.views.of_machine(CounterCommissioned.__name__, machine, 0, PROOFS)
    proven = {each.counter: each.meaning for each in map(body, proofs)}
    return not any(proven.get(each.name) == each.meaning for each in there)


def _shown_now(machine: str, watch: Watch) -> tuple[int | None, int | None]:
    """Never an old value: a counter that has fallen silent shows none."""
    shown = watch.signs.value_at(machine) if watch.signs else None
    return (shown.value, shown.at.wall_us) if shown else (None, None)


def _last_recorded(trail: Trail) -> tuple[int | None, int | None]:
    return (trail.points[-1].value, trail.points[-1].at_us) if trail.points else (None, None)


def _course(machine: str, trail: Trail, watch: Watch, somebody: bool) -> Course:
    """No data must never look like a machine that stands still, nor a machine that stands like one that runs."""
    if (unseen := _unseen(machine, trail, watch.signs)) is not None:
        heard_us = watch.signs.heard_us(machine) if watch.signs else None
        last_us = trail.points[-1].at_us if trail.points else None
        since = {
            Unseen.ANSWER: trail.silent_since_us,
            Unseen.READING: max(filter(None, (heard_us, last_us)), default=None),
            Unseen.CORE: max(filter(None, (heard_us, last_us)), default=None),
        }
        return Course(Running.NO_DATA, since.get(unseen), unseen)
    last = trail.points[-1]
    moved = len(trail.points) > 1 and trail.still_since_us == last.at_us
    if not moved or watch.now_us - last.at_us > MOVING_WITHIN_US:
        return Course(Running.NO_PULSE if somebody else Running.STILL, trail.still_since_us)
    return Course(Running.LATELY if last.changed and not somebody else Running.COUNTING)


def _as_far_as_seen(trail: Trail, course: Course) -> Trail:
    """What nobody has seen is drawn as nothing seen, not as a machine that stands."""
    if course.unseen not in (Unseen.CORE, Unseen.READING) or course.since_us is None:
        return trail
    return msgspec.structs.replace(trail, silences=[*trail.silences, Silence(course.since_us, None)])


def _unseen(machine: str, trail: Trail, signs: Signs | None) -> Unseen | None:
    if signs is not None and not signs.core_works:
        return Unseen.CORE
    if trail.silent_since_us is not None:
        return Unseen.ANSWER
    if not trail.points:
        return Unseen.NEVER
    return Unseen.READING if signs is not None and not signs.is_read(machine) else None
