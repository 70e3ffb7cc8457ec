"""What is new of one device since the last look: how it stands, what was on its line, what it said."""

from __future__ import annotations

from edge.clock import Clock
from edge.devices import counter_family
from edge.devices.family import BadgeScan, CounterValue
from edge.devices.shared.meaning import Explain, unexplained
from edge.field.badges import ReaderRunner
from edge.field.counters import CounterRunner
from edge.field.runner import Health, Runner
from edge.link.inspection import FrameSeen, ScanSeen, Seen, StateSeen, ValueSeen
from edge.link.messages import DeviceState
from edge.transport.frames import Frame


class Watched:
    """How far a watch has told of one device."""

    def __init__(self, runner: Runner, health: Health) -> None:
        self._runner = runner
        self._health = health
        self._told: DeviceState | None = None
        self._waited = False
        self._next = runner.frames.begun
        self._said = _how_often(runner)
        self._explain = _explain(runner)

    def news(self, clock: Clock) -> list[Seen]:
        frames, now_us = self._runner.frames, clock.stamp().wall_us
        upto, new = frames.whole_since(self._next)
        missed, self._next = upto - self._next - len(new), upto
        seen: list[Seen] = [*self._state()]
        for frame in new:
            at_us = now_us - round(frames.age_s(frame) * 1e6)
            seen.append(self._frame(frame, at_us, missed))
            missed = 0
        # What was said is told after the frame that it was in, as far as the line is silent for long enough.
        self._waited = upto < frames.begun and not self._waited
        return seen if self._waited else seen + self._readings()

    def _state(self) -> list[Seen]:
        told = self._health.told
        if told is None or told is self._told:
            return []
        self._told = told
        return [StateSeen(told.device, told.up, told.at, told.detail)]

    def _frame(self, frame: Frame, at_us: int, missed: int) -> FrameSeen:
        """Of an identity card there are no bytes to tell."""
        device, text = self._runner.place.device, self._explain(frame.sent, frame.data).text
        return FrameSeen(device, at_us, frame.sent, frame.size, frame.data.hex(), text, missed)

    def _readings(self) -> list[Seen]:
        runner, said = self._runner, _how_often(self._runner)
        if said == self._said:
            return []
        self._said = said
        match runner:
            case CounterRunner(last=CounterValue() as last):
                return [ValueSeen(runner.place.device, last.at, last.value, last.raw, last.session)]
            case ReaderRunner(last=BadgeScan() as last):
                return [ScanSeen(runner.place.device, last.at, last.badge)]
        return []


def _how_often(runner: Runner) -> int:
    """It has said anything."""
    match runner:
        case CounterRunner():
            return runner.readings
        case ReaderRunner():
            return runner.scans
    return 0


def _explain(runner: Runner) -> Explain:
    match runner:
        case ReaderRunner():
            return runner.explain
        case CounterRunner(counter=counter):
            return counter_family(counter.family).explain(counter)
    return unexplained(runner)
