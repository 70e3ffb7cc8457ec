"""A month from facts to the closed ledger over a real database: killed on its way, on several cores, by the command."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

import cli.hr_months
from hr.accounts import Keys
from hr.attendance import judged
from hr.pay.periods.closing import BLOCK
from hr.pay.periods.cores import on_cores
from hr.pay.periods.period import Column, days_of, sums_of
from hr.service import HrService
from hr.store import engine
from tests.bench.pay import AFTER_US, BOSS, MONTH, PLAIN_SQL, filled, killed_on_its_way

PEOPLE, DAYS, LINES = BLOCK + 2, 2, 2
MADE = Decimal("1.50")
"""Of a line: 120 pieces at 0.0125."""


@dataclass
class Month:
    url: str
    service: HrService


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("month")
    filled(f"sqlite:///{folder / 'hr.db'}", PEOPLE, DAYS, LINES).close()
    return folder / "hr.db"


@pytest.fixture
def month(tmp_path: Path, full: Path) -> Iterator[Month]:
    shutil.copy(full, tmp_path / "hr.db")
    url = f"sqlite:///{tmp_path / 'hr.db'}"
    service = HrService(engine(url), Keys.generate(), lambda: AFTER_US)
    yield Month(url, service)
    service.close()


def demand_whole(month: Month) -> None:
    ledger = month.service.periods.ledger(MONTH)
    assert month.service.periods.intact(MONTH)
    assert len(ledger.rows) == PEOPLE
    assert sums_of(ledger.rows).amounts[Column.PIECES] == PEOPLE * DAYS * LINES * MADE
    with month.service.office.reading.connect() as connection:
        by_hand = {row[0]: Decimal(str(row[1])) for row in connection.execute(text(PLAIN_SQL))}
    assert {row.person: row.amount(Column.PIECES) for row in ledger.rows} == by_hand


@pytest.mark.slow
def test_a_closing_that_was_killed_goes_on_in_another_process(month: Month):
    assert killed_on_its_way(month.url) == BLOCK
    steps = list(month.service.periods.close(MONTH, BOSS))
    assert steps[0].done == BLOCK, "what was done is kept"
    assert steps[-1].closed
    demand_whole(month)


@pytest.mark.slow
def test_on_several_cores_the_same_comes_out(month: Month):
    assert list(month.service.periods.close(MONTH, BOSS, on_cores(month.service.office, 2)))[-1].closed
    demand_whole(month)


def test_days_of_several_people_are_those_of_each_and_of_nobody_else(month: Month):
    office, people = month.service.office, ["p-0003", "p-0001"]
    with office.reading.connect() as connection:
        given = (connection, office.zone, office.now_us(), *days_of(MONTH))
        alone = {each: [found.day for found in judged.days(*given, each)] for each in people}
        together = judged.days_of(*given, people)
    assert together == alone
    assert [sum(bool(day.paid_min) for day in each) for each in together.values()] == [DAYS, DAYS]


def test_the_command_says_how_far_it_is_and_what_is_in_the_way(month: Month, monkeypatch: pytest.MonkeyPatch):
    service = month.service
    monkeypatch.setattr(cli.hr_months, "hr_service", lambda _file: (service, None))
    monkeypatch.setattr("hr.pay.periods.cores.on_cores", lambda _office, _processes: None)
    answer = CliRunner().invoke(cli.hr_months.close, ["2026-10"])
    assert answer.exit_code == 1
    assert "2026-10 is not closed (NOT_REVIEWED)" in answer.output
    answer = CliRunner().invoke(cli.hr_months.close, [MONTH])
    assert answer.exit_code == 0, answer.output
    assert f"{BLOCK} of {PEOPLE} people" in answer.output
    assert f"{MONTH} is closed: {PEOPLE} people" in answer.output
    assert "write YYYY-MM" in CliRunner().invoke(cli.hr_months.close, ["11"]).output
