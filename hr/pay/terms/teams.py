"""How teams share out what they earned together, and who is in which pool. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hr.pay.rules.money import ZERO
from hr.pay.rules.pools import Method
from hr.pay.rules.settings import Per


@dataclass(frozen=True)
class PoolVersion:
    """How a team shares out what it earned together, from `valid_from` on: a day or a month at a time."""

    pool: str
    valid_from: str
    method: Method = Method.HOURS_X_COEFFICIENT
    per: Per = Per.DAY


@dataclass(frozen=True)
class Membership:
    """Which pool a person is in from `valid_from` on; empty: in none. `day_wage` is of DAY_WAGE_X_DAYS."""

    person: str
    valid_from: str
    pool: str
    day_wage: Decimal = ZERO
