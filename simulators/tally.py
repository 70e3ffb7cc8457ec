"""The shift's own books: what was really made, against what the journal, HR and the wage list say.

Written without a line of the product's rules: a few sums of its own, so that it can disagree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from sync.wire import Fact

FEN = Decimal("0.01")


@dataclass(frozen=True)
class Turn:
    """A person took over a machine, or left it, as the simulator saw it; `number` is whose badge it was."""

    machine: str
    number: str
    leaves: bool
    tapped_us: int

    @property
    def person(self) -> str | None:
        """Whose the pieces are from here on."""
        return None if self.leaves else self.number


@dataclass(frozen=True)
class Books:
    """What the simulator knows. Persons are employee numbers; counts are the machine's own; prices go by order."""

    made: dict[str, int]
    pieces_per_count: dict[str, int]
    turns: tuple[Turn, ...]
    count_at: dict[str, Callable[[int], int]]
    prices: dict[str, Decimal]


@dataclass(frozen=True)
class WageRow:
    """One line of HR's own wage list, as downloaded."""

    number: str
    order: str
    good: int
    amount: Decimal | None
    state: str


@dataclass
class Balance:
    """Printable rows and the differences found."""

    lines: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def same(self, what: str, left: object, right: object) -> None:
        if left != right:
            self.differences.append(f"{what}: {left} is not {right}")


def of_kind(facts: Iterable[Fact], kind: str) -> list[Fact]:
    return [fact for fact in facts if fact.kind == kind]


def balance(
    books: Books, journal: list[Fact], received: list[Fact], wages: list[WageRow], people: dict[str, str]
) -> Balance:
    """`people` maps person keys to employee numbers."""
    result = Balance()
    _same_facts(result, journal, received)
    _machines(result, books, journal)
    windows = _hand_overs(result, books, journal)
    _workers(result, books, windows, (journal, received), (wages, people))
    return result


def _same_facts(result: Balance, journal: list[Fact], received: list[Fact]) -> None:
    """Every fact of the journal is at HR once, hash for hash, and nothing else is."""
    here, there = ({fact.seq: fact.hash for fact in side} for side in (journal, received))
    other = sorted(seq for seq in here.keys() | there.keys() if here.get(seq) != there.get(seq))
    if other or len(received) != len(there):
        result.differences.append(f"facts in the journal and at HR: {len(other)} differ, first {other[:3]}")


# --- machines -------------------------------------------------------------------------------------------


def _machines(result: Balance, books: Books, journal: list[Fact]) -> None:
    result.lines.append(
        f"{'machine':<9}{'made':>9}{'read':>9}{'attributed':>12}{'unattributed':>14}{'quarantined':>13}"
    )
    for machine, made in sorted(books.made.items()):
        buckets: Counter[str] = Counter()
        for fact in of_kind(journal, "MaterialActualRecorded"):
            if fact.body["machine"] == machine:
                buckets[fact.body["bucket"]] += fact.body["counts"]
        read = _read(machine, journal)
        attributed, unattributed, quarantined = (
            buckets[each] for each in ("ATTRIBUTED", "UNATTRIBUTED", "QUARANTINED")
        )
        result.lines.append(f"{machine:<9}{made:>9}{read:>9}{attributed:>12}{unattributed:>14}{quarantined:>13}")
        result.same(f"{machine}: made and read", made, read)
        result.same(f"{machine}: read and the sum of the buckets", read, sum(buckets.values()))


def _read(machine: str, journal: list[Fact]) -> int:
    """Counts between the first and the last reading of a machine, from the raw values alone.

    The shift's machines roll over and are never restarted, so each step is the difference modulo the counter's end.
    """
    readings = [fact.body for fact in of_kind(journal, "CounterReading") if fact.body["machine"] == machine]
    steps = pairwise(readings)
    return sum((later["value"] - earlier["value"]) % later["modulus"] for earlier, later in steps)


# --- hand-overs -----------------------------------------------------------------------------------------


def _hand_overs(result: Balance, books: Books, journal: list[Fact]) -> dict[Turn, int]:
    """For each turn the counts made between the badge and the snapshot; they still belong to whoever was there."""
    windows: dict[Turn, int] = {}
    snapshots = _snapshots(journal)
    changes = [
        fact for fact in journal if fact.kind in {"PersonnelLogOn", "PersonnelLogOff"} and "station" in fact.body
    ]
    for turn in books.turns:
        mine = [fact for fact in changes if fact.body["machine"] == turn.machine and fact.at.wall_us >= turn.tapped_us]
        if not mine:
            result.differences.append(f"{turn.machine}: a badge at {turn.tapped_us} changed nothing")
            continue
        change = min(mine, key=lambda fact: fact.seq)
        snapshot = snapshots.get(change.seq)
        if snapshot is None:
            result.differences.append(f"{turn.machine}: no reading was taken for the change {change.seq}")
            continue
        count_at = books.count_at[turn.machine]
        windows[turn] = _counted_until(snapshot, turn.machine, journal) - count_at(turn.tapped_us)
        possible = count_at(snapshot.at.wall_us) - count_at(turn.tapped_us)
        if not 0 <= windows[turn] <= possible:
            result.differences.append(f"{turn.machine}: {windows[turn]} counts in a window that saw {possible}")
    return windows


def _snapshots(journal: list[Fact]) -> dict[int, Fact]:
    readings = of_kind(journal, "CounterReading")
    return {seq: fact for fact in readings for seq in fact.body.get("changes", [])}


def _counted_until(snapshot: Fact, machine: str, journal: list[Fact]) -> int:
    """Counts since the first reading, up to and including this one."""
    until = [fact for fact in journal if fact.seq <= snapshot.seq]
    return _read(machine, until)


# --- workers --------------------------------------------------------------------------------------------


def _true_pieces(books: Books, windows: dict[Turn, int]) -> dict[str, int]:
    """Pieces per worker by the simulator's own view, with the windows of running hand-overs given to who was there."""
    pieces: dict[str, int] = defaultdict(int)
    for machine, count_at in books.count_at.items():
        turns = sorted((turn for turn in books.turns if turn.machine == machine), key=lambda turn: turn.tapped_us)
        marks = [(turn.person, count_at(turn.tapped_us) + windows.get(turn, 0)) for turn in turns]
        marks.append((None, books.made[machine]))
        for (person, begin), (_, end) in pairwise(marks):
            if person is not None:
                pieces[person] += (end - begin) * books.pieces_per_count[machine]
    return pieces


def _workers(
    result: Balance,
    books: Books,
    windows: dict[Turn, int],
    sides: tuple[list[Fact], list[Fact]],
    office: tuple[list[WageRow], dict[str, str]],
) -> None:
    wages, people = office
    journal, received = (_shares(side, people) for side in sides)
    confirmed, good = _confirmed(sides[1], people)
    true = _true_pieces(books, windows)
    paid, amounts, own = _paid(result, books, wages)
    head = f"{'worker':<9}{'made':>9}{'journal':>9}{'HR':>9}{'confirmed':>11}"
    result.lines += ["", f"{head}{'good':>8}{'paid':>8}{'wage':>11}{'recomputed':>12}"]
    for number in sorted(set(true) | set(journal) | set(received) | set(paid)):
        row = (true[number], journal[number], received[number], confirmed[number])
        result.lines.append(
            f"{number:<9}{row[0]:>9}{row[1]:>9}{row[2]:>9}{row[3]:>11}{good[number]:>8}{paid[number]:>8}"
            f"{amounts[number]:>11}{own[number]:>12}"
        )
        for name, value in zip(("the journal", "HR", "what was confirmed"), row[1:], strict=True):
            result.same(f"worker {number}: pieces made and {name}", row[0], value)
        result.same(f"worker {number}: good and paid", good[number], paid[number])
        result.same(f"worker {number}: wage and recomputed", amounts[number], own[number])
    result.lines.append("")
    for turn, counts in sorted(windows.items(), key=lambda item: item[0].tapped_us):
        what = "left" if turn.leaves else "took over"
        result.lines.append(f"{turn.machine}: {turn.number} {what}; {counts} counts between the badge and the snapshot")


def _shares(facts: list[Fact], people: dict[str, str]) -> Counter[str]:
    pieces: Counter[str] = Counter()
    for fact in of_kind(facts, "MaterialActualRecorded"):
        for share in fact.body.get("shares", []):
            pieces[people.get(share["person"], share["person"])] += share["quantity"]
    return pieces


def _confirmed(facts: list[Fact], people: dict[str, str]) -> tuple[Counter[str], Counter[str]]:
    counted: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for fact in of_kind(facts, "QuantityConfirmed"):
        number = people.get(fact.body["person"], fact.body["person"])
        counted[number] += fact.body["counted"]
        good[number] += fact.body["good"]
    return counted, good


def _paid(
    result: Balance, books: Books, wages: list[WageRow]
) -> tuple[Counter[str], dict[str, Decimal], dict[str, Decimal]]:
    """Pieces paid, HR's amounts, and the same recomputed here: good x price, rounded half up to the fen at the line."""
    paid: Counter[str] = Counter()
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    own: dict[str, Decimal] = defaultdict(Decimal)
    for row in wages:
        if row.amount is None:
            result.differences.append(f"worker {row.number}: a wage line of {row.good} pieces is {row.state}")
            continue
        paid[row.number] += row.good
        amounts[row.number] += row.amount
        own[row.number] += (row.good * books.prices[row.order]).quantize(FEN, ROUND_HALF_UP)
    return paid, amounts, own


def wage_row(cells: dict[str, Any]) -> WageRow:
    """From a line of HR's CSV."""
    amount = Decimal(cells["amount"]) if cells["amount"] else None
    return WageRow(cells["number"], cells["order"], int(cells["good"]), amount, cells["state"])
