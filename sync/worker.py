"""The loop that carries facts to HR and reference data back. Endless: a queue is never given up.

A fact leaves the queue only by a receipt that HR's pinned key has signed.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import TypeVar

import msgspec
from sqlcipher3 import dbapi2

from database import NotThereYet
from sync.client import HrClient, Reply, Unreachable
from sync.policy import Pace, Verdict, judge
from sync.ports import FactSource
from sync.reference import ReferenceStore
from sync.reference_data import Reference
from sync.wire import (
    MAX_BATCH_BYTES,
    MAX_BATCH_FACTS,
    Fact,
    Receipt,
    Wanted,
    canonical_json,
    fingerprint,
    join_batch,
    public_text,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

CONTACT_EVERY_US = 60_000_000


class SyncWorker:
    """One HR server, one ordered sender."""

    def __init__(
        self, facts: FactSource, store: ReferenceStore, client: HrClient, device: str, now_us: Callable[[], int]
    ) -> None:
        self._facts, self._store, self._client = facts, store, client
        self._device, self._now_us = device, now_us
        self._state = ""
        self._noted_us = 0

    def run(self, wait: Callable[[float], bool], pace: Pace, interval_s: float) -> None:
        """Works until `wait(seconds)` says to stop (it returns True then)."""
        while True:
            pace = pace.after(self.round())
            if wait(pace.wait_s(random.random) or interval_s):
                return

    def round(self) -> Verdict:
        """Sends all that waits, then fetches what is new. The first trouble ends the round."""
        try:
            verdict = self._send_all()
            if verdict is Verdict.DONE:
                verdict = self._fetch_reference()
            if verdict is Verdict.UNKNOWN_BOX:
                self._introduce()
        except Unreachable as error:
            self._say("unreachable", str(error))
            return Verdict.RETRY
        except NotThereYet:
            return Verdict.RETRY
        except dbapi2.OperationalError as error:
            # Busy, full, or an I/O error: the facts are where they were.
            log.warning("a database of this box does not answer now: %s", error)
            return Verdict.RETRY
        if verdict is Verdict.DONE:
            self._say("ok", "")
        elif verdict is Verdict.UNKNOWN_BOX:
            self._say(
                "waiting", f"HR has not accepted this box; its fingerprint is {fingerprint(self._client.public_key)}"
            )
        else:
            self._say("unreachable", "no answer that HR has signed")
        return verdict

    def _send_all(self) -> Verdict:
        while encoded := self._next_batch():
            batch, body = [fact for fact, _ in encoded], join_batch([each for _, each in encoded])
            numbers = (batch[0].epoch, batch[0].seq, batch[-1].seq)
            reply = self._client.send("POST", "/v1/facts", body, numbers=numbers)
            verdict = judge(reply.status, signed=reply.signed)
            if verdict is Verdict.DONE:
                self._accept(reply, batch)
            elif verdict is Verdict.REWIND:
                self._rewind(reply, batch)
                return Verdict.RETRY
            else:
                return verdict
        return Verdict.DONE

    def _next_batch(self) -> list[tuple[Fact, bytes]]:
        """The next facts of one epoch with their bytes, within the limits of a request."""
        waiting = self._facts.after(self._store.acknowledged(), MAX_BATCH_FACTS)
        batch: list[tuple[Fact, bytes]] = []
        size = 2
        for fact in waiting:
            encoded = canonical_json(fact)
            size += len(encoded) + 1
            if fact.epoch != waiting[0].epoch or (batch and size > MAX_BATCH_BYTES):
                break
            batch.append((fact, encoded))
        return batch

    def _accept(self, reply: Reply, batch: list[Fact]) -> None:
        receipt = _decoded(reply.body, Receipt)
        mine = receipt.device == self._device and receipt.nonce == reply.nonce and receipt.epoch == batch[0].epoch
        if not mine or receipt.seq < batch[0].seq:
            raise Unreachable(f"a signed receipt for something else: {receipt.device}/{receipt.epoch}/{receipt.seq}")
        for refusal in receipt.refusals:
            log.error("HR set fact %d aside: %s (%s)", refusal.seq, refusal.code, refusal.detail)
        # A box that was restored, or lost its reference.db, sends what HR has long had: HR's receipt is then ahead.
        self._store.accept(receipt, reply.body, reply.signature, min(receipt.seq, batch[-1].seq))

    def _rewind(self, reply: Reply, batch: list[Fact]) -> None:
        wanted = _decoded(reply.body, Wanted)
        mine = wanted.device == self._device and wanted.nonce == reply.nonce
        # Only ever back: a question for something later would drop what lies between.
        if not mine or not 0 < wanted.seq <= batch[0].seq:
            raise Unreachable(f"a signed question for something else: {wanted.device}/{wanted.epoch}/{wanted.seq}")
        log.warning("HR wants facts from %d on; sending them again", wanted.seq)
        self._store.rewind(wanted.seq)

    def _fetch_reference(self) -> Verdict:
        reply = self._client.send("GET", "/v1/reference", b"", version=self._store.version())
        if reply.status == 304 and reply.signed:
            return Verdict.DONE
        verdict = judge(reply.status, signed=reply.signed)
        if verdict is Verdict.DONE:
            reference = _decoded(reply.body, Reference)
            self._store.replace(reference)
            log.info("reference data is now version %d: %d people", reference.version, len(reference.people))
        return verdict

    def _introduce(self) -> None:
        enrolment = canonical_json({"device": self._device, "public_key": public_text(self._client.public_key)})
        self._client.send("POST", "/v1/devices", enrolment)

    def _say(self, state: str, detail: str) -> None:
        """One log line when it changes; the kiosk shows the state."""
        if state != self._state:
            level = logging.INFO if state == "ok" else logging.WARNING
            log.log(level, "HR: %s %s", state, detail)
        now_us = self._now_us()
        # The time of the last contact is written once a minute: a card is not worn out by saying that all is well.
        if state != self._state or (state == "ok" and now_us - self._noted_us >= CONTACT_EVERY_US):
            self._store.contact(now_us if state == "ok" else 0, state)
            self._noted_us = now_us
        self._state = state


def _decoded(body: bytes, kind: type[T]) -> T:
    """What HR has signed. Unreachable when it is of a release that says more than this one understands."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"HR has signed a {kind.__name__} that this release cannot read: {error}") from error
