"""What HR serves as JSON is what its description says, whatever is sent."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hr.config import Server
from hr.ingest.openapi import OPERATIONS, PATH, By, document
from hr.web import create_app
from hr.web.guard import Guard, guard_of
from sync.wire.envelope import SignedRequest, digest, public_text, sign_request
from sync.wire.facts import Direction
from sync.wire.reference_data import Person, Role
from tests.unit.hr.cast import Box, Factory, factory, tap

EXAMPLES = 8
TOKEN = "t" * 40

pytestmark = pytest.mark.slow
NAMED = {f"{each.method.upper()} {each.path}": each for each in OPERATIONS}
ANSWERS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class Signing:
    """Between the tool and HR: signs what was sent, whatever it is, as a box that is let in."""

    def __init__(self, app: Flask, box: Box) -> None:
        self._app, self._box, self._nonce = app, box, 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # the tool unpacks nothing
        self._nonce += 1
        claim = SignedRequest(
            environ["REQUEST_METHOD"],
            environ["HTTP_HOST"],
            environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            digest(body),
            self._box.device,
            *numbers(body),
            f"n{self._nonce}",
        )
        for name, value in sign_request(self._box.key, claim).items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return self._app.wsgi_app(environ, start_response)


def numbers(body: bytes) -> tuple[int, int, int]:
    """As the batch has them, where it is one."""
    try:
        found = msgspec.json.decode(body)
        epoch, first, last = found[0]["epoch"], found[0]["seq"], found[-1]["seq"]
    except (msgspec.MsgspecError, UnicodeDecodeError, LookupError, TypeError):
        return (0, 0, 0)
    epoch, first, last = (each if isinstance(each, int) else 0 for each in (epoch, first, last))
    return epoch, first, last


@pytest.fixture(scope="module")
def hr(tmp_path_factory: pytest.TempPathFactory, empty_hr_file: Path) -> Iterator[Factory]:
    folder = tmp_path_factory.mktemp("described")
    shutil.copy(empty_hr_file, folder / "hr.db")
    made = factory(folder, f"sqlite:///{folder / 'hr.db'}")
    made.service.people.save(Person("", "1001", "李伟", Role.WORKER))
    made.gate.write(tap(Direction.IN, made.service.people.listed()[0].id))
    assert made.gate.send(made.client, made.gate.journal).status == 200
    yield made
    made.service.close()


@pytest.fixture(scope="module")
def app(hr: Factory, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    token = tmp_path_factory.mktemp("token") / "monitoring.token"
    token.write_text(TOKEN, "ascii")
    return create_app(hr.service, msgspec.convert({"database": "", "keys": "", "monitoring": str(token)}, Server))


Mend = Callable[[Any], None]


def mends(hr: Factory, box: Box) -> dict[str, Mend]:
    """What chance would never hit: who the box is, that a batch is numbered, and which pages there are."""
    person = hr.service.people.listed()[0].id

    def introduction(case: Any) -> None:
        case.body |= {"device": box.device, "public_key": public_text(box.key.public_key())}

    def batch(case: Any) -> None:
        for place, fact in enumerate(case.body):
            fact |= {"device": box.device, "epoch": 1, "seq": 2 + place}

    def page(case: Any) -> None:
        kind, name = next(iter(hr.service.editions.current().pages))
        case.path_parameters = {"kind": kind, "name": name}

    def manifest(case: Any) -> None:
        told = hr.gate.ask(hr.client, "GET", "/v1/reference").json
        case.path_parameters = {"version": told["version"]}

    def presence(case: Any) -> None:
        case.path_parameters = {"version": 0}

    def payslip(case: Any) -> None:
        case.body |= {"person": person, "months_back": 0, "epoch": 1, "tap": 1}

    def sealed(case: Any) -> None:
        case.body = {"person": "p-1", "sealed": "c2VhbGVk"}

    def token(case: Any) -> None:
        case.headers["Authorization"] = f"Bearer {TOKEN}"

    return {
        "POST /v1/devices": introduction,
        "POST /v1/facts": batch,
        "GET /v1/reference/{version}": manifest,
        "GET /v1/reference/{kind}/{name}": page,
        "GET /v1/presence/{version}": presence,
        "POST /v1/payslip": payslip,
        "POST /v1/sealed": sealed,
        "GET /v1/fleet.json": token,
    }


def answers(app: Any, name: str, mode: GenerationMode, mend: Mend | None = None) -> set[int]:
    """The statuses of what came back; each answer fits the description, and none is a 5xx."""
    method, path = name.split(" ")
    operation = schemathesis.openapi.from_wsgi(PATH, app)[path][method]
    seen: list[int] = []

    @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def once(case: Any) -> None:
        if mend is not None and len(seen) % 2:
            mend(case)
        answer = case.call()
        case.validate_response(answer, checks=ANSWERS)
        seen.append(answer.status_code)

    once()
    return set(seen)


OF_BOXES = [name for name, each in NAMED.items() if each.by is By.BOX]


@pytest.mark.parametrize("name", OF_BOXES)
def test_who_signs_nothing_is_refused_as_described(app: Flask, name: str):
    assert answers(app, name, GenerationMode.POSITIVE) <= {400, 404}


@pytest.mark.parametrize("name", OF_BOXES)
def test_a_box_that_is_not_let_in_is_refused_as_described(app: Flask, hr: Factory, name: str):
    mend = mends(hr, hr.revoked).get(name)
    refused = answers(Signing(app, hr.revoked), name, GenerationMode.POSITIVE, mend)
    assert refused <= {400, 401, 404}
    assert 401 in refused


def test_a_box_that_hr_has_never_seen_is_asked_for_a_code_as_described(app: Flask, hr: Factory):
    mend = mends(hr, hr.stranger)["POST /v1/devices"]
    asked = answers(Signing(app, hr.stranger), "POST /v1/devices", GenerationMode.POSITIVE, mend)
    assert 403 in asked


@pytest.mark.parametrize("name", NAMED)
def test_a_box_that_is_let_in_gets_what_is_described(app: Flask, hr: Factory, name: str):
    seen = answers(Signing(app, hr.gate), name, GenerationMode.POSITIVE, mends(hr, hr.gate).get(name))
    assert seen & {200, 304}


@pytest.mark.parametrize("name", [name for name, each in NAMED.items() if each.takes or each.parameters])
def test_a_box_that_sends_nonsense_gets_what_is_described(app: Flask, hr: Factory, name: str):
    assert answers(Signing(app, hr.gate), name, GenerationMode.NEGATIVE)


def test_each_address_is_described_and_nothing_else_is(app: Flask):
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(each.path, each.method) for each in OPERATIONS} == there


def test_each_address_is_guarded_as_described(app: Flask):
    guards = {By.BOX: Guard.SIGNED, By.TOOL: Guard.MONITORING, By.ANYBODY: Guard.OPEN}
    for rule in app.url_map.iter_rules():
        for each in OPERATIONS:
            if each.path == re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule):
                assert guard_of(rule.endpoint) is guards[each.by]


def test_the_description_is_openapi_3_1_and_its_schemas_are_json_schema():
    told = document()
    schemathesis.openapi.from_dict(told).validate()
    for schema in told["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nothing", 404), ("POST", "/v1/reference", 405),
    ("DELETE", "/v1/facts", 405), ("GET", "/v1/reference/a/b/c", 404)])  # fmt: skip
def test_what_is_not_there_is_said_as_json(app: Flask, method: str, path: str, status: int):
    answer = app.test_client().open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert (answer.json or {})["code"]
    if status == 405:
        assert answer.headers["Allow"]
