"""How a box says it stands: what crosses to HR beside the facts, newest only. Pure, and without personal data.

Everything in a report is a hint for people. Nothing is paid, repaired or deleted because of one.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sync.wire.envelope import ClockState, WireError, canonical_json
from sync.wire.tally import MAX_DAYS, DayTally

MAX_REPORT_BYTES = 64_000
MAX_DEVICES = 200
"""More readers and counters than this hang at no box."""

Name = Annotated[str, msgspec.Meta(max_length=64)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Moment = Annotated[int, msgspec.Meta(gt=-(2**53), lt=2**53)]
"""Microseconds UTC; 0 for none."""


class DeviceReport(msgspec.Struct, frozen=True):
    """A reader or a counter. `up` None: not tried yet. `since_us`: when it came or went, by the box's own clock.
    `bad_frames`: today."""

    name: Name
    sort: Literal["badge reader", "id-card reader", "counter"]
    up: bool | None = None
    since_us: Moment = 0
    bad_frames: Count = 0


class BoxStatus(msgspec.Struct, frozen=True):
    """What a box knows of itself. `core` and `devices_run`: whether those services work; without the second nothing is
    known of the devices. `devices` are at most MAX_DEVICES. `clocks`: people clock in and out there."""

    clock: ClockState
    version: Name
    free_bytes: Count
    core: bool
    devices_run: bool
    devices: Annotated[list[DeviceReport], msgspec.Meta(max_length=MAX_DEVICES)] = []
    clocks: bool = True

    def news(self) -> object:
        """What is worth a report at once when it changes; a figure that moves all the time is not."""
        return self.clock, self.version, self.core, self.devices_run, [(each.name, each.up) for each in self.devices]


class Report(msgspec.Struct, frozen=True):
    """`epoch` and `seq`: the newest fact of the journal that is written. `pending` facts have no receipt yet, the
    oldest of them is of `oldest_us`. Moments are by the box's own clock, `at_us` among them.
    `days`: closed days that are new or have changed since the last report, now and then all."""

    at_us: Moment
    epoch: Count
    seq: Count
    pending: Count
    oldest_us: Moment
    status: BoxStatus
    days: Annotated[list[DayTally], msgspec.Meta(max_length=MAX_DAYS)] = []


def encode_report(report: Report) -> bytes:
    return canonical_json(report)


def decode_report(body: bytes) -> Report:
    """Raises WireError. A field that a newer box adds is passed over."""
    if len(body) > MAX_REPORT_BYTES:
        raise WireError(f"report of {len(body)} bytes, at most {MAX_REPORT_BYTES}")
    try:
        return msgspec.json.decode(body, type=Report)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"not a report: {error}") from error
