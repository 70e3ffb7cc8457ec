"""People, their badges and clearances."""

from __future__ import annotations

from hr.office import Office
from hr.people import badges, claims, clearances, records
from hr.people.badges import UnknownBadge
from hr.people.claims import Link
from hr.people.clearances import ClearanceView
from hr.people.keys import Owners, owners
from hr.people.records import PersonView
from sync.wire.reference_data import Person


class PeopleDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def listed(self) -> list[PersonView]:
        """By employee number, leavers included."""
        with self._office.reading.connect() as connection:
            return records.people(connection)

    def save(self, person: Person, active: bool = True) -> Person:
        """Adds or edits by employee number; an empty `id` is minted, a PIN of None is kept. records.Rejected."""
        with self._office.writing.begin() as connection:
            return records.save_person(connection, person, active)

    def owners(self) -> Owners:
        """Whose each person key is that a box has minted; for any key."""
        with self._office.reading.connect() as connection:
            return owners(connection)

    def unknown_badges(self) -> list[UnknownBadge]:
        """Badges that were tapped and belong to nobody yet, last seen first."""
        with self._office.reading.connect() as connection:
            return badges.unknown_badges(connection)

    def links(self) -> list[Link]:
        """Badges that supervisors have linked to people, those that need a decision first."""
        with self._office.reading.connect() as connection:
            return claims.links(connection)

    def decide_link(self, device: str, epoch: int, seq: int, give: bool) -> None:
        """A linked badge that somebody else has: the linked person's from now on, or not. records.Rejected."""
        with self._office.writing.begin() as connection:
            claims.decide(connection, device, epoch, seq, give)

    def assign_badge(self, text: str, person: str, technology: str = badges.DEFAULT_TECHNOLOGY) -> str:
        """Gives a badge to a person, earlier taps included, and returns its key. records.Rejected with the mend."""
        with self._office.writing.begin() as connection:
            return badges.assign(connection, text, person, technology)

    def block_badge(self, key: str, blocked: bool) -> None:
        with self._office.writing.begin() as connection:
            badges.block(connection, key, blocked)

    def clearances(self) -> list[ClearanceView]:
        """Those of employed people, by employee number and kind."""
        with self._office.reading.connect() as connection:
            return clearances.listed(connection)

    def remove_clearance(self, person: str, kind: str, valid_from: str) -> None:
        """For one that was entered by mistake."""
        with self._office.writing.begin() as connection:
            clearances.remove(connection, person, kind, valid_from)
