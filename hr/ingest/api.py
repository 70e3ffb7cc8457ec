"""The addresses that boxes speak to (docs/wire.md). Every request is signed by a box; answers are signed by HR.

An unsigned answer says only that a box is not let in, or that the request made no sense: nothing may be done on it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from hr.ingest import payslips
from hr.ingest.decide import MAX_SEQ
from hr.kiosks.store import Enrolment
from hr.people.newcomers import RecordRefused
from hr.service import HrService
from pages.throttle import Steepness, Throttle
from sync.wire.chained import CHAINED, unchained
from sync.wire.envelope import (
    DEVICE_NAME,
    HEADER,
    MAX_BATCH_BYTES,
    PACKED,
    Fact,
    Introduced,
    SealedReceipt,
    SignedRequest,
    Wanted,
    WireError,
    b64,
    canonical_json,
    decode_batch,
    decode_sealed,
    pack,
    public_from_text,
    read_request,
    response_bytes,
    unb64,
    unpack,
    verified,
)
from sync.wire.report import decode_report
from sync.wire.rotation import Rotation

log = logging.getLogger(__name__)

MAX_NONCE = 100
STATUS = {
    Enrolment.PENDING: 202,
    Enrolment.ACCEPTED: 200,
    Enrolment.REVOKED: 401,
    Enrolment.NAME_TAKEN: 409,
    Enrolment.TOO_MANY: 429,
    Enrolment.CODE_WANTED: 403,
    Enrolment.BAD_CODE: 403,
    Enrolment.TOO_MANY_TRIES: 429,
}
STEEPNESS = Steepness(free_failures=5, first_s=1.0, cap_s=60.0)
"""Of wrong codes from one address. The cap is low: behind a proxy all boxes have one address."""


class Refused(Exception):
    """The request ends here with this status and code."""

    def __init__(self, status: int, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.status, self.code, self.detail = status, code, detail


class Introduction(msgspec.Struct, frozen=True):
    """What a box says of itself when it asks to be let in. More fields may come with newer boxes."""

    device: str
    public_key: str
    replaces: bool = False
    proof: str = ""
    follows: str = ""
    rotation: str = ""

    def follows_another(self) -> Rotation | None:
        """What vouches for its key, if anything does. ValueError when that is not base64."""
        return Rotation(self.follows, unb64(self.rotation)) if self.follows and not self.replaces else None


@dataclass(frozen=True)
class Asked:
    """A request as it came: what it claims, its signature still unchecked, and its body."""

    claim: SignedRequest
    signature: bytes
    body: bytes

    def demand_key(self, key: Ed25519PublicKey | None) -> None:
        """Refused unless this key signed the request."""
        if key is None:
            raise Refused(
                401, "not_accepted", "this box is not accepted by HR: compare fingerprints and accept it there"
            )
        if not verified(key, self.signature, self.claim.signing_bytes()):
            raise Refused(401, "bad_signature", "the request is not signed with the key of this box")


def api(service: HrService, monotonic_s: Callable[[], float] = time.monotonic) -> Blueprint:
    """The blueprint; mount it without a prefix. `monotonic_s` times how often wrong codes may come from an address."""
    made = Blueprint("ingest", __name__)
    guesses = Throttle(STEEPNESS, monotonic_s)

    @made.post("/v1/devices")
    def devices() -> Response:
        asked = _asked()
        introduction, key = _introduced(asked)
        asked.demand_key(key)
        answer = _introduce(service, guesses, asked, introduction, key)
        if answer is Enrolment.PENDING:
            log.info("kiosk %s asks to be accepted", introduction.device)
        place = service.kiosks.place_of(key) if answer is Enrolment.ACCEPTED else None
        said = Introduced(answer.value) if place is None else Introduced(answer.value, **asdict(place))
        return _signed(service, asked, STATUS[answer], canonical_json(said))

    @made.post("/v1/facts")
    def facts() -> Response:
        asked = _asked()
        asked.demand_key(service.kiosks.key_of(asked.claim.device))
        # What packs well may be large: only an accepted box may have anything unpacked.
        try:
            batch = _decoded(asked)
        except Refused:
            service.kiosks.note_contact(asked.claim.device)
            raise
        answer = service.inbox.receive(batch, asked.claim.nonce)
        status = 409 if isinstance(answer, Wanted) else 200
        return _signed(service, asked, status, canonical_json(msgspec.to_builtins(answer)))

    @made.post("/v1/sealed")
    def sealed() -> Response:
        asked = _asked()
        asked.demand_key(service.kiosks.key_of(asked.claim.device))
        service.kiosks.note_contact(asked.claim.device)
        # Signed refusals: the box goes on with the next record only if it was HR that did not want this one.
        try:
            person, record = decode_sealed(asked.body)
            receipt = SealedReceipt(person, service.newcomers.keep_sealed(asked.claim.device, person, record))
        except WireError as error:
            return _signed(service, asked, 400, canonical_json({"code": "malformed", "detail": str(error)}))
        except RecordRefused as error:
            return _signed(service, asked, 409, canonical_json({"code": "conflict", "detail": str(error)}))
        return _signed(service, asked, 200, canonical_json(receipt))

    @made.post("/v1/report")
    def report() -> Response:
        asked = _asked()
        asked.demand_key(service.kiosks.key_of(asked.claim.device))
        service.kiosks.note_contact(asked.claim.device)
        try:
            told = decode_report(asked.body)
        except WireError as error:
            raise Refused(400, "malformed", str(error)) from error
        service.fleet.note(asked.claim.device, told)
        return _signed(service, asked, 200, canonical_json({"code": "noted"}))

    @made.post("/v1/payslip")
    def payslip() -> Response:
        asked = _asked()
        asked.demand_key(service.kiosks.key_of(asked.claim.device))
        service.kiosks.note_contact(asked.claim.device)
        return _signed(service, asked, *payslips.answered(service.payslips, asked.claim.device, asked.body))

    @made.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        log.info("refused %s: %s", request.path, error.code)
        body = canonical_json({"code": error.code, "detail": error.detail})
        return Response(body, error.status, mimetype="application/json")

    _tell_reference(made, service)
    _tell_presence(made, service)
    return made


def _tell_reference(made: Blueprint, service: HrService) -> None:
    """The manifest of the reference data, and their pages."""

    @made.get("/v1/reference")
    @made.get("/v1/reference/<version>")
    def reference(version: str = "") -> Response:
        asked = _asked()
        asked.demand_key(service.kiosks.key_of(asked.claim.device))
        service.kiosks.note_contact(asked.claim.device)
        edition = service.editions.current()
        if version == edition.version:
            return _signed(service, asked, 304, b"")
        return _signed(service, asked, 200, edition.manifest)

    @made.get("/v1/reference/<kind>/<name>")
    def reference_page(kind: str, name: str) -> Response:
        asked = _asked()
        asked.demand_key(service.kiosks.key_of(asked.claim.device))
        page = service.editions.current().pages.get((kind, name))
        if page is None:
            return _signed(service, asked, 404, canonical_json({"code": "gone"}))
        if PACKED in request.accept_encodings.values():
            return _signed(service, asked, 200, page.packed, packed=True)
        return _signed(service, asked, 200, page.body)


def _tell_presence(made: Blueprint, service: HrService) -> None:
    """Who has tapped where last, at other boxes than the one that asks."""

    @made.get("/v1/presence/<int:version>")
    def presence(version: int) -> Response:
        asked = _asked()
        asked.demand_key(service.kiosks.key_of(asked.claim.device))
        service.kiosks.note_contact(asked.claim.device)
        told = service.presence.of(asked.claim.device)
        if version == told.version:
            return _signed(service, asked, 304, b"")
        body, packed = canonical_json(told), PACKED in request.accept_encodings.values()
        return _signed(service, asked, 200, pack(body) if packed else body, packed=packed)


def _asked() -> Asked:
    """The request as signed; the Host it names is the one it was sent to, or the signature will not fit."""
    request.max_content_length = MAX_BATCH_BYTES
    try:
        body = request.get_data()
    except RequestEntityTooLarge as error:
        raise Refused(413, "too_large", f"at most {MAX_BATCH_BYTES} bytes") from error
    headers = dict(request.headers.items())
    path = request.script_root + request.path
    try:
        claim, signature = read_request(request.method, headers.get("Host", ""), path, headers, body)
    except (WireError, ValueError) as error:
        raise Refused(400, "malformed", str(error)) from error
    numbers = (claim.epoch, claim.first, claim.last)
    if not DEVICE_NAME.fullmatch(claim.device) or not all(0 <= number <= MAX_SEQ for number in numbers):
        raise Refused(400, "malformed", "a device name or a number that no box has")
    if not 1 <= len(claim.nonce) <= MAX_NONCE:
        raise Refused(400, "malformed", f"a nonce of 1 to {MAX_NONCE} characters is wanted")
    return Asked(claim, signature, body)


def _introduced(asked: Asked) -> tuple[Introduction, Ed25519PublicKey]:
    try:
        introduction = msgspec.json.decode(asked.body, type=Introduction)
        key = public_from_text(introduction.public_key)
    except (msgspec.MsgspecError, WireError, RecursionError) as error:
        raise Refused(400, "malformed", str(error)) from error
    if introduction.device != asked.claim.device:
        raise Refused(400, "malformed", "the body names another device than the signature")
    return introduction, key


def _introduce(
    service: HrService, guesses: Throttle, asked: Asked, introduction: Introduction, key: Ed25519PublicKey
) -> Enrolment:
    address = (f"address {request.remote_addr}",)
    if introduction.proof and guesses.wait_s(address) > 0:
        return Enrolment.TOO_MANY_TRIES
    try:
        proof, rotation = unb64(introduction.proof), introduction.follows_another()
    except ValueError as error:
        raise Refused(400, "malformed", "the proof or the rotation is not base64") from error
    if rotation is not None and service.kiosks.rotate(introduction.device, key, rotation):
        return Enrolment.ACCEPTED
    answer = service.kiosks.introduce(
        introduction.device, key, asked.claim.nonce, proof, replaces=introduction.replaces
    )
    if answer is Enrolment.BAD_CODE:
        log.warning("a wrong code came for the name %s", introduction.device)
        guesses.failed(address)
    return answer


def _unpacked(body: bytes) -> bytes:
    match request.headers.get("Content-Encoding", "").strip().lower():
        case "" | "identity":
            return body
        case coding if coding == PACKED:
            return unpack(body)
        case coding if coding == f"{CHAINED}, {PACKED}":
            return unchained(unpack(body))
        case _:
            raise Refused(415, "unknown_coding", f"a body may be packed with {PACKED}, or with {CHAINED} and {PACKED}")


def _decoded(asked: Asked) -> list[Fact]:
    claim = asked.claim
    try:
        batch = decode_batch(_unpacked(asked.body))
    except (WireError, RecursionError) as error:
        raise Refused(400, "malformed", str(error)) from error
    found = (batch[0].device, batch[0].epoch, batch[0].seq, batch[-1].seq)
    if found != (claim.device, claim.epoch, claim.first, claim.last):
        raise Refused(400, "malformed", "the batch is not the one that was signed for")
    if batch[0].seq < 1:
        raise Refused(400, "malformed", "facts are numbered from 1")
    return batch


def _signed(service: HrService, asked: Asked, status: int, body: bytes, *, packed: bool = False) -> Response:
    response = Response(body, status, mimetype="application/json")
    signature = service.office.keys.signing.sign(response_bytes(asked.claim.nonce, body))
    response.headers[HEADER + "Signature"] = b64(signature)
    # In an answer it says what the next question may be packed with (RFC 9110, 12.5.3).
    response.headers["Accept-Encoding"] = f"{PACKED}, {CHAINED}"
    if packed:
        response.headers["Content-Encoding"] = PACKED
    # Its signature is for one question; and what it says is nobody else's to keep.
    response.headers["Cache-Control"] = "no-store"
    return response
