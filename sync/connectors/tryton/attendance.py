"""Attendance lines in Tryton: looked for before they are sent, and changed only as long as nobody there has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from sync.connectors.port import (
    AttendanceLine,
    Delivered,
    Employee,
    Event,
    Fault,
    Finding,
    Level,
    Refused,
    Trouble,
)
from sync.connectors.tryton import TrytonKeys
from sync.connectors.tryton.lines import (
    EMPLOYMENT_FIELDS,
    ROW_FIELDS,
    Employment,
    Moment,
    Row,
    Staff,
    at_text,
    changed_unnoted,
    day_of,
    employed,
    entered_there,
    found,
    masked,
    values,
)
from sync.connectors.tryton.rest import Failed, Gone, Rejected, Rest, fitted

BATCH = 100
LINE, PERIOD, EMPLOYEE = "attendance.line", "attendance.period", "company.employee"
PEOPLE_AT_ONCE = 500
NOT_ALLOWED = "You are not allowed to "
"""How Tryton's refusals for rights begin; they have no code of their own."""


class _Company(msgspec.Struct, frozen=True):
    id: int
    name: str = msgspec.field(name="rec_name")
    timezone: str | None


class _Application(msgspec.Struct, frozen=True):
    user: int


class _Period(msgspec.Struct, frozen=True):
    ends_at: Moment


class _Written(msgspec.Struct, frozen=True):
    id: int
    stamp: str = msgspec.field(name="_timestamp")


@dataclass(frozen=True)
class _Wanted:
    """An event whose employee is known there."""

    event: Event
    line: AttendanceLine
    who: Employment


class TrytonAttendance:
    """A System of `sync.connectors.port`."""

    batch = BATCH

    def __init__(self, keys: TrytonKeys, zone: ZoneInfo) -> None:
        self._keys, self._zone = keys, zone
        self._rest = Rest(keys)

    # --- what is looked at before first use ---------------------------------------------------------

    def check(self, people: Sequence[Employee]) -> list[Finding]:
        findings: list[Finding] = []
        looks: list[Callable[[], list[Finding]]] = [
            self._check_key,
            self._check_company,
            self._check_rights,
            self._check_periods,
            lambda: self._check_people(people),
        ]
        for look in looks:
            try:
                findings += look()
            except Trouble as trouble:
                findings.append(Finding(Level.BAD, str(trouble)))
                break
        return findings

    def _check_key(self) -> list[Finding]:
        return [Finding(Level.OK, f"the application key is confirmed; its user has the id {self._own}")]

    def _check_company(self) -> list[Finding]:
        company = self._company
        return [Finding(Level.OK, f"lines go to the company {company.name}, in {company.timezone}")]

    def _check_rights(self) -> list[Finding]:
        body = {"models": [LINE, PERIOD, EMPLOYEE]}
        given = fitted(self._rest.call("ir.model.access", "get_access", body), dict[str, dict[str, int]])
        needed = [(LINE, right) for right in ("read", "create", "write", "delete")] + [(PERIOD, "read")]
        if missing := [f"{right} {model}" for model, right in needed if not given.get(model, {}).get(right)]:
            mend = "give its user the group Attendance Administration, or these rights"
            return [Finding(Level.BAD, f"the key's user may not {', '.join(missing)}", mend)]
        group = self._rest.call("ir.model.data", "get_id", {"module": "attendance", "fs_id": "group_attendance_admin"})
        context = fitted(self._rest.call("res.user", "get_preferences", {"context_only": True}), _Groups)
        if group in context.groups:
            return [Finding(Level.OK, "its user may read, create, change and delete attendance of everybody")]
        said = "its user is not in the group Attendance Administration: by Tryton's own rule it writes nobody's lines"
        return [Finding(Level.LOOK, said, "add the group, or a rule for a group of its own")]

    def _check_periods(self) -> list[Finding]:
        closed = self._closed
        said = f"attendance is closed up to {closed} UTC; earlier lines will be parked"
        return [Finding(Level.OK, said if closed else "no attendance period is closed")]

    def _check_people(self, people: Sequence[Employee]) -> list[Finding]:
        staff = self._staff([each.number for each in people])
        unknown = [each for each in people if each.number not in staff]
        mend = "give that party its employee number as code, and make it an employee of the company"
        found_there = Finding(Level.OK, f"{len(people) - len(unknown)} of {len(people)} people are employees there")
        return [found_there, *(Finding(Level.LOOK, f"not there: {each.number} {each.name}", mend) for each in unknown)]

    # --- what is sent -------------------------------------------------------------------------------

    def find(self, events: Sequence[Event]) -> Mapping[str, Delivered]:
        wanted = self._wanted(events)
        rows = self._rows(wanted)
        refs = {row.ref for row in rows}
        gone = {
            each.event.event: each.event.before.at
            for each in wanted
            if each.event.withdrawn and each.event.before is not None and each.event.before.at.ref not in refs
        }
        standing = [(each.event, each.line, each.who) for each in wanted if not each.event.withdrawn]
        return gone | found(standing, rows, self._own)

    def send(self, events: Sequence[Event]) -> Mapping[str, Delivered | Refused]:
        wanted = {each.event.event: each for each in self._wanted(events)}
        rows = self._rows(list(wanted.values()))
        return {
            each.event: self._sent(wanted[each.event], rows) if each.event in wanted else self._unfit(each)
            for each in events
        }

    def _unfit(self, event: Event) -> Refused:
        if not isinstance(event.content, AttendanceLine):
            return Refused(Fault.FINAL, "Tryton's attendance has no place for pieces")
        said = "no party with this employee number as its code is an employee of the company on that day"
        return Refused(Fault.FINAL, f"{said}; enter it in Tryton, then retry")

    def _sent(self, wanted: _Wanted, rows: Sequence[Row]) -> Delivered | Refused:
        event, line = wanted.event, wanted.line
        touched = [line, *([event.before.content] if event.before is not None else [])]
        closed = self._closed
        if any(isinstance(each, AttendanceLine) and at_text(each.at_us) < closed for each in touched):
            said = f"attendance is closed there up to {closed} UTC"
            return Refused(Fault.FINAL, f"{said}; open the period or enter it by hand there, then retry")
        if changed_unnoted(event, line, wanted.who, rows, self._own, self._zone):
            said = "a line of this person and day was changed there before HR had noted which one it is"
            return Refused(Fault.CONFLICT, f"{said}; if this one is missing, enter it there, then retry")
        if entered_there(event, line, wanted.who, rows):
            said = "what this corrects the line to stands there already, and was not sent from here"
            return Refused(Fault.CONFLICT, f"{said}; remove one of the two there, then retry")
        try:
            return self._written(wanted)
        except Failed:
            return Refused(Fault.FINAL, "Tryton failed over this line (500); its log says why")
        except Rejected as rejected:
            if rejected.said.startswith(NOT_ALLOWED):
                said = "the key's user may not write attendance of everybody"
                raise Trouble(Fault.CONFIG, f"{said}; give it the group Attendance Administration") from rejected
            return Refused(Fault.FINAL, f"Tryton says: {masked(rejected.said, [wanted.who.name])}")

    def _written(self, wanted: _Wanted) -> Delivered | Refused:
        event = wanted.event
        body = values(wanted.line, wanted.who.id, self._company.id, self._zone)
        if event.before is None:
            return _delivered(self._rest.ask("POST", f"{LINE}?f=_timestamp", body))
        ref = event.before.at.ref
        # Asked for each one right before: between here and the write is the only time in which an edit can be lost.
        (row,) = self._by_id([ref]) or (None,)
        if row is None or row.stamp != event.before.at.mark:
            return _CONFLICT
        try:
            if event.withdrawn:
                self._rest.ask("DELETE", f"{LINE}/{ref}")
                return event.before.at
            return _delivered(self._rest.ask("PUT", f"{LINE}/{ref}?f=_timestamp", body))
        except Gone:
            return _CONFLICT

    # --- what is there ------------------------------------------------------------------------------

    @cached_property
    def _own(self) -> int:
        """The id of the key's user."""
        key = self._rest.key()
        own = self._rest.search("res.user.application", [["key", "=", key]], ("user",), _Application)
        if len(own) != 1:
            raise Trouble(Fault.CONFIG, "the key's user cannot read his own application keys")
        return own[0].user

    @cached_property
    def _company(self) -> _Company:
        seen = self._rest.search("company.company", [], ("rec_name", "timezone"), _Company)
        chosen = [each for each in seen if self._keys.company in (None, each.name)]
        if len(chosen) != 1:
            names = ", ".join(sorted(each.name for each in seen)) or "none"
            raise Trouble(Fault.CONFIG, f"company: wanted one of those that the key's user sees: {names}")
        if chosen[0].timezone != self._zone.key:
            said = f"the company is in {chosen[0].timezone or 'no zone'} there, lines are sent for {self._zone.key}"
            raise Trouble(Fault.CONFIG, f"{said}; correct the company's zone, or `timezone` in systems.toml")
        return chosen[0]

    @cached_property
    def _closed(self) -> str:
        """The end of the last closed period, UTC; empty when there is none."""
        domain = [["company", "=", self._company.id], ["state", "=", "closed"]]
        newest = {"order": [["ends_at", "DESC"]], "limit": 1}
        periods = self._rest.search(PERIOD, domain, ("ends_at",), _Period, **newest)
        return periods[0].ends_at.text() if periods else ""

    def _staff(self, numbers: Sequence[str]) -> Staff:
        staff: dict[str, list[Employment]] = defaultdict(list)
        for start in range(0, len(numbers), PEOPLE_AT_ONCE):
            part = numbers[start : start + PEOPLE_AT_ONCE]
            domain = [["company", "=", self._company.id], ["party.code", "in", part]]
            for each in self._rest.search(EMPLOYEE, domain, EMPLOYMENT_FIELDS, Employment):
                staff[each.party.code].append(each)
        return dict(staff)

    def _wanted(self, events: Sequence[Event]) -> list[_Wanted]:
        """The events of people who are known there."""
        lines = [(each, each.content) for each in events if isinstance(each.content, AttendanceLine)]
        staff = self._staff(sorted({line.number for _, line in lines}))
        return [
            _Wanted(event, line, who) for event, line in lines if (who := employed(line, staff, self._zone)) is not None
        ]

    def _rows(self, wanted: Sequence[_Wanted]) -> list[Row]:
        """All lines of these people on these days, and those that the events are to change."""
        if not wanted:
            return []
        days = {day_of(each.line, self._zone) for each in wanted}
        people = sorted({each.who.id for each in wanted})
        refs = [each.event.before.at.ref for each in wanted if each.event.before is not None]
        of_days = [["employee", "in", people], ["date", "in", sorted(day.isoformat() for day in days)]]
        return self._lines(["OR", ["id", "in", [int(ref) for ref in refs]], of_days])

    def _by_id(self, refs: Sequence[str]) -> list[Row]:
        return self._lines(["id", "in", [int(ref) for ref in refs]])

    def _lines(self, domain: list[Any]) -> list[Row]:
        return self._rest.search(LINE, [["company", "=", self._company.id], domain], ROW_FIELDS, Row)


class _Groups(msgspec.Struct, frozen=True):
    groups: list[int]


_CONFLICT = Refused(
    Fault.CONFLICT, "somebody there has changed or removed the line, or it was there before it was sent"
)


def _delivered(answer: object) -> Delivered:
    written = fitted(answer, _Written)
    return Delivered(str(written.id), written.stamp)
