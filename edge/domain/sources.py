"""Which moment is believed (AB-R9): that of the capture as long as it is possible, else that of the receipt, flagged.

Whoever captures stamps at once, and may be heard much later; core then takes the stamp as it is. Nothing here looks at
how old a stamp is.
"""

from __future__ import annotations

from sync.wire.envelope import ClockState, Stamp

TOLERATED_S = 2.0
"""Within one boot both stamps are of one clock that nobody can set; this leaves room for how it is read."""


def believed(captured: Stamp, received: Stamp) -> Stamp:
    """`captured`, or `received` where it cannot have been captured then.

    That is what lies in the future, and what an earlier boot said whose wall clock had not been set: it tells neither
    how long ago that was nor on what day. A receiver whose own wall clock is not set cannot judge an earlier boot's.
    """
    if captured.boot_id == received.boot_id:
        possible = captured.seconds_since(received) <= TOLERATED_S
    elif captured.clock is ClockState.NONE:
        possible = False
    else:
        possible = received.clock is ClockState.NONE or captured.seconds_since(received) <= TOLERATED_S
    return captured if possible else received


def is_of_before(captured: Stamp, seen: Stamp, now: Stamp) -> bool:
    """Whether a reading is of an earlier boot than one that was `seen` since, and so says nothing more (AB-R8).

    The wall clocks are not asked. Within one boot edge.domain.production tells by boot time.
    """
    return captured.boot_id != now.boot_id == seen.boot_id
