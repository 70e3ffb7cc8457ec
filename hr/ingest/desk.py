"""Facts as boxes send them, and what was set aside of them."""

from __future__ import annotations

from pathlib import Path

from hr.clocks.dating import settle
from hr.ingest import aside, receive, take
from hr.ingest.aside import Action, Hurdle, SetAside
from hr.ingest.aside import Key as AsideKey
from hr.ingest.take import Takeover
from hr.office import Office
from hr.store import lock_box
from sync.wire.envelope import Fact, Receipt, Wanted


class InboxDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def receive(self, facts: list[Fact], nonce: str) -> Receipt | Wanted:
        """One batch, one transaction; the Receipt exists only after its COMMIT."""
        now_us = self._office.clock()
        with self._office.receiving.begin() as connection:
            answer = receive.batch(connection, facts, nonce, now_us)
            settle(connection, self._office.zone, now_us, facts[0].device)
            return answer

    def take(self, file: Path) -> Takeover:
        """Takes what the card of a dead box still holds, from its export. take.NotTaken with the reason."""
        taken = take.take(
            self._office.reading,
            self._office.receiving,
            file,
            self._office.keys.signing.public_key(),
            self._office.clock,
        )
        with self._office.receiving.begin() as connection:
            lock_box(connection, taken.report.device)
            settle(connection, self._office.zone, self._office.clock(), taken.report.device)
        return taken

    def facts(self, device: str, epoch: int, seqs: list[int]) -> list[Fact]:
        """The facts with these numbers in order, exactly as received; missing ones are left out."""
        with self._office.reading.connect() as connection:
            return receive.facts(connection, device, epoch, seqs)

    def received_us(self, device: str, epoch: int, seq: int) -> int | None:
        """When HR stored this fact; None for one it does not have."""
        with self._office.reading.connect() as connection:
            return receive.received_us(connection, device, epoch, seq)

    def waiting(self) -> list[SetAside]:
        """What was set aside and waits for a decision, newest first."""
        return [each for each in self.set_aside() if each.waits]

    def count_waiting(self) -> int:
        """How many of them there are."""
        with self._office.reading.connect() as connection:
            return aside.waiting(connection).total()

    def set_aside(self) -> list[SetAside]:
        """All that was ever set aside, with what was decided about it, newest first."""
        with self._office.reading.connect() as connection:
            return aside.listed(connection)

    def aside_record(self, key: AsideKey) -> tuple[SetAside, Hurdle | None] | None:
        """One of them, and why it cannot be taken, if so."""
        with self._office.reading.connect() as connection:
            record = aside.one(connection, key)
            return None if record is None else (record, aside.can_be_taken(connection, record))

    def decide(self, key: AsideKey, action: Action, by: str, note: str) -> None:
        """A person takes it after all, leaves it, or opens it again. aside.NotDecided."""
        decide = {Action.TAKEN: aside.take_up, Action.LEFT: aside.leave, Action.REOPENED: aside.reopen}[action]
        with self._office.receiving.begin() as connection:
            decide(connection, key, by, note, self._office.clock())

    def reexamine(self) -> int:
        """Takes what was set aside because an older release did not understand it; says how many."""
        with self._office.receiving.begin() as connection:
            # Another process may serve these boxes already.
            for device in receive.devices(connection):
                lock_box(connection, device)
            taken = aside.reexamine(connection, self._office.clock())
            settle(connection, self._office.zone, self._office.clock())
            return taken
