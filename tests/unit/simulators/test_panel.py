"""The control panel: what a newcomer sees, and that his clicks reach the simulators and nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymodbus.client import ModbusTcpClient

from simulators.network import Network
from simulators.panel import Factory
from simulators.plant import NEWCOMER, UNKNOWN_BADGE
from simulators.rdm6300 import frame_of
from tests.unit.simulators.factory import LINKS, FactTime, Visitor, factory_in

HEARD_WITHIN_S = 5.0


@pytest.fixture
def now() -> FactTime:
    return FactTime()


@pytest.fixture
def factory(tmp_path: Path, now: FactTime) -> Iterator[Factory]:
    with factory_in(tmp_path, now) as factory:
        yield factory


@pytest.fixture
def visitor(factory: Factory) -> Visitor:
    return Visitor(factory)


def heard(link: Path, length: int) -> bytes:
    """What came down a line: the kernel hands it on a moment after it was written."""
    line = os.open(link, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    came, deadline = b"", time.monotonic() + HEARD_WITHIN_S
    try:
        while len(came) < length and time.monotonic() < deadline:
            try:
                came += os.read(line, 4096)
            except BlockingIOError:
                time.sleep(0.005)
    finally:
        os.close(line)
    return came


def silent(link: Path) -> bool:
    line = os.open(link, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        return not os.read(line, 4096)
    except BlockingIOError:
        return True
    finally:
        os.close(line)


def test_the_page_shows_everybody_and_the_way_in(visitor: Visitor, factory: Factory):
    names = [part for person in factory.plant.people for part in person.name.split("·")]
    for text in (
        *names,
        "演示工厂",
        "1001",
        "246810",
        *(LINKS.kiosk, LINKS.supervisor, LINKS.hr),
        *(word for account in LINKS.hr_accounts for word in account),
    ):
        assert text in visitor.page


def test_it_speaks_the_language_it_is_asked_for(tmp_path: Path, now: FactTime):
    with factory_in(tmp_path, now, "en") as factory:
        page = Visitor(factory, "en").page
    assert '<html lang="en">' in page
    assert "Hold a badge to a reader" in page
    assert "Nguyễn Văn Hùng" in page


def test_a_badge_is_held_to_the_reader_where_the_person_stands(visitor: Visitor, factory: Factory):
    assert visitor.post("/tap", at="press", badge="1011") == 303
    gate, press = factory.places
    expected = frame_of("100086F444") * 3
    assert heard(press.reader.link, len(expected)) == expected
    assert silent(gate.reader.link)
    assert "张三丰的卡" in visitor.get("/?at=press")


def test_a_badge_nobody_knows_can_be_tried(visitor: Visitor, factory: Factory):
    visitor.post("/tap", at="gate", badge="unknown")
    expected = frame_of(UNKNOWN_BADGE) * 3
    assert heard(factory.places[0].reader.link, len(expected)) == expected


def test_a_newcomers_identity_card_is_laid_on_its_reader_and_lifted(visitor: Visitor, factory: Factory):
    cards = factory.places[0].cards
    assert cards is not None
    assert "读卡器上没有身份证" in visitor.page
    visitor.post("/card/gate/lay", at="gate")
    assert cards.card_lies
    assert "拿走身份证" in visitor.get("/")
    visitor.post("/card/gate/lift", at="gate")
    assert not cards.card_lies
    assert visitor.post("/card/press/lay", at="press") == 404


def test_an_open_page_loads_again_when_a_card_was_laid_down_elsewhere(visitor: Visitor, factory: Factory):
    before = visitor.live()["state"]
    visitor.post("/card/gate/lay", at="gate")
    assert visitor.live()["state"] != before


def test_the_newcomers_new_badge_can_be_held_to_the_reader(visitor: Visitor, factory: Factory):
    visitor.post("/tap", at="gate", badge="new")
    expected = frame_of(NEWCOMER.badge) * 3
    assert heard(factory.places[0].reader.link, len(expected)) == expected


def test_an_unplugged_reader_says_that_it_saw_nothing(visitor: Visitor, factory: Factory):
    visitor.post("/reader/gate/unplug")
    visitor.post("/tap", at="gate", badge="1011")
    assert "什么也没读到" in visitor.get("/?at=gate")
    visitor.post("/reader/gate/plug")
    assert factory.places[0].reader.plugged


def test_a_machine_runs_and_stands(visitor: Visitor, factory: Factory, now: FactTime):
    visitor.post("/machine/M03/run", rate="60")
    now.us += 60_000_000
    visitor.post("/machine/M03/stand")
    now.us += 60_000_000
    assert factory.plcs["M03"].mill.count_at(now.us) == 60
    assert factory.plcs["M02"].mill.count_at(now.us) == 0


def test_a_machine_makes_exactly_ten_pieces_and_until_then_is_told_nothing_else(
    visitor: Visitor, factory: Factory, now: FactTime
):
    visitor.post("/machine/M03/ten")
    now.us += 1_000_000
    visitor.post("/machine/M03/run", rate="60")
    assert "请等它停下来" in visitor.get("/")
    now.us += 60_000_000
    assert factory.plcs["M03"].mill.count_at(now.us) == 10


def test_the_live_figures_are_the_true_ones(visitor: Visitor, now: FactTime):
    visitor.post("/machine/M03/run", rate="180")
    now.us += 10 * 60_000_000
    figures = visitor.live()["figures"]
    assert (figures["M03.made"], figures["M03.register"]) == ("1,800", "1,744")  # 65,480 + 1,800 - 65,536


def test_an_open_page_learns_that_something_else_changed(visitor: Visitor):
    before = visitor.live()["state"]
    visitor.post("/network/cut")
    assert visitor.live()["state"] != before
    assert before in visitor.page


def test_a_plc_can_be_restarted_and_spoiled_and_taken_off_the_network(
    visitor: Visitor, factory: Factory, now: FactTime
):
    plc = factory.plcs["M03"]
    visitor.post("/machine/M03/restart")
    assert (plc.value_at(now.us), plc.session_at(now.us)) == (0, 8)
    visitor.post("/machine/M03/offline")
    assert not plc.listening
    visitor.post("/machine/M03/online")
    assert plc.listening


def test_one_wrong_reading_is_one_wrong_reading(visitor: Visitor, factory: Factory):
    plc = factory.plcs["M03"]
    visitor.post("/machine/M03/glitch")
    with ModbusTcpClient(plc.host, port=plc.port, timeout=1, retries=0) as client:
        seen = [client.read_holding_registers(0, count=1).registers[0] for _ in range(2)]
    assert seen == [65_480 - 32_768, 65_480]


@pytest.mark.parametrize("mode", list(Network))
def test_the_network_can_be_broken_in_each_way(visitor: Visitor, factory: Factory, mode: Network):
    visitor.post(f"/network/{mode}")
    assert factory.network.mode is mode
    assert visitor.get("/")


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/tap", {"at": "roof", "badge": "1011"}, 404),
        ("/tap", {"at": "gate", "badge": "9999"}, 400),
        ("/reader/gate/explode", {}, 404),
        ("/machine/M99/run", {"rate": "60"}, 404),
        ("/machine/M03/run", {"rate": "-1"}, 400),
        ("/machine/M03/run", {"rate": "100000"}, 400),
        ("/machine/M03/explode", {}, 404),
        ("/network/explode", {}, 404),
    ],
)
def test_what_is_not_on_the_page_is_refused(visitor: Visitor, path: str, fields: dict[str, str], status: int):
    assert visitor.post(path, **fields) == status


def test_another_site_cannot_press_the_buttons(visitor: Visitor, factory: Factory):
    assert visitor.client.post("/reader/gate/unplug").status_code == 403
    assert factory.places[0].reader.plugged
