"""How the boxes stand, for a monitoring tool: the same as the page, as JSON. Moments are ISO 8601 in UTC; None for what
is not known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec

from hr.fleet.rules import Reminder, Standing, Trouble
from sync.wire.envelope import ClockState


class DeviceNow(msgspec.Struct, frozen=True):
    """A reader or a counter, from the last report."""

    name: str
    sort: Literal["badge reader", "id-card reader", "counter"]
    up: bool | None
    since: str | None
    bad_frames_today: int


class ReminderNow(msgspec.Struct, frozen=True):
    """Somebody must see to the box."""

    trouble: Trouble
    since: str | None


class BoxNow(msgspec.Struct, frozen=True):
    """One box. From its last report are `reported` and what follows it."""

    device: str
    place: str
    head: str
    offline: bool
    last_contact: str | None
    pending: int | None
    oldest_unsent_s: int | None
    epoch: int | None
    received_up_to: int | None
    set_aside: int
    troubles: list[Trouble]
    reminder: ReminderNow | None
    reported: str | None
    clock: ClockState | None
    version: str | None
    free_bytes: int | None
    core: bool | None
    devices_run: bool | None
    devices: list[DeviceNow]


class FleetNow(msgspec.Struct, frozen=True):
    """`release`: of this server. `boxes`: those that are let in, the worst first."""

    release: str
    boxes: list[BoxNow]


def box_now(standing: Standing, due: Reminder | None) -> BoxNow:
    box, report = standing.box, standing.box.report
    status = report.status if report else None
    return BoxNow(
        device=box.device,
        place=box.place,
        head=box.head,
        offline=standing.offline,
        last_contact=_iso(box.last_contact_us),
        pending=standing.pending,
        oldest_unsent_s=None if standing.unsent_us is None else standing.unsent_us // 1_000_000,
        epoch=box.epoch,
        received_up_to=box.last_seq,
        set_aside=box.aside,
        troubles=list(standing.troubles),
        reminder=None if due is None else ReminderNow(due.trouble, _iso(due.since_us)),
        reported=_iso(box.reported_us) if report else None,
        clock=status.clock if status else None,
        version=status.version if status else None,
        free_bytes=status.free_bytes if status else None,
        core=status.core if status else None,
        devices_run=status.devices_run if status else None,
        devices=[
            DeviceNow(each.name, each.sort, each.up, _iso(each.since_us or None), each.bad_frames)
            for each in (status.devices if status else ())
        ],
    )


def _iso(wall_us: int | None) -> str | None:
    return None if wall_us is None else datetime.fromtimestamp(wall_us / 1e6, UTC).isoformat(timespec="seconds")
