"""What a wage line is made of. Plain values: the rules fill them, the pages and the exports show them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class ReadingSpan:
    """Two counter readings and the counts between them, as the box's own facts say. `step` is how the counter came
    from one to the other. Each reading has its own epoch: a stretch may reach from one journal into the next.
    """

    machine: str
    counter: str
    from_epoch: int
    from_seq: int
    from_value: int
    from_raw: str
    from_wall_us: int
    to_epoch: int
    to_seq: int
    to_value: int
    to_raw: str
    to_wall_us: int
    step: str
    counts: int


@dataclass(frozen=True)
class AssignedPart:
    """The MaterialActualAssigned fact by which pieces became somebody's: who gave them, why, out of which bucket.

    `actual_seq` is the record they were counted in, `actual_quantity` what it holds in all.
    """

    by: str
    at_us: int
    reason: str
    bucket: str
    actual_seq: int
    actual_quantity: int


@dataclass(frozen=True)
class ActualPart:
    """One MaterialActualRecorded fact as far as it belongs to this person, or what a supervisor assigned of one.

    (epoch, seq) is the fact that the confirmation names: the assignment, where there is one. `whole_quantity` are all
    people's pieces of that fact.
    """

    epoch: int
    seq: int
    machine: str
    machine_name: str
    quantity: int
    whole_quantity: int
    pieces_per_count: int
    basis: str
    spans: tuple[ReadingSpan, ...]
    assigned: AssignedPart | None = None


@dataclass(frozen=True)
class WageLine:
    """One QuantityConfirmed fact in money. `amount` is None when no price is in force: held as *unpriced*; or when the
    price depends on how many there are in a day or month: `by_quantity`, and the statement has the amount.

    `proofs` are the sums that were re-added, each (text, left, right); a line is only shown as explained when
    all are equal. (device, epoch, seq) is the confirmation's identity and the line's address in the pages.
    """

    device: str
    epoch: int
    seq: int
    person: str
    person_name: str
    person_number: str
    work_date: str
    order: str
    product: str
    product_name: str
    operation: str
    operation_name: str
    counted: int
    good: int
    scrap_labour: int
    scrap_material: int
    rework: int
    adjustment: int
    reason: str
    confirmed_by: str
    confirmed_at_us: int
    unit_price: Decimal | None
    price_since: str | None
    amount: Decimal | None
    parts: tuple[ActualPart, ...]
    proofs: tuple[tuple[str, int, int], ...]

    @property
    def by_quantity(self) -> bool:
        """Whether a price is in force that is not the same for each piece."""
        return self.unit_price is None and self.price_since is not None
