"""Attendance lines in Tryton's module `attendance`, over its REST API."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sync.connectors.port import AttendanceLine, Keys, System


class TrytonKeys(Keys, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`key`: file with the application key. `company`: its name there, for a user who sees several."""

    url: str
    database: str
    key: str
    company: str | None = None
    authority: str | None = None


class TrytonConnector:
    keys = TrytonKeys
    takes = (AttendanceLine,)

    def open(self, keys: TrytonKeys, zone: ZoneInfo) -> System:
        from sync.connectors.tryton.attendance import TrytonAttendance

        return TrytonAttendance(keys, zone)


CONNECTOR = TrytonConnector()
