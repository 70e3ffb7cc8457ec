"""A box whose clock is years off: HR's signed time judges the certificate, and nothing else about it is let through."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey as Key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Flask, Response, request

from hr.authority import CERTIFICATE_LASTS, Authority
from hr.ingest.api import api
from hr.ingest.signed_time import signed_time
from hr.service import HrService
from sync.exchange import dates
from sync.exchange.client import DatesRefused, HrClient, Unreachable
from sync.wire.envelope import HEADER, b64, encode_batch, response_bytes, unb64, verified
from sync.wire.facts import Direction
from sync.wire.signed_time import TimeQuestion, time_bytes
from tests.integration.test_tls import HERE, NOW, OURS, ROOT, THEIRS, serving, url_of, write
from tests.unit.hr.cast import KEYS, Factory, factory, tap

pytestmark = [pytest.mark.fault("K8"), pytest.mark.fault("F15")]

DAY_US = 86_400_000_000
YEARS = timedelta(days=30 * 365)
FROM_THERE = {"the box says 2055": -YEARS, "the box says 1996": YEARS}
"""How far HR's days lie from those of this machine, which plays the box with the wrong clock."""

GATE = "gate-1"


def at(moment: datetime) -> Callable[[], int]:
    return lambda: int(moment.timestamp() * 1e6)


@pytest.fixture
def hr(tmp_path: Path, empty_hr_file: Path) -> Iterator[Factory]:
    shutil.copy(empty_hr_file, tmp_path / "hr.db")
    made = factory(tmp_path, f"sqlite:///{tmp_path / 'hr.db'}")
    yield made
    made.service.close()


def app_of(service: HrService, heard: list[str]) -> Flask:
    app = Flask("hr-under-test")
    app.register_blueprint(api(service))
    app.register_blueprint(signed_time(service))
    app.before_request(lambda: heard.append(request.path))
    return app


class There:
    """HR in its own days, with the authority of its own days, before a box that lives in ours."""

    def __init__(self, folder: Path, hr: Factory, now: datetime) -> None:
        self.folder, self.hr, self.now = folder, hr, now
        self.heard: list[str] = []
        self.authority = Authority.generate(now)
        self.authority.save(folder)
        hr.service.office.clock = at(now)

    @contextlib.contextmanager
    def client(self, pem: bytes | None = None, app: Flask | None = None, pinned: bool = True) -> Iterator[HrClient]:
        certificate = write(self.folder / "server.pem", pem or self.authority.issue(HERE, self.now))
        with serving(app or app_of(self.hr.service, self.heard), certificate) as port:
            ca = self.folder / "ca.pem" if pinned else None
            made = HrClient(url_of(port), KEYS.signing.public_key(), self.hr.gate.key, GATE, authority=ca)
            try:
                yield made
            finally:
                made.close()


@pytest.fixture(params=FROM_THERE)
def there(tmp_path: Path, hr: Factory, request: pytest.FixtureRequest) -> There:
    return There(tmp_path, hr, NOW + FROM_THERE[request.param])


@pytest.fixture
def past(tmp_path: Path, hr: Factory) -> There:
    return There(tmp_path, hr, NOW - YEARS)


def send(client: HrClient, hr: Factory) -> int:
    hr.gate.write(tap(Direction.IN))
    seq = len(hr.gate.journal)
    body = encode_batch(hr.gate.journal[-1:])
    reply = client.send("POST", "/v1/facts", body, numbers=(1, seq, seq))
    assert reply.signed
    return reply.status


def test_facts_go_over_and_the_time_is_asked_once(there: There):
    with there.client() as client:
        assert [send(client, there.hr), send(client, there.hr)] == [200, 200]
    assert there.heard == ["/v1/time", "/v1/facts", "/v1/facts"]


def test_the_time_is_asked_again_after_an_hour(past: There, monkeypatch: pytest.MonkeyPatch):
    with past.client() as client:
        send(client, past.hr)
        monkeypatch.setattr(dates, "BELIEVED_S", 0.0)
        send(client, past.hr)
    assert past.heard.count("/v1/time") == 2


@pytest.mark.parametrize("off", [-CERTIFICATE_LASTS - timedelta(days=2), timedelta(days=3)], ids=["run out", "too new"])
def test_a_certificate_that_is_not_valid_by_hrs_own_time_either_is_refused(there: There, off: timedelta):
    with there.client(there.authority.issue(HERE, there.now + off)) as client:
        with pytest.raises(DatesRefused, match="by HR's signed time"):
            send(client, there.hr)
        with pytest.raises(DatesRefused):
            send(client, there.hr)
    assert set(there.heard) == {"/v1/time"}


def test_an_authority_that_has_run_out_by_hrs_time_vouches_for_nobody(past: There):
    past.hr.service.office.clock = at(past.now + timedelta(days=21 * 365))
    pem = past.authority.issue(HERE, past.now + timedelta(days=21 * 365))
    with past.client(pem) as client, pytest.raises(DatesRefused, match="by HR's signed time"):
        send(client, past.hr)


STRANGERS: dict[str, Callable[[There], bytes]] = {
    "of another authority": lambda there: Authority.generate(there.now).issue(HERE, there.now),
    "of another authority of our days": lambda _: THEIRS.issue(HERE, NOW),
    "for another name": lambda there: there.authority.issue(["hr.example"], there.now),
    "for a client": lambda there: for_a_client(there),
}


def for_a_client(there: There) -> bytes:
    """Right in all but that it is for no server."""
    key = generate_private_key(SECP256R1())
    found = x509.load_pem_x509_certificate(there.authority.issue(HERE, there.now))
    builder = x509.CertificateBuilder(
        issuer_name=there.authority.certificate.subject,
        subject_name=x509.Name([]),
        public_key=key.public_key(),
        serial_number=found.serial_number,
        not_valid_before=found.not_valid_before_utc,
        not_valid_after=found.not_valid_after_utc,
    )
    builder = builder.add_extension(found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value, True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + builder.sign(there.authority.key, SHA256()).public_bytes(Encoding.PEM)


def signed_for(key: Key, name: str, by: Key, issuer: str, now: datetime, *, names: bool = False) -> bytes:
    """A certificate as PEM, of an authority or, with `names`, of a server here."""
    subject, signer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer))
    builder = x509.CertificateBuilder(
        signer, subject, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(300)
    ).add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    if names:
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = builder.add_extension(here, critical=False)
    return builder.sign(by, SHA256()).public_bytes(Encoding.PEM)


class Detour:
    """An authority that lets others sign, and two certificates for here: its own, and one by such another."""

    def __init__(self, folder: Path, now: datetime) -> None:
        root, between, own = (generate_private_key(SECP256R1()) for _ in range(3))
        write(folder / "ca.pem", signed_for(root, "root", root, "root", now))
        private = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.straight = private + signed_for(own, "hr", root, "root", now, names=True)
        self.around = private + signed_for(own, "hr", between, "between", now, names=True)
        self.around += signed_for(between, "between", root, "root", now)


def test_a_certificate_by_a_detour_is_not_judged_without_a_clock(past: There):
    around = Detour(past.folder, past.now).around
    with past.client(around) as client, pytest.raises(Unreachable, match="authority itself"):
        send(client, past.hr)
    assert past.heard == []


def test_a_certificate_by_a_detour_is_good_for_a_right_clock(tmp_path: Path, hr: Factory):
    here = There(tmp_path, hr, datetime.now(UTC))
    with here.client(Detour(tmp_path, here.now).around) as client:
        assert send(client, hr) == 200
    assert here.heard == ["/v1/facts"]


def test_a_certificate_by_a_detour_that_comes_after_the_time_is_known_is_refused_too(past: There):
    detour = Detour(past.folder, past.now)
    with past.client(detour.straight) as client:
        assert send(client, past.hr) == 200
        assert elsewhere(past, client, detour.around) == []


def elsewhere(past: There, client: HrClient, pem: bytes) -> list[str]:
    """What is heard where the box comes next, and is refused."""
    heard: list[str] = []
    with serving(app_of(past.hr.service, heard), write(past.folder / "elsewhere.pem", pem)) as port:
        client.close()
        client._url = url_of(port)
        with pytest.raises(Unreachable):
            send(client, past.hr)
    return heard


@pytest.mark.parametrize("who", STRANGERS)
def test_nothing_is_said_to_a_stranger_not_even_what_time_is_it(past: There, who: str):
    with past.client(STRANGERS[who](past)) as client, pytest.raises(Unreachable):
        send(client, past.hr)
    assert past.heard == []


def test_a_stranger_who_comes_after_the_time_is_known_gets_no_fact(past: There):
    with past.client() as client:
        send(client, past.hr)
        assert elsewhere(past, client, Authority.generate(past.now).issue(HERE, past.now)) == []


def test_without_a_pinned_authority_the_time_is_not_asked(past: There, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sync.exchange.client.DEFAULT_CA_BUNDLE_PATH", str(past.folder / "ca.pem"))
    with past.client(pinned=False) as client, pytest.raises(DatesRefused):
        send(client, past.hr)
    assert past.heard == []


def lying(past: There, answer: Callable[[str], Response]) -> Flask:
    app = app_of(past.hr.service, past.heard)
    del app.view_functions["time.signed"]
    app.view_functions["time.signed"] = lambda: answer(msgspec.json.decode(request.get_data(), type=TimeQuestion).nonce)
    return app


def told(us: int, signature: bytes) -> Response:
    return Response(f'{{"server_time_us":{us}}}', headers={HEADER + "Signature": b64(signature)})


def liars(past: There) -> dict[str, Callable[[str], Response]]:
    us = past.hr.service.office.clock()
    key, other = KEYS.signing, past.hr.gate.key
    return {
        "signed by another key": lambda nonce: told(us, other.sign(time_bytes(nonce, us))),
        "signed for another question": lambda _: told(us, key.sign(time_bytes("yesterday-yesterday", us))),
        "another time than was signed": lambda nonce: told(us + DAY_US, key.sign(time_bytes(nonce, us))),
        "signed as an answer to a box": lambda nonce: told(us, key.sign(response_bytes(nonce, b"{}"))),
        "not signed": lambda _: Response(f'{{"server_time_us":{us}}}'),
        "a page of a hotel": lambda _: Response("<html>"),
        "an older release": lambda _: Response("{}", 404),
    }


@pytest.mark.parametrize("lie", ["signed by another key", "signed for another question", "another time than was signed",
    "signed as an answer to a box", "not signed", "a page of a hotel", "an older release"])  # fmt: skip
def test_a_time_that_hr_has_not_signed_for_this_question_lets_no_fact_go(past: There, lie: str):
    with past.client(app=lying(past, liars(past)[lie])) as client, pytest.raises(DatesRefused):
        send(client, past.hr)
    assert past.heard == ["/v1/time"]


def test_a_right_clock_never_asks(tmp_path: Path, hr: Factory):
    here = There(tmp_path, hr, datetime.now(UTC))
    with here.client() as client:
        assert send(client, hr) == 200
    assert here.heard == ["/v1/facts"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b'{"nonce":"short"}', b'{"nonce":"a line\\nfeed in a nonce"}',
    b'{"nonce":"0123456789abcdef","device":"gate-1"}', b"\xff"])  # fmt: skip
def test_hr_signs_no_time_for_what_is_no_question(hr: Factory, body: bytes):
    answer = app_of(hr.service, []).test_client().post("/v1/time", data=body)
    assert (answer.status_code, (answer.json or {})["code"]) == (400, "malformed")


def test_hr_signs_the_time_for_the_nonce_under_a_heading_of_its_own(hr: Factory):
    nonce = "0123456789abcdef"
    client = app_of(hr.service, []).test_client()
    answer = client.post("/v1/time", data=msgspec.json.encode(TimeQuestion(nonce)))
    us, signature = (answer.json or {})["server_time_us"], unb64(answer.headers["Clockpiece-Signature"])
    assert us == hr.service.office.clock()
    assert verified(KEYS.signing.public_key(), signature, f"clockpiece-time-1\n{nonce}\n{us}".encode())
    assert client.post("/v1/time", data=b"x" * 2000).status_code == 413


def test_the_one_flag_that_leaves_the_dates_out_stands_in_one_file():
    flag = re.compile(r"0x200000|NO_CHECK_TIME|verify_flags")
    rooms = ("cli", "edge", "hr", "kiosk_ui", "pages", "simulators", "sync")
    found = {
        file.name for room in rooms for file in (ROOT / room).rglob("*.py") if flag.search(file.read_text("utf-8"))
    }
    assert found == {"dates.py", "bounded.py"}
    assert OURS.certificate.not_valid_after_utc > NOW
