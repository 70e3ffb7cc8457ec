"""One person in one shift, judged: the punches, the minutes, the flags (AT-R4 to R8, R10, R11). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from hr.attendance.rules import minutes, overtime
from hr.attendance.rules.day import Flag, Segment, SegmentKind, ShiftDay, Status, Stretch, by_class
from hr.attendance.rules.given import DayInput
from hr.attendance.rules.minutes import Classes, Lateness, Plan
from hr.attendance.rules.overtime import Overtime
from hr.attendance.rules.punches import IN, OUT, Punches, punches
from hr.attendance.rules.spans import Span, length
from hr.attendance.rules.taps import Tap
from hr.attendance.rules.windows import Instance, minute_of, moment_of
from hr.calendar.day_class import TimeClass

FOREVER = 10**10
"""A minute after all others."""


class Judged(NamedTuple):
    """`stretches` are the presences of the shift, each with its one or two taps. Overtime that was used up is taken off
    what was approved for the date."""

    shift: ShiftDay
    stretches: list[tuple[Stretch, tuple[Tap, ...]]]


@dataclass(frozen=True)
class _Present:
    """What the taps of a shift say. `spans` have the grace in them; `places` are their stretches' places."""

    plan: Plan
    punches: list[Punches]
    spans: list[Span]
    lateness: Lateness

    @property
    def missing(self) -> frozenset[object]:
        return frozenset(each for part in self.punches for each in part.missing)


@dataclass(frozen=True)
class Before:
    """What the earlier shifts of the date have left: `approved_after_min` of the overtime that was approved for it,
    None where nobody has decided; `normal_min` is what they had of normal minutes."""

    approved_after_min: int | None
    normal_min: int = 0

    def then(self, made: ShiftDay) -> Before:
        """What a shift leaves to the next one."""
        normal = sum(each.minutes for each in made.segments if each.kind is SegmentKind.SCHEDULED)
        approved = self.approved_after_min
        return Before(None if approved is None else approved - made.ot_approved_min, self.normal_min + normal)


def judge_shift(instance: Instance, taps: Sequence[Tap], given: DayInput, before: Before) -> Judged:
    """`taps`: those that count and lie in this shift's window, in order of time."""
    leaves = [Span(minute_of(each.from_us, given.zone), minute_of(each.to_us, given.zone)) for each in given.leaves]
    asked = minutes.plan(instance, leaves)
    if not asked.work:
        return Judged(_shift(instance, asked, given, Status.LEAVE), [])
    now = FOREVER if given.now_us is None else minute_of(given.now_us, given.zone)
    if not taps:
        status = Status.OPEN if now < instance.end else Status.ABSENT
        return Judged(_shift(instance, asked, given, status, _on_leave(asked)), [])
    present = _present(instance, asked, leaves, taps, given)
    made = _judged(instance, present, given, before, now)
    return Judged(made, _stretches(present.punches))


def _present(instance: Instance, asked: Plan, leaves: Sequence[Span], taps: Sequence[Tap], given: DayInput) -> _Present:
    found = _by_part(instance, asked, taps, given)
    first = found[0].first_in
    if instance.rule.flexible_min and first is not None:
        asked = minutes.plan(instance, leaves, minute_of(first.at_us, given.zone))
    spans: list[Span] = []
    late = early = 0
    graced = False
    for part, each in enumerate(found):
        due = asked.due(part)
        came = due.start if each.first_in is None else minute_of(each.first_in.at_us, given.zone)
        went = due.end if each.last_out is None else minute_of(each.last_out.at_us, given.zone)
        of_part = minutes.lateness(came, went, due, instance.rule)
        late, early, graced = late + of_part.late_min, early + of_part.early_min, graced or of_part.graced
        spans += minutes.presence(each, due, instance.rule, given.zone)
    return _Present(asked, found, spans, Lateness(late, early, graced))


def _by_part(instance: Instance, asked: Plan, taps: Sequence[Tap], given: DayInput) -> list[Punches]:
    """The punches of each part of the shift."""
    rule, groups = instance.rule, [list[Tap]() for _part in asked.parts]
    for tap in taps:
        groups[minutes.part_of(instance, asked.parts, minute_of(tap.at_us, given.zone))].append(tap)
    found = []
    for part, group in enumerate(groups):
        nearer_to_start = bool(group) and 2 * minute_of(group[0].at_us, given.zone) < sum(asked.due(part))
        found.append(punches(group, rule.pairing, rule.directions, alone=IN if nearer_to_start else OUT))
    return found


def _judged(instance: Instance, present: _Present, given: DayInput, earlier: Before, now: int) -> ShiftDay:
    rule, asked, lateness = instance.rule, present.plan, present.lateness
    flags = _on_leave(asked) | ({Flag.LATE} if lateness.late_min else set())
    flags |= {Flag.GRACE} if lateness.graced else set()
    made = _shift(instance, asked, given, Status.OPEN, flags)
    made = replace(made, in_us=_first(present.punches), out_us=_last(present.punches), late_min=lateness.late_min)
    if now <= (instance.closes if present.missing else asked.end - 1 if lateness.early_min else -1):
        return made
    if present.missing:
        lacking = {Flag.MISSING_IN} if IN in present.missing else set()
        lacking |= {Flag.MISSING_OUT} if OUT in present.missing else set()
        return _incomplete(replace(made, late_min=0), _on_leave(asked) | lacking)
    if rule.late_as_lack_min is not None and lateness.late_min >= rule.late_as_lack_min:
        return _incomplete(made, _on_leave(asked) | {Flag.LATE_AS_LACK})
    normal, above = overtime.planned(minutes.within(present.spans, asked.work), rule, earlier.normal_min)
    beyond = minutes.within(present.spans, [Span(asked.end, FOREVER)])
    after = overtime.after_the_end(beyond, rule, earlier.approved_after_min)
    before = minutes.within(present.spans, [Span(0, asked.start)])
    classes = Classes(given.work_date, given.calendar, given.zone)
    early = overtime.before_the_start(before, given.approved.before_min)
    found = (
        *classes.segments(SegmentKind.EARLY, early),
        *classes.segments(SegmentKind.SCHEDULED, normal, beyond=False),
        *classes.segments(SegmentKind.PLANNED_OVERTIME, above),
        *classes.segments(SegmentKind.OVERTIME, after.paid),
        *classes.segments(after.unpaid_kind, after.unpaid),
    )
    flags |= ({Flag.EARLY} if lateness.early_min else set()) | _flags_of(found, after)
    return replace(
        made,
        status=Status.PRESENT,
        early_min=lateness.early_min,
        before_min=length(before),
        planned_ot_min=length(above),
        ot_candidate_min=after.candidate_min,
        ot_approved_min=after.approved_min,
        flags=sorted_flags(flags),
        segments=tuple(sorted(found, key=lambda each: each.from_us)),
    )


def _shift(
    instance: Instance, asked: Plan, given: DayInput, status: Status, flags: frozenset[Flag] | set[Flag] = frozenset()
) -> ShiftDay:
    return ShiftDay(
        instance.rule.id,
        instance.rule.name,
        moment_of(asked.start, given.zone),
        moment_of(asked.end, given.zone),
        status,
        leave_min=asked.leave_min,
        scheduled_min=length(asked.work),
        flags=sorted_flags(flags),
    )


def _incomplete(made: ShiftDay, flags: set[Flag]) -> ShiftDay:
    return replace(made, status=Status.INCOMPLETE, flags=sorted_flags(flags))


def _on_leave(asked: Plan) -> set[Flag]:
    return {Flag.PARTIAL_LEAVE} if asked.leave_min else set()


def _flags_of(found: Sequence[Segment], after: Overtime) -> set[Flag]:
    classes = by_class(found)
    said = {TimeClass.OT_HOLIDAY: Flag.HOLIDAY_WORK, TimeClass.OT_RESTDAY: Flag.REST_DAY_WORK}
    flags = {flag for each, flag in said.items() if each in classes}
    flags |= {Flag.OT_UNAPPROVED} if after.unpaid else set()
    return flags | ({Flag.UNCLASSIFIED} if any(each.time_class is None for each in found) else set())


def _first(found: Sequence[Punches]) -> int | None:
    return min((each.first_in.at_us for each in found if each.first_in is not None), default=None)


def _last(found: Sequence[Punches]) -> int | None:
    return max((each.last_out.at_us for each in found if each.last_out is not None), default=None)


def _stretches(found: Sequence[Punches]) -> list[tuple[Stretch, tuple[Tap, ...]]]:
    """In the order of their spans: of each part the pairs first."""
    made: list[tuple[Stretch, tuple[Tap, ...]]] = []
    for part in found:
        made += [(Stretch(first.at_us, last.at_us), (first, last)) for first, last in part.pairs]
    for part in found:
        for tap, direction in part.lone:
            made.append((Stretch(tap.at_us, None) if direction is IN else Stretch(None, tap.at_us), (tap,)))
    return made


def sorted_flags(flags: frozenset[Flag] | set[Flag]) -> tuple[Flag, ...]:
    return tuple(sorted(flags, key=lambda each: each.value))
