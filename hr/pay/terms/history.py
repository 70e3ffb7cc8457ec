"""Every change of what people are paid by, as it was typed: prices, terms, grades, pools, their members, settings. Who,
when, from when on, why, and whether it still stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Table, select

from hr.pay.periods.period import next_month
from hr.pay.rules.settings import Grade, Terms
from hr.pay.terms.teams import Membership, PoolVersion
from hr.people.prices import PriceView
from hr.store.pay_tables import pay_setting, pay_terms, pool_member, replaced_version, skill_grade, team_pool
from hr.store.tables import operation, price, product
from hr.store.versions import Typed, built, subject_of, typed_of


class Matter(StrEnum):
    """What a version is of."""

    PRICE = "PRICE"
    TERMS = "TERMS"
    GRADE = "GRADE"
    POOL = "POOL"
    MEMBER = "MEMBER"
    SETTING = "SETTING"


@dataclass(frozen=True)
class SettingValue:
    """One setting from a date on; empty: the default again, or not entered."""

    name: str
    valid_from: str
    value: str


What = PriceView | Terms | Grade | PoolVersion | Membership | SettingValue


@dataclass(frozen=True)
class Change:
    """One version as it was typed. `of`: the person, pool, setting or product; `stands`: no other one was typed for its
    date since."""

    matter: Matter
    of: str
    what: What
    typed: Typed
    stands: bool


@dataclass(frozen=True)
class _Of:
    table: Table
    kind: type[What]


KEPT_AS: Mapping[Matter, _Of] = MappingProxyType(
    {
        Matter.PRICE: _Of(price, PriceView),
        Matter.TERMS: _Of(pay_terms, Terms),
        Matter.GRADE: _Of(skill_grade, Grade),
        Matter.POOL: _Of(team_pool, PoolVersion),
        Matter.MEMBER: _Of(pool_member, Membership),
        Matter.SETTING: _Of(pay_setting, SettingValue),
    }
)


def changes(connection: Connection, matter: Matter, of: str = "") -> list[Change]:
    """Every one of a matter, the newest first; `of`: only of this person, pool, setting or product."""
    kept = KEPT_AS[matter]
    subject = subject_of(kept.table)
    standing, replaced = select(kept.table), select(replaced_version).where(replaced_version.c.kind == kept.table.name)
    if of:
        standing, replaced = standing.where(subject == of), replaced.where(replaced_version.c.key == of)
    names = _names(connection) if matter is Matter.PRICE else {}
    found = [
        (0, Change(matter, row[subject.name], _built(kept.kind, row, names), typed_of(row), True))
        for row in connection.execute(standing).mappings()
    ]
    for row in connection.execute(replaced).mappings():
        what = _built(kept.kind, msgspec.json.decode(row["content"]), names)
        found.append((row["number"], Change(matter, row["key"], what, typed_of(row), False)))
    return [each for _number, each in sorted(found, key=_age, reverse=True)]


def _age(found: tuple[int, Change]) -> tuple[int, bool, int, str, str]:
    """Of those of one moment the one that stands is the newest, then the one that was replaced last."""
    number, each = found
    return each.typed.at_us, each.stands, number, each.what.valid_from, each.of


def _names(connection: Connection) -> dict[str, dict[str, str]]:
    return {
        table.name: {row.id: row.name for row in connection.execute(select(table))} for table in (product, operation)
    }


def _built(kind: type[What], row: Mapping[str, Any] | RowMapping, names: Mapping[str, Mapping[str, str]]) -> What:
    """A price is kept without the names of what it is of."""
    known = {f"{column}_name": of[row[column]] for column, of in names.items()}
    return built(kind, {**row, **known})


def reached(valid_from: str, closed: Collection[str], today: str) -> str:
    """The first month here, closed or not, that a version of this date holds in; empty while it holds in none yet."""
    if valid_from > today:
        return ""
    return max(valid_from[:7], min(closed, default=next_month(today[:7], -1)))
