"""From counter samples to facts: which samples are kept, and whose the pieces between them are.

Counters are cumulative, so a sample that nobody needs is let go: the next one repairs it. A sample is kept when
its machine's context has changed, at a class boundary, when the counter starts, drops, jumps or comes back, and
otherwise every INTERVAL_S while it moves.
"""

from __future__ import annotations

from edge.domain.attribution import Context, Since, Stretch, actuals, stretches
from edge.domain.counting import Counted, Profile, Seen, Verdict, judge
from edge.domain.machines import CounterState
from edge.domain.rules import Rules
from edge.domain.state import COUNTED, NOT_COUNTED, STALE, BoxState, Ledger
from edge.link.messages import CounterSample
from sync.wire.envelope import Stamp
from sync.wire.facts import CounterReading, CounterRole, CounterStateChanged, MaterialActualRecorded, Reading, Step

INTERVAL_S = 300.0
"""A sample of a count that we keep ourselves says its own (`keep_s`)."""
STILL_S = 60.0
SAME_MOMENT_S = 5.0


def take(ledger: Ledger, rules: Rules, waiting: CounterSample | None, new: CounterSample) -> CounterSample | None:
    """Keeps what must be a fact; returns the sample that waits now, if the new one was not kept.

    `waiting` is the last sample that was not kept. It is in memory only. What is not proven to be a count of pieces
    makes no fact; that a counter stops being counted, or is read otherwise, makes one, and what is read next is its
    baseline: nothing is ever counted from one meaning of a value to another.
    """
    if not is_counted(ledger.state, new):
        if _has_counted(ledger, new.counter):
            _settle(ledger, rules, waiting)
            reason = "ignored" if new.role is CounterRole.IGNORED else "not commissioned"
            ledger.emit(new.at, CounterStateChanged(new.machine, new.counter, NOT_COUNTED, reason))
        return None
    counter, meaning = ledger.state.counters.get(new.counter), _meaning(new)
    if meaning and meaning != (counter.meaning if counter else ""):
        if counter and counter.meaning:
            _settle(ledger, rules, waiting)
        ledger.emit(new.at, CounterStateChanged(new.machine, new.counter, COUNTED, meaning))
        counter = ledger.state.counters[new.counter]
    if counter is None or counter.last is None:
        _record(ledger, rules, new, "baseline")
        return None
    newest = waiting or counter.held or counter.last
    if new.at.boot_id == newest.at.boot_id and new.at.boottime_ns < newest.at.boottime_ns:
        # It comes too late to say anything: the counter has been seen since (AB-R8).
        return waiting
    if counter.held is not None and new.at == counter.held.at:
        # The held reading once more: it settles nothing (AB-R8).
        return waiting
    why = _why(counter, rules, waiting, new)
    if why is None:
        return new
    if waiting is not None and _must_stay(counter.last, rules, waiting, new, why):
        _record(ledger, rules, waiting, "before-" + why)
    _record(ledger, rules, new, why)
    return None


def is_counted(state: BoxState, sample: CounterSample) -> bool:
    """Whether it is ours to count, and the configuration says for sure what it means or somebody has proven it."""
    proven = sample.meaning != "" and state.commissioned.get(sample.counter) == sample.meaning
    return sample.role is not CounterRole.IGNORED and (sample.commissioned or proven)


def _meaning(sample: CounterSample) -> str:
    """A commissioning proves how a value is read. Whether it counts rejects is said beside it, and is a change too."""
    return sample.meaning if sample.role is CounterRole.PRODUCED else f"{sample.meaning} {sample.role}".strip()


def _has_counted(ledger: Ledger, counter: str) -> bool:
    known = ledger.state.counters.get(counter)
    return known is not None and known.last is not None


def _settle(ledger: Ledger, rules: Rules, waiting: CounterSample | None) -> None:
    """Keeps what was last read, when what comes next cannot be compared with it."""
    if waiting is not None and (last := ledger.state.counters[waiting.counter].last) and waiting.value != last.value:
        _record(ledger, rules, waiting, "before-change")


def _must_stay(last: Seen, rules: Rules, waiting: CounterSample, new: CounterSample, why: str) -> bool:
    """Whether the waiting sample says something that the new one does not."""
    if why == "start":
        return waiting.value == last.value
    if why == "change":
        # The counter may have restarted, or the day ended, between the last sample and the change's snapshot.
        return _turned(_seen(waiting, 0), new) or bool(rules.boundaries(waiting.at, new.at))
    return why in {"held", "wrap", "boundary"}


def _turned(before: Seen, new: CounterSample) -> bool:
    """Whether the counter did anything but count on."""
    verdict = judge(before, None, _seen(new, 0), Profile(new.modulus, new.max_rate_per_min))
    return verdict.held is not None or verdict.steps[0].step is not Step.NORMAL


def _why(counter: CounterState, rules: Rules, waiting: CounterSample | None, new: CounterSample) -> str | None:
    """The reason to keep a sample, or None."""
    last = counter.last
    assert last is not None
    if counter.stale:
        return "back"
    if counter.held is not None:
        return "settled"
    if _changes_before(counter, new.at):
        return "change"
    before = _seen(waiting, 0) if waiting else last
    verdict = judge(before, None, _seen(new, 0), Profile(new.modulus, new.max_rate_per_min))
    if verdict.held is not None:
        return "held"
    if verdict.steps and verdict.steps[0].step is not Step.NORMAL:
        return "wrap"
    if new.value == last.value:
        return None
    if rules.boundaries(before.at, new.at):
        return "boundary"
    if before.value == last.value and new.at.seconds_since(last.at) > STILL_S:
        return "start"
    return "interval" if new.at.seconds_since(last.at) >= (new.keep_s or INTERVAL_S) else None


def stale(ledger: Ledger, rules: Rules, waiting: CounterSample | None, counter: str, machine: str, at: Stamp) -> None:
    """The counter stopped answering: keeps what it last showed and says so.

    Also of a machine that stood: how long it did is what tells a roll-over from a restart when it comes back.
    """
    state = ledger.state.counters.get(counter)
    if waiting is not None:
        _record(ledger, rules, waiting, "stale")
    if state is None or not state.stale:
        ledger.emit(at, CounterStateChanged(machine, counter, STALE))


def _changes_before(counter: CounterState, at: Stamp) -> list[int]:
    """The pending changes a reading at this moment is the snapshot of."""
    times = counter.timeline[len(counter.timeline) - len(counter.pending) :] if counter.pending else []
    return [seq for seq, since in zip(counter.pending, times, strict=True) if at.seconds_since(since.at) >= 0]


def _seen(sample: CounterSample, seq: int) -> Seen:
    return Seen(seq, sample.at, sample.value, sample.session)


def _record(ledger: Ledger, rules: Rules, sample: CounterSample, why: str) -> None:
    counter = ledger.state.counters.get(sample.counter) or CounterState(sample.machine)
    seen = _seen(sample, ledger.state.seq + 1)
    profile = Profile(sample.modulus, sample.max_rate_per_min)
    verdict = judge(counter.last, counter.held, seen, profile)
    held = verdict.held is not None
    reading = CounterReading(
        machine=sample.machine,
        counter=sample.counter,
        value=sample.value,
        raw=sample.raw,
        why=why,
        modulus=sample.modulus,
        session=sample.session,
        held=held,
        glitch=verdict.glitch.seq if verdict.glitch else None,
        changes=[] if held else _changes_before(counter, sample.at),
        role=sample.role,
        suspect=sample.suspect,
    )
    made = _actuals(counter, sample.role, rules, verdict, ledger.state.machine(sample.machine).context)
    ledger.emit(sample.at, reading)
    for body in made:
        ledger.emit(sample.at, body)


def _actuals(
    counter: CounterState, role: CounterRole, rules: Rules, verdict: Verdict, context: Context
) -> list[MaterialActualRecorded]:
    bodies: list[MaterialActualRecorded] = []
    for step in verdict.steps:
        reading = Reading(step.earlier.seq, step.later.seq, step.step, step.counts)
        spread = _spread(counter, rules, step, context)
        bodies += actuals(counter.machine, role, reading, step.plausible, spread)
    return bodies


def _spread(counter: CounterState, rules: Rules, step: Counted, context: Context) -> list[Stretch]:
    first, last = step.earlier.at, step.later.at
    timeline = counter.timeline or [Since(first, context)]
    if not counter.missed:
        # The snapshot was taken at the change: what lies before it belongs to the context before (AB-R3).
        timeline = timeline[:1]
    breaks: list[int] = []
    if last.seconds_since(first) > SAME_MOMENT_S:
        breaks = rules.boundaries(first, last)
    return stretches(first, last, timeline, breaks, rules.dated)
