"""Records that were set aside: read, decided by a person, taken after all. Nothing is deleted, and each decision stays
with who, when and why.

Beside what HR refused stand the commands that a fault of a box kept from being decided (CommandParked): they have been
received like any fact, and a person reads them and says what became of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, func, select

from hr.ingest import receive
from hr.ingest.decide import as_text, content_fault, fault
from hr.store import lock_box
from hr.store.tables import aside_decision, fact, quarantine
from settings import Mendable
from sync.wire.envelope import Fact
from sync.wire.facts import CommandParked, body_of

COMMAND = "command"
"""In place of a digest: the fact with this number is a CommandParked."""

PARKED_KIND = CommandParked.__name__
COMMAND_CODE = "command_parked"
CONFLICT = "conflict"
RETRIABLE = ("unknown_kind", "bad_body")
"""Reasons that a newer release may no longer have."""

MAX_NOTE = 500


class Key(NamedTuple):
    """What was set aside; two contents under one number differ in `digest`."""

    device: str
    epoch: int
    seq: int
    digest: str


class Action(StrEnum):
    """TAKEN: used from here on, for ever. LEFT: read, and not used. REOPENED: left, but it waits again."""

    TAKEN = "TAKEN"
    LEFT = "LEFT"
    REOPENED = "REOPENED"


class Hurdle(StrEnum):
    """Why a record cannot be taken, or a decision not be noted."""

    UNKNOWN = "UNKNOWN"
    IS_COMMAND = "IS_COMMAND"
    NUMBER_TAKEN = "NUMBER_TAKEN"
    NOT_UNDERSTOOD = "NOT_UNDERSTOOD"
    DECIDED = "DECIDED"
    NO_NOTE = "NO_NOTE"


class NotDecided(Mendable):
    """The decision was not noted; `hurdle` says why."""

    def __init__(self, hurdle: Hurdle) -> None:
        super().__init__(SENTENCES[hurdle])
        self.hurdle = hurdle


SENTENCES = {
    Hurdle.UNKNOWN: "no such record was set aside",
    Hurdle.IS_COMMAND: "a parked command is no record to use: say in a note what was done about it, and leave it",
    Hurdle.NUMBER_TAKEN: "another record with this number is in use and stays: leave this one",
    Hurdle.NOT_UNDERSTOOD: "this release cannot read what it says: update the server, or leave it with a note",
    Hurdle.DECIDED: "it has been decided already",
    Hurdle.NO_NOTE: "say in a note why",
}


@dataclass(frozen=True)
class Decision:
    """`by` is an account; empty: this server, when an update made it understand the record."""

    action: Action
    note: str
    by: str
    at_us: int


@dataclass(frozen=True)
class SetAside:
    """A record that was not used when it came, whole: `fact` is its JSON as received. The oldest decision first."""

    device: str
    epoch: int
    seq: int
    digest: str
    code: str
    detail: str
    fact: str
    received_us: int
    decisions: tuple[Decision, ...] = ()

    @property
    def key(self) -> Key:
        return Key(self.device, self.epoch, self.seq, self.digest)

    @property
    def waits(self) -> bool:
        return not self.decisions or self.decisions[-1].action is Action.REOPENED

    @property
    def left(self) -> bool:
        return bool(self.decisions) and self.decisions[-1].action is Action.LEFT

    @property
    def needs_note(self) -> bool:
        """Only what an update has made readable is taken without a word."""
        return self.code not in RETRIABLE


def hurdle(record: SetAside, *, number_free: bool) -> Hurdle | None:
    """Why it cannot be taken; None when it can."""
    if record.digest == COMMAND:
        return Hurdle.IS_COMMAND
    if not (record.waits or record.left):
        return Hurdle.DECIDED
    if not number_free:
        return Hurdle.NUMBER_TAKEN
    received = msgspec.json.decode(record.fact, type=Fact)
    found = fault(received)
    if found is not None and (found[0] != "bad_hash" or content_fault(received) is not None):
        return Hurdle.NOT_UNDERSTOOD
    return None


def listed(connection: Connection) -> list[SetAside]:
    """All that ever was, newest first."""
    decided = _decisions(connection)
    commands = connection.execute(select(fact).where(fact.c.kind == PARKED_KIND))
    found = [
        *(_refused(row, decided) for row in connection.execute(select(quarantine))),
        *(_command(row, decided) for row in commands),
    ]
    return sorted(found, key=lambda each: (each.received_us, each.seq), reverse=True)


def one(connection: Connection, key: Key) -> SetAside | None:
    decided = _decisions(connection)
    if key.digest == COMMAND:
        row = connection.execute(
            select(fact).where(*(fact.c[name] == value for name, value in _number(key)), fact.c.kind == PARKED_KIND)
        ).first()
        return _command(row, decided) if row else None
    row = connection.execute(
        select(quarantine).where(
            *(quarantine.c[name] == value for name, value in _number(key)), quarantine.c.digest == key.digest
        )
    ).first()
    return _refused(row, decided) if row else None


def waiting(connection: Connection) -> Counter[str]:
    """How many wait for a decision, by box."""
    decided = {key for key, each in _decisions(connection).items() if each[-1].action is not Action.REOPENED}
    columns = (quarantine.c.device, quarantine.c.epoch, quarantine.c.seq, quarantine.c.digest)
    keys = [Key(*row) for row in connection.execute(select(*columns))]
    parked = select(fact.c.device, fact.c.epoch, fact.c.seq).where(fact.c.kind == PARKED_KIND)
    keys += [Key(*row, COMMAND) for row in connection.execute(parked)]
    return Counter(key.device for key in keys if key not in decided)


def forked(connection: Connection) -> dict[str, int]:
    """When the first record came that has the number of another one and waits for a decision, by box."""
    decided = {key for key, each in _decisions(connection).items() if each[-1].action is not Action.REOPENED}
    rows = connection.execute(
        select(quarantine).where(quarantine.c.code == CONFLICT).order_by(quarantine.c.received_us)
    )
    waits = [row for row in rows if Key(row.device, row.epoch, row.seq, row.digest) not in decided]
    return {row.device: row.received_us for row in reversed(waits)}


def can_be_taken(connection: Connection, record: SetAside) -> Hurdle | None:
    return hurdle(record, number_free=_number_free(connection, record.key))


def take_up(connection: Connection, key: Key, by: str, note: str, now_us: int) -> None:
    """The record is used from here on, as it was received. NotDecided."""
    record = _demanded(connection, key)
    found = can_be_taken(connection, record)
    if found is None and record.needs_note and not note:
        found = Hurdle.NO_NOTE
    if found is not None:
        raise NotDecided(found)
    _use(connection, record, by, note, now_us)


def leave(connection: Connection, key: Key, by: str, note: str, now_us: int) -> None:
    """It is not used, and waits for nobody any more. NotDecided."""
    record = _demanded(connection, key)
    if not record.waits:
        raise NotDecided(Hurdle.DECIDED)
    if not note:
        raise NotDecided(Hurdle.NO_NOTE)
    _note(connection, record, Decision(Action.LEFT, note, by, now_us))


def reopen(connection: Connection, key: Key, by: str, note: str, now_us: int) -> None:
    """One that was left waits again. NotDecided."""
    record = _demanded(connection, key)
    if not record.left:
        raise NotDecided(Hurdle.DECIDED)
    _note(connection, record, Decision(Action.REOPENED, note, by, now_us))


def reexamine(connection: Connection, now_us: int) -> int:
    """Takes what waits, and this release understands where an older one did not; says how many.

    Run once at start. The box was told that they are kept aside and does not send them again.
    """
    decided, taken = _decisions(connection), 0
    for row in connection.execute(select(quarantine).where(quarantine.c.code.in_(RETRIABLE))).all():
        record = _refused(row, decided)
        if record.waits and can_be_taken(connection, record) is None:
            _use(connection, record, "", "", now_us)
            taken += 1
    return taken


def _use(connection: Connection, record: SetAside, by: str, note: str, now_us: int) -> None:
    received = msgspec.json.decode(record.fact, type=Fact)
    receive.insert_facts(connection, [(received, body_of(received.kind, received.body))], now_us)
    _note(connection, record, Decision(Action.TAKEN, note, by, now_us))


def _note(connection: Connection, record: SetAside, decision: Decision) -> None:
    connection.execute(
        aside_decision.insert().values(
            **record.key._asdict(),
            number=len(record.decisions) + 1,
            action=decision.action.value,
            note=decision.note[:MAX_NOTE],
            decided_by=decision.by,
            decided_us=decision.at_us,
        )
    )


def _demanded(connection: Connection, key: Key) -> SetAside:
    """Two people at the same record come one after the other."""
    lock_box(connection, key.device)
    record = one(connection, key)
    if record is None:
        raise NotDecided(Hurdle.UNKNOWN)
    return record


def _number_free(connection: Connection, key: Key) -> bool:
    where = [fact.c[name] == value for name, value in _number(key)]
    return not connection.scalar(select(func.count()).select_from(fact).where(*where))


def _number(key: Key) -> list[tuple[str, str | int]]:
    return [("device", key.device), ("epoch", key.epoch), ("seq", key.seq)]


def _decisions(connection: Connection) -> dict[Key, tuple[Decision, ...]]:
    found: defaultdict[Key, list[Decision]] = defaultdict(list)
    for row in connection.execute(select(aside_decision).order_by(aside_decision.c.number)):
        decision = Decision(Action(row.action), row.note, row.decided_by, row.decided_us)
        found[Key(row.device, row.epoch, row.seq, row.digest)].append(decision)
    return {key: tuple(each) for key, each in found.items()}


def _refused(row: Row[Any], decided: dict[Key, tuple[Decision, ...]]) -> SetAside:
    key = Key(row.device, row.epoch, row.seq, row.digest)
    return SetAside(*key, row.code, row.detail, row.fact, row.received_us, decided.get(key, ()))


def _command(row: Row[Any], decided: dict[Key, tuple[Decision, ...]]) -> SetAside:
    key, parked = Key(row.device, row.epoch, row.seq, COMMAND), receive.from_row(row)
    whole = as_text(parked).decode()
    return SetAside(*key, COMMAND_CODE, str(parked.body.get("error", "")), whole, row.received_us, decided.get(key, ()))
