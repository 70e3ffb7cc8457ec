"""What was agreed and decided about pay, with its dates: terms, grades, pools, prices and local settings, out of the
database and into it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, TypeVar

import msgspec
from sqlalchemy import Connection, Table, select

from hr.pay.rules.month import PayKey
from hr.pay.rules.rates import Tariff
from hr.pay.rules.settings import Grade, LocalSettings, Terms
from hr.pay.terms.tariffs import tariff_of
from hr.pay.terms.teams import Membership as Membership
from hr.pay.terms.teams import PoolVersion as PoolVersion
from hr.people import records
from hr.store.pay_tables import pay_setting, pay_terms, pool_member, skill_grade, team_pool
from hr.store.versions import Typed as Typed
from hr.store.versions import Version, built, history, put, typed_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SETTINGS = tuple(each.name for each in fields(LocalSettings) if each.name != "valid_from")
"""The names of the local settings."""

T = TypeVar("T", bound="DataclassInstance")


@dataclass(frozen=True)
class SettingVersion:
    """One version of one setting; an empty value takes it back to its default, or to *not entered*."""

    name: str
    valid_from: str
    value: str
    typed: Typed


# --- reading ----------------------------------------------------------------------------------------


def terms(connection: Connection, person: str | None = None) -> dict[str, tuple[Terms, ...]]:
    """All versions by person, oldest first."""
    return _by_person(connection, pay_terms, Terms, person)


def grades(connection: Connection, person: str | None = None) -> dict[str, tuple[Grade, ...]]:
    """All versions by person, oldest first."""
    return _by_person(connection, skill_grade, Grade, person)


def terms_history(connection: Connection, person: str) -> list[Version[Terms]]:
    """Of one person: who typed each version, and what stood in it before."""
    return history(connection, pay_terms, Terms, person)


def grades_history(connection: Connection, person: str) -> list[Version[Grade]]:
    """As `terms_history`."""
    return history(connection, skill_grade, Grade, person)


def pools(connection: Connection) -> list[PoolVersion]:
    query = select(team_pool).order_by(team_pool.c.pool, team_pool.c.valid_from)
    return [built(PoolVersion, row) for row in connection.execute(query).mappings()]


def members(connection: Connection) -> list[Membership]:
    """Every version of every membership, by person, oldest first."""
    query = select(pool_member).order_by(pool_member.c.person, pool_member.c.valid_from)
    return [built(Membership, row) for row in connection.execute(query).mappings()]


def setting_versions(connection: Connection) -> list[SettingVersion]:
    """Oldest first."""
    query = select(pay_setting).order_by(pay_setting.c.valid_from, pay_setting.c.name)
    return [
        SettingVersion(row["name"], row["valid_from"], row["value"], typed_of(row))
        for row in connection.execute(query).mappings()
    ]


def settings_of(versions: Iterable[SettingVersion]) -> tuple[LocalSettings, ...]:
    """One version of all settings for each date at which one of them changes, oldest first. ValueError for a value that
    its setting cannot have."""
    standing: dict[str, str] = {}
    made: dict[str, LocalSettings] = {}
    for each in sorted(versions, key=lambda version: version.valid_from):
        standing[each.name] = each.value
        entered = {name: value for name, value in standing.items() if value}
        made[each.valid_from] = msgspec.convert({"valid_from": each.valid_from, **entered}, LocalSettings, strict=False)
    return tuple(made.values())


def tariffs(connection: Connection) -> dict[PayKey, tuple[Tariff, ...]]:
    """Every version of every price, by product and operation."""
    found: dict[PayKey, list[Tariff]] = defaultdict(list)
    for each in records.prices(connection):
        found[each.product, each.operation].append(tariff_of(each))
    return {key: tuple(versions) for key, versions in found.items()}


def _by_person(connection: Connection, table: Table, kind: type[T], person: str | None) -> dict[str, tuple[T, ...]]:
    query = select(table).order_by(table.c.person, table.c.valid_from)
    if person is not None:
        query = query.where(table.c.person == person)
    found: dict[str, list[T]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["person"]].append(built(kind, row))
    return {key: tuple(versions) for key, versions in found.items()}


# --- writing ----------------------------------------------------------------------------------------


def put_terms(connection: Connection, person: str, wanted: Terms, typed: Typed) -> bool:
    return put(connection, pay_terms, {"person": person, **asdict(wanted)}, typed)


def put_grade(connection: Connection, person: str, wanted: Grade, typed: Typed) -> bool:
    return put(connection, skill_grade, {"person": person, **asdict(wanted)}, typed)


def put_pool(connection: Connection, wanted: PoolVersion, typed: Typed) -> bool:
    return put(connection, team_pool, asdict(wanted), typed)


def put_member(connection: Connection, wanted: Membership, typed: Typed) -> bool:
    return put(connection, pool_member, asdict(wanted), typed)


def put_setting(connection: Connection, name: str, valid_from: str, value: str, typed: Typed) -> bool:
    return put(connection, pay_setting, {"name": name, "valid_from": valid_from, "value": value}, typed)
