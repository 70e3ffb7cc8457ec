"""What HR does with a batch, without a database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr.ingest.decide import KEY_LIMITS, TEXT_LIMITS, Gap, Held, Plan, content_digest, decide
from sync.wire.envelope import GENESIS, Fact, Refusal, sealed
from sync.wire.facts import KINDS, Body
from tests.unit.hr.cast import ZHANG_MIN, Box, assigned, confirmation, tap

IN = tap(None)


def journal(length: int, box: Box | None = None) -> list[Fact]:
    box = box or Box()
    for _ in range(length):
        box.write(IN)
    return box.journal


def planned(batch: list[Fact], held: Held) -> Plan:
    plan = decide(batch, held)
    assert isinstance(plan, Plan)
    return plan


def held_after(facts: list[Fact]) -> Held:
    return Held(facts[-1].seq, facts[-1].hash, {each.seq: each.hash for each in facts})


def test_a_new_journal_is_stored_from_its_first_fact():
    facts = journal(3)
    plan = planned(facts, Held())
    assert [each.seq for each, _body in plan.stored] == [1, 2, 3]
    assert (plan.last_seq, plan.head, plan.refusals) == (3, facts[-1].hash, [])


def test_a_resend_changes_nothing():
    facts = journal(3)
    plan = planned(facts[:2], held_after(facts))
    assert (plan.stored, plan.aside, plan.refusals) == ([], [], [])
    assert (plan.last_seq, plan.head) == (3, facts[2].hash)


def test_an_overlap_stores_only_what_is_new():
    facts = journal(4)
    plan = planned(facts[1:], held_after(facts[:2]))
    assert [each.seq for each, _body in plan.stored] == [3, 4]


def test_a_batch_that_starts_too_late_is_answered_with_what_is_wanted():
    facts = journal(5)
    assert decide(facts[3:], held_after(facts[:2])) == Gap(1, 3)


def test_the_middle_of_an_unknown_journal_is_wanted_from_its_start():
    assert decide(journal(5)[3:], Held()) == Gap(1, 1)


def test_a_new_epoch_may_follow_the_head_of_the_earlier_one():
    first = journal(2)
    second = journal(4, Box(epoch=2))[2:]
    second[0] = sealed(msgspec.structs.replace(second[0], prev_hash=first[-1].hash))
    plan = planned(second[:1], Held(earlier=(1, 2, first[-1].hash)))
    assert (plan.last_seq, plan.refusals) == (3, [])


def test_a_new_epoch_that_follows_facts_not_held_asks_for_those_first():
    assert decide(journal(4, Box(epoch=2))[2:], Held(earlier=(1, 2, "f" * 64))) == Gap(1, 3)


def test_other_content_under_a_known_number_is_kept_aside_and_never_overwrites():
    facts = journal(3)
    forged = sealed(msgspec.structs.replace(facts[1], command="other"))
    plan = planned([forged], held_after(facts))
    assert plan.stored == []
    assert [each.refusal.code for each in plan.aside] == ["conflict"]
    assert (plan.last_seq, plan.head) == (3, facts[2].hash)


def test_the_old_hash_over_new_content_is_a_conflict_too():
    facts = journal(2)
    forged = msgspec.structs.replace(facts[0], command="other")
    assert [each.code for each in planned([forged], held_after(facts)).refusals] == ["conflict"]


POISON: dict[str, Callable[[Fact], Fact]] = {
    "unknown_kind": lambda fact: sealed(msgspec.structs.replace(fact, kind="Telepathy")),
    "bad_hash": lambda fact: msgspec.structs.replace(fact, body={**fact.body, "person": "p-zhang"}),
    "broken_chain": lambda fact: sealed(msgspec.structs.replace(fact, prev_hash="e" * 64)),
    "bad_body": lambda fact: sealed(msgspec.structs.replace(fact, body={"outcome": "CLOCKED_IN"})),
    "bad_body, a float": lambda fact: msgspec.structs.replace(fact, body={**fact.body, "late": 0.5}),
    "bad_body, too long": lambda fact: sealed(msgspec.structs.replace(fact, body={**fact.body, "person": "p" * 65})),
    "bad_body, a zero": lambda fact: sealed(msgspec.structs.replace(fact, command="a\0b")),
    "bad_body, too big": lambda fact: sealed(msgspec.structs.replace(fact, part=2**40)),
}


@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_fact_is_kept_aside_and_the_next_ones_are_stored(name: str):
    box = Box()
    for _ in range(3):
        box.write(IN)
        if len(box.journal) == 2:
            box.journal[1] = POISON[name](box.journal[1])
    plan = planned(box.journal, Held())
    assert [each.code for each in plan.refusals] == [name.partition(",")[0]]
    assert [each.seq for each, _body in plan.stored] == [1, 3]
    assert plan.last_seq == 3


@pytest.mark.parametrize("body", [assigned(10, actual=2**60), confirmation([2**60], 10), assigned(10, actual=-1)])
def test_a_fact_that_names_a_number_no_fact_can_have_is_kept_aside(body: Body):
    box = Box()
    box.write(body)
    assert [each.code for each in planned(box.journal, Held()).refusals] == ["bad_body"]


def test_a_hash_that_is_none_never_becomes_the_head():
    poison = msgspec.structs.replace(journal(1)[0], hash="x" * 1000)
    plan = planned([poison], Held())
    assert ([each.code for each in plan.refusals], plan.last_seq, plan.head) == (["bad_hash"], 1, GENESIS)


def test_a_poisoned_fact_sent_again_gets_the_same_answer_and_is_kept_once():
    poison = POISON["unknown_kind"](journal(1)[0])
    first = planned([poison], Held())
    aside = {(1, content_digest(poison)): first.refusals[0]}
    again = planned([poison], Held(1, poison.hash, {}, aside))
    assert (again.refusals, again.aside) == ([Refusal(1, "unknown_kind", first.refusals[0].detail)], [])


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(1, 6)), max_size=30))
def test_whatever_is_resent_in_whatever_order_each_fact_is_stored_once(sends: list[tuple[int, int]]):
    facts = journal(12)
    store: dict[int, str] = {}
    held = Held()
    for start, length in [*sends, (0, 12)]:
        plan = decide(facts[start : start + length], held)
        if isinstance(plan, Gap):
            assert plan.seq == len(store) + 1
            continue
        for fact, _body in plan.stored:
            assert fact.seq not in store
            store[fact.seq] = fact.hash
        assert plan.refusals == []
        held = Held(plan.last_seq, plan.head, store)
    assert store == {each.seq: each.hash for each in facts}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_becomes_a_column_is_text_or_left_out_in_every_kind(kind: type[Body]):
    for field in msgspec.structs.fields(kind):
        if field.name in KEY_LIMITS:
            assert field.type in (str, str | None)
            assert field.default in (None, msgspec.NODEFAULT)


@pytest.mark.parametrize("name", ["command", "boot_id", "person", "machine", "badge", "work_date"])
@pytest.mark.parametrize("bad", ["x" * 65, "a\0b"])
def test_text_that_fits_no_column_is_set_aside_by_its_name(name: str, bad: str):
    (fact,) = journal(1)
    changes: dict[str, dict[str, Any]] = {
        "command": {"command": bad},
        "boot_id": {"at": msgspec.structs.replace(fact.at, boot_id=bad)},
        "machine": {"kind": "SnapshotMissed", "body": {"machine": bad, "changes": []}},
    }
    changed = changes.get(name, {"body": fact.body | {name: bad}})
    (refusal,) = planned([sealed(msgspec.structs.replace(fact, **changed))], Held()).refusals
    wanted = f"{name} is longer than {TEXT_LIMITS[name]} characters or holds a zero"
    assert (refusal.code, refusal.detail) == ("bad_body", wanted)


def forked(facts: list[Fact], after: int) -> list[Fact]:
    """The journal of a card that has forgotten what came after `after`, and went on."""
    box = Box(journal=list(facts[:after]))
    for _ in range(len(facts) - after + 2):
        box.write(tap(None, ZHANG_MIN))
    return box.journal


@pytest.mark.parametrize("start", [2, 3])
def test_of_another_journal_under_the_same_name_nothing_goes_on_from_what_is_held(start: int):
    facts = journal(5)
    plan = planned(forked(facts, 3)[start:], held_after(facts))
    assert (plan.stored, plan.last_seq, plan.head) == ([], 5, facts[-1].hash)
    assert [(each.seq, each.code) for each in plan.refusals] == [(seq, "conflict") for seq in (4, 5, 6, 7)]


def test_another_journal_is_seen_also_when_the_batch_begins_with_the_number_last_received():
    facts = journal(5)
    plan = planned(forked(facts, 3)[4:], held_after(facts))
    assert (plan.stored, plan.last_seq, plan.head) == ([], 5, facts[-1].hash)
    assert [(each.seq, each.code) for each in plan.refusals] == [(seq, "conflict") for seq in (5, 6, 7)]


def test_another_journal_sent_again_is_kept_aside_once():
    facts = journal(5)
    batch = forked(facts, 3)[3:]
    first = planned(batch, held_after(facts))
    aside = {(each.fact.seq, each.digest): each.refusal for each in first.aside}
    held = held_after(facts)
    again = planned(batch, Held(held.last_seq, held.head, held.hashes, aside))
    assert (again.refusals, again.aside) == (first.refusals, [])
