"""What HR changes of how people are paid, as one value: a price, terms, a grade, a setting. It is tried by the write
that applies it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from hr.pay.terms import records
from hr.pay.terms.checks import demand_settings
from hr.pay.terms.lists import PayList, take_list
from hr.pay.terms.records import Typed
from hr.people import csv_import
from hr.people.rejected import Rejected


@dataclass(frozen=True)
class SettingChange:
    """A local setting from a date on; an empty value takes it back to the default, or to *not entered*."""

    name: str
    valid_from: str
    value: str


@dataclass(frozen=True)
class ListChange:
    """A list of pay as a CSV file, or a form as a file of one row."""

    kind: PayList
    raw: bytes


@dataclass(frozen=True)
class PriceChange:
    """Prices as a CSV file, or a form as a file of one row."""

    raw: bytes


Change = SettingChange | ListChange | PriceChange


def write(connection: Connection, change: Change, typed: Typed) -> None:
    """Rejected, csv_import.BadFile for what cannot be taken."""
    match change:
        case SettingChange():
            enter_setting(connection, change, typed)
        case ListChange(kind, raw):
            take_list(connection, kind, raw, typed)
        case PriceChange(raw):
            csv_import.import_csv(connection, csv_import.Kind.PRICES, raw, typed)


def enter_setting(connection: Connection, change: SettingChange, typed: Typed) -> None:
    """Rejected for a setting or a value that is none, or that the law leaves no room for."""
    if change.name not in records.SETTINGS:
        raise Rejected("name", change.name, "a setting that is known")
    records.put_setting(connection, change.name, change.valid_from, change.value, typed)
    try:
        versions = records.settings_of(records.setting_versions(connection))
    except ValueError as error:
        raise Rejected("value", change.value, "a value of this setting") from error
    demand_settings(versions, change.value)
