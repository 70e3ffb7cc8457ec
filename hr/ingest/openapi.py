"""What HR serves as JSON, described as OpenAPI 3.1: one row an address, and the schemas made of the structs themselves.

docs/wire.md says what the parts mean; this says their shape, for tools.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from hr.fleet.monitoring import FleetNow
from hr.ingest.api import Introduction
from release import release
from sync.wire.envelope import DEVICE_NAME, HEADER, Fact, Introduced, Receipt, SealedReceipt, SealedRecord, Wanted
from sync.wire.payslip import Payslip, PayslipAsked
from sync.wire.payslip import Refusal as PayslipRefusal
from sync.wire.presence import Presence
from sync.wire.reference_data import KINDS
from sync.wire.reference_pages import Manifest
from sync.wire.report import Report
from sync.wire.signed_time import TIME_PATH, TimeAnswer, TimeQuestion

FOR_MACHINES = "/v1/"
PATH = FOR_MACHINES + "openapi.json"


class Problem(msgspec.Struct, frozen=True):
    """Why not: `code` is one word of the list in docs/wire.md, `detail` is for a person."""

    code: str
    detail: str = ""


class Noted(msgspec.Struct, frozen=True):
    """It is noted."""

    code: str


class By(Enum):
    """Who may ask."""

    BOX = "signed"
    TOOL = "token"
    ANYBODY = "open"


@dataclass(frozen=True)
class Answer:
    """One status. `body` None: none; `signed`: HR signs it for the nonce of the question."""

    says: str
    body: Any = None
    signed: bool = True


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    path: str
    method: str
    does: str
    by: By
    answers: Mapping[int, Answer]
    takes: Any = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RowsOf:
    """A JSON array of rows, all of one of these kinds."""

    kinds: tuple[type, ...]


def _said(says: str) -> Answer:
    return Answer(says, Problem, signed=False)


MALFORMED = _said("malformed: a header, the digest or the body is not as it should be")
TOO_LARGE = _said("too_large")
UNKNOWN_KEY = _said("not_accepted or bad_signature: this box is not let in, or has not signed this")
OF_A_BOX = {400: MALFORMED, 401: UNKNOWN_KEY, 413: TOO_LARGE}
PAGE_OF_KIND = RowsOf(tuple(kind.row for kind in KINDS.values()))

OPERATIONS = (
    Operation(
        "/v1/devices",
        "post",
        "A box asks to be let in, to take the place of another, or with a new key that its old one has signed for.",
        By.BOX,
        {
            200: Answer("accepted", Introduced),
            202: Answer("pending: a person compares the fingerprint and decides", Introduced),
            400: MALFORMED,
            401: Answer("revoked, signed; or bad_signature, not signed", Introduced | Problem, signed=False),
            403: Answer("code_wanted or bad_code", Introduced),
            409: Answer("name_taken", Introduced),
            413: TOO_LARGE,
            429: Answer("too_many_pending or too_many_tries", Introduced),
        },
        Introduction,
    ),
    Operation(
        "/v1/facts",
        "post",
        "Takes a batch of facts, packed with gzip or not.",
        By.BOX,
        {
            200: Answer("a receipt: all up to `seq` is committed", Receipt),
            409: Answer("the batch does not go on from what HR holds", Wanted),
            415: _said("unknown_coding"),
            **OF_A_BOX,
        },
        list[Fact],
    ),
    Operation(
        "/v1/reference",
        "get",
        "What the reference data are made of.",
        By.BOX,
        {200: Answer("the manifest", Manifest), **OF_A_BOX},
    ),
    Operation(
        "/v1/reference/{version}",
        "get",
        "The same, if it is not this version any more.",
        By.BOX,
        {200: Answer("the manifest", Manifest), 304: Answer("it still is"), **OF_A_BOX},
        parameters={"version": "what the manifest that the box has calls itself"},
    ),
    Operation(
        "/v1/reference/{kind}/{name}",
        "get",
        "One page of the reference data; packed with gzip for who asks so.",
        By.BOX,
        {
            200: Answer("its rows", PAGE_OF_KIND),
            404: Answer("gone: a newer manifest does not name it", Problem),
            **OF_A_BOX,
        },
        parameters={"kind": "a kind of the manifest", "name": "one of its pages"},
    ),
    Operation(
        "/v1/presence/{version}",
        "get",
        "Who has tapped at other boxes, if it is not this version any more; packed with gzip for who asks so.",
        By.BOX,
        {
            200: Answer("the last tap of each person elsewhere", Presence),
            304: Answer("it still is this version"),
            404: _said("not_found: the version is no number"),
            **OF_A_BOX,
        },
        parameters={"version": "the one that the box has; 0 for none"},
    ),
    Operation(
        "/v1/sealed",
        "post",
        "Keeps what an identity card says, sealed for HR.",
        By.BOX,
        {
            200: Answer("HR has committed these bytes", SealedReceipt),
            409: Answer("conflict: another record of this person came first, and stays", Problem),
            **OF_A_BOX,
        },
        SealedRecord,
    ),
    Operation(
        "/v1/report",
        "post",
        "How a box stands, for people to see.",
        By.BOX,
        {200: Answer("noted", Noted), **OF_A_BOX},
        Report,
    ),
    Operation(
        "/v1/payslip",
        "post",
        "One month of one person's pay, for whoever held the badge at the box just now.",
        By.BOX,
        {
            200: Answer("the payslip", Payslip),
            403: Answer("not_his_tap", PayslipRefusal),
            409: Answer("tap_wanted", PayslipRefusal),
            429: Answer("too_many", PayslipRefusal),
            **OF_A_BOX,
        },
        PayslipAsked,
    ),
    Operation(
        TIME_PATH,
        "post",
        "What time it is, signed for this nonce under a heading of its own.",
        By.ANYBODY,
        {200: Answer("HR's clock", TimeAnswer), 400: MALFORMED, 413: TOO_LARGE},
        TimeQuestion,
    ),
    Operation(
        "/v1/fleet.json",
        "get",
        "How the boxes stand, for a monitoring tool.",
        By.TOOL,
        {200: Answer("the boxes", FleetNow, signed=False), 401: _said("token_wanted")},
    ),
    Operation(
        PATH,
        "get",
        "This description.",
        By.ANYBODY,
        {200: Answer("OpenAPI 3.1", dict[str, Any], signed=False)},
    ),
)

_NUMBER = {"type": "integer", "minimum": 0, "maximum": 2**53}
HEADERS: dict[str, dict[str, Any]] = {
    "Content-Digest": {"type": "string", "pattern": "^sha-256=[A-Za-z0-9+/]{43}=$"},
    HEADER + "Device": {"type": "string", "pattern": f"^{DEVICE_NAME.pattern}$"},
    HEADER + "Epoch": _NUMBER,
    HEADER + "First": _NUMBER,
    HEADER + "Last": _NUMBER,
    HEADER + "Nonce": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
    HEADER + "Signature": {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$"},
}
"""Of a request that a box signs."""

CLAIMED = [name for name in HEADERS if not name.endswith("Signature")]


def document() -> dict[str, Any]:
    """The whole description."""
    bodies = [answer.body for each in OPERATIONS for answer in each.answers.values()]
    types = list(_types([each.takes for each in OPERATIONS] + bodies))
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schema_of = {str(each): schema for each, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method] = _operation(each, schema_of)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Clockpiece HR",
            "version": release(),
            "description": "What boxes and monitoring tools speak to. docs/wire.md says what it means, byte by byte.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": HEADER + "Signature",
                    "description": "Ed25519 over ten lines, with the key of a box that is let in (docs/wire.md).",
                },
                "token": {"type": "http", "scheme": "bearer", "description": "The token of `hr.monitoring`."},
            },
        },
    }


def _types(every: list[Any]) -> Iterator[Any]:
    """Each type once, unions and rows taken apart."""
    seen: set[str] = set()
    for each in every:
        for part in _parts(each):
            if str(part) not in seen:
                seen.add(str(part))
                yield part


def _parts(body: Any) -> tuple[Any, ...]:
    if body is None:
        return ()
    if isinstance(body, RowsOf):
        return body.kinds
    return getattr(body, "__args__", (body,)) if type(body).__name__ == "UnionType" else (body,)


def _schema(body: Any, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    parts = [schema_of[str(each)] for each in _parts(body)]
    one = parts[0] if len(parts) == 1 else {"anyOf": parts}
    return {"type": "array", "items": one} if isinstance(body, RowsOf) else dict(one)


def _operation(each: Operation, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "summary": each.does,
        "operationId": "_".join([each.method, *each.path.strip("/").replace("{", "").replace("}", "").split("/")]),
        "parameters": [
            {"name": name, "in": "path", "required": True, "description": says, "schema": {"type": "string"}}
            for name, says in each.parameters.items()
        ],
        "responses": {str(status): _response(answer, schema_of) for status, answer in sorted(each.answers.items())},
    }
    if each.by is By.BOX:
        made["security"] = [{"signature": []}]
        made["parameters"] += [
            {"name": name, "in": "header", "required": True, "schema": HEADERS[name]} for name in CLAIMED
        ]
    elif each.by is By.TOOL:
        made["security"] = [{"token": []}]
    if each.takes is not None:
        content = {"application/json": {"schema": _schema(each.takes, schema_of)}}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _response(answer: Answer, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"description": answer.says}
    if answer.body is not None:
        made["content"] = {"application/json": {"schema": _schema(answer.body, schema_of)}}
    if answer.signed:
        signature = {"required": True, "schema": HEADERS[HEADER + "Signature"]}
        made["headers"] = {HEADER + "Signature": signature}
    return made


def openapi() -> Blueprint:
    """The blueprint that serves it; mount it without a prefix."""
    made = Blueprint("openapi", __name__)
    body = msgspec.json.encode(document())

    @made.get(PATH)
    def described() -> Response:
        return Response(body, mimetype="application/json")

    return made


def errors_as_json(app: Flask) -> None:
    """An address that is not there, or a method that it has not, is said to a machine in its own language."""
    pages: Any = app.error_handler_spec[None][None].get(HTTPException)

    def said(error: HTTPException) -> Any:
        if request.path.startswith(FOR_MACHINES):
            answer = error.get_response()
            answer.data = msgspec.json.encode(Problem((error.name or "error").lower().replace(" ", "_")))
            answer.content_type = "application/json"
            return answer
        return error if pages is None else pages(error)

    app.register_error_handler(HTTPException, said)
