"""Corrections of a closed month, posted to an open one (PR-R14). Pure.

A closed month is never changed. It is computed again beside what was closed, with all that is known now and the prices
of its own dates, and the differences become entries: so more pieces replace a part of the old top-up, and are not paid
on top of it. Its deductions stay what they were: what they could not take was carried over then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from hr.pay.rules.items import Factor, Form, Formula, Item, Kind, Name, added, amount_of
from hr.pay.rules.money import ZERO
from hr.pay.rules.statement import Statement

KEPT = (Kind.ADJUSTMENT, Kind.DEDUCTION)
"""Not computed again: the first belong to months before, the second are explained above."""

Slot = tuple[str, ...]
"""What an item is for, whichever version of a price it was paid by."""


@dataclass(frozen=True)
class Difference:
    """An item as it was closed and as it would be now; None where there is none."""

    closed: Item | None
    now: Item | None

    @property
    def either(self) -> Item:
        item = self.now or self.closed
        assert item is not None
        return item


def entries(closed: Statement, again: Statement, posted: Iterable[Item] = ()) -> tuple[Item, ...]:
    """What an open month has to pay, or to take back, so that the closed one comes right. Computed again it must hold
    nothing back, else ValueError. `posted`: the entries that were made for this closed month before."""
    if again.held:
        raise ValueError(f"{again.month} computed again holds {len(again.held)} things back")
    earlier: dict[str, list[Item]] = defaultdict(list)
    for item in posted:
        earlier[item.key.rpartition("#")[0]].append(item)
    found = []
    for each in differences(closed, again):
        key = f"{closed.month}/{each.either.kind}/{each.either.key}"
        entry = _entry(each, key, closed.month, earlier.pop(key, []))
        if entry.amount:
            found.append(entry)
    # Of what is in neither any more: what was posted for it goes back.
    for key, items in earlier.items():
        entry = _entry(Difference(None, replace(items[0], amount=ZERO)), key, closed.month, items)
        if entry.amount:
            found.append(entry)
    return tuple(sorted(found, key=lambda each: each.key))


def differences(closed: Statement, again: Statement, kept: Container[Kind] = KEPT) -> list[Difference]:
    """The items of both, side by side: by their keys; lines with another version of a price by what they are for.
    Those of the kinds that are `kept` are left out."""
    then, now = ({(each.kind, each.key): each for each in of.items if each.kind not in kept} for of in (closed, again))
    pairs = [Difference(then[key], now[key]) for key in then if key in now]
    gone, new = (_by_slot(one[key] for key in one if key not in other) for one, other in ((then, now), (now, then)))
    for slot in sorted({*gone, *new}):
        old, made = gone.get(slot, []), new.get(slot, [])
        if len(old) == len(made) == 1:
            pairs.append(Difference(old[0], made[0]))
            continue
        pairs += [Difference(each, None) for each in old] + [Difference(None, each) for each in made]
    return pairs


def _by_slot(items: Iterable[Item]) -> dict[Slot, list[Item]]:
    slots: dict[Slot, list[Item]] = defaultdict(list)
    for each in items:
        by_price = each.since and each.product
        name = (each.product, each.operation, str(each.comparable)) if by_price else (each.key,)
        slots[each.kind, each.work_date, each.time_class or "", *name].append(each)
    return slots


def _entry(of: Difference, key: str, month: str, earlier: list[Item]) -> Item:
    now, then = (ZERO if each is None else each.amount for each in (of.now, of.closed))
    paid = then + added(earlier)
    amount = now - paid
    plain = Formula(((Factor(Name.CORRECTED, now),), (Factor(Name.CLOSED, paid),)), Form.DIFFERENCE)
    changed = _one_factor_changed(of)
    return replace(
        of.either,
        kind=Kind.ADJUSTMENT,
        key=f"{key}#{len(earlier) + 1}",
        formula=changed if changed is not None and amount_of(changed) == amount else plain,
        amount=amount,
        comparable=False,
        documents=(month,),
    )


def _one_factor_changed(of: Difference) -> Formula | None:
    """The difference as one product, "20 pieces at the old price": where only the quantity or only the price is
    another, or all of it is new or gone."""
    then, now = (() if each is None else each.formula.terms for each in (of.closed, of.now))
    if of.now is None and len(then) == 1:
        return Formula((_with_first(then[0], -then[0][0].value),))
    if len(now) != 1 or of.either.kind is not Kind.PIECE:
        return None
    if of.closed is None:
        return Formula(now)
    if len(then) != 1 or len(then[0]) != len(now[0]):
        return None
    places = [place for place, (old, new) in enumerate(zip(then[0], now[0], strict=True)) if old != new]
    if len(places) != 1 or now[0][places[0]].name not in (Name.QUANTITY, Name.UNIT_PRICE):
        return None
    (place,) = places
    old, new = then[0][place], now[0][place]
    if old.name is not new.name:
        return None
    by = Factor(new.name, new.value - old.value)
    return Formula(((*now[0][:place], by, *now[0][place + 1 :]),))


def _with_first(factors: tuple[Factor, ...], value: Decimal) -> tuple[Factor, ...]:
    return (replace(factors[0], value=value), *factors[1:])
