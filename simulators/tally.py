"""The shift's own books: what was really made, against what the journal, HR and the wage list say.

Written without a line of the product's rules: a few sums of its own, so that it can disagree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from simulators.books import Balance, Books, Joined, Office, Seal, WageRow, of_kind
from simulators.turns import Turn, Window, counted, counts_between, readings_of, window_of
from sync.wire.envelope import Fact

FEN = Decimal("0.01")
MINUTE_US = 60_000_000


def balance(books: Books, journal: list[Fact], received: list[Fact], office: Office) -> Balance:
    result = Balance()
    _same_facts(result, journal, received)
    _machines(result, books, journal)
    windows = _hand_overs(result, books, journal)
    _workers(result, books, windows, (journal, received), office)
    result.lines.append("")
    _say_windows(result, windows)
    _restarts(result, books, journal)
    _late_seal(result, books.late_seal, received, office)
    _newcomer(result, books.joined, journal, office)
    _hours(result, books, journal, office)
    return result


def _same_facts(result: Balance, journal: list[Fact], received: list[Fact]) -> None:
    """Every fact of the journal is at HR once, hash for hash, and nothing else is."""
    here, there = ({fact.seq: fact.hash for fact in side} for side in (journal, received))
    other = sorted(seq for seq in here.keys() | there.keys() if here.get(seq) != there.get(seq))
    if other or len(received) != len(there):
        result.differs(f"facts in the journal and at HR: {len(other)} differ, first {other[:3]}")
    result.same("facts in the journal and at HR", len(journal), len(received))


# --- machines -------------------------------------------------------------------------------------------


def _machines(result: Balance, books: Books, journal: list[Fact]) -> None:
    result.lines.append(
        f"{'machine':<9}{'made':>9}{'lost':>7}{'read':>9}{'attributed':>12}{'unattributed':>14}{'quarantined':>13}"
    )
    for machine, made in sorted(books.made.items()):
        buckets: Counter[str] = Counter()
        for fact in of_kind(journal, "MaterialActualRecorded"):
            if fact.body["machine"] == machine:
                buckets[fact.body["bucket"]] += fact.body["counts"]
        read = read_of(machine, journal)
        lost = books.lost(machine)
        attributed, unattributed, quarantined = (
            buckets[each] for each in ("ATTRIBUTED", "UNATTRIBUTED", "QUARANTINED")
        )
        result.lines.append(
            f"{machine:<9}{made:>9}{lost:>7}{read:>9}{attributed:>12}{unattributed:>14}{quarantined:>13}"
        )
        result.same(f"{machine}: made, and read or lost", made, read + lost)
        result.same(f"{machine}: read and the sum of the buckets", read, sum(buckets.values()))


def read_of(machine: str, journal: list[Fact]) -> int:
    """Counts between the first and the last reading of a machine, from the raw values alone."""
    return sum(counts_between(*step) for step in pairwise(readings_of(machine, journal)))


def _restarts(result: Balance, books: Books, journal: list[Fact]) -> None:
    """Each restart is one change of the counter's session in the journal, and one step that is called RESET."""
    for machine in books.made:
        steps = list(pairwise(readings_of(machine, journal)))
        turned = [(before, after) for before, after in steps if _session(before) != _session(after)]
        done = [each for each in books.restarts if each.machine == machine]
        result.same(f"{machine}: restarts and changes of session", len(done), len(turned))
        for restart, (before, after) in zip(done, turned, strict=False):
            if not before.at.wall_us <= after.at.wall_us or after.at.wall_us < restart.at_us:
                result.differs(f"{machine}: the new session was read before the restart")
            flagged = [
                fact.seq
                for fact in of_kind(journal, "MaterialActualRecorded")
                for each in fact.body["readings"]
                if (each["from_seq"], each["to_seq"], each["step"]) == (before.seq, after.seq, "RESET")
            ]
            if after.body["value"] and not flagged:
                result.differs(f"{machine}: no fact calls the step to {after.seq} a RESET")
            result.lines.append(
                f"{machine}: its PLC restarted at {restart.when}; {counted(restart.lost)} lost in it after the "
                f"last reading (fact {before.seq}); "
                f"session {_session(before)} became {_session(after)} (fact {after.seq})"
                + "".join(f", RESET (fact {seq})" for seq in flagged)
            )


def _session(reading: Fact) -> int | None:
    session: int | None = reading.body.get("session")
    return session


# --- hand-overs -----------------------------------------------------------------------------------------


def _hand_overs(result: Balance, books: Books, journal: list[Fact]) -> dict[Turn, Window]:
    """For each turn the counts made between the badge and the change; they still belong to whoever was there."""
    windows: dict[Turn, Window] = {}
    for turn in books.turns:
        window = window_of(turn, journal, books.readable(turn.machine), books.machine_s)
        if isinstance(window, str):
            result.differs(f"{turn.machine}: {turn.number} at {turn.taps[0]}: {window}")
        else:
            windows[turn] = window
    return windows


def _say_windows(result: Balance, windows: dict[Turn, Window]) -> None:
    for turn, window in sorted(windows.items(), key=lambda item: item[0].taps):
        what = "left" if turn.leaves else "took over"
        result.lines.append(f"{turn.machine}: {turn.number} {what}; {window.words}")


# --- workers --------------------------------------------------------------------------------------------


def _true_pieces(books: Books, windows: dict[Turn, Window]) -> dict[str, int]:
    """Pieces per worker by the simulator's own view, with the windows of running hand-overs given to who was there."""
    pieces: dict[str, int] = defaultdict(int)
    for machine in books.count_at:
        readable = books.readable(machine)
        turns = sorted((turn for turn in books.turns if turn.machine == machine), key=lambda turn: turn.taps)
        marks = [(turn.person, windows[turn].mark if turn in windows else readable(turn.taps[0])) for turn in turns]
        marks.append((None, books.made[machine] - books.lost(machine)))
        for (person, begin), (_, end) in pairwise(marks):
            if person is not None:
                pieces[person] += (end - begin) * books.pieces_per_count[machine]
    return pieces


def _workers(
    result: Balance,
    books: Books,
    windows: dict[Turn, Window],
    sides: tuple[list[Fact], list[Fact]],
    office: Office,
) -> None:
    journal, received = (_shares(side, office.people) for side in sides)
    confirmed, good, _ = _confirmed(sides[1], office.people)
    seals = _confirmed(sides[0], office.people)[2]
    lines = Counter(row.number for row in office.wages)
    true = _true_pieces(books, windows)
    paid, amounts, own = _paid(result, books, office.wages)
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
        result.same(f"worker {number}: seals and wage lines", seals[number], lines[number])
        result.same(f"worker {number}: good and paid", good[number], paid[number])
        result.same(f"worker {number}: wage and recomputed", amounts[number], own[number])


def _shares(facts: list[Fact], people: dict[str, str]) -> Counter[str]:
    pieces: Counter[str] = Counter()
    for fact in of_kind(facts, "MaterialActualRecorded"):
        if fact.body.get("role", "PRODUCED") != "PRODUCED":
            continue
        for share in fact.body.get("shares", []):
            pieces[people.get(share["person"], share["person"])] += share["quantity"]
    return pieces


def _confirmed(facts: list[Fact], people: dict[str, str]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Counted pieces, good pieces and seals of each worker."""
    counted: Counter[str] = Counter()
    good: Counter[str] = Counter()
    seals: Counter[str] = Counter()
    for fact in of_kind(facts, "QuantityConfirmed"):
        number = people.get(fact.body["person"], fact.body["person"])
        counted[number] += fact.body["counted"]
        good[number] += fact.body["good"]
        seals[number] += 1
    return counted, good, seals


def _paid(
    result: Balance, books: Books, wages: list[WageRow]
) -> tuple[Counter[str], dict[str, Decimal], dict[str, Decimal]]:
    """Pieces paid, HR's amounts, and the same recomputed here: good x price, rounded half up to the fen at the line."""
    paid: Counter[str] = Counter()
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    own: dict[str, Decimal] = defaultdict(Decimal)
    for row in wages:
        if row.amount is None:
            result.differs(f"worker {row.number}: a wage line of {row.good} pieces: {row.state}")
            continue
        paid[row.number] += row.good
        amounts[row.number] += row.amount
        own[row.number] += (row.good * books.prices[row.order]).quantize(FEN, ROUND_HALF_UP)
    return paid, amounts, own


# --- the outage -----------------------------------------------------------------------------------------


def _late_seal(result: Balance, seal: Seal, received: list[Fact], office: Office) -> None:
    """What was sealed without HR came there later, and once; that it is paid is in the workers' rows."""
    number = office.people.get(seal.person, seal.person)
    same = [
        fact for fact in of_kind(received, "QuantityConfirmed") if set(fact.body["actuals"]).intersection(seal.actuals)
    ]
    result.same(f"worker {number}: seals of the row that was sealed without HR", 1, len(same))
    for fact in same[:1]:
        if fact.seq <= seal.hr_had:
            result.differs(f"fact {fact.seq}, sealed while HR was away, was at HR at once")
        result.lines.append(
            f"{number}: sealed while HR had all up to fact {seal.hr_had}; came later as fact {fact.seq}, paid once"
        )


def _newcomer(result: Balance, joined: Joined, journal: list[Fact], office: Office) -> None:
    """Registered once and given one badge without HR, named by HR later; of his card nothing is in any fact."""
    mine = [fact for fact in journal if office.people.get(fact.body.get("person", "")) == joined.number]
    registered, bound = of_kind(mine, "PersonRegistered"), of_kind(mine, "BadgeBound")
    result.same(f"newcomer {joined.number}: registrations", 1, len(registered))
    result.same(f"newcomer {joined.number}: badges", [joined.badge], [fact.body["badge"] for fact in bound])
    for fact in (*registered, *bound):
        if fact.seq <= joined.hr_had:
            result.differs(f"fact {fact.seq} of newcomer {joined.number} was at HR while it was away")
    for fact in journal:
        if any(said in repr(fact.body) for said in joined.on_card):
            result.differs(f"fact {fact.seq} holds what is on a newcomer's card")
    if registered and bound:
        result.lines.append(
            f"{joined.number}: registered (fact {registered[0].seq}) and given a badge (fact {bound[0].seq}) while HR "
            f"had all up to fact {joined.hr_had}; named by HR later"
        )


# --- hours ----------------------------------------------------------------------------------------------


def _hours(result: Balance, books: Books, journal: list[Fact], office: Office) -> None:
    """Everybody's taps alternate between in and out as he made them, and HR counts the minutes between them."""
    marks: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for fact in of_kind(journal, "AttendanceTap"):
        if fact.body.get("effective"):
            number = office.people.get(fact.body.get("person", ""), fact.body.get("badge", "nobody"))
            marks[number].append((fact.body.get("direction", "unknown"), fact.at.wall_us // MINUTE_US))
    days = {row.number: row for row in office.days}
    total = 0
    for number in sorted(set(marks) | set(books.attendance)):
        made = ["IN" if place % 2 == 0 else "OUT" for place in range(books.attendance.get(number, 0))]
        result.same(f"worker {number}: taps", made, [direction for direction, _ in marks[number]])
        minutes = sum((later - earlier) for (_, earlier), (_, later) in _pairs(marks[number]))
        day = days.get(number)
        result.same(f"worker {number}: the day at HR", (minutes, "closed"), (day.minutes, day.state) if day else None)
        total += minutes
    result.lines.append(f"hours: {len(marks)} people, {sum(map(len, marks.values()))} taps, {total} minutes at HR")


def _pairs(marks: list[tuple[str, int]]) -> list[tuple[tuple[str, int], tuple[str, int]]]:
    return list(zip(marks[::2], marks[1::2], strict=False))
