"""Whom boxes have registered, until HR has decided who each of them is."""

from __future__ import annotations

from hr.office import Office
from hr.people import newcomers
from hr.people.newcomers import Newcomer
from hr.store import scrub
from sync.wire.identity import IdCard
from sync.wire.reference_data import Person


class NewcomerDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def listed(self) -> list[Newcomer]:
        """Everybody a box has registered, those who wait for a decision first."""
        with self._office.reading.connect() as connection:
            return newcomers.newcomers(connection)

    def one(self, key: str) -> Newcomer | None:
        """The one with this person key."""
        with self._office.reading.connect() as connection:
            return next(iter(newcomers.newcomers(connection, key)), None)

    def open_card(self, key: str) -> IdCard | None:
        """What his identity card says; None while HR has no record of it. sync.wire.identity.NotSealedForUs."""
        with self._office.reading.connect() as connection:
            return newcomers.open_card(connection, key, self._office.keys.sealing)

    def employ(self, key: str, person: Person) -> None:
        """The newcomer becomes a new employee. records.Rejected."""
        with self._office.writing.begin() as connection:
            newcomers.employ(connection, key, person, self._office.clock())

    def map_to(self, key: str, person: str) -> None:
        """The newcomer is this employee. records.Rejected."""
        with self._office.writing.begin() as connection:
            newcomers.map_to(connection, key, person, self._office.clock())

    def undo(self, key: str) -> None:
        """Takes the decision back while nothing counts for him. records.Rejected."""
        with self._office.writing.begin() as connection:
            newcomers.undo(connection, key)

    def forget(self, key: str) -> bool:
        """Destroys his sealed record; False when a reader kept it from being wiped off the disk yet: do it again."""
        with self._office.writing.begin() as connection:
            newcomers.forget(connection, key, self._office.clock())
        return scrub(self._office.reading)

    def decide_badge(self, key: str, badge: str, give: bool) -> None:
        """A badge that somebody else has: the newcomer's from now on, or not. records.Rejected."""
        with self._office.writing.begin() as connection:
            newcomers.decide_badge(connection, key, badge, give)

    def keep_sealed(self, device: str, person: str, sealed: bytes) -> str:
        """Stores a sealed record and returns its digest. newcomers.RecordRefused for a second one of a person."""
        refusal: newcomers.RecordRefused | None = None
        with self._office.writing.begin() as connection:
            try:
                return newcomers.keep(connection, device, person, sealed, self._office.clock())
            except newcomers.RecordRefused as error:
                # What was kept aside stays: the transaction ends well.
                refusal = error
        raise refusal
