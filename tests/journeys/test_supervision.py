"""A supervisor's word, from the page at the box over the journal to the figures at HR: pieces, a badge, a set-up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from msgspec.structs import replace

from edge.config import Reader, Station
from edge.link.messages import Answer, Command, Notice
from hr.pay.rules.wage_line import check
from hr.people.csv_import import Kind
from hr.service import HrService
from kiosk_ui import create_app
from kiosk_ui.ports import KioskPorts
from sync.wire.facts import Bucket, Outcome
from sync.wire.reference_data import Directory, Role
from tests import cast
from tests.unit.core.running import RunningCore, count, tap
from tests.unit.hr.cast import factory

PIN = "402917"
OURS = {"Sec-Fetch-Site": "same-origin"}
OTHER_READER = "WIEGAND:000002"
"""The last bytes of Li's badge, as another kind of reader sends them."""


class NoNotices:
    def receive(self, timeout_s: float) -> Notice | None:
        return None


@pytest.fixture
def core(tmp_path: Path) -> Iterator[RunningCore]:
    core = RunningCore(tmp_path)
    core.start()
    yield core
    core.close()


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[HrService]:
    (tmp_path / "hr").mkdir()
    service = factory(tmp_path / "hr").service
    for person in (cast.WANG, cast.LI, cast.ZHANG):
        service.people.save(person)
    service.catalogue.import_csv(Kind.MACHINES, f"machine,name\n{cast.PRESS},1号冲床\n".encode())
    service.catalogue.import_csv(Kind.BADGES, f"badge,number\n{cast.LI_BADGE},{cast.LI.number}\n".encode())
    order = f"order-caps,{cast.PRESS},cap-40,瓶盖 40,press,冲压,100"
    service.catalogue.import_csv(
        Kind.ORDERS, f"order,machine,product,product_name,operation,operation_name,quantity\n{order}\n".encode()
    )
    service.catalogue.import_csv(Kind.PRICES, b"product,operation,price,valid_from\ncap-40,press,0.05,2020-01-01\n")
    yield service
    service.close()


@pytest.fixture
def page(core: RunningCore) -> FlaskClient:
    """The supervisor's browser, logged in."""
    verifier = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PIN)
    people = [replace(each, pin=verifier) if each.role is Role.SUPERVISOR else each for each in cast.REFERENCE.people]
    directory = Directory(replace(cast.REFERENCE, people=people))

    def ask(command: Command, _timeout_s: float) -> Answer:
        answer = core.ask(command)
        assert isinstance(answer, Answer)
        return answer

    ports = KioskPorts(
        views=core.views,
        directory=lambda: directory,
        ask=ask,
        notices=NoNotices(),
        clock=core.clock,
        stations=[Station("gate", "一号门")],
        secret=b"a secret of the tests",
        readers=[Reader("gate-reader", "gate", "rdm6300", "/dev/null")],
    )
    client = create_app(ports).test_client()
    form = fields(client.get("/line").text, "/line") | {"number": cast.ZHANG.number, "pin": PIN}
    assert client.post("/line", data=form, headers=OURS).location == "/line/live"
    return client


def fields(text: str, action: str, holding: str = "") -> dict[str, str]:
    """What the page's form with this action would send."""
    forms = re.findall(rf'<form[^>]*action="{action}"[^>]*>.*?</form>', text, re.DOTALL)
    form = next(each for each in forms if holding in each)
    inputs = re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form)
    return {name: unescape(value) for name, value in inputs}


def post(page: FlaskClient, path: str, form: dict[str, str], location: str) -> None:
    assert page.post(path, data=form, headers=OURS).location == location


def sent(core: RunningCore, hr: HrService) -> None:
    """Everything in the journal is at HR."""
    facts = core.views.after(0, 1_000)
    for start in range(0, len(facts), 500):
        hr.inbox.receive(facts[start : start + 500], "nonce")


def counted(core: RunningCore, *values: int, after_s: float = 0) -> None:
    """The press's counter shows these values, six minutes apart."""
    for place, value in enumerate(values):
        core.ask(count(f"count-{after_s}-{place}", after_s + place * 360, value))


def test_pieces_that_nobody_owned_are_assigned_sealed_and_paid(core, hr, page):
    counted(core, 100, 140)
    (lost,) = [fact for fact in core.facts("MaterialActualRecorded") if fact.body["bucket"] == Bucket.UNATTRIBUTED]
    lot = re.search(r'href="(/line/unowned\?[^"]*lot=[^"#]*)', page.get("/line/unowned").text)
    assert lot
    form = fields(page.get(unescape(lot[1])).text, "/line/unowned")
    entered = {"person0": cast.WANG.id, "pieces0": "30", "reason": "忘记刷卡上机"}
    post(page, "/line/unowned", form | entered, "/line/unowned?said=done")
    (given,) = core.facts("MaterialActualAssigned")
    assert (given.body["actual"], given.body["quantity"]) == (lost.seq, 30)
    _seal(page, core, good=29, scrap=1)
    sent(core, hr)
    date = given.body["work_date"]
    (line,) = hr.pay.lines(date, date)
    check(line)
    assert (line.person, line.counted, str(line.amount), line.parts[0].assigned.reason) == (
        cast.WANG.id,
        30,
        "1.45",
        "忘记刷卡上机",
    )
    (machine,) = hr.pay.output(date).machines
    assert (machine.counted, machine.owned, machine.unclaimed) == (40, 30, 10)


def _seal(page: FlaskClient, core: RunningCore, good: int, scrap: int) -> None:
    (given,) = core.facts("MaterialActualAssigned")
    date = given.body["work_date"]
    text = page.get(f"/line/confirm?date={date}").text
    hidden = fields(text, "/line/confirm")
    entered = {"good": str(good), "scrap_labour": str(scrap), "scrap_material": "0", "rework": "0"}
    post(page, "/line/confirm", hidden | entered, f"/line/confirm?date={date}&sealed=1")


def test_more_than_was_counted_is_refused_by_core_and_nothing_changes(core, hr, page):
    counted(core, 100, 140)
    lot = re.search(r'href="(/line/unowned\?[^"]*lot=[^"#]*)', page.get("/line/unowned").text)
    assert lot
    form = fields(page.get(unescape(lot[1])).text, "/line/unowned")
    entered = {"person0": cast.WANG.id, "pieces0": "41", "reason": "忘记刷卡上机"}
    answer = page.post("/line/unowned", data=form | entered, headers=OURS)
    assert "超过了剩余件数。" in answer.text
    assert core.facts("MaterialActualAssigned") == []
    assert [fact.body["outcome"] for fact in core.facts("SupervisorRefused")] == [Outcome.SUM_DIFFERS]


def test_a_badge_read_by_another_kind_of_reader_is_linked_and_its_taps_are_the_persons(core, hr, page):
    first = core.ask(tap("stranger", badge=OTHER_READER))
    assert first.outcome is Outcome.UNKNOWN_BADGE
    text = page.get("/line/badges").text
    assert cast.LI_BADGE in text
    form = fields(text, "/line/badges", OTHER_READER) | {"choice": cast.LI_BADGE, "reason": "同一张卡，另一种读卡器"}
    post(page, "/line/badges", form, "/line/badges?said=done")
    assert OTHER_READER not in page.get("/line/badges").text
    assert core.ask(tap("again", 120, badge=OTHER_READER)).outcome in (Outcome.CLOCKED_IN, Outcome.CLOCKED_OUT)
    sent(core, hr)
    (linked,) = core.facts("BadgeLinked")
    assert {badge.key: badge.person for badge in hr.editions.reference().badges}[OTHER_READER] == cast.LI.id
    date = core.facts("AttendanceTap")[0].body["work_date"]
    (day,) = hr.attendance.days(date, date, cast.LI.id)
    assert (day.taps, linked.body["like"]) == (2, cast.LI_BADGE)


def test_pieces_of_a_set_up_are_shown_and_never_paid(core, hr, page):
    core.ask(tap("on", machine=cast.PRESS))
    counted(core, 100)
    form = fields(page.get("/line/live").text, "/line/set-up", f'value="{cast.PRESS}"')
    assert form["state"] == "SETUP"
    post(page, "/line/set-up", form, "/line/live")
    assert "结束调机" in page.get("/line/live").text
    core.ask(count("read at the change", 1, 100))
    counted(core, 105, 110, after_s=360)
    sent(core, hr)
    (changed,) = core.facts("EquipmentStateChanged")
    date = core.facts("MaterialActualRecorded")[0].body["work_date"]
    (machine,) = hr.pay.output(date).machines
    assert (machine.counted, machine.setup, machine.owned) == (10, 10, 0)
    assert [each.seq for each in hr.pay.state_changes(date)] == [changed.seq]
    assert hr.pay.lines(date, date) == []
