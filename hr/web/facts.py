"""One record as it was received: for those who doubt a figure and want to add up the hashes themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.web.context import name_of, place_of, service
from hr.web.fact_values import bucket_text, ended_text, outcome_text, reset_text, state_text
from hr.web.fact_words import direction_text, field_text
from hr.web.figures import clearance_kind_text
from sync.wire.envelope import GENESIS, Fact, canonical, fact_hash

blueprint = Blueprint("facts", __name__)

SEQ_FIELDS = frozenset({"repeats", "tap", "actual", "log_on", "glitch", "actuals", "changes", "from_seq", "to_seq"})
PERSON_FIELDS = frozenset({"person", "confirmed_by", "assigned_by", "linked_by", "by", "electrician", "witness"})
WORDS: dict[str, Callable[[str], str]] = {
    "outcome": outcome_text,
    "bucket": bucket_text,
    "ended_by": ended_text,
    "state": state_text,
    "missing": clearance_kind_text,
    "reset": reset_text,
    "direction": direction_text,
}
MAX_SEQ = 2**53


@dataclass(frozen=True)
class Item:
    """One value of a body: as written, where it leads, and what it means in words."""

    text: str
    link: str = ""
    words: str = ""


@blueprint.route("/fact/<device>/<int:epoch>/<int:seq>")
def one(device: str, epoch: int, seq: int) -> ResponseReturnValue:
    if not 1 <= seq < MAX_SEQ or epoch >= MAX_SEQ:
        abort(404)
    near = {fact.seq: fact for fact in service().inbox.facts(device, epoch, [seq - 1, seq, seq + 1])}
    fact = near.get(seq)
    if fact is None:
        abort(404)
    return render_template(
        "hr/fact.html",
        fact=fact,
        received_us=service().inbox.received_us(device, epoch, seq),
        amended=next(reversed(service().clocks.amendments(device, epoch, seq)), None),
        place=place_of(device),
        body=[(name, field_text(name), _items(name, value, fact)) for name, value in fact.body.items()],
        hash_agrees=fact_hash(fact) == fact.hash,
        chain_agrees=_chain_agrees(fact, near.get(seq - 1)),
        before=seq - 1 in near,
        after=seq + 1 in near,
        canonical=canonical(fact).decode(),
    )


def _chain_agrees(fact: Fact, before: Fact | None) -> bool | None:
    """None when there is no record before to compare with."""
    if before is not None:
        return before.hash == fact.prev_hash
    return None if fact.seq > 1 or fact.prev_hash != GENESIS else True


def _items(name: str, value: Any, fact: Fact) -> list[Item]:
    if isinstance(value, dict):
        return [item for key, each in value.items() for item in _named(key, each, fact)]
    if isinstance(value, list):
        return [item for each in value for item in _items(name, each, fact)]
    if name in SEQ_FIELDS and isinstance(value, int):
        return [Item(str(value), url_for("facts.one", device=fact.device, epoch=fact.epoch, seq=value))]
    return [Item("—" if value is None else str(value), words=_words(name, value))]


def _words(name: str, value: Any) -> str:
    """What a single value means, where its text does not say it."""
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if not isinstance(value, str):
        return ""
    if name in PERSON_FIELDS:
        return str(name_of(value))
    return str(WORDS[name](value)) if name in WORDS else ""


def _named(name: str, value: Any, fact: Fact) -> list[Item]:
    """An entry of a structure inside the body, with its own name in front."""
    return [Item(f"{field_text(name)} {item.text}", item.link, item.words) for item in _items(name, value, fact)]
