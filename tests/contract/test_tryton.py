"""The connector to Tryton passes the suite of all connectors against a real Tryton, and keeps its own promises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from clockpiece import main
from hr.accounts import Installation, init
from hr.config import load_config
from hr.outbox.rules import State
from hr.service import opened
from sync.connectors.config import open_system
from sync.connectors.port import (
    AttendanceLine,
    Employee,
    Event,
    Fault,
    Finding,
    Level,
    Line,
    Refused,
    System,
)
from sync.connectors.tryton import TrytonKeys
from sync.wire.facts import Direction
from sync.wire.reference_data import Person
from tests import postgres, tryton
from tests.contract.connectors import FIRST, SYSTEM, ConnectorContract, Hr, Seen, mark, pieces, seen
from tests.contract.lossy_way import LossyWay
from tests.tryton import Tryton
from tests.unit.hr.cast import clock_us

pytestmark = [pytest.mark.needs("tryton", "postgresql"), pytest.mark.slow]

WRITES = {"PUT", "DELETE"}
READS = ("search_read", "get_access", "get_id", "get_preferences")
NOT_JSON = b"<html>Maintenance</html>"


@pytest.fixture(scope="module")
def server(postgresql: postgres.Cluster) -> Iterator[Tryton]:
    with tryton.running(postgresql) as made:
        yield made


@dataclass
class TrytonRig:
    server: Tryton
    way: LossyWay
    keys: TrytonKeys
    edits = True
    knows_people = True
    takes = (AttendanceLine,)

    def open(self) -> System:
        return open_system(self.keys, tryton.ZONE)

    def counted(self) -> list[Seen]:
        rows = self.server.sql(
            "SELECT code, type, at FROM attendance_line l JOIN company_employee e ON e.id = l.employee "
            "JOIN party_party p ON p.id = e.party ORDER BY l.id"
        )
        return [(code, kind.upper(), str(int(at.replace(tzinfo=UTC).timestamp()))) for code, kind, at in rows]

    def writes(self) -> object:
        tables = ("attendance_line", "attendance_period", "company_employee", "party_party", "res_user_application")
        of = "SELECT '{0}', count(*), max(greatest(create_date, write_date)), max(id) FROM {0}"
        return self.server.sql(" UNION ALL ".join(of.format(table) for table in tables))

    def poison(self, line: Line) -> Line:
        return msgspec.structs.replace(line, number="0999")

    def edit(self, line: Line) -> None:
        assert isinstance(line, AttendanceLine)
        at = datetime.fromtimestamp(line.at_us // 1_000_000, UTC).replace(tzinfo=None)
        ((row,),) = self.server.sql(
            f"SELECT l.id FROM attendance_line l JOIN company_employee e ON e.id = l.employee JOIN party_party p "
            f"ON p.id = e.party WHERE code = '{line.number}' AND at = '{at}'"
        )
        self.server.rpc("attendance.line", "write", [row], {"at": moment(line.at_us + 7 * 60_000_000)})

    @contextmanager
    def answer_lost(self) -> Iterator[None]:
        def lose(method: str, path: str) -> None:
            if is_write(method, path):
                raise ConnectionError

        with self.way.meddling(lose):
            yield

    @contextmanager
    def away(self) -> Iterator[None]:
        with self.way.meddling(lambda method, path: (503, b"")):
            yield

    @contextmanager
    def locked_out(self) -> Iterator[Fault]:
        self.server.sql("UPDATE res_user_application SET state = 'cancelled'")
        yield Fault.REVOKED
        self.server.sql("UPDATE res_user_application SET state = 'validated'")


def is_write(method: str, path: str) -> bool:
    return method in WRITES or not path.endswith(READS)


def moment(at_us: int) -> dict[str, Any]:
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC)
    parts = {name: getattr(at, name) for name in ("year", "month", "day", "hour", "minute", "second", "microsecond")}
    return {"__class__": "datetime"} | parts


@pytest.fixture
def rig(server: Tryton, tmp_path: Path) -> Iterator[TrytonRig]:
    key = tmp_path / "tryton.key"
    key.touch(0o600)
    key.write_text(server.key + "\n", "ascii")
    with LossyWay(server.url).open() as way:
        keys = TrytonKeys(
            name=SYSTEM, connector="tryton", since="2026-10-01", url=way.url, database=server.database, key=str(key)
        )
        yield TrytonRig(server, way, keys)
    server.sql("DELETE FROM attendance_line")


@pytest.fixture
def hr(tmp_path: Path, rig: TrytonRig) -> Iterator[Hr]:
    made = Hr(tmp_path, rig)
    yield made
    made.store.dispose()


@contextmanager
def closed_up_to(server: Tryton, at_us: int) -> Iterator[None]:
    (company,) = server.rpc("company.company", "search", [], 0, 1, None)
    period = server.rpc("attendance.period", "create", [{"company": company, "ends_at": moment(at_us)}])
    server.rpc("attendance.period", "close", period)
    try:
        yield
    finally:
        server.rpc("attendance.period", "draft", period)
        server.rpc("attendance.period", "delete", period)


def findings(rig: TrytonRig, *people: Employee) -> list[Finding]:
    return rig.open().check(people)


class TestTryton(ConnectorContract):
    """The suite."""


# --- setting it up ----------------------------------------------------------------------------------


def test_a_key_that_nobody_has_confirmed_yet_is_named_and_works_once_it_is(server: Tryton, rig: TrytonRig):
    first, while_it_waits = server.ask_for_key(), server.ask_for_key()
    Path(rig.keys.key).write_text(first, "ascii")
    (bad,) = findings(rig)
    assert bad.level is Level.BAD
    assert "confirmed" in bad.what
    server.confirm_keys()
    assert {each.level for each in findings(rig)} == {Level.OK}
    Path(rig.keys.key).write_text(while_it_waits, "ascii")
    assert {each.level for each in findings(rig)} == {Level.BAD}


def test_a_user_without_the_group_is_told_so_before_and_stops_the_sender(server: Tryton, rig: TrytonRig, hr: Hr):
    ((user,),) = server.sql(f"SELECT id FROM res_user WHERE login = '{tryton.USER}'")
    group = server.rpc("ir.model.data", "get_id", "attendance", "group_attendance_admin")
    server.rpc("res.user", "write", [user], {"groups": [("remove", [group])]})
    try:
        assert [each.what for each in findings(rig) if each.level is Level.BAD and "attendance.period" in each.what]
        done = hr.say({FIRST: mark(8)})
        assert done.trouble is not None
        assert done.trouble.fault is Fault.CONFIG
    finally:
        server.rpc("res.user", "write", [user], {"groups": [("add", [group])]})
    assert hr.send().sent == 1


def test_a_user_whom_a_rule_keeps_from_writing_for_others_stops_the_sender_and_parks_nothing(
    server: Tryton, rig: TrytonRig, hr: Hr
):
    ((user,),) = server.sql(f"SELECT id FROM res_user WHERE login = '{tryton.USER}'")
    group = server.rpc("ir.model.data", "get_id", "attendance", "group_attendance_admin")
    (narrow,) = server.rpc("res.group", "create", [{"name": "Reads periods"}])
    access = {"model": "attendance.period", "group": narrow, "perm_read": True}
    server.rpc("ir.model.access", "create", [access])
    server.rpc("res.user", "write", [user], {"groups": [("remove", [group]), ("add", [narrow])]})
    try:
        assert [each.level for each in findings(rig) if "group Attendance Administration" in each.what] == [Level.LOOK]
        done = hr.say({FIRST: mark(8)})
        assert done.trouble is not None
        assert done.trouble.fault is Fault.CONFIG
    finally:
        server.rpc("res.user", "write", [user], {"groups": [("add", [group]), ("remove", [narrow])]})
    assert hr.send().sent == 1


def test_the_command_says_what_it_has_looked_at_and_whom_it_misses(rig: TrytonRig, tmp_path: Path):
    config = init(tmp_path / "hr", "wang", "correct horse", Installation(plant="顺达")).config
    service = opened(load_config(config).hr, lambda: clock_us(12))
    for number, name in (("0101", "李伟"), ("0999", "陈杰")):
        service.people.save(Person(f"p-{number}", number, name))
    service.close()
    keys = msgspec.structs.asdict(rig.keys).items()
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys if value is not None]
    config.with_name("systems.toml").write_text("\n".join(["[[system]]", *lines]), "utf-8")
    before = rig.writes()
    result = CliRunner().invoke(main, ["sync", "check", SYSTEM, "--config", str(config)])
    assert result.exit_code == 0, result.output
    for said in ("key is confirmed", f"{tryton.COMPANY}, in {tryton.ZONE}", "1 of 2 people", "not there: 0999 陈杰"):
        assert said in result.output
    assert rig.writes() == before


def test_another_zone_there_is_found_before_and_nothing_is_sent(server: Tryton, rig: TrytonRig, hr: Hr):
    (company,) = server.rpc("company.company", "search", [], 0, 1, None)
    for zone in ("Asia/Ho_Chi_Minh", None):
        server.rpc("company.company", "write", [company], {"timezone": zone})
        bad = findings(rig)[-1]
        assert (bad.level, tryton.ZONE in bad.what) == (Level.BAD, True)
        done = hr.say({FIRST: mark(8)})
        assert done.trouble is not None
        assert done.trouble.fault is Fault.CONFIG
    server.rpc("company.company", "write", [company], {"timezone": tryton.ZONE})
    assert hr.send().sent == 1


def test_a_company_that_is_not_there_is_answered_with_those_that_are(rig: TrytonRig):
    rig.keys = msgspec.structs.replace(rig.keys, company="Nobody & Sons")
    assert tryton.COMPANY in findings(rig)[-1].what


def test_a_key_file_that_others_can_read_is_not_used(rig: TrytonRig):
    Path(rig.keys.key).chmod(0o640)
    (bad,) = findings(rig)
    assert "chmod 600" in bad.what
    assert rig.way.asked == []


def test_working_hours_never_cross_the_network_in_the_clear(rig: TrytonRig):
    rig.keys = msgspec.structs.replace(rig.keys, url="http://tryton.example")
    (bad,) = findings(rig)
    assert "https" in bad.what


def test_no_employee_number_stands_in_a_url(rig: TrytonRig, hr: Hr):
    hr.say({FIRST: mark(8)})
    hr.say({FIRST: mark(7)})
    hr.say({})
    assert {method for method, _ in rig.way.asked} == {"POST", "PUT", "DELETE"}
    assert [path for _, path in rig.way.asked if "0101" in path] == []


# --- what is sent -----------------------------------------------------------------------------------


def test_the_date_there_is_that_of_the_moment_and_a_night_s_hours_stand_at_the_day_of_the_clock_in(
    server: Tryton, hr: Hr
):
    hr.say({FIRST: mark(8), "attendance/gate-1/1/2": mark(29, direction=Direction.OUT)})
    dates = [str(row[0]) for row in server.sql("SELECT date FROM attendance_line ORDER BY at")]
    assert dates == ["2026-11-02", "2026-11-03"]
    (sheet,) = server.rpc("attendance.sheet", "search_read", [], 0, None, None, ["date", "duration"])
    assert (sheet["date"]["day"], sheet["duration"]["seconds"]) == (2, 21 * 3600)


def test_a_tap_in_the_small_hours_is_found_again(rig: TrytonRig, hr: Hr, monkeypatch: pytest.MonkeyPatch):
    hr.say_and_be_killed({FIRST: mark(2)}, monkeypatch)
    assert hr.send().found == 1
    assert rig.counted() == [seen(mark(2))]


def test_late_lines_and_lines_out_of_order_are_taken(rig: TrytonRig, hr: Hr):
    later = {"attendance/gate-1/1/2": mark(17, direction=Direction.OUT)}
    hr.say(later)
    hr.say(later | {FIRST: mark(8)})
    assert sorted(rig.counted()) == sorted([seen(mark(8)), seen(mark(17, direction=Direction.OUT))])


def test_a_line_in_a_closed_period_is_parked_with_the_end_of_it_and_goes_once_it_is_open(
    server: Tryton, rig: TrytonRig, hr: Hr
):
    with closed_up_to(server, clock_us(10)):
        done = hr.say({FIRST: mark(8), "attendance/gate-1/1/2": mark(17, direction=Direction.OUT)})
        assert (done.sent, done.parked) == (1, 1)
        (parked,) = hr.outbox.listed(SYSTEM, [State.PARKED])
        assert "2026-11-02T02:00:00" in parked.reason
        assert [each.what for each in findings(rig) if "2026-11-02T02:00:00" in each.what]
    hr.outbox.retry(SYSTEM)
    assert hr.send().sent == 1


def test_a_line_is_not_moved_out_of_a_closed_period_nor_taken_back_in_it(server: Tryton, rig: TrytonRig, hr: Hr):
    hr.say({FIRST: mark(8)})
    with closed_up_to(server, clock_us(10)):
        assert hr.say({FIRST: mark(11)}).parked == 1
        assert hr.say({}).parked == 1
    assert rig.counted() == [seen(mark(8))]


def test_who_has_left_has_his_last_lines_and_none_afterwards(rig: TrytonRig, hr: Hr):
    last = AttendanceLine("0103", "2026-10-30", clock_us(8) - 3 * 86_400_000_000, Direction.IN)
    done = hr.say({FIRST: last, "attendance/gate-1/1/2": mark(8, "0103")})
    assert (done.sent, done.parked) == (1, 1)
    assert rig.counted() == [seen(last)]


def test_pieces_have_no_place_there(rig: TrytonRig):
    event = Event("e-1", "pieces/gate-1/1/5", 1, 1, pieces(1))
    refused = rig.open().send([event])["e-1"]
    assert isinstance(refused, Refused)
    assert refused.fault is Fault.FINAL


def test_what_tryton_refuses_itself_is_parked_without_the_name_in_it(server: Tryton, rig: TrytonRig, hr: Hr):
    refusal = msgspec.json.encode({"status": 400, "message": 'The value "李伟" is not valid.', "description": ""})
    with rig.way.meddling(lambda method, path: (400, refusal) if is_write(method, path) else None):
        assert hr.say({FIRST: mark(8)}).parked == 1
    (parked,) = hr.outbox.listed(SYSTEM, [State.PARKED])
    assert parked.reason == 'Tryton says: The value "…" is not valid.'


@pytest.mark.parametrize(
    ("status", "content", "fault"),
    [(502, b"", Fault.RETRY), (429, b"", Fault.RETRY), (200, NOT_JSON, Fault.CONFIG), (308, b"", Fault.CONFIG),
     (404, NOT_JSON, Fault.CONFIG), (500, NOT_JSON, Fault.CONFIG), (403, b"", Fault.CONFIG)],
)  # fmt: skip
def test_an_answer_that_is_none_is_never_taken_for_one(
    rig: TrytonRig, hr: Hr, status: int, content: bytes, fault: Fault
):
    with rig.way.meddling(lambda method, path: (status, content)):
        done = hr.say({FIRST: mark(8)})
    assert done.trouble is not None
    assert (done.trouble.fault, done.parked) == (fault, 0)


def test_a_page_in_the_place_of_the_answer_to_a_write_is_looked_up(rig: TrytonRig, hr: Hr):
    with rig.way.meddling(lambda method, path: (200, NOT_JSON) if is_write(method, path) else None):
        assert hr.say({FIRST: mark(8)}).trouble is not None
    assert hr.send().found == 1
    assert rig.counted() == [seen(mark(8))]


def test_a_line_over_which_tryton_fails_is_parked_and_the_others_go_on(rig: TrytonRig, hr: Hr):
    writes = iter(range(2))

    def fail_first(method: str, path: str) -> tuple[int, bytes] | None:
        return (500, NOT_JSON) if is_write(method, path) and next(writes, None) == 0 else None

    with rig.way.meddling(fail_first):
        done = hr.say({FIRST: mark(8), "attendance/gate-1/1/2": mark(17, direction=Direction.OUT)})
    assert (done.sent, done.parked, done.trouble) == (1, 1, None)


# --- what people there do ---------------------------------------------------------------------------


def test_a_line_that_somebody_there_entered_first_is_not_doubled_and_not_ours_to_change(
    server: Tryton, rig: TrytonRig, hr: Hr
):
    enter(server, mark(8))
    assert hr.say({FIRST: mark(8)}).found == 1
    assert hr.say({FIRST: mark(7)}).parked == 1
    assert hr.states()[FIRST] == (State.PARKED, Fault.CONFLICT)
    assert rig.counted() == [seen(mark(8))]


def test_a_correction_that_somebody_there_has_entered_by_hand_waits_for_a_person(
    server: Tryton, rig: TrytonRig, hr: Hr
):
    hr.say({FIRST: mark(8)})
    enter(server, mark(7))
    assert hr.say({FIRST: mark(7)}).parked == 1
    assert hr.states()[FIRST] == (State.PARKED, Fault.CONFLICT)
    assert sorted(rig.counted()) == sorted([seen(mark(7)), seen(mark(8))])


def test_a_line_that_was_changed_there_before_its_note_is_neither_doubled_nor_changed_back(
    rig: TrytonRig, hr: Hr, monkeypatch: pytest.MonkeyPatch
):
    hr.say_and_be_killed({FIRST: mark(8)}, monkeypatch)
    rig.edit(mark(8))
    theirs = rig.counted()
    assert hr.send().parked == 1
    assert hr.states()[FIRST] == (State.PARKED, Fault.CONFLICT)
    assert rig.counted() == theirs


def test_a_line_that_was_changed_there_does_not_keep_the_others_of_that_day_back(rig: TrytonRig, hr: Hr):
    hr.say({FIRST: mark(8)})
    rig.edit(mark(8))
    assert hr.say({FIRST: mark(8), "attendance/gate-1/1/2": mark(17, direction=Direction.OUT)}).sent == 1


def test_what_was_removed_there_stays_removed(server: Tryton, rig: TrytonRig, hr: Hr):
    hr.say({FIRST: mark(8)})
    server.sql("DELETE FROM attendance_line")
    assert hr.say({FIRST: mark(8)}).sent == 0
    assert hr.say({FIRST: mark(7)}).parked == 1
    assert rig.counted() == []


def test_two_lines_that_say_the_same_are_two_records_and_corrected_apart(rig: TrytonRig, hr: Hr):
    twice: dict[str, Line] = {FIRST: mark(8), "attendance/gate-2/1/1": mark(8)}
    hr.say({FIRST: mark(8)})
    assert hr.say(twice).sent == 1
    hr.say({**twice, FIRST: mark(7)})
    assert sorted(rig.counted()) == sorted([seen(mark(7)), seen(mark(8))])


def test_two_that_were_sent_at_once_with_the_note_lost_are_found_as_two(
    rig: TrytonRig, hr: Hr, monkeypatch: pytest.MonkeyPatch
):
    hr.say_and_be_killed({FIRST: mark(8), "attendance/gate-2/1/1": mark(8)}, monkeypatch)
    assert hr.send().found == 2
    hr.say({FIRST: mark(7), "attendance/gate-2/1/1": mark(6)})
    assert sorted(rig.counted()) == sorted([seen(mark(7)), seen(mark(6))])


def test_a_lost_answer_to_a_correction_or_a_withdrawal_is_looked_up(rig: TrytonRig, hr: Hr):
    hr.say({FIRST: mark(8)})
    with rig.answer_lost():
        hr.say({FIRST: mark(7)})
    assert hr.say({FIRST: mark(7)}).found == 1
    assert rig.counted() == [seen(mark(7))]
    with rig.answer_lost():
        hr.say({})
    assert hr.say({}).found == 1
    assert rig.counted() == []


def test_an_edit_between_the_question_and_the_write_of_a_correction_is_kept(server: Tryton, rig: TrytonRig, hr: Hr):
    hr.say({FIRST: mark(8)})
    events = hr_events(hr, {FIRST: mark(7)})
    system = rig.open()
    assert system.find(events) == {}
    rig.edit(mark(8))
    (answer,) = system.send(events).values()
    assert isinstance(answer, Refused)
    assert answer.fault is Fault.CONFLICT


def test_a_line_that_is_removed_there_at_that_moment_stays_removed(server: Tryton, rig: TrytonRig, hr: Hr):
    hr.say({FIRST: mark(8)})
    ((row,),) = server.sql("SELECT id FROM attendance_line")
    events = hr_events(hr, {FIRST: mark(7)})
    questions = iter(range(2))

    def remove(method: str, path: str) -> None:
        """After the last question before the write: of all lines of that day, then of this one."""
        if path.endswith("attendance.line/search_read") and next(questions, None) == 1:
            server.sql(f"DELETE FROM attendance_line WHERE id = {row}")

    with rig.way.meddling(remove):
        (answer,) = rig.open().send(events).values()
    assert next(questions, None) is None
    assert isinstance(answer, Refused)
    assert answer.fault is Fault.CONFLICT
    assert rig.counted() == []


def hr_events(hr: Hr, lines: dict[str, Line]) -> list[Event]:
    hr.queue(lines)
    return hr.outbox.next(SYSTEM, 10)


def enter(server: Tryton, line: AttendanceLine) -> None:
    (company,) = server.rpc("company.company", "search", [], 0, 1, None)
    (who,) = server.rpc("company.employee", "search", [["party.code", "=", line.number]], 0, 1, None)
    day = {"__class__": "date", "year": 2026, "month": 11, "day": 2}
    row = {"company": company, "employee": who, "at": moment(line.at_us), "date": day, "type": line.direction.lower()}
    server.rpc("attendance.line", "create", [row])
