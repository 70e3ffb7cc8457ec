"""Whether a person may work at a machine: it needs kinds of clearance, and he holds some (AB-R12)."""

from __future__ import annotations

from collections.abc import Iterable

from edge.domain.rules import Rules
from sync.wire.envelope import ClockState, Stamp
from sync.wire.reference_data import Clearance


def missing(rules: Rules, machine: str, person: str, at: Stamp) -> list[str]:
    """The kinds that the machine needs and the person does not hold on the local date of `at`.

    A clock that has not been set has no date: then a clearance counts whatever its dates are.
    """
    known = rules.directory.machine(machine)
    if known is None or not known.needs:
        return []
    who = rules.directory.person(person)
    held = who.clearances if who else []
    date = None if at.clock is ClockState.NONE else rules.dated(at.wall_us).calendar_date
    return lacking(known.needs, held, date)


def lacking(needs: Iterable[str], held: Iterable[Clearance], date: str | None) -> list[str]:
    """What of `needs` is not held on `date` (ISO 8601; None: on any). First and last day both belong to a clearance."""
    kinds = {each.kind for each in held if date is None or _holds(each, date)}
    return [need for need in needs if need not in kinds]


def _holds(clearance: Clearance, date: str) -> bool:
    return clearance.valid_from <= date and (not clearance.valid_to or date <= clearance.valid_to)
