"""The loop that carries facts to HR and reference data back. Endless: a queue is never given up.

A fact leaves the queue only by a receipt that HR's pinned key has signed.
"""

from __future__ import annotations

import contextlib
import logging
import random
from collections.abc import Callable

import msgspec
from sqlcipher3 import dbapi2

from database import NotThereYet
from sync.exchange.client import DatesRefused, HrClient, Reply, Unreachable, understood
from sync.policy import Pace, Verdict, judge
from sync.ports import FactSource
from sync.reference.fetching import ReferenceFetch
from sync.reference.presence_fetch import PresenceFetch
from sync.reference.store import ReferenceStore
from sync.reporting import Reporter
from sync.timekeeping import Timekeeper
from sync.wire.envelope import (
    MAX_BATCH_BYTES,
    MAX_BATCH_FACTS,
    Fact,
    Receipt,
    SealedReceipt,
    Wanted,
    canonical_json,
    encode_sealed,
    fingerprint,
    join_batch,
    public_text,
)
from sync.wire.identity import sealed_digest
from sync.wire.report import encode_report
from sync.wire.rotation import Rotation, introduction

log = logging.getLogger(__name__)

CONTACT_EVERY_US = 300_000_000
MAX_SEALED_RECORDS = 1000
"""More newcomers than this wait at no box."""


class _SealedRefusal(msgspec.Struct):
    """Why HR does not take a sealed record."""

    code: str
    detail: str = ""


FEWEST_BATCH_BYTES = 16_000
FIRST_BATCH_BYTES = 64_000
"""Nobody knows yet how slow the line is, nor whether HR unpacks."""


class SyncWorker:
    """One HR server, one ordered sender."""

    def __init__(
        self,
        facts: FactSource,
        store: ReferenceStore,
        client: HrClient,
        device: str,
        now_us: Callable[[], int],
        timekeeper: Timekeeper | None = None,
        reporter: Reporter | None = None,
        rotation: Rotation | None = None,
        presence: PresenceFetch | None = None,
    ) -> None:
        """`timekeeper` hears what each receipt for facts says of the time. `rotation`: its key follows another."""
        self._facts, self._store, self._client = facts, store, client
        self._device, self._now_us, self._timekeeper = device, now_us, timekeeper
        self._reference = ReferenceFetch(client, store.pages)
        self._reporter, self._rotation, self._presence = reporter, rotation, presence
        self._state = ""
        self._noted_us = self._answered_us = 0
        self._batch_bytes = FIRST_BATCH_BYTES
        self._compared: set[int] = set()
        self._unknown = False

    def run(self, wait: Callable[[float], bool], pace: Pace, interval_s: float) -> None:
        """Works until `wait(seconds)` says to stop (it returns True then)."""
        while True:
            pace = pace.after(self.round(), self._client.asked_pause_s)
            if wait(pace.wait_s(random.random) or interval_s):
                return

    def round(self) -> Verdict:
        """Sends all that waits, then fetches what is new. The first trouble ends the round."""
        try:
            verdict = self._introduce() if self._unknown else Verdict.DONE
            if verdict is Verdict.DONE:
                verdict = self._send_all()
            if verdict is Verdict.DONE:
                verdict = self._reference.run()
            if verdict is Verdict.DONE:
                verdict = self._send_sealed()
            if verdict is Verdict.DONE and self._presence is not None:
                self._presence.run()
            self._unknown = verdict is Verdict.UNKNOWN_BOX
            if verdict in {Verdict.DONE, Verdict.PARTED}:
                self._report()
        except Unreachable as error:
            self._say("certificate" if isinstance(error, DatesRefused) else "unreachable", str(error))
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
            print_ = fingerprint(self._client.public_key)
            self._say("waiting", f"HR has not accepted this box, {print_}; if it has not asked: `clockpiece enrol`")
        elif verdict is Verdict.PARTED:
            self._say("parted", "it holds other facts than this journal; core opens a new one")
        else:
            self._say("unreachable", "no answer that HR has signed")
        return verdict

    def _send_all(self) -> Verdict:
        epochs = self._facts.epochs()
        for epoch in epochs:
            verdict = self._send_epoch(epoch)
            # What an earlier journal has after the parting was carried over into a later one.
            if verdict is not Verdict.DONE and not (verdict is Verdict.PARTED and epoch != epochs[-1]):
                return verdict
        return Verdict.DONE

    def _send_epoch(self, epoch: int) -> Verdict:
        while not self._store.at_hr(epoch).parted and (encoded := self._next_batch(epoch)):
            batch, body = [fact for fact, _ in encoded], join_batch([each for _, each in encoded])
            reply = self._sent(body, (epoch, batch[0].seq, batch[-1].seq))
            verdict = judge(reply.status, signed=reply.signed)
            if verdict is Verdict.DONE:
                self._accept(reply, batch)
                self._report()
            elif verdict is Verdict.REWIND:
                self._rewind(reply, batch)
                return Verdict.RETRY
            else:
                return verdict
        at_hr = self._store.at_hr(epoch)
        return Verdict.PARTED if at_hr.parted or at_hr.seq > at_hr.common else Verdict.DONE

    def _sent(self, body: bytes, numbers: tuple[int, int, int]) -> Reply:
        """A line may be too slow for a whole batch in the time there is: after a failure the next is half as long."""
        if self._timekeeper:
            self._timekeeper.asked()
        try:
            reply = self._client.send("POST", "/v1/facts", body, numbers=numbers, may_pack=True)
        except Unreachable:
            self._batch_bytes = max(FEWEST_BATCH_BYTES, len(body) // 2)
            raise
        if self._timekeeper:
            self._timekeeper.answered()
        self._batch_bytes = min(MAX_BATCH_BYTES, max(self._batch_bytes, len(body) * 2))
        return reply

    def _next_batch(self, epoch: int) -> list[tuple[Fact, bytes]]:
        """The next facts of an epoch with their bytes, within the limits of a request.

        The first since the start begins with the last one that HR has signed for: the answer says where HR stands now,
        and so whether the card, or HR, has forgotten something meanwhile.
        """
        since = self._store.acknowledged(epoch)
        waiting = self._facts.of_epoch(epoch, since if epoch in self._compared else max(0, since - 1), MAX_BATCH_FACTS)
        batch: list[tuple[Fact, bytes]] = []
        size = 2
        for fact in waiting:
            encoded = canonical_json(fact)
            size += len(encoded) + 1
            if batch and size > min(self._batch_bytes, MAX_BATCH_BYTES):
                break
            batch.append((fact, encoded))
        return batch

    def _accept(self, reply: Reply, batch: list[Fact]) -> None:
        receipt = understood(reply.body, Receipt)
        mine = receipt.device == self._device and receipt.nonce == reply.nonce and receipt.epoch == batch[0].epoch
        if not mine or receipt.seq < batch[0].seq:
            raise Unreachable(f"a signed receipt for something else: {receipt.device}/{receipt.epoch}/{receipt.seq}")
        if self._timekeeper:
            self._timekeeper.learn(receipt.server_time_us)
        for refusal in receipt.refusals:
            log.error("HR set fact %d aside: %s (%s)", refusal.seq, refusal.code, refusal.detail)
        self._compared.add(receipt.epoch)
        # A box that was restored, or lost its reference.db, sends what HR has long had: HR's receipt is then ahead.
        common, parted = min(receipt.seq, batch[-1].seq), False
        if not self._fits(receipt, batch):
            differing = [each.seq for each in receipt.refusals if each.code == "conflict" and each.seq >= batch[0].seq]
            parted = bool(differing) or receipt.seq <= batch[-1].seq
            common = min(common, *(seq - 1 for seq in differing)) if differing else common
        self._store.accept(receipt, reply.body, reply.signature, common, parted)

    def _fits(self, receipt: Receipt, batch: list[Fact]) -> bool:
        """Whether this journal holds what HR holds last."""
        place = receipt.seq - batch[0].seq
        there = batch[place : place + 1] or self._facts.of_epoch(receipt.epoch, receipt.seq - 1, 1)
        return [(fact.seq, fact.hash) for fact in there] == [(receipt.seq, receipt.head)]

    def _rewind(self, reply: Reply, batch: list[Fact]) -> None:
        wanted = understood(reply.body, Wanted)
        mine = wanted.device == self._device and wanted.nonce == reply.nonce
        epoch, first = batch[0].epoch, batch[0].seq
        # Only ever back: a question for something later would drop what lies between.
        if not mine or not (0 < wanted.seq <= first if wanted.epoch == epoch else 0 < wanted.epoch < epoch):
            raise Unreachable(f"a signed question for something else: {wanted.device}/{wanted.epoch}/{wanted.seq}")
        log.warning("HR wants facts from %d on; sending them again", wanted.seq)
        if wanted.epoch != epoch:
            # HR knows nothing of this journal; of the one before it has lost the end, if it ever was this box's.
            self._store.rewind(1, epoch)
        if wanted.epoch in self._facts.epochs():
            self._store.rewind(wanted.seq, wanted.epoch)

    def _send_sealed(self) -> Verdict:
        """Sends what HR's list does not name. After the reference data, so that the list is the newest."""
        held = self._facts.sealed_records(MAX_SEALED_RECORDS)
        if not held:
            return Verdict.DONE
        settled, acknowledged = self._store.sealed_settled(), self._store.acknowledged(self._facts.epochs()[-1])
        for person, seq, sealed in held:
            if person in settled or seq > acknowledged:
                continue
            reply = self._client.send("POST", "/v1/sealed", encode_sealed(person, sealed))
            if reply.signed and 400 <= reply.status < 500:
                refusal = understood(reply.body, _SealedRefusal)
                log.error("HR refused the sealed record of newcomer %s: %s (%s)", person, refusal.code, refusal.detail)
                self._store.sealed_answer(person, refusal.code, refusal.detail)
                continue
            verdict = judge(reply.status, signed=reply.signed)
            if verdict is not Verdict.DONE:
                return verdict
            if understood(reply.body, SealedReceipt) != SealedReceipt(person, sealed_digest(sealed)):
                raise Unreachable(f"a signed receipt for another sealed record than that of {person}")
            self._store.sealed_answer(person)
        return Verdict.DONE

    def _report(self) -> None:
        """Tells HR how this box stands, after an answer only: a line that is down is not asked twice. An HR that knows
        no reports, or does not answer, changes nothing."""
        report = self._reporter.due() if self._reporter is not None else None
        if report is not None:
            with contextlib.suppress(Unreachable):
                self._client.send("POST", "/v1/report", encode_report(report))

    def _introduce(self) -> Verdict:
        """Asks whether this box has been accepted meanwhile: the one request of a round, until it has."""
        said = introduction(self._device, public_text(self._client.public_key), self._rotation)
        reply = self._client.send("POST", "/v1/devices", canonical_json(said))
        verdict = judge(reply.status, signed=reply.signed)
        # Every other answer that HR has signed says that it is not accepted, and why.
        return Verdict.UNKNOWN_BOX if reply.signed and verdict is not Verdict.DONE else verdict

    def _say(self, state: str, detail: str) -> None:
        """One log line when it changes; the kiosk shows the state."""
        if state != self._state:
            level = logging.INFO if state == "ok" else logging.WARNING
            log.log(level, "HR: %s %s", state, detail)
        now_us = self._now_us()
        if state == "ok":
            self._answered_us = now_us
        # Each note costs the card 16 kB, so that all is well is written seldom; when it ends, the last good moment is.
        if state != self._state or (state == "ok" and abs(now_us - self._noted_us) >= CONTACT_EVERY_US):
            self._store.contact(self._answered_us, state)
            self._noted_us = now_us
        self._state = state
