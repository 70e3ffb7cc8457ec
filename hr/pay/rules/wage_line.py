"""From a confirmation and the facts it rests on to a wage line that proves itself. Pure.

PR-R2: exact decimals inside a line, half up to the fen at the line. PR-R9: the price in force on the work date,
none means *unpriced*. Every line is added up again from the values of the readings; one that does not add up is
returned with the proof that fails, never hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from hr.pay.rules.lines import ActualPart, AssignedPart, ReadingSpan, WageLine
from hr.pay.rules.money import to_fen
from hr.people.prices import PriceView
from sync.wire.facts import (
    Bucket,
    CounterReading,
    MaterialActualAssigned,
    MaterialActualRecorded,
    QuantityConfirmed,
    Reading,
    Share,
    is_reject,
)
from sync.wire.tally import counts_between


class ProofFailed(AssertionError):
    """A line whose numbers do not add up; the message names the first proof that fails."""


@dataclass(frozen=True)
class Identity:
    """Where a fact stands, and when it was captured."""

    device: str
    epoch: int
    seq: int
    wall_us: int


@dataclass(frozen=True)
class Assigned:
    """A supervisor's assignment of pieces of one record, when it was made, and all pieces assigned of that record."""

    body: MaterialActualAssigned
    at_us: int
    in_all: int


@dataclass(frozen=True)
class Actual:
    """One MaterialActualRecorded, and all of them that rest on the same readings, itself included.

    `seq` is the fact that the confirmation names: the record itself, or what was `assigned` of it.
    """

    epoch: int
    seq: int
    body: MaterialActualRecorded
    siblings: tuple[MaterialActualRecorded, ...]
    assigned: Assigned | None = None

    @property
    def shares(self) -> list[Share]:
        """Whose pieces they are. Rejects, pieces of a set-up, and pieces nobody has been given are nobody's output."""
        if self.assigned is not None:
            return self.assigned.body.shares
        return self.body.shares if self.body.bucket is Bucket.ATTRIBUTED and not is_reject(self.body) else []


@dataclass(frozen=True)
class Evidence:
    """What is known of the facts a confirmation names. Missing ones make a proof fail, not an exception.

    `readings` are keyed by the epoch of the actual that names them and their seq; each comes with its capture time and
    the epoch it was found in. `taken` maps an actual's seq to the confirmation that covered it for the same person
    before.
    """

    actuals: tuple[Actual, ...] = ()
    readings: Mapping[tuple[int, int], tuple[CounterReading, int, int]] = field(default_factory=dict)
    taken: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Names:
    """The names and the price a line is shown with; keys stand in for names that are not known."""

    person: str = ""
    number: str = ""
    product: str = ""
    operation: str = ""
    machines: Mapping[str, str] = field(default_factory=dict)
    price: PriceView | None = None


def wage_line(at: Identity, sealed: QuantityConfirmed, evidence: Evidence, names: Names) -> WageLine:
    """The confirmation in money, with its proofs."""
    parts = tuple(_part(actual, sealed.person, evidence, names) for actual in evidence.actuals)
    return WageLine(
        device=at.device,
        epoch=at.epoch,
        seq=at.seq,
        person=sealed.person,
        person_name=names.person,
        person_number=names.number,
        work_date=sealed.work_date,
        order=sealed.order,
        product=sealed.product,
        product_name=names.product or sealed.product,
        operation=sealed.operation,
        operation_name=names.operation or sealed.operation,
        counted=sealed.counted,
        good=sealed.good,
        scrap_labour=sealed.scrap_labour,
        scrap_material=sealed.scrap_material,
        rework=sealed.rework,
        adjustment=sealed.adjustment,
        reason=sealed.reason,
        confirmed_by=sealed.confirmed_by,
        confirmed_at_us=at.wall_us,
        unit_price=None if names.price is None else names.price.each,
        price_since=None if names.price is None else names.price.valid_from,
        amount=None if names.price is None or names.price.each is None else amount(sealed.good, names.price.each),
        parts=parts,
        proofs=tuple(_proofs(sealed, evidence, parts)),
    )


def amount(good: int, price: Decimal) -> Decimal:
    """CNY, half up to the fen."""
    return to_fen(good * price)


def explained(line: WageLine) -> bool:
    """Whether every proof adds up."""
    return all(left == right for _text, left, right in line.proofs)


def check(line: WageLine) -> None:
    """ProofFailed unless every proof adds up."""
    for text, left, right in line.proofs:
        if left != right:
            raise ProofFailed(f"{line.device}/{line.epoch}/{line.seq}: {text}: {left} is not {right}")


# --- the parts and their readings -------------------------------------------------------------------


def _part(actual: Actual, person: str, evidence: Evidence, names: Names) -> ActualPart:
    body, assigned = actual.body, actual.assigned
    return ActualPart(
        epoch=actual.epoch,
        seq=actual.seq,
        machine=body.machine,
        machine_name=names.machines.get(body.machine, body.machine),
        quantity=sum(share.quantity for share in actual.shares if share.person == person),
        whole_quantity=body.quantity if assigned is None else assigned.body.quantity,
        pieces_per_count=body.pieces_per_count,
        basis=body.basis.value,
        spans=tuple(
            _span(reading, *held) for reading in body.readings if (held := _ends(actual.epoch, reading, evidence))
        ),
        assigned=None if assigned is None else _assigned_part(assigned, body),
    )


def _assigned_part(assigned: Assigned, body: MaterialActualRecorded) -> AssignedPart:
    said = assigned.body
    return AssignedPart(said.assigned_by, assigned.at_us, said.reason, said.bucket.value, said.actual, body.quantity)


End = tuple[CounterReading, int, int]
"""A reading, its capture time, and its epoch."""


def _ends(epoch: int, reading: Reading, evidence: Evidence) -> tuple[End, End] | None:
    """Both ends of a stretch named by an actual of this epoch; None unless both are held."""
    start = evidence.readings.get((epoch, reading.from_seq))
    end = evidence.readings.get((epoch, reading.to_seq))
    return None if start is None or end is None else (start, end)


def _span(reading: Reading, from_end: End, to_end: End) -> ReadingSpan:
    (start, start_us, start_epoch), (end, end_us, end_epoch) = from_end, to_end
    return ReadingSpan(
        machine=end.machine,
        counter=end.counter,
        from_epoch=start_epoch,
        from_seq=reading.from_seq,
        from_value=start.value,
        from_raw=start.raw,
        from_wall_us=start_us,
        to_epoch=end_epoch,
        to_seq=reading.to_seq,
        to_value=end.value,
        to_raw=end.raw,
        to_wall_us=end_us,
        step=reading.step.value,
        counts=reading.counts,
    )


# --- proofs -----------------------------------------------------------------------------------------


def _proofs(sealed: QuantityConfirmed, evidence: Evidence, parts: tuple[ActualPart, ...]) -> list[tuple[str, int, int]]:
    proofs = [
        (
            "good + scrap + rework = counted + adjustment",
            sealed.good + sealed.scrap_labour + sealed.scrap_material + sealed.rework,
            sealed.counted + sealed.adjustment,
        ),
        ("the person's shares of the parts = counted", sum(part.quantity for part in parts), sealed.counted),
    ]
    proofs += [_readings_proof(actual, evidence) for actual in evidence.actuals]
    doubts = [
        ("every part that is named is held", len(parts), len(sealed.actuals)),
        ("every part is of this order and day", _fitting(sealed, evidence), len(parts)),
        ("no more is assigned than was counted", _beyond(evidence), 0),
        ("the shares of an assignment = its pieces", *_shared_out(evidence)),
        ("every assignment is of pieces that were nobody's", *_assignable(evidence)),
        ("no amount is below zero", _negative(sealed), 0),
        ("every reading is held and of the part's machine", *_readings_held(evidence)),
    ]
    # These say something only when they fail.
    proofs += [proof for proof in doubts if proof[1] != proof[2]]
    proofs += [
        (f"part {seq} is counted once; confirmation {earlier} has it already", 2, 1)
        for seq, earlier in sorted(evidence.taken.items())
    ]
    return proofs


def _readings_proof(actual: Actual, evidence: Evidence) -> tuple[str, int, int]:
    """The counts of all readings, from their values, against all facts that rest on them."""
    together = actual.siblings or (actual.body,)
    stretches = {(each.from_seq, each.to_seq): each for fact in together for each in fact.readings}
    counts = sum(
        counts_between(each, held[0][0], held[1][0])
        for each in stretches.values()
        if (held := _ends(actual.epoch, each, evidence))
    )
    per_count = {each.pieces_per_count for each in together}
    if len(per_count) == 1:
        whole = sum(each.quantity for each in together)
        return f"part {actual.seq}: readings x pieces per count = pieces", counts * per_count.pop(), whole
    # Split over a change of cavities: pieces cannot be added, the counts they came from can.
    split = sum(each.counts for each in together if each.quantity == each.counts * each.pieces_per_count)
    return f"part {actual.seq}: readings = counts", counts, split


def _beyond(evidence: Evidence) -> int:
    """Pieces that were assigned of a record beyond what was counted there."""
    excess = {
        each.assigned.body.actual: max(0, each.assigned.in_all - each.body.quantity)
        for each in evidence.actuals
        if each.assigned is not None
    }
    return sum(excess.values())


def _shared_out(evidence: Evidence) -> tuple[int, int]:
    """The shares of all assignments, and their pieces."""
    bodies = [each.assigned.body for each in evidence.actuals if each.assigned is not None]
    return sum(share.quantity for body in bodies for share in body.shares), sum(body.quantity for body in bodies)


def _assignable(evidence: Evidence) -> tuple[int, int]:
    """How many assignments name the bucket that their record is in, one of output without owner, and how many there
    are."""
    assigned = [(each.assigned.body.bucket, each.body) for each in evidence.actuals if each.assigned is not None]
    ownerless = (Bucket.UNATTRIBUTED, Bucket.QUARANTINED)
    fit = [said is held.bucket and said in ownerless and not is_reject(held) for said, held in assigned]
    return sum(fit), len(assigned)


def _fitting(sealed: QuantityConfirmed, evidence: Evidence) -> int:
    wanted = (sealed.order, sealed.product, sealed.operation, sealed.work_date)
    bodies = [actual.body if actual.assigned is None else actual.assigned.body for actual in evidence.actuals]
    return sum((body.order, body.product, body.operation, body.work_date) == wanted for body in bodies)


def _negative(sealed: QuantityConfirmed) -> int:
    amounts = (sealed.good, sealed.scrap_labour, sealed.scrap_material, sealed.rework, sealed.counted)
    return sum(each < 0 for each in amounts)


def _readings_held(evidence: Evidence) -> tuple[int, int]:
    """How many readings are there and of one counter of the part's machine, and how many are named."""
    named = [(actual, reading) for actual in evidence.actuals for reading in actual.body.readings]
    fitting = 0
    for actual, reading in named:
        if held := _ends(actual.epoch, reading, evidence):
            start, end = held[0][0], held[1][0]
            fitting += start.machine == end.machine == actual.body.machine and start.counter == end.counter
    return fitting, len(named)
