"""Whether the wall clock was set: it moved against boot time, which nobody can set.

Slow drift is not a step: stamps are compared one beat of core after the other, and a beat is a second.
"""

from __future__ import annotations

from sync.wire.envelope import Stamp

TOLERATED_US = 2_000_000


def step_us(earlier: Stamp | None, now: Stamp) -> int:
    """Microseconds the wall clock jumped between two stamps of one boot; negative for back, 0 for no step.

    Across boots nobody can say: 0.
    """
    if earlier is None or earlier.boot_id != now.boot_id:
        return 0
    moved_us = now.wall_us - earlier.wall_us
    passed_us = (now.boottime_ns - earlier.boottime_ns) // 1000
    step = moved_us - passed_us
    return step if abs(step) > TOLERATED_US else 0
