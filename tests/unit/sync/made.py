"""Facts for tests: a chained journal of taps, the same bytes each time."""

from __future__ import annotations

import msgspec

from sync.wire.envelope import GENESIS, ClockState, Fact, Stamp, sealed
from sync.wire.facts import AttendanceTap, Direction, Outcome, as_dict

DEVICE = "box-1"
NOON_US = 1_767_240_000_000_000


def stamp(second: int) -> Stamp:
    return Stamp("boot-a", second * 1_000_000_000, NOON_US + second * 1_000_000, ClockState.NTP)


def tap(second: int) -> AttendanceTap:
    return AttendanceTap(
        outcome=Outcome.CLOCKED_IN,
        station="gate",
        reader="gate-1",
        work_date="2026-01-01",
        person=f"person-{second}",
        direction=Direction.IN,
        effective=True,
    )


def chained(count: int, *, device: str = DEVICE, epoch: int = 1, after: Fact | None = None) -> list[Fact]:
    """`count` taps, numbered and chained from `after` on."""
    facts: list[Fact] = []
    for _ in range(count):
        before = facts[-1] if facts else after
        seq = before.seq + 1 if before else 1
        head = before.hash if before else GENESIS
        facts.append(
            sealed(
                Fact(device, epoch, seq, f"command-{seq}", 0, "AttendanceTap", stamp(seq), as_dict(tap(seq)), head, "")
            )
        )
    return facts


def forged(fact: Fact, **changes: object) -> Fact:
    """The fact with other content and a hash that fits it."""
    return sealed(msgspec.structs.replace(fact, **changes))
