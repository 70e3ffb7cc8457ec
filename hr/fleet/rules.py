"""What is wrong with a box, and when somebody is reminded of it. Pure.

A box in trouble goes on recording; what is judged here is only whether a person should walk there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sync.wire.envelope import ClockState
from sync.wire.reference_data import Shift
from sync.wire.report import Report
from sync.wire.workdate import on

MINUTE_US = 60_000_000
OFFLINE_AFTER_US = 3 * MINUTE_US
"""A box asks for news every few seconds, and after trouble within five minutes; this is what a page calls offline."""

OVERDUE_AFTER_US = 15 * MINUTE_US
"""Silent for so long in working time: somebody is reminded."""

UNSENT_TOO_OLD_US = 60 * MINUTE_US
KEY_OLD_AFTER_US = 365 * 24 * 60 * MINUTE_US
CLOCKS_DIFFER_US = 2 * MINUTE_US
"""A report is on its way for half a minute at most."""

LITTLE_DISK_BYTES = 500_000_000
MANY_BAD_FRAMES = 20
"""On one day; a badge that is held badly makes one or two."""


class Trouble(StrEnum):
    """What is wrong, the worst first."""

    NOT_RECORDING = "NOT_RECORDING"
    TWO_JOURNALS = "TWO_JOURNALS"
    OFFLINE = "OFFLINE"
    NEVER_HEARD = "NEVER_HEARD"
    UNSENT_OLD = "UNSENT_OLD"
    DEVICES_STOPPED = "DEVICES_STOPPED"
    DEVICE_GONE = "DEVICE_GONE"
    LITTLE_DISK = "LITTLE_DISK"
    CLOCK_UNSURE = "CLOCK_UNSURE"
    SET_ASIDE = "SET_ASIDE"
    BAD_FRAMES = "BAD_FRAMES"
    OLD_VERSION = "OLD_VERSION"
    OLD_KEY = "OLD_KEY"


WORST_FIRST = list(Trouble)
PATIENCE_US = {
    Trouble.NOT_RECORDING: OFFLINE_AFTER_US,
    Trouble.TWO_JOURNALS: 0,
    Trouble.OFFLINE: OVERDUE_AFTER_US,
    Trouble.NEVER_HEARD: OVERDUE_AFTER_US,
    Trouble.UNSENT_OLD: UNSENT_TOO_OLD_US,
    Trouble.DEVICES_STOPPED: OFFLINE_AFTER_US,
}
"""Taps may be missing, or be missed, while one of these lasts: for so long nobody is reminded."""


@dataclass(frozen=True)
class Box:
    """What HR knows of a box that is let in. `accepted_us`: when its key first asked, or took the place of the one
    before. `epoch` and `last_seq`: the end of its newest journal here, None before the first fact. `report` came at
    `reported_us`; None from a box that makes none. `stopped_us`: since when each report says that core or devices does
    not run. `aside`: records that wait for a decision. `head`: who is told."""

    device: str
    accepted_us: int
    last_contact_us: int | None = None
    epoch: int | None = None
    last_seq: int | None = None
    report: Report | None = None
    reported_us: int = 0
    stopped_us: int | None = None
    aside: int = 0
    place: str = ""
    head: str = ""
    forked_us: int | None = None
    """When other content came under a number that was taken; None when no such record waits for a decision."""


@dataclass(frozen=True)
class Standing:
    """A box, judged. `pending`: facts not here yet, as far as its last report told, None without one. `unsent_us`: how
    long the oldest of them has waited, None when there is none, or it is not known."""

    box: Box
    troubles: tuple[Trouble, ...]
    pending: int | None
    unsent_us: int | None

    @property
    def offline(self) -> bool:
        return Trouble.OFFLINE in self.troubles

    @property
    def rank(self) -> tuple[int, str]:
        """The order of the page: the worst first, then by name."""
        worst = min((WORST_FIRST.index(each) for each in self.troubles), default=len(WORST_FIRST))
        return worst, self.box.device


@dataclass(frozen=True)
class Reminder:
    """One for a box, whatever is wrong with it: its worst trouble that somebody must see to now, and since when."""

    standing: Standing
    trouble: Trouble
    since_us: int


def judge(box: Box, now_us: int, release: str) -> Standing:
    """`release` is this server's own, to compare with."""
    pending, unsent_us = _unsent(box, now_us)
    found = {*_contact(box, now_us), *(_reported(box.report, release) if box.report else ())}
    if unsent_us is not None and unsent_us >= UNSENT_TOO_OLD_US:
        found.add(Trouble.UNSENT_OLD)
    if box.aside:
        found.add(Trouble.SET_ASIDE)
    if now_us - box.accepted_us > KEY_OLD_AFTER_US:
        found.add(Trouble.OLD_KEY)
    if box.report is not None and abs(box.reported_us - box.report.at_us) > CLOCKS_DIFFER_US:
        found.add(Trouble.CLOCK_UNSURE)
    if box.forked_us is not None:
        found.add(Trouble.TWO_JOURNALS)
    return Standing(box, tuple(sorted(found, key=WORST_FIRST.index)), pending, unsent_us)


def reminder(standing: Standing, now_us: int, working_since_us: int | None) -> Reminder | None:
    """None outside working time: a plant that is closed may switch its boxes off. `working_since_us`: when the work
    that goes on now began, so that a box has a quarter of an hour to come up in the morning."""
    if working_since_us is None:
        return None
    for trouble, patience_us in PATIENCE_US.items():
        if trouble in standing.troubles:
            since_us = _since(standing, trouble, now_us)
            morning_us = working_since_us + min(patience_us, OVERDUE_AFTER_US)
            if now_us - since_us >= patience_us and now_us >= morning_us:
                return Reminder(standing, trouble, since_us)
    return None


def working_since(shifts: Iterable[Shift], now_us: int, zone: ZoneInfo) -> int | None:
    """When the earliest shift that lasts now began; None between shifts. Without shifts it is always working time."""
    shifts = list(shifts)
    if not shifts:
        return 0
    local = datetime.fromtimestamp(now_us / 1e6, UTC).astimezone(zone)
    today = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    begun = [
        start
        for day in (today - timedelta(days=1), today)
        for shift in on(shifts, day.date())
        if (start := day + timedelta(minutes=shift.start_min)) <= local < start + timedelta(minutes=_length_min(shift))
    ]
    return int(min(begun).timestamp() * 1e6) if begun else None


def _length_min(shift: Shift) -> int:
    return shift.end_min - shift.start_min + shift.overtime_min


def _contact(box: Box, now_us: int) -> Iterable[Trouble]:
    if box.last_contact_us is None:
        yield Trouble.NEVER_HEARD
    elif now_us - box.last_contact_us >= OFFLINE_AFTER_US:
        yield Trouble.OFFLINE


def _reported(report: Report, release: str) -> Iterable[Trouble]:
    status = report.status
    wrong = {
        Trouble.NOT_RECORDING: not status.core,
        Trouble.DEVICES_STOPPED: not status.devices_run,
        Trouble.DEVICE_GONE: any(each.up is False for each in status.devices),
        Trouble.LITTLE_DISK: status.free_bytes < LITTLE_DISK_BYTES,
        Trouble.CLOCK_UNSURE: status.clock is ClockState.NONE,
        Trouble.BAD_FRAMES: any(each.bad_frames >= MANY_BAD_FRAMES for each in status.devices),
        Trouble.OLD_VERSION: _numbers(status.version) < _numbers(release),
    }
    return (trouble for trouble, is_so in wrong.items() if is_so)


def _numbers(release: str) -> list[int]:
    return [int(each) for each in re.findall(r"[0-9]{1,9}", release)]


def _unsent(box: Box, now_us: int) -> tuple[int | None, int | None]:
    """What has come since the report counts as sent. The age is taken on the box's own clock, which may be wrong."""
    report = box.report
    if report is None:
        return None, None
    of_this = box.last_seq is not None and box.epoch == report.epoch
    pending = min(report.pending, max(0, report.seq - (box.last_seq or 0))) if of_this else report.pending
    if not pending:
        return 0, None
    # Some of them have come since: the oldest of the rest is not known, and younger.
    whole = pending == report.pending
    waited_us = max(0, report.at_us - report.oldest_us) if report.oldest_us else 0
    return pending, waited_us + max(0, now_us - box.reported_us) if whole else None


def _since(standing: Standing, trouble: Trouble, now_us: int) -> int:
    box = standing.box
    if trouble is Trouble.NEVER_HEARD:
        return box.accepted_us
    if trouble is Trouble.TWO_JOURNALS:
        return box.forked_us or 0
    if trouble is Trouble.OFFLINE:
        return box.last_contact_us or box.accepted_us
    if trouble is Trouble.UNSENT_OLD:
        return now_us - (standing.unsent_us or 0)
    return box.stopped_us or box.reported_us
