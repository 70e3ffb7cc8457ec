"""A year's table as a file: TOML as this release brings it, or a CSV from an office computer. Pure.

The CSV has a line for each day that is not what its day of the week says: `date,kind,name`, the kind being `statutory`,
`rest` or `work` (法定, 休, 班).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from hr.calendar.day_class import SATURDAY, YearTable, dates_of
from hr.people.table_file import BadFile, read_rows

STATUTORY_DAYS = 13
"""Days a year, by decree 795 of the State Council, since 2025; a file for another number says so itself."""

FIRST_YEAR, LAST_YEAR = 2000, 2100
MAX_BYTES = 50_000
KINDS = {"statutory": "statutory", "rest": "rest", "work": "work", "法定": "statutory", "休": "rest", "班": "work"}
KEYS = ("year", "source", "statutory_days", "rest", "work", "statutory")


@dataclass(frozen=True)
class Fault:
    """One thing to mend: where it stands in the file, what is there, what is wanted."""

    where: str
    got: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.where}: got {self.got!r}, wanted {self.wanted}"


class BadTable(ValueError):
    """Nothing of the file was taken; `faults` says why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(each) for each in faults))
        self.faults = faults


def read(raw: bytes) -> YearTable:
    """The table of a file, TOML or CSV. BadTable."""
    if len(raw) > MAX_BYTES:
        raise BadTable([Fault("the file", f"{len(raw)} bytes", f"at most {MAX_BYTES}")])
    first = raw.lstrip(b"\xef\xbb\xbf\r\n ").partition(b"\n")[0]
    if b"=" in first or first.startswith((b"#", b"[")):
        table, expected = _from_toml(raw)
    else:
        table, expected = _from_csv(raw), STATUTORY_DAYS
    faults = list(_faults(table, expected))
    if faults:
        raise BadTable(faults)
    return table


def written(table: YearTable) -> str:
    """The file that `read` makes this table of."""
    lines = [f"year = {table.year}", f"source = {_quoted(table.source)}"]
    if len(table.statutory) != STATUTORY_DAYS:
        lines.append(f"statutory_days = {len(table.statutory)}")
    for name, days in (("rest", table.rest), ("work", table.work)):
        lines.append(f"{name} = [{', '.join(_quoted(each) for each in sorted(days))}]")
    lines += ["", "[statutory]", *(f"{day} = {_quoted(name)}" for day, name in sorted(table.statutory.items()))]
    return "\n".join(lines) + "\n"


def unbalanced(table: YearTable) -> int:
    """By how many days a year with this table has more work days than its weekdays less its statutory days.

    Days are exchanged, and holidays that fall on a Saturday or Sunday are given in lieu, so it is 0 but where the
    exchange reaches into another year. Else a line was forgotten.
    """
    on_weekends = sum(date.fromisoformat(each).weekday() >= SATURDAY for each in table.statutory)
    moved_rest = sum(date.fromisoformat(each).weekday() < SATURDAY for each in table.rest)
    return len(table.work) + on_weekends - moved_rest


def workdays(table: YearTable) -> int:
    """How many days of the year are work days."""
    return sum(table.day_class(day) == "WORKDAY" for day in dates_of(table.year))


def _quoted(text: str) -> str:
    # A JSON string without escaped non-ASCII is a TOML basic string too, but for DEL.
    return json.dumps(text.replace("\x7f", ""), ensure_ascii=False)


def _from_toml(raw: bytes) -> tuple[YearTable, int]:
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadTable([Fault("the file", "bytes that are not text", "TOML in UTF-8")]) from error
    except tomllib.TOMLDecodeError as error:
        raise BadTable([Fault("the file", str(error), "TOML in UTF-8")]) from error
    faults = [Fault(key, "a key that is not known", f"one of {', '.join(KEYS)}") for key in document if key not in KEYS]
    year = document.get("year")
    if not isinstance(year, int) or not FIRST_YEAR <= year <= LAST_YEAR:
        faults.append(Fault("year", _shown(year), f"a year from {FIRST_YEAR} to {LAST_YEAR}"))
    named = document.get("statutory", {})
    if not isinstance(named, dict) or not all(isinstance(name, str) for name in named.values()):
        faults.append(Fault("statutory", _shown(named), 'lines such as 2026-01-01 = "元旦"'))
        named = {}
    days = {key: _dates(document.get(key, []), key, faults) for key in ("rest", "work")}
    statutory = dict(zip(_dates(list(named), "statutory", faults), named.values(), strict=False))
    source, expected = document.get("source", ""), document.get("statutory_days", STATUTORY_DAYS)
    if not isinstance(source, str):
        faults.append(Fault("source", _shown(source), "the name of the notice"))
    if not isinstance(expected, int):
        faults.append(Fault("statutory_days", _shown(expected), "a number of days"))
    if faults or not isinstance(year, int):
        raise BadTable(faults)
    return YearTable(year, statutory, frozenset(days["rest"]), frozenset(days["work"]), source), expected


def _dates(values: Any, where: str, faults: list[Fault]) -> list[str]:
    """ISO dates, written as such or as dates of TOML; what is none becomes a fault."""
    if not isinstance(values, list):
        faults.append(Fault(where, _shown(values), "a list of dates"))
        return []
    found = []
    for each in values:
        try:
            found.append(date.fromisoformat(str(each)).isoformat())
        except ValueError:
            faults.append(Fault(where, _shown(each), "a date such as 2026-11-01"))
    faults += [Fault(where, each, "it once") for each in sorted({each for each in found if found.count(each) > 1})]
    return found


def _from_csv(raw: bytes) -> YearTable:
    try:
        rows = read_rows(raw, ("date", "kind"), ("name",))
    except BadFile as error:
        faults = [Fault(f"line {each.line} {each.column}".strip(), each.got, each.wanted) for each in error.problems]
        raise BadTable(faults) from error
    days: dict[str, dict[str, str]] = {kind: {} for kind in set(KINDS.values())}
    faults, seen = [], set[str]()
    for row in rows:
        where = f"line {row.line}"
        kind = KINDS.get(row.cells["kind"].lower())
        if kind is None:
            faults.append(Fault(f"{where} kind", row.cells["kind"], "statutory, rest or work"))
        for day in _dates([row.cells["date"].replace("/", "-")], f"{where} date", faults):
            if day in seen:
                faults.append(Fault(f"{where} date", day, "it once"))
            seen.add(day)
            days[kind or "rest"][day] = row.cells.get("name", "")
    years = {int(each[:4]) for each in seen}
    if len(years) != 1:
        faults.append(Fault("the file", ", ".join(map(str, sorted(years))) or "no date", "days of one year"))
    if faults:
        raise BadTable(faults)
    return YearTable(years.pop(), days["statutory"], frozenset(days["rest"]), frozenset(days["work"]))


def _faults(table: YearTable, expected: int) -> Iterator[Fault]:
    every = [*table.statutory, *table.rest, *table.work]
    for each in sorted(set(every)):
        if int(each[:4]) != table.year:
            yield Fault(each, each[:4], f"a day of {table.year}")
        if every.count(each) > 1:
            yield Fault(each, "several kinds", "it once")
    for each in sorted(table.work):
        if date.fromisoformat(each).weekday() < SATURDAY:
            yield Fault(each, "a weekday among `work`", "a Saturday or Sunday")
    if len(table.statutory) != expected:
        yield Fault(
            "statutory", f"{len(table.statutory)} days", f"{expected} days, or statutory_days with their number"
        )


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)[:60]
