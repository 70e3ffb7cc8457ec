"""The people and boxes of the HR tests. All fictional, all in one factory, on Monday 2026-11-02.

Li Wei and Zhang Min work, Wang Fang supervises, Chen Jie left the factory. Box gate-1 is accepted; box old-1 was
revoked and box stranger never asked: the last two are refused everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from hr.accounts import Keys
from hr.ingest.api import api
from hr.kiosks import store as kiosks
from hr.people.csv_import import Kind
from hr.service import HrService, Plant
from hr.store import engine, upgrade, writing
from sync.wire.envelope import (
    GENESIS,
    ClockState,
    Fact,
    SignedRequest,
    Stamp,
    digest,
    encode_batch,
    fingerprint,
    response_bytes,
    sealed,
    sign_request,
    unb64,
    verified,
)
from sync.wire.facts import (
    AttendanceTap,
    Basis,
    Body,
    Bucket,
    CounterReading,
    Direction,
    MaterialActualAssigned,
    MaterialActualRecorded,
    Outcome,
    QuantityConfirmed,
    Reading,
    Share,
    Step,
    as_dict,
)
from sync.wire.reference_data import Person

DAY = "2026-11-02"
MIDNIGHT_US = 1_793_548_800_000_000
"""2026-11-02 00:00 in Asia/Shanghai."""

NOON_US = MIDNIGHT_US + 12 * 3_600_000_000
LI_WEI, ZHANG_MIN, WANG_FANG = "p-li", "p-zhang", "p-wang"
STAFF = (Person(LI_WEI, "1001", "李伟"), Person(ZHANG_MIN, "1002", "张敏"), Person(WANG_FANG, "9001", "王芳"))
LI_BADGE, LOST_BADGE = "EM4100:100086F444", "EM4100:01007B4432"
KEYS = Keys.generate()


def clock_us(hours: int, minutes: int = 0, seconds: int = 0) -> int:
    """A moment of DAY in the plant; hours may exceed 24."""
    return MIDNIGHT_US + (hours * 3600 + minutes * 60 + seconds) * 1_000_000


@dataclass
class Box:
    """A kiosk that writes a journal and signs requests with its own key, as the real one does."""

    device: str = "gate-1"
    epoch: int = 1
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    journal: list[Fact] = field(default_factory=list)
    nonces: int = 0

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key.public_key())

    def write(self, body: Body, wall_us: int = NOON_US) -> Fact:
        return self.write_raw(type(body).__name__, as_dict(body), wall_us)

    def write_raw(self, kind: str, body: dict[str, Any], wall_us: int = NOON_US) -> Fact:
        seq = len(self.journal) + 1
        prev = self.journal[-1].hash if self.journal else GENESIS
        at = Stamp("boot-1", wall_us * 1000, wall_us, ClockState.NTP)
        fact = Fact(self.device, self.epoch, seq, f"c-{seq}", 0, kind, at, body, prev, "")
        self.journal.append(sealed(fact))
        return self.journal[-1]

    def ask(self, client: FlaskClient, method: str, path: str, body: bytes = b"", **change: Any) -> Answer:
        """A signed request; `change` overrides what is signed or adds headers."""
        self.nonces += 1
        headers = change.pop("headers", {})
        values: dict[str, Any] = {"host": "localhost", "epoch": 0, "first": 0, "last": 0, "nonce": f"n{self.nonces}"}
        values |= change
        claim = SignedRequest(method=method, path=path, digest=digest(body), device=self.device, **values)
        signed = sign_request(self.key, claim)
        return Answer(client.open(path, method=method, data=body, headers={**signed, **headers}), claim.nonce)

    def send(self, client: FlaskClient, facts: list[Fact], **change: Any) -> Answer:
        numbers = {"epoch": facts[0].epoch, "first": facts[0].seq, "last": facts[-1].seq}
        return self.ask(client, "POST", "/v1/facts", encode_batch(facts), **(numbers | change))


@dataclass
class Answer:
    """HR's answer, with the nonce of the question."""

    response: TestResponse
    nonce: str

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def json(self) -> Any:
        return self.response.get_json()

    @property
    def signed(self) -> bool:
        signature = unb64(self.response.headers.get("Clockpiece-Signature", ""))
        message = response_bytes(self.nonce, self.response.get_data())
        return bool(signature) and verified(KEYS.signing.public_key(), signature, message)


@dataclass
class Factory:
    """A migrated database in a real file, the service on it, and the boxes in their states."""

    store: Engine
    service: HrService
    client: FlaskClient
    gate: Box
    revoked: Box
    stranger: Box


def factory(folder: Path, url: str | None = None) -> Factory:
    """On a new SQLite file in the folder, or on the database with this URL, which has its tables."""
    store = engine(url or f"sqlite:///{folder / 'hr.db'}")
    if url is None:
        upgrade(store)
    service = HrService(store, KEYS, lambda: NOON_US, Plant("Yongxin Plastics"))
    gate, revoked, stranger = Box(), Box("old-1"), Box("stranger")
    with writing(store).begin() as connection:
        for box in (gate, revoked):
            kiosks.enrol(connection, box.device, box.key.public_key(), NOON_US)
            kiosks.accept(connection, box.fingerprint, NOON_US)
        kiosks.revoke(connection, revoked.fingerprint)
    app = Flask("hr-under-test")
    app.register_blueprint(api(service))
    return Factory(store, service, app.test_client(), gate, revoked, stranger)


@contextmanager
def supplied(folder: Path, url: str | None = None, people: Iterable[Person] | None = None) -> Iterator[Factory]:
    """A factory with these people, by default the three that work there, and its machines, orders and prices."""
    made = factory(folder, url)
    for person in STAFF if people is None else people:
        made.service.people.save(person)
    supply(made.service)
    yield made
    made.service.close()


def supply(service: HrService) -> None:
    for kind, text in ((Kind.MACHINES, MACHINES_CSV), (Kind.ORDERS, ORDERS_CSV), (Kind.PRICES, PRICES_CSV)):
        service.catalogue.import_csv(kind, text.encode())


# --- reference data, as the office would import it ---------------------------------------------------

PEOPLE_CSV = """工号,姓名,角色,班组,pin,在职
1001,李伟,WORKER,注塑,,是
1002,张敏,WORKER,注塑,,是
1003,陈杰,WORKER,注塑,,否
9001,王芳,SUPERVISOR,注塑,246810,是
"""
MACHINES_CSV = "machine,name\nIM-07,7号注塑机\nIM-08,8号注塑机\n"
ORDERS_CSV = """order,machine,product,product_name,operation,operation_name,quantity,pieces_per_count
W-100,IM-07,CAP-28,瓶盖28,MOULD,注塑,50000,4
"""
PRICES_CSV = "product,operation,price,valid_from\nCAP-28,MOULD,0.0125,2026-10-01\nCAP-28,MOULD,0.02,2026-11-03\n"
SHIFTS_CSV = "shift,name,start,end\nD,白班,08:00,20:00\nN,夜班,20:00,08:00\n"


# --- facts as a box writes them -----------------------------------------------------------------------


def tap(direction: Direction | None, person: str = LI_WEI, **more: Any) -> AttendanceTap:
    outcome = {Direction.IN: Outcome.CLOCKED_IN, Direction.OUT: Outcome.CLOCKED_OUT, None: Outcome.ALREADY_IN}[
        direction
    ]
    values: dict[str, Any] = {"effective": direction is not None, "person": person, "work_date": DAY} | more
    return AttendanceTap(outcome, "gate", "gate-reader", direction=direction, **values)


def unknown_tap(badge: str = LOST_BADGE, **more: Any) -> AttendanceTap:
    return AttendanceTap(Outcome.UNKNOWN_BADGE, "gate", "gate-reader", DAY, badge=badge, **more)


def reading(value: int, modulus: int = 65536, machine: str = "IM-07") -> CounterReading:
    return CounterReading(machine, f"{machine}-shots", value, f"{value:04X}", "change", modulus)


def actual(readings: list[Reading], shares: dict[str, int], **more: Any) -> MaterialActualRecorded:
    counts = more.pop("counts", sum(each.counts for each in readings))
    values: dict[str, Any] = {
        "quantity": counts * 4,
        "pieces_per_count": 4,
        "basis": Basis.EXACT,
        "order": "W-100",
        "product": "CAP-28",
        "operation": "MOULD",
    } | more
    return MaterialActualRecorded(
        machine="IM-07",
        bucket=Bucket.ATTRIBUTED,
        counts=counts,
        readings=readings,
        work_date=DAY,
        calendar_date=DAY,
        shares=[Share(person, quantity) for person, quantity in shares.items()],
        **values,
    )


def confirmation(actuals: list[int], counted: int, person: str = LI_WEI, **more: Any) -> QuantityConfirmed:
    values: dict[str, Any] = {"good": counted, "order": "W-100", "product": "CAP-28", "operation": "MOULD"} | more
    return QuantityConfirmed(
        Outcome.CONFIRMED, WANG_FANG, person, work_date=DAY, actuals=actuals, counted=counted, **values
    )


def span(from_seq: int, to_seq: int, counts: int, step: Step = Step.NORMAL) -> Reading:
    return Reading(from_seq, to_seq, step, counts)


def assigned(quantity: int, **more: Any) -> MaterialActualAssigned:
    """Of the four hundred pieces that nobody owned, to Li Wei."""
    values: dict[str, Any] = {"actual": 5, "bucket": Bucket.UNATTRIBUTED, "shares": [Share(LI_WEI, quantity)]} | more
    return MaterialActualAssigned(
        outcome=Outcome.ASSIGNED,
        assigned_by=WANG_FANG,
        reason="forgot to log on",
        machine="IM-07",
        quantity=quantity,
        work_date=DAY,
        calendar_date=DAY,
        order="W-100",
        product="CAP-28",
        operation="MOULD",
        **values,
    )
