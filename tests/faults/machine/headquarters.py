"""HR with its real store and addresses; it can be set back to a copy taken earlier."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from hr.accounts import Keys
from hr.ingest.api import api
from hr.people.csv_import import Kind
from hr.service import HrService, Plant
from hr.store import engine, scrub, upgrade
from hr.store.tables import actual_use, fact, reading_use
from sync.wire.envelope import Fact, fingerprint
from tests.moments import SteppableClock

DEVICE = "box-1"
BOX_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = Keys.generate()
PRESS = "press-1"
WORKERS = ("1001", "1002")
SUPERVISOR = "9001"
BADGE_OF = {"1001": "A500000001", "1002": "A500000002", SUPERVISOR: "A500000009"}
LOST = "A50000000F"
"""Blocked from the first day on."""
STRANGERS = ("DEADBEEF01", "DEADBEEF02")
"""In nobody's list until HR assigns them."""
ORDER_COLUMNS = "order,product,product_name,operation,operation_name,quantity,pieces_per_count,machine,state\n"


class Headquarters:
    """`folder` holds its database and the copy. Its clock is right, whatever the box's says."""

    def __init__(self, folder: Path, clock: SteppableClock) -> None:
        self._file, self._copy, self._clock = folder / "hr.db", folder / "hr.copy.db", clock
        shutil.copy(_template(), self._file)
        shutil.copy(_template(), self._copy)
        self._orders = self._orders_in_copy = 1
        self.service, self.client = self._opened()

    def _opened(self) -> tuple[HrService, FlaskClient]:
        self._store = engine(f"sqlite:///{self._file}")
        service = HrService(self._store, KEYS, lambda: self._clock.true_us, Plant())
        app = Flask("hr-of-the-machine")
        app.register_blueprint(api(service))
        return service, app.test_client()

    def close(self) -> None:
        self.service.close()

    def back_up(self) -> None:
        assert scrub(self._store)
        shutil.copy(self._file, self._copy)
        self._orders_in_copy = self._orders

    def restore(self) -> None:
        self.service.close()
        for left in (f"{self._file}-wal", f"{self._file}-shm"):
            Path(left).unlink(missing_ok=True)
        shutil.copy(self._copy, self._file)
        self._orders = self._orders_in_copy
        self.service, self.client = self._opened()

    def change_order(self) -> None:
        self._orders += 1
        closed = f"WO-{self._orders - 1},P,Part,O,Op,1000,1,{PRESS},CLOSED\n"
        opened = f"WO-{self._orders},P,Part,O,Op,1000,{self._orders % 2 + 1},{PRESS},OPEN\n"
        _put(self.service, Kind.ORDERS, ORDER_COLUMNS + closed + opened)

    def assign(self, badge: str, number: str) -> None:
        _put(self.service, Kind.BADGES, f"badge,number\n{badge},{number}\n")

    def block(self, badge: str, number: str, *, blocked: bool) -> None:
        _put(self.service, Kind.BADGES, f"badge,number,blocked\n{badge},{number},{'yes' if blocked else 'no'}\n")

    def facts(self, last: int) -> list[Fact]:
        return self.service.inbox.facts(DEVICE, 1, list(range(1, last + 1)))

    def rows(self) -> dict[str, int]:
        """How many rows the tables of facts have."""
        with self._store.connect() as connection:
            return {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in (fact, reading_use, actual_use)
            }


@functools.cache
def _template() -> Path:
    """An HR of the first day, made once: its schema takes longer than a run."""
    file = Path(tempfile.mkdtemp(prefix="cp-template-")) / "hr.db"
    store = engine(f"sqlite:///{file}")
    service = HrService(store, KEYS, lambda: 0, Plant())
    upgrade(store)
    service.kiosks.enrol(DEVICE, BOX_KEY.public_key())
    service.kiosks.accept(fingerprint(BOX_KEY.public_key()))
    people = "".join(f"{number},P{number},WORKER,\n" for number in WORKERS)
    _put(service, Kind.PEOPLE, f"number,name,role,pin\n{people}{SUPERVISOR},Boss,SUPERVISOR,246810\n")
    badges = "".join(f"{badge},{number},no\n" for number, badge in BADGE_OF.items())
    _put(service, Kind.BADGES, f"badge,number,blocked\n{badges}{LOST},1001,yes\n")
    _put(service, Kind.MACHINES, f"machine,name\n{PRESS},Press\n")
    _put(service, Kind.ORDERS, f"{ORDER_COLUMNS}WO-1,P,Part,O,Op,1000,1,{PRESS},OPEN\n")
    _put(service, Kind.SHIFTS, "shift,name,start,end\nD,Day,08:00,20:00\nN,Night,20:00,08:00\n")
    assert scrub(store)
    service.close()
    return file


def _put(service: HrService, kind: Kind, text: str) -> None:
    service.catalogue.import_csv(kind, text.encode())
