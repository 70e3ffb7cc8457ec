"""Lines as CSV or XLSX files in a folder, for a system that imports files."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo

from sync.connectors.port import AttendanceLine, Keys, PieceLine, System

Form = Literal["csv", "xlsx"]


class FilesKeys(Keys, frozen=True, forbid_unknown_fields=True, kw_only=True):
    folder: str
    format: Form = "csv"


class FilesConnector:
    keys = FilesKeys
    takes = (AttendanceLine, PieceLine)

    def open(self, keys: FilesKeys, zone: ZoneInfo) -> System:
        from sync.connectors.files.drop import DropFolder

        return DropFolder(keys, zone)


CONNECTOR = FilesConnector()
