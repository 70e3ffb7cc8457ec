"""The trace ladder of one wage line: what each figure rests on, down to the bytes the machine sent. Pure.

wage > how computed > who sealed > who was on > readings. Nothing is computed anew here but the sums that are shown
to be equal; what the box recorded is only put in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from hr.pay.rules.lines import ActualPart, WageLine
from hr.web.dayline import clock_text
from hr.web.stretches import Proof, Stretch, folded, stretches

CHART_LEFT, CHART_RIGHT, CHART_TOP, CHART_FIRST = 34.0, 324.0, 30.0, 156.0
LINE_WIDTH, LINE_MARGIN = 540.0, 10.0
PIECES_LABEL_WIDTH = 58.0
TIME_LABEL_WIDTH = 42.0


@dataclass(frozen=True)
class Block:
    """One stretch at a machine on the line of the day."""

    x: float
    width: float
    opens: str
    closes: str
    quantity: int
    machine: str

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)

    @property
    def end(self) -> float:
        return round(self.x + self.width, 1)

    @property
    def has_room(self) -> bool:
        """Whether the number of pieces fits into the block."""
        return self.width >= PIECES_LABEL_WIDTH

    @property
    def labelled(self) -> bool:
        """Whether both times fit above the block without running into its neighbour's."""
        return self.width >= 2 * TIME_LABEL_WIDTH


@dataclass(frozen=True)
class Attribution:
    """The day line of the fourth rung: blocks, and ticks (position, HH)."""

    blocks: tuple[Block, ...]
    ticks: tuple[tuple[float, str], ...]

    @property
    def words(self) -> str:
        return ", ".join(f"{block.opens}-{block.closes}" for block in self.blocks)


@dataclass(frozen=True)
class Chart:
    """A counter's own values over the line's time, as a path; only drawn where the counter never fell."""

    machine: str
    counter: str
    path: str
    first: tuple[float, float, int]
    last: tuple[float, float, int]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Ladder:
    """`proofs` are shown at once; `single_proofs` are those of single records, equal and folded away."""

    line: WageLine
    stretches: tuple[Stretch, ...]
    attribution: Attribution | None
    charts: tuple[Chart, ...]
    proofs: tuple[Proof, ...] = field(default=())
    single_proofs: tuple[Proof, ...] = field(default=())

    @property
    def proved(self) -> bool:
        return bool(self.proofs) and all(proof.equal for proof in self.proofs)

    @property
    def machines(self) -> list[str]:
        """Names of the machines, each once, in the order of work."""
        return list(dict.fromkeys(part.machine_name for part in self.line.parts))

    @property
    def attributed(self) -> int:
        """The pieces of the parts, added here rather than taken from the confirmation."""
        return sum(part.quantity for part in self.line.parts)


def ladder(line: WageLine, zone: ZoneInfo) -> Ladder:
    put_together = stretches(line.parts)
    proofs, single_proofs = folded(line.proofs, put_together)
    return Ladder(
        line, put_together, _attribution(put_together, zone), _charts(line.parts, zone), proofs, single_proofs
    )


def _attribution(of: Iterable[Stretch], zone: ZoneInfo) -> Attribution | None:
    times = [
        (stretch, stretch.runs[0].first.from_wall_us, stretch.runs[-1].last.to_wall_us)
        for stretch in of
        if stretch.runs
    ]
    if not times:
        return None
    scale = _Scale.over(
        [moment for _, start, end in times for moment in (start, end)], LINE_MARGIN, LINE_WIDTH - LINE_MARGIN
    )
    blocks = tuple(
        Block(
            scale.x(start),
            round(max(scale.x(end) - scale.x(start), 2.0), 1),
            clock_text(start, zone),
            clock_text(end, zone),
            stretch.quantity,
            stretch.machine_name,
        )
        for stretch, start, end in times
    )
    return Attribution(blocks, scale.ticks(zone))


HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class _Scale:
    """Wall time to positions, from whole hour to whole hour."""

    from_us: int
    to_us: int
    left: float
    right: float

    @classmethod
    def over(cls, moments: list[int], left: float, right: float) -> _Scale:
        return cls(min(moments) // HOUR_US * HOUR_US, -(-max(moments) // HOUR_US) * HOUR_US or HOUR_US, left, right)

    def x(self, moment_us: int) -> float:
        share = (moment_us - self.from_us) / max(self.to_us - self.from_us, 1)
        return round(self.left + share * (self.right - self.left), 1)

    def ticks(self, zone: ZoneInfo) -> tuple[tuple[float, str], ...]:
        hours = (self.to_us - self.from_us) // HOUR_US
        step = 1 if hours <= 6 else 2 if hours <= 12 else 4
        moments = range(self.from_us, self.to_us + 1, step * HOUR_US)
        return tuple((self.x(moment), clock_text(moment, zone)[:2]) for moment in moments)


def _charts(parts: Iterable[ActualPart], zone: ZoneInfo) -> tuple[Chart, ...]:
    """At most three counters; a chart of more would not be read."""
    counters: dict[tuple[str, str], list[tuple[int, int]]] = {}
    names: dict[str, str] = {}
    for part in parts:
        names[part.machine] = part.machine_name
        for span in part.spans:
            points = counters.setdefault((span.machine, span.counter), [])
            points += [(span.from_wall_us, span.from_value), (span.to_wall_us, span.to_value)]
    charts = (
        _chart(names.get(machine, machine), counter, sorted(set(points)), zone)
        for (machine, counter), points in counters.items()
    )
    return tuple(chart for chart in charts if chart is not None)[:3]


def _chart(machine: str, counter: str, points: list[tuple[int, int]], zone: ZoneInfo) -> Chart | None:
    values = [value for _, value in points]
    if len(points) < 2 or values != sorted(values) or values[0] == values[-1]:
        return None
    scale = _Scale.over([moment for moment, _ in points], CHART_LEFT, CHART_RIGHT)
    spots = [(scale.x(moment), _height(value, values[0], values[-1])) for moment, value in points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
    return Chart(machine, counter, path, (*spots[0], values[0]), (*spots[-1], values[-1]), scale.ticks(zone))


def _height(value: int, low: int, high: int) -> float:
    return round(CHART_FIRST - (value - low) / (high - low) * (CHART_FIRST - CHART_TOP), 1)
