"""HR's machine is lost and its backup restored: what came after the backup comes again from the box, and all is as if
nothing had happened. A newcomer's card too: the box keeps its sealed copy until a backup has one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hr.accounts import init
from hr.attendance.rules.day import AttendanceDay
from hr.backup import back_up, restore
from hr.config import load_config
from hr.pay.rules.lines import WageLine
from hr.people.csv_import import Kind
from hr.service import HrService, opened
from sync.exchange.client import HrClient
from sync.policy import Verdict
from sync.reference.store import ReferenceReader, ReferenceStore
from sync.wire.facts import Direction
from sync.wire.reference_data import Person
from sync.worker import SyncWorker
from tests.contract.hr_servers import serving
from tests.integration.sending_box import DB_KEY, ListSource
from tests.unit.hr import cast
from tests.unit.hr.cast import DAY, NOON_US, Box, actual, clock_us, confirmation, reading, span, tap
from tests.unit.hr.joining import CARD, NEW_KEY, OTHER_KEY, joins


@dataclass
class Hr:
    """An installation on a machine of its own; `box` reaches it while it is open."""

    config: Path

    @contextmanager
    def running(self) -> Iterator[tuple[HrService, str]]:
        service = opened(load_config(self.config).hr, lambda: NOON_US)
        with serving(service) as url:
            yield service, url
        service.close()

    def back_up(self, file: Path) -> Path:
        back_up(load_config(self.config).hr, self.config, file, NOON_US)
        return file


@dataclass
class Gate:
    """A box: its journal, its sealed records, and the store that knows how far HR has come."""

    folder: Path
    journal: Box = field(default_factory=Box)

    def __post_init__(self) -> None:
        self.source = ListSource(self.journal.journal)
        self.store = ReferenceStore(self.folder / "reference.db", DB_KEY)
        self.reader = ReferenceReader(self.folder / "reference.db", DB_KEY)

    def joins(self, service: HrService, key: str, badge: str | None) -> None:
        sealed = joins(service, self.journal, key, badge)
        seq = next(fact.seq for fact in self.journal.journal if fact.body.get("person") == key)
        self.source.sealed.append((key, seq, sealed))

    def works(self, person: str, came: int, went: int, value: int) -> None:
        self.journal.write(tap(Direction.IN, person), clock_us(came))
        first = self.journal.write(reading(value), clock_us(came))
        last = self.journal.write(reading(value + 3), clock_us(went))
        made = self.journal.write(actual([span(first.seq, last.seq, 3)], {person: 12}), clock_us(went))
        self.journal.write(tap(Direction.OUT, person), clock_us(went))
        self.journal.write(confirmation([made.seq], 12, person), clock_us(went, 5))

    def sends(self, service: HrService, url: str) -> None:
        """Until all has been sent, as `sync` does; then lets go of what HR has safe, as core does."""
        client = HrClient(url, service.office.keys.signing.public_key(), self.journal.key, self.journal.device)
        worker = SyncWorker(self.source, self.store, client, self.journal.device, lambda: NOON_US)
        verdicts = [worker.round() for _ in range(4)]
        client.close()
        assert verdicts[-2:] == [Verdict.DONE, Verdict.DONE]
        safe = self.reader.sealed_received()
        self.source.sealed = [each for each in self.source.sealed if each[0] not in safe]

    def close(self) -> None:
        self.reader.close()
        self.store.close()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    (tmp_path / "box").mkdir()
    made = Gate(tmp_path / "box")
    yield made
    made.close()


@pytest.fixture
def hr(tmp_path: Path, gate: Gate) -> Hr:
    made = Hr(init(tmp_path / "hr", "wang", "correct horse").config)
    with made.running() as (service, url):
        for kind, text in (
            (Kind.PEOPLE, cast.PEOPLE_CSV),
            (Kind.MACHINES, cast.MACHINES_CSV),
            (Kind.ORDERS, cast.ORDERS_CSV),
            (Kind.PRICES, cast.PRICES_CSV),
        ):
            service.catalogue.import_csv(kind, text.encode())
        service.kiosks.enrol(gate.journal.device, gate.journal.key.public_key())
        service.kiosks.accept(gate.journal.fingerprint)
        gate.works("p-before", 6, 8, 100)
        gate.sends(service, url)
    return made


def figures(service: HrService) -> tuple[list[AttendanceDay], list[WageLine]]:
    return service.attendance.days(DAY, DAY), service.pay.lines(DAY, DAY)


def test_after_the_restore_the_box_sends_again_what_hr_lacks_once(hr: Hr, gate: Gate, tmp_path: Path):
    backup = hr.back_up(tmp_path / "backup")
    with hr.running() as (service, url):
        gate.works("p-after", 8, 10, 200)
        gate.sends(service, url)
        before = figures(service)
    shutil.rmtree(tmp_path / "hr")
    with Hr(restore(backup, tmp_path / "new")).running() as (service, url):
        gate.sends(service, url)
        assert figures(service) == before
        gate.works("p-later", 10, 12, 300)
        gate.sends(service, url)
        assert service.inbox.facts("gate-1", 1, list(range(1, 100))) == gate.journal.journal
        assert service.inbox.waiting() == []
        assert [day.person for day in service.attendance.days(DAY, DAY)] == ["p-after", "p-before", "p-later"]
        assert sum(line.good for line in service.pay.lines(DAY, DAY)) == 36


def test_a_newcomers_card_that_came_after_the_backup_comes_again(hr: Hr, gate: Gate, tmp_path: Path):
    backup = hr.back_up(tmp_path / "backup")
    with hr.running() as (service, url):
        gate.joins(service, NEW_KEY, "EM4100:1000C0FFEE")
        gate.works(NEW_KEY, 13, 15, 400)
        gate.sends(service, url)
        assert service.newcomers.open_card(NEW_KEY) == CARD
        service.newcomers.employ(NEW_KEY, Person("", "0501", CARD.name))
    assert [key for key, _seq, _sealed in gate.source.sealed] == [NEW_KEY]
    shutil.rmtree(tmp_path / "hr")
    with Hr(restore(backup, tmp_path / "new")).running() as (service, url):
        gate.sends(service, url)
        assert service.newcomers.open_card(NEW_KEY) == CARD
        newcomer = service.newcomers.one(NEW_KEY)
        # What HR had decided is lost with the machine; the facts and the card to decide on again are here.
        assert newcomer is not None
        assert newcomer.waits
        service.newcomers.employ(NEW_KEY, Person("", "0501", CARD.name))
        assert [day.person_number for day in service.attendance.days(DAY, DAY, NEW_KEY)] == ["0501"]


def test_the_box_lets_go_of_a_card_once_a_backup_has_it(hr: Hr, gate: Gate, tmp_path: Path):
    with hr.running() as (service, url):
        gate.joins(service, NEW_KEY, "EM4100:1000C0FFEE")
        gate.sends(service, url)
        backup = hr.back_up(tmp_path / "backup")
        gate.joins(service, OTHER_KEY, None)
        gate.sends(service, url)
    assert [key for key, _seq, _sealed in gate.source.sealed] == [OTHER_KEY]
    shutil.rmtree(tmp_path / "hr")
    with Hr(restore(backup, tmp_path / "new")).running() as (service, url):
        gate.sends(service, url)
        assert (service.newcomers.open_card(NEW_KEY), service.newcomers.open_card(OTHER_KEY)) == (CARD, CARD)
        hr_again = Hr(tmp_path / "new" / "hr.toml")
        hr_again.back_up(tmp_path / "backup-2")
        gate.sends(service, url)
    assert gate.source.sealed == []
