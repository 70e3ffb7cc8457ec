"""From facts at HR to files in a folder, through the commands a person types."""

from __future__ import annotations

import csv
import io
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from clockpiece import main
from edge.bootstrap.alone import alone
from hr.accounts import Installation, init
from hr.config import load_config
from hr.pay.terms.lists import PayList
from hr.people.csv_import import Kind
from hr.service import HrService, opened
from sync.wire.envelope import ClockState, Fact, Stamp, sealed
from sync.wire.facts import Direction, Outcome, PersonRegistered
from sync.wire.reference_data import Person
from tests.unit.hr.cast import (
    DAY,
    LI_WEI,
    Box,
    actual,
    clock_us,
    confirmation,
    reading,
    span,
    supply,
    tap,
)

NEWCOMER = "p-newcomer-beef"
REGISTERED = PersonRegistered(Outcome.REGISTERED, "join", NEWCOMER, "0" * 64, "0" * 32, "0" * 64, "zh")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Fact]]:
    """An HR installation with a day of facts: made once, each test has a copy."""
    folder = tmp_path_factory.mktemp("template") / "hr"
    config = init(folder, "wang", "correct horse", Installation(plant="永鑫")).config
    service, box = opened(load_config(config).hr, lambda: clock_us(36)), Box()
    service.people.save(Person(LI_WEI, "1001", "李伟"))
    supply(service)
    box.write(tap(Direction.IN), clock_us(8))
    box.write(tap(Direction.OUT), clock_us(17))
    for value in (500, 600):
        box.write(reading(value), clock_us(9))
    box.write(actual([span(3, 4, 100)], {LI_WEI: 400}), clock_us(10))
    box.write(confirmation([5], 400), clock_us(17))
    service.inbox.receive(box.journal, "nonce")
    service.close()
    return folder, box.journal


class Plant:
    """A copy of it with a system `payroll`, and its commands."""

    def __init__(self, folder: Path, template: Path, journal: list[Fact]) -> None:
        shutil.copytree(template, folder / "hr")
        self.config = folder / "hr" / "hr.toml"
        self.config.write_text(self.config.read_text("utf-8").replace(str(template), str(folder / "hr")), "utf-8")
        self.drop = folder / "drop"
        self.drop.mkdir()
        self.systems = self.config.with_name("systems.toml")
        section = f'[[system]]\nname = "payroll"\nconnector = "files"\nsince = "{DAY}"\nfolder = "{self.drop}"\n'
        self.systems.write_text(section)
        self.box = Box(journal=list(journal))
        self.service = opened(load_config(self.config).hr, lambda: clock_us(36))

    def write(self, do: Callable[[Box], Any]) -> None:
        held = len(self.box.journal)
        do(self.box)
        self.service.inbox.receive(self.box.journal[held:], "nonce")

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["sync", *words, "--config", str(self.config)])

    def said(self, *words: str) -> list[dict[str, Any]]:
        result = self.run(*words, "--json")
        return [json.loads(line) for line in result.stdout.splitlines()]

    def rows(self, sheet: str) -> list[dict[str, str]]:
        """Of all runs, in order."""
        files = sorted(self.drop.glob(f"*/{sheet}.csv"))
        return [row for file in files for row in csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))]

    def tree(self) -> dict[str, bytes]:
        return {str(each): each.read_bytes() if each.is_file() else b"" for each in self.drop.rglob("*")}


@pytest.fixture
def plant(tmp_path: Path, template: tuple[Path, list[Fact]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    monkeypatch.setattr("cli.options.wall_clock", lambda table, file: lambda: clock_us(36))
    made = Plant(tmp_path, *template)
    yield made
    made.service.close()


def test_taps_and_sealed_pieces_arrive_as_rows_named_after_their_facts(plant: Plant):
    assert plant.run("send", "payroll").output == "payroll: 3 sent; 0 wait, 0 are parked\n"
    assert [(row["line"], row["number"], row["direction"], row["at_local"]) for row in plant.rows("attendance")] == [
        ("attendance/gate-1/1/1", "1001", "IN", "2026-11-02 08:00:00"),
        ("attendance/gate-1/1/2", "1001", "OUT", "2026-11-02 17:00:00"),
    ]
    ((line, good, amount),) = [(row["line"], row["good"], row["amount"]) for row in plant.rows("pieces")]
    assert (line, good, amount) == ("pieces/gate-1/1/6", "400", "5.00")


def test_a_new_price_is_a_correction_that_names_what_it_replaces(plant: Plant):
    plant.run("send", "payroll")
    plant.service.catalogue.import_csv(
        Kind.PRICES, b"product,operation,price,valid_from\nCAP-28,MOULD,0.02,2026-11-01\n"
    )
    assert plant.said("send", "payroll")[0]["sent"] == 1
    first, second = plant.rows("pieces")
    assert (second["state"], second["replaces"], second["amount"]) == ("correction", first["event"], "8.00")


def test_running_it_again_writes_nothing(plant: Plant):
    plant.run("send", "payroll")
    before = plant.tree()
    assert plant.said("send", "payroll")[0]["queued"] == 0
    assert plant.tree() == before


def test_nothing_from_before_the_first_day_is_sent(plant: Plant):
    plant.systems.write_text(plant.systems.read_text().replace(f'"{DAY}"', '"2026-11-03"'))
    plant.run("send", "payroll", "--from", "2026-01-01")
    assert plant.tree() == {}


def test_what_cannot_be_sent_yet_is_counted_and_not_forgotten(plant: Plant):
    plant.write(lambda box: box.write(tap(Direction.IN, NEWCOMER), clock_us(7)))
    plant.write(lambda box: box.write(confirmation([5], 400), clock_us(18)))
    (done,) = plant.said("send", "payroll")
    assert (done["waits_for_number"], done["waits_for_price"]) == (1, 1)
    assert {row["number"] for row in plant.rows("attendance")} == {"1001"}


def test_a_line_paid_by_quantity_waits_for_the_month_and_not_for_a_price(plant: Plant):
    tiers = b"product,operation,valid_from,mode,bands\nCAP-28,MOULD,2026-11-01,WHOLE,500:0.01;:0.02\n"
    plant.service.catalogue.import_csv(Kind.PRICES, tiers)
    plant.write(lambda box: box.write(confirmation([5], 400, good=401), clock_us(18)))
    result = plant.run("send", "payroll")
    assert "1 lines are not sent: paid by quantity or in a team's pool" in result.output
    (done,) = plant.said("send", "payroll")
    assert (done["waits_for_month"], done["waits_for_price"]) == (1, 1)
    assert plant.rows("pieces") == []


def test_pieces_that_go_into_a_teams_pool_are_not_sent_at_their_own_price(plant: Plant):
    """From the date on which the terms say so; what was sent before is withdrawn."""
    plant.run("send", "payroll")
    for kind, text in (
        (PayList.TERMS, "number,valid_from,scheme\n1001,2026-01-01,TEAM_POOL\n"),
        (PayList.POOLS, "pool,valid_from\npress,2026-01-01\n"),
        (PayList.MEMBERS, "number,valid_from,pool\n1001,2026-01-01,press\n"),
    ):
        plant.service.terms.import_list(kind, text.encode(), "wang")
    (done,) = plant.said("send", "payroll")
    assert (done["waits_for_month"], done["waits_for_price"]) == (1, 0)
    assert [row["state"] for row in plant.rows("pieces")][1:] == ["withdrawn"]


def test_a_tap_of_a_box_without_a_clock_waits_until_it_is_dated(plant: Plant):
    def undated(box: Box) -> None:
        fact = box.write(tap(Direction.IN), clock_us(7))
        nowhere = Stamp("boot-2", 60_000_000_000, clock_us(7), ClockState.NONE)
        box.journal[-1] = sealed(msgspec.structs.replace(fact, at=nowhere))

    plant.write(undated)
    result = plant.run("send", "payroll")
    assert "1 lines are not sent: of which nobody is sure when they were" in result.output
    assert "2026-11-02 07:00:00" not in {row["at_local"] for row in plant.rows("attendance")}


def test_a_newcomers_lines_follow_once_hr_knows_who_he_is(plant: Plant):
    plant.write(lambda box: box.write(REGISTERED, clock_us(7)))
    plant.write(lambda box: box.write(tap(Direction.IN, NEWCOMER), clock_us(8)))
    plant.run("send", "payroll")
    plant.service.newcomers.employ(NEWCOMER, Person("", "1044", "何静"))
    assert plant.said("send", "payroll")[0]["sent"] == 1
    assert plant.rows("attendance")[-1]["number"] == "1044"


# --- check --------------------------------------------------------------------------------------------


def test_a_check_writes_nothing_and_names_who_is_on_no_list(plant: Plant):
    plant.write(lambda box: box.write(REGISTERED, clock_us(7)))
    result = plant.run("check", "payroll")
    assert result.exit_code == 0
    assert "look  not on HR's list yet, their lines wait: newcomer beef" in result.output
    assert "ok    times are written in Asia/Shanghai" in result.output
    assert plant.tree() == {}
    assert plant.service.outbox.listed() == []


def test_a_check_that_finds_something_bad_exits_1(plant: Plant):
    plant.drop.rmdir()
    result = plant.run("check", "payroll", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[0])["level"] == "bad"


def test_another_zone_than_the_plants_is_asked_about(plant: Plant):
    plant.systems.write_text(plant.systems.read_text() + 'timezone = "Asia/Tokyo"\n')
    assert "look  the plant is in Asia/Shanghai, this system in Asia/Tokyo" in plant.run("check", "payroll").output


def test_an_unknown_system_is_one_sentence(plant: Plant):
    result = plant.run("check", "odoo")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "there is no system 'odoo', wanted one of payroll" in result.stderr


# --- the outbox ---------------------------------------------------------------------------------------


def test_while_the_folder_is_away_all_waits_with_the_reason_and_the_command_exits_1(plant: Plant):
    plant.drop.rename(plant.drop.with_name("unmounted"))
    result = plant.run("send", "payroll")
    assert result.exit_code == 1
    assert "CONFIG" in result.stderr
    waiting = plant.said("outbox", "list")
    assert [(each["state"], each["fault"]) for each in waiting] == [("WAITING", "CONFIG")] * 3
    plant.drop.with_name("unmounted").rename(plant.drop)
    assert plant.said("send", "payroll")[0]["sent"] == 3
    assert plant.said("outbox", "list") == []
    assert len(plant.said("outbox", "list", "--all")) == 3


def test_a_person_parks_an_event_with_a_reason_and_lets_it_go_again(plant: Plant):
    plant.service.outbox.gather("payroll", DAY, DAY)
    event = plant.said("outbox", "list", "payroll")[0]["event"]
    assert plant.run("outbox", "park", "payroll", event, "--reason", "asked first").exit_code == 0
    assert plant.said("send", "payroll")[0]["sent"] == 2
    (parked,) = plant.said("outbox", "list")
    assert (parked["fault"], parked["reason"]) == ("HELD", "asked first")
    assert plant.run("outbox", "retry", "payroll", "--all").output == "payroll: 0 wait again\n"
    assert plant.run("outbox", "retry", "payroll", event).output == "payroll: 1 wait again\n"
    assert plant.said("send", "payroll")[0]["sent"] == 1


def test_an_event_that_is_not_parked_cannot_be_retried(plant: Plant):
    result = plant.run("outbox", "retry", "payroll", "3b0960c4-9034-58e7-bf30-f714f599b894")
    assert result.exit_code == 2
    assert "is not parked in the outbox of payroll" in result.stderr


def test_one_system_has_one_sender(plant: Plant):
    with alone(Path(load_config(plant.config).hr.keys), "sender-payroll"):
        result = plant.run("send", "payroll")
    assert result.exit_code == 2
    assert "already runs" in result.stderr
    assert plant.tree() == {}


def test_two_systems_have_an_outbox_each(plant: Plant):
    second = plant.drop.with_name("second")
    second.mkdir()
    other = plant.systems.read_text().replace("payroll", "erp").replace(str(plant.drop), str(second))
    plant.systems.write_text(plant.systems.read_text() + other)
    assert [plant.said("send", name)[0]["sent"] for name in ("payroll", "erp")] == [3, 3]
    rows = {name: each["event"] for name in ("payroll", "erp") for each in plant.said("outbox", "list", name, "--all")}
    assert rows["payroll"] == rows["erp"]


def test_a_system_without_a_place_for_pieces_is_offered_none_and_not_told_what_they_wait_for(plant: Plant):
    key = plant.config.with_name("tryton.key")
    key.touch(0o600)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    lines = ['[[system]]', 'name = "tryton"', 'connector = "tryton"', f'since = "{DAY}"', f'url = "{url}"',
             'database = "factory"', f'key = "{key}"']  # fmt: skip
    plant.systems.write_text("\n".join(lines))
    (run,) = plant.said("send", "tryton")
    assert (run["queued"], run["waits_for_price"], run["trouble"]["fault"]) == (2, 0, "RETRY")
    assert {each["line"].split("/")[0] for each in plant.said("outbox", "list", "tryton")} == {"attendance"}


def test_a_server_restored_from_yesterdays_backup_sends_nothing_twice(plant: Plant, tmp_path: Path):
    plant.run("send", "payroll")
    service = plant.service
    with service.office.writing.begin() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
    (done,) = plant.said("send", "payroll")
    assert (done["found"], done["sent"]) == (3, 0)
    assert len(list(plant.drop.iterdir())) == 1


def test_no_name_and_no_badge_is_in_the_outbox_or_in_a_file(plant: Plant):
    plant.run("send", "payroll")
    assert "李伟".encode() not in b"".join(plant.tree().values())
    assert "李伟" not in plant.run("outbox", "list", "--all", "--json").output


def test_the_service_can_be_asked_what_waits(plant: Plant):
    service: HrService = plant.service
    service.outbox.gather("payroll", DAY, DAY)
    assert service.outbox.counts("payroll").waiting == 3
