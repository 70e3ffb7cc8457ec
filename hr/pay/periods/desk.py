"""Months of pay: what is in them, what keeps them open, closing them, and what is corrected later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hr.office import Office
from hr.pay.periods import identity, late, seals, store
from hr.pay.periods.closing import Closer, Compute, Progress, Source
from hr.pay.periods.hours import DayHours, beside
from hr.pay.periods.late import Proposal
from hr.pay.periods.period import Entry, Obstacle, Row, State, Step, Sums, days_of, next_month, of_rows, row_of, sums_of
from hr.pay.periods.review import Difference, differences
from hr.pay.periods.seals import Seal, Unconfirmed, Waiting
from hr.pay.periods.store import Closing, Posted, Taken
from hr.people.rejected import Rejected


@dataclass(frozen=True)
class Ledger:
    """A month as it stands: as it was closed, or as it is computed now. `obstacles`: what keeps it open."""

    month: str
    state: State
    rows: tuple[Row, ...]
    obstacles: tuple[Obstacle, ...] = ()
    closing: Closing | None = None
    steps: tuple[Taken, ...] = ()

    @property
    def sums(self) -> Sums:
        return sums_of(self.rows)

    @property
    def can_be_closed(self) -> bool:
        return self.state is State.REVIEW and not self.obstacles


class PeriodDesk:
    """Every call but `close` is one transaction. Months are YYYY-MM; `by` is the account that decides."""

    def __init__(self, office: Office, source: Source) -> None:
        self._office, self._source = office, source
        self._closer = Closer(office.reading, office.writing, source, seals.pieces_of, office.now_us)

    # --- reading ------------------------------------------------------------------------------------

    def closings(self) -> dict[str, Closing]:
        """The closed months, the first one first."""
        with self._office.reading.connect() as connection:
            return store.closings(connection)

    def is_closed(self, work_date: str) -> bool:
        with self._office.reading.connect() as connection:
            return store.is_closed(connection, work_date)

    def ledger(self, month: str) -> Ledger:
        """Of a closed month what was closed, whatever has come since."""
        with self._office.reading.connect() as connection:
            steps = tuple(store.steps(connection, month))
            closing = store.closings(connection).get(month)
            if closing is not None:
                return Ledger(month, State.CLOSED, tuple(store.rows(connection, closing)), (), closing, steps)
            rows = tuple(self._computed(connection, month))
            obstacles = [*self._closer.before(connection, month, self._office.today()), *of_rows(rows)]
            return Ledger(month, store.state_of(steps), rows, tuple(obstacles), None, steps)

    def review(self, month: str) -> list[Difference]:
        """Against the month before, as that was closed or as it stands."""
        before = next_month(month, -1)
        with self._office.reading.connect() as connection:
            closing = store.closings(connection).get(before)
            then = self._computed(connection, before) if closing is None else store.rows(connection, closing)
        return differences(then, self.ledger(month).rows)

    def entry(self, month: str, person: str) -> Entry | None:
        """One person's month, as closed or as it stands; None for somebody who is not in it."""
        with self._office.reading.connect() as connection:
            closing = store.closings(connection).get(month)
            if closing is not None:
                return store.entry(connection, closing, person)
            return next(iter(self._source.entries(connection, month, [person])), None)

    def entries(self, month: str, people: Sequence[str] | None = None) -> list[Entry]:
        """The same of these people, or of everybody in the ledger's order; without those who are not in it."""
        with self._office.reading.connect() as connection:
            closing = store.closings(connection).get(month)
            if closing is not None:
                return list(store.entries(connection, closing, people))
            found = [each for each in self._source.people(connection, month) if people is None or each in people]
            return list(self._source.entries(connection, month, found))

    def hours(self, month: str, person: str) -> list[DayHours]:
        """The dates that somebody's hours of a closed month were made of; none for a month that is open, or that was
        closed before they were kept."""
        with self._office.reading.connect() as connection:
            closing = store.closings(connection).get(month)
            closed = None if closing is None else store.entry(connection, closing, person)
            if closed is None or not closed.days:
                return []
            now = next(iter(self._source.entries(connection, month, [person])), None)
        return beside(closed.days, () if now is None else now.days)

    def held(self, month: str) -> list[Entry]:
        """The people of whom something waits, as their month is computed now; nobody once it is closed."""
        with self._office.reading.connect() as connection:
            if month in store.closed_months(connection):
                return []
            people = self._source.people(connection, month)
            return [each for each in self._source.entries(connection, month, people) if each.statement.held]

    def computed(self, month: str) -> list[Entry]:
        """Everybody's month as it stands, closed or not."""
        with self._office.reading.connect() as connection:
            return list(self._source.entries(connection, month, self._source.people(connection, month)))

    def intact(self, month: str) -> bool | None:
        """Whether a closed month is what it was when it was closed; None for one that is not closed."""
        with self._office.reading.connect() as connection:
            closing = store.closings(connection).get(month)
            return None if closing is None else store.intact(connection, closing)

    def waiting(self, month: str) -> list[Waiting]:
        """Pieces that nobody has confirmed, by who should."""
        with self._office.reading.connect() as connection:
            return seals.by_supervisor(connection, seals.unconfirmed(connection, *days_of(month)))

    def seals(self, month: str) -> list[Seal]:
        """What HR has confirmed in a supervisor's place."""
        with self._office.reading.connect() as connection:
            return seals.seals(connection, *days_of(month))

    def posted(self, *, month: str = "", refers_to: str = "") -> list[Posted]:
        """Adjustments that are paid in one month, or correct another."""
        with self._office.reading.connect() as connection:
            return store.posted(connection, month=month, refers_to=refers_to)

    def proposed(self, month: str, people: Sequence[str] | None = None, *, everybody: bool = False) -> list[Proposal]:
        """What a closed month would be now beside what was closed: of these people, of everybody, or else of those of
        whom facts have come since. Nothing for a month that is not closed."""
        with self._office.reading.connect() as connection:
            closing = store.closings(connection).get(month)
            if closing is None:
                return []
            if everybody:
                people = late.everybody(connection, self._source, closing)
            wanted = late.people(connection, closing) if people is None else people
            return late.proposals(connection, self._source, closing, wanted)

    def identity_ends(self) -> Mapping[str, str]:
        """The last four characters of the number on the identity card, by person, where the card is here. Cards are
        opened in memory, and nothing else of them leaves this call."""
        with self._office.reading.connect() as connection:
            return identity.ends(connection, self._office.keys.sealing)

    # --- deciding -----------------------------------------------------------------------------------

    def take(self, month: str, step: Step, by: str) -> State:
        """To the review, or back. Rejected where that cannot be."""
        if step is Step.CLOSE:
            raise Rejected("step", step, "a month is closed by its closing")
        with self._office.writing.begin() as connection:
            return store.take(connection, month, step, by, self._office.now_us())

    def close(self, month: str, by: str, compute: Compute | None = None) -> Iterator[Progress]:
        """In blocks, each of them kept: see hr/pay/periods/closing.py."""
        return self._closer.close(month, self._office.today(), by, compute)

    def confirm(self, chosen: Sequence[Unconfirmed], reason: str, by: str) -> int:
        """Confirms these pieces as counted in a supervisor's place; how many. Rejected without a reason, for pieces of
        a closed month, or when they are not unconfirmed any more."""
        with self._office.writing.begin() as connection:
            closed = store.closed_months(connection)
            if shut := [each for each in chosen if each.work_date[:7] in closed]:
                raise Rejected("month", shut[0].work_date, "a month that is not closed")
            seals.confirm(connection, chosen, reason, by, self._office.now_us())
        return sum(each.quantity for each in chosen)

    def post(self, month: str, people: Sequence[str], reason: str, by: str) -> str:
        """Posts what is proposed for these people of a closed month; returns the open month it is paid in. Rejected
        without a reason, or where nothing can be posted."""
        wanted = {each.person: each.items for each in self.proposed(month, people) if each.items}
        if not wanted:
            raise Rejected("people", "", "people for whom something is proposed")
        with self._office.writing.begin() as connection:
            return store.post(connection, month, wanted, reason, by, self._office.now_us())

    # --- helpers ------------------------------------------------------------------------------------

    def _computed(self, connection: Connection, month: str) -> list[Row]:
        people = self._source.people(connection, month)
        return [row_of(each) for each in self._source.entries(connection, month, people)]
