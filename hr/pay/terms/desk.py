"""What HR enters of pay: terms, grades, pools, local settings, and what is typed of a month."""

from __future__ import annotations

from hr.office import Office
from hr.pay.rules.settings import Grade, LocalSettings, Terms
from hr.pay.terms import documents, history, records
from hr.pay.terms.changes import SettingChange, enter_setting
from hr.pay.terms.documents import Document
from hr.pay.terms.history import Change, Matter
from hr.pay.terms.lists import PayList, take_list
from hr.pay.terms.records import Membership, PoolVersion, SettingVersion, Typed
from hr.people.csv_import import Imported
from hr.store.versions import Version


class TermsDesk:
    """Every call is one transaction and returns plain values. `by` is the account that decides."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def terms(self) -> dict[str, tuple[Terms, ...]]:
        """All versions by person, oldest first."""
        with self._office.reading.connect() as connection:
            return records.terms(connection)

    def grades(self) -> dict[str, tuple[Grade, ...]]:
        """All versions by person, oldest first."""
        with self._office.reading.connect() as connection:
            return records.grades(connection)

    def pools(self) -> list[PoolVersion]:
        """By name, oldest first."""
        with self._office.reading.connect() as connection:
            return records.pools(connection)

    def terms_history(self, person: str) -> list[Version[Terms]]:
        """Of one person, oldest first: who typed each version, and what stood in it before."""
        with self._office.reading.connect() as connection:
            return records.terms_history(connection, person)

    def grades_history(self, person: str) -> list[Version[Grade]]:
        """As `terms_history`."""
        with self._office.reading.connect() as connection:
            return records.grades_history(connection, person)

    def changes(self, matter: Matter, of: str = "") -> list[Change]:
        """Every version as it was typed, the newest first; `of`: of one person, pool, setting or product."""
        with self._office.reading.connect() as connection:
            return history.changes(connection, matter, of)

    def members(self) -> list[Membership]:
        """Every version of every membership."""
        with self._office.reading.connect() as connection:
            return records.members(connection)

    def setting_versions(self) -> list[SettingVersion]:
        """Oldest first."""
        with self._office.reading.connect() as connection:
            return records.setting_versions(connection)

    def settings(self) -> tuple[LocalSettings, ...]:
        """One version for each date at which a setting changes, oldest first."""
        return records.settings_of(self.setting_versions())

    def enter_setting(self, name: str, valid_from: str, value: str, by: str, why: str = "") -> None:
        """From this date on; an empty value takes it back to the default, or to *not entered*. records.Rejected."""
        with self._office.writing.begin() as connection:
            enter_setting(connection, SettingChange(name, valid_from, value), self._typed(by, why))

    def documents(self, month: str, person: str | None = None) -> list[Document]:
        """What was typed of a month, in the order it was."""
        with self._office.reading.connect() as connection:
            return documents.documents(connection, month, person)

    def take_back(self, document: str, why: str, by: str) -> Document:
        """It counts for nothing from here on. records.Rejected for one that does not stand, or without a reason."""
        with self._office.writing.begin() as connection:
            return documents.take_back(connection, document, why, self._typed(by))

    def import_list(self, kind: PayList, raw: bytes, by: str, why: str = "", *, try_only: bool = False) -> Imported:
        """All or nothing; nothing when it is only tried. table_file.BadFile lists every line that is wrong. `why` is
        kept of versions; an entry of a month has a reason of its own."""
        with self._office.writing.begin() as connection:
            return take_list(connection, kind, raw, self._typed(by, why), try_only=try_only)

    def _typed(self, by: str, why: str = "") -> Typed:
        return Typed(by, self._office.now_us(), why)
