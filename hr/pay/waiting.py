"""Waiting time that facts show, and what HR decides of it. Nothing of it is paid before it is accepted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from hr.attendance import judged
from hr.office import Office
from hr.pay import equipment
from hr.pay.periods.period import days_of
from hr.pay.rules import waiting as rules
from hr.pay.rules.waiting import UNDECIDED, Mark, State, Waited
from hr.pay.rules.worked import worked_time
from hr.pay.terms import documents
from hr.pay.terms import waiting as decisions
from hr.pay.terms.documents import Document, Kind
from hr.pay.terms.waiting import Decision
from hr.people.keys import Owners, owners
from hr.people.rejected import Rejected
from hr.store.versions import Typed

BEFORE = timedelta(days=31)
"""A set-up or a session that began longer before the month is not looked for."""

AFTER = timedelta(days=2)
"""A night of the month's last date reaches over its end."""

LOOK_AGAIN = "what is there now: look again"


@dataclass(frozen=True)
class Proposal:
    """What facts show of one person and date, and what was decided of it. `beside`: other entries of waiting time that
    stand for the same date: a person typed them."""

    waited: Waited
    state: State
    decision: Decision | None = None
    beside: tuple[Document, ...] = ()

    @property
    def undecided(self) -> bool:
        return self.state in UNDECIDED

    @property
    def key(self) -> str:
        """Another one as soon as anything of it is another, so that nobody decides of what he has not seen."""
        said = repr((self.waited.person, self.waited.work_date, self.waited.what))
        return hashlib.sha256(said.encode()).hexdigest()


class WaitingDesk:
    """Every call is one transaction. Months are YYYY-MM; `by` is the account that decides."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def proposed(self, month: str) -> list[Proposal]:
        """By date, then person; those that were decided included."""
        with self._office.reading.connect() as connection:
            return self._proposed(connection, month)

    def undecided(self, month: str) -> list[Proposal]:
        """What nobody has decided, or what has become another thing since."""
        return [each for each in self.proposed(month) if each.undecided]

    def decide(self, month: str, keys: Collection[str], reason: str, by: str, *, accept: bool) -> int:
        """All of these, by `Proposal.key`, or none; how many were decided otherwise before. Rejected without a reason,
        or when one of them is not as it was shown any more."""
        chosen = [each for each in self.proposed(month) if each.key in keys]
        if not chosen or len(chosen) < len(set(keys)):
            raise Rejected("proposal", "", LOOK_AGAIN)
        done = State.ACCEPTED if accept else State.DECLINED
        wanted = [each for each in chosen if each.state is not done]
        put = decisions.accept if accept else decisions.decline
        typed = Typed(by, self._office.now_us())
        with self._office.writing.begin() as connection:
            words = decisions.last_words(connection, month, owners(connection))
            for each in wanted:
                if words.get((each.waited.person, each.waited.work_date)) != each.decision:
                    raise Rejected("proposal", "", LOOK_AGAIN)
                put(connection, each.waited, each.decision, reason, typed)
        return len(wanted)

    def _proposed(self, connection: Connection, month: str) -> list[Proposal]:
        keys = owners(connection)
        made = {(each.person, each.work_date): each for each in self._waited(connection, month, keys)}
        words = decisions.last_words(connection, month, keys)
        typed = [each for each in documents.documents(connection, month) if each.kind is Kind.WAITING]
        standing = [each for each in typed if each.taken_back is None]
        for place, said in words.items():
            # An accepted one of which the facts show nothing any more is still paid.
            if place not in made and any(each.id == said.document for each in standing):
                made[place] = Waited(*place, 0)
        return [
            _proposal(made[place], words.get(place), standing, keys)
            for place in sorted(made, key=lambda place: (place[1], place[0]))
        ]

    def _waited(self, connection: Connection, month: str, keys: Owners) -> list[Waited]:
        first, last = days_of(month)
        since, until = (datetime.fromisoformat(each).replace(tzinfo=self._office.zone) for each in (first, last))
        from_us, to_us = (int(each.timestamp()) * 1_000_000 for each in (since - BEFORE, until + AFTER))
        said = equipment.marks(connection, from_us, to_us, keys)
        people = _near_a_stop(said)
        if not people:
            return []
        days = judged.days_of(connection, self._office.zone, self._office.now_us(), first, last, people)
        return rules.waited(said, (worked_time(day) for of_him in days.values() for day in of_him))


def _near_a_stop(said: Sequence[Mark]) -> list[str]:
    """Who was logged on at a machine that ever stood: the others' days need not be judged."""
    stood = {(each.fact[0], each.machine) for each in said if not each.person}
    return sorted({each.person for each in said if each.person and (each.fact[0], each.machine) in stood})


def _proposal(now: Waited, said: Decision | None, standing: Sequence[Document], keys: Owners) -> Proposal:
    of_date = [each for each in standing if (keys[each.person], each.work_date) == (now.person, now.work_date)]
    if said is None:
        return Proposal(now, State.OPEN, None, tuple(of_date))
    stands = any(each.id == said.document for each in of_date)
    state = rules.state_of(now, said.of, accepted=said.accepted, stands=stands)
    return Proposal(now, state, said, tuple(each for each in of_date if each.id != said.document))
