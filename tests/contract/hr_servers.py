"""HR servers for tests on real sockets: a small fake one with faults built in, and the real one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import Flask
from sqlalchemy import Engine, select
from waitress import create_server, wasyncore

from hr.accounts import Keys
from hr.ingest.api import api
from hr.service import HrService
from hr.store import engine, upgrade
from hr.store.tables import sealed_record
from sync.wire.enrolment import code_key, proof_bytes
from sync.wire.envelope import (
    HEADER,
    Fact,
    Receipt,
    Refusal,
    SealedReceipt,
    SignedRequest,
    Wanted,
    WireError,
    b64,
    canonical_json,
    decode_batch,
    decode_sealed,
    fact_hash,
    fingerprint,
    public_from_text,
    read_request,
    response_bytes,
    unb64,
    verified,
)
from sync.wire.identity import sealed_digest
from sync.wire.reference_data import Newcomer, Person, Reference
from tests.references import answered

CHANGE = Person("", "2001", "李娜")


class HrServer(Protocol):
    """What a test may do to an HR server, and see of it."""

    url: str

    @property
    def public_key(self) -> Ed25519PublicKey: ...

    def accept(self, fingerprint: str) -> None:
        """As a person does after comparing fingerprints."""

    def make_code(self, device: str) -> str:
        """As a person does on the page of kiosks."""

    def held(self, device: str) -> list[Fact]:
        """What is stored for use, in order of seq."""

    def aside(self, device: str) -> set[int]:
        """The seqs of what was refused and kept aside."""

    def change_reference(self) -> None:
        """Somebody edits a person, so that there is a new version."""

    def sealed(self) -> dict[str, bytes]:
        """The sealed records that are held, by person key."""


# --- the fake -----------------------------------------------------------------------------------


@dataclass
class Exchange:
    """One request at the fake, and ways to answer it well or badly."""

    hr: FakeHr
    handler: BaseHTTPRequestHandler
    claim: SignedRequest
    signature: bytes
    body: bytes

    def normal(self) -> tuple[int, bytes]:
        """Does what was asked; returns what an honest server would answer."""
        return self.hr.answer(self)

    def send(
        self, status: int, body: bytes, *, key: Ed25519PrivateKey | None = None, nonce: str = "", length: int = -1
    ) -> None:
        """Signs with `key` (None: not at all) for `nonce`; `length` is what the header promises, if not the truth."""
        handler = self.handler
        handler.send_response(status)
        if key is not None:
            handler.send_header(HEADER + "Signature", b64(key.sign(response_bytes(nonce or self.claim.nonce, body))))
        if status != 304:
            handler.send_header("Content-Length", str(len(body) if length < 0 else length))
        handler.end_headers()
        handler.wfile.write(body)


Trick = Callable[[Exchange], None]


@dataclass
class FakeHr:
    """In memory. Each request takes the next of `tricks`; without one it is answered honestly."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    tricks: deque[Trick | None] = field(default_factory=deque)
    reference: Reference = field(default_factory=lambda: Reference(1, "plant"))
    poison: set[int] = field(default_factory=set)
    url: str = ""
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    received: list[Fact] = field(default_factory=list)
    facts: dict[tuple[str, int, int], Fact] = field(default_factory=dict)
    refused: dict[tuple[str, int, int], Refusal] = field(default_factory=dict)
    pending: dict[str, tuple[str, Ed25519PublicKey]] = field(default_factory=dict)
    accepted: dict[str, Ed25519PublicKey] = field(default_factory=dict)
    records: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    @property
    def public_key(self) -> Ed25519PublicKey:
        return self.key.public_key()

    def accept(self, fingerprint: str) -> None:
        device, key = self.pending[fingerprint]
        self.accepted[device] = key

    def make_code(self, device: str) -> str:
        return self.codes.setdefault(device, "K7QM2XNA")

    def held(self, device: str) -> list[Fact]:
        return [fact for (name, *_), fact in sorted(self.facts.items()) if name == device]

    def aside(self, device: str) -> set[int]:
        return {seq for name, _, seq in self.refused if name == device}

    def change_reference(self) -> None:
        people = [*self.reference.people, CHANGE]
        self.reference = msgspec.structs.replace(self.reference, version=self.reference.version + 1, people=people)

    def sealed(self) -> dict[str, bytes]:
        return dict(self.records)

    def tell_of_sealed(self, *, safe: bool = False) -> None:
        """The list of what is held goes into a new version."""
        newcomers = [Newcomer(person, safe) for person in sorted(self.records)]
        version = self.reference.version + 1
        self.reference = msgspec.structs.replace(self.reference, version=version, newcomers=newcomers)

    def answer(self, asked: Exchange) -> tuple[int, bytes]:
        if asked.claim.path == "/v1/devices":
            return self._enrol(asked)
        key = self.accepted.get(asked.claim.device)
        if key is None or not verified(key, asked.signature, asked.claim.signing_bytes()):
            return 401, b'{"code":"not_accepted"}'
        if asked.claim.path == "/v1/facts":
            return self._facts(asked)
        if asked.claim.path == "/v1/sealed":
            return self._sealed(asked)
        return answered(self.reference, asked.claim.path)

    def _enrol(self, asked: Exchange) -> tuple[int, bytes]:
        said, device = msgspec.json.decode(asked.body), asked.claim.device
        key = public_from_text(said["public_key"])
        if self.accepted.get(device) == key:
            return 200, b'{"code":"accepted"}'
        if fingerprint(key) not in self.pending:
            if "proof" not in said:
                return 403, b'{"code":"code_wanted"}'
            message = proof_bytes(device, said["public_key"], replaces=said["replaces"], nonce=asked.claim.nonce)
            verifier = code_key(self.codes.get(device, ""), device, self.public_key).public_key()
            if not verified(verifier, unb64(said["proof"]), message):
                return 403, b'{"code":"bad_code"}'
            self.pending[fingerprint(key)] = (device, key)
        return 202, b'{"code":"pending"}'

    def _facts(self, asked: Exchange) -> tuple[int, bytes]:
        try:
            batch = decode_batch(asked.body)
        except WireError:
            return 400, b'{"code":"malformed"}'
        device, epoch, nonce = batch[0].device, batch[0].epoch, asked.claim.nonce
        journal = (device, epoch)
        last = max((place[2] for place in {**self.facts, **self.refused} if place[:2] == journal), default=0)
        if batch[0].seq > last + 1:
            return 409, canonical_json(Wanted(device, epoch, last + 1, nonce))
        self.received += batch
        held = self.facts.get((*journal, last))
        if held and any(fact.seq == last and fact.hash != held.hash for fact in batch):
            refusals = [Refusal(fact.seq, "conflict", "another journal") for fact in batch if self._differs(fact)]
        else:
            refusals = [refusal for fact in batch if (refusal := self._store(fact))]
            last = max(last, batch[-1].seq)
        held = self.facts.get((*journal, last), batch[-1])
        return 200, canonical_json(Receipt(device, epoch, last, held.hash, 1, nonce, refusals))

    def _sealed(self, asked: Exchange) -> tuple[int, bytes]:
        try:
            person, record = decode_sealed(asked.body)
        except WireError:
            return 400, b'{"code":"malformed"}'
        if self.records.setdefault(person, record) != record:
            return 409, b'{"code":"conflict"}'
        self.tell_of_sealed()
        return 200, canonical_json(SealedReceipt(person, sealed_digest(record)))

    def _differs(self, fact: Fact) -> bool:
        known = self.facts.get((fact.device, fact.epoch, fact.seq))
        return known is None or known.hash != fact.hash

    def _store(self, fact: Fact) -> Refusal | None:
        place = (fact.device, fact.epoch, fact.seq)
        known = self.facts.get(place)
        if known is not None and known.hash != fact.hash:
            return Refusal(fact.seq, "conflict", "other content")
        if fact.seq in self.poison or fact.hash != fact_hash(fact):
            self.refused[place] = Refusal(fact.seq, "bad_hash", "the hash does not fit")
            return self.refused[place]
        self.facts[place] = fact
        return None


class _Handler(BaseHTTPRequestHandler):
    hr: FakeHr

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        claim, signature = read_request(self.command, self.headers["Host"], self.path, dict(self.headers), body)
        exchange = Exchange(self.hr, self, claim, signature, body)
        self.hr.asked.append((claim.path, claim.first, claim.last))
        trick = self.hr.tricks.popleft() if self.hr.tricks else None
        if trick is not None:
            trick(exchange)
            return
        status, answer = exchange.normal()
        exchange.send(status, answer, key=self.hr.key if status != 401 else None)

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the test says what went wrong."""


@contextmanager
def fake_hr() -> Iterator[FakeHr]:
    hr = FakeHr()
    handler = type("Handler", (_Handler,), {"hr": hr})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hr.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield hr
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- the real one -------------------------------------------------------------------------------


@dataclass
class RealHr:
    """The API of the real server over its real database."""

    service: HrService
    url: str
    store: Engine

    @property
    def public_key(self) -> Ed25519PublicKey:
        return self.service.office.keys.signing.public_key()

    def accept(self, fingerprint: str) -> None:
        self.service.kiosks.accept(fingerprint)

    def make_code(self, device: str) -> str:
        return self.service.kiosks.make_code(device, "zhoumin").code

    def held(self, device: str) -> list[Fact]:
        return self.service.inbox.facts(device, 1, list(range(1, 5000)))

    def aside(self, device: str) -> set[int]:
        return {each.seq for each in self.service.inbox.waiting() if each.device == device}

    def change_reference(self) -> None:
        self.service.people.save(CHANGE)

    def sealed(self) -> dict[str, bytes]:
        with self.store.connect() as connection:
            rows = connection.execute(select(sealed_record).where(sealed_record.c.aside.is_(False)))
            return {row.person: row.sealed for row in rows}


@contextmanager
def real_hr(folder: Path) -> Iterator[RealHr]:
    store = engine(f"sqlite:///{folder / 'hr.db'}")
    upgrade(store)
    service = HrService(store, Keys.generate(), lambda: 1_767_240_000_000_000)
    with serving(service) as url:
        yield RealHr(service, url, store)
    store.dispose()


@contextmanager
def serving(service: HrService) -> Iterator[str]:
    """The API of a service on a socket; its address."""
    app = Flask("hr")
    app.register_blueprint(api(service))
    sockets: dict[int, Any] = {}
    server = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        left: dict[int, Any] = {}

        def let_go() -> None:
            left.update(sockets)
            sockets.clear()

        # Waitress ends when it has nothing left to listen to; what it had is closed here.
        server.trigger.pull_trigger(let_go)
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(left)
