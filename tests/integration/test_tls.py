"""TLS beyond loopback: a box speaks to HR's own certificate and to no other, and nobody gets less than TLS 1.3."""

from __future__ import annotations

import contextlib
import http.client
import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from flask import Flask, request

import hr.web
from clockpiece import main
from edge.link.doorbell import DoorbellListener
from hr.accounts import Keys
from hr.authority import AUTHORITY_LASTS, CERTIFICATE_LASTS, Authority, BadHost, NoAuthority
from hr.backup import back_up, restore
from hr.config import Server, load_config
from hr.service import HrService
from hr.store import engine, upgrade
from kiosk_ui.app import ForSupervisors, create_app, served_to
from kiosk_ui.ports import KioskPorts
from pages.serve import AddressTaken, SecureServer
from pages.tls import BadCertificate, names_in
from sync.exchange.client import DatesRefused, HrClient, Unreachable
from sync.policy import Verdict
from sync.wire.envelope import fingerprint
from tests.integration.sending_box import KEY, close, make_box
from tests.unit.hr.cast import NOON_US
from tests.unit.kiosk_ui.fakes import FakeBox
from tests.unit.sync.made import DEVICE

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime.now(UTC)
HERE = ["127.0.0.1", "localhost"]
OURS = Authority.generate(NOW)
THEIRS = Authority.generate(NOW)
DEADLINE_S = 10.0

pytestmark = pytest.mark.fault("K8")


def write(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    OURS.save(tmp_path)
    return tmp_path / "ca.pem"


@contextmanager
def serving(app: object, certificate: Path, within_s: float | None = None, **options: object) -> Iterator[int]:
    """`within_s`: how long a connection may be silent."""
    server = SecureServer(app, "127.0.0.1:0", 2, certificate)
    if within_s is not None:
        server._cheroot.timeout = within_s
    for name, value in options.items():
        setattr(server._cheroot.ssl_adapter.context, name, value)
    server._cheroot.expiration_interval = 0.02  # how long its end may take
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield int(server.url.rpartition(":")[2])
    finally:
        server.stop()
        thread.join()


def hello() -> Flask:
    app = Flask("probe")
    app.add_url_rule("/", "home", lambda: "here")
    return app


def url_of(port: int, host: str = HERE[0]) -> str:
    return f"https://{host}:{port}"


def client(port: int, ca: Path | None, host: str = HERE[0]) -> HrClient:
    return HrClient(url_of(port, host), KEY.public_key(), KEY, DEVICE, authority=ca)


def ask(port: int, ca: Path | None, host: str = HERE[0]) -> int:
    asking = client(port, ca, host)
    try:
        return asking.send("GET", "/", b"").status
    finally:
        asking.close()


# --- who is believed ----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", HERE)
def test_a_box_speaks_to_the_certificate_of_the_authority_that_it_was_given(tmp_path: Path, ca: Path, host: str):
    with serving(hello(), write(tmp_path / "server.pem", OURS.issue(HERE, NOW))) as port:
        assert ask(port, ca, host) == 200


def signed_by_itself() -> bytes:
    """Right in all but that nobody vouches for it."""
    own = Authority.generate(NOW)
    alone = Authority(own.key, own.certificate).issue(HERE, NOW)
    found = x509.load_pem_x509_certificate(alone)
    key = load_pem_private_key(alone, None)
    assert isinstance(key, EllipticCurvePrivateKey)
    builder = x509.CertificateBuilder(
        issuer_name=own.certificate.subject,
        subject_name=own.certificate.subject,
        public_key=key.public_key(),
        serial_number=found.serial_number,
        not_valid_before=found.not_valid_before_utc,
        not_valid_after=found.not_valid_after_utc,
    )
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    made = builder.add_extension(names, critical=False).sign(key, SHA256())
    return alone.partition(b"-----BEGIN CERT")[0] + made.public_bytes(Encoding.PEM)


LONG_AGO, LATER = NOW - CERTIFICATE_LASTS - timedelta(days=2), NOW + timedelta(days=3)
REFUSED = {
    "of another authority": (THEIRS.issue(HERE, NOW), Unreachable, "unable to get local issuer"),
    "signed by itself": (signed_by_itself(), Unreachable, "self-signed"),
    "for another name": (OURS.issue(["hr.example", "10.0.0.9"], NOW), Unreachable, "mismatch"),
    "run out": (OURS.issue(HERE, LONG_AGO), DatesRefused, "not valid by this machine's clock"),
    "not valid yet": (OURS.issue(HERE, LATER), DatesRefused, "not valid by this machine's clock"),
    "run out, of another authority": (THEIRS.issue(HERE, LONG_AGO), Unreachable, "issuer"),
    "run out, for another name": (OURS.issue(["hr.example"], LONG_AGO), Unreachable, "mismatch"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_box_says_nothing_to_a_server_whose_certificate_is(
    tmp_path: Path, ca: Path, what: str, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "theirs").mkdir()
    THEIRS.save(tmp_path / "theirs")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "theirs" / "ca.pem"))
    pem, kind, why = REFUSED[what]
    app, heard = hello(), list[str]()
    app.before_request(lambda: heard.append(request.path))
    with serving(app, write(tmp_path / "server.pem", pem)) as port, pytest.raises(Unreachable, match=why) as refused:
        ask(port, ca)
    assert refused.type is kind
    # Where only the day is wrong, the day is asked for, and nothing else is said.
    assert heard == (["/v1/time"] if kind is DatesRefused else [])


def test_a_box_that_was_given_no_authority_does_not_believe_ours(tmp_path: Path):
    with (
        serving(hello(), write(tmp_path / "server.pem", OURS.issue(HERE, NOW))) as port,
        pytest.raises(Unreachable, match="issuer"),
    ):
        ask(port, None)


def test_a_box_speaks_no_older_tls(tmp_path: Path, ca: Path):
    pem = write(tmp_path / "server.pem", OURS.issue(HERE, NOW))
    older = {"minimum_version": ssl.TLSVersion.TLSv1_2, "maximum_version": ssl.TLSVersion.TLSv1_2}
    with serving(hello(), pem, **older) as port, pytest.raises(Unreachable, match=r"(?i)protocol.version"):
        ask(port, ca)


def test_a_server_speaks_no_older_tls(tmp_path: Path, ca: Path):
    older = ssl.create_default_context(cafile=str(ca))
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        serving(hello(), write(tmp_path / "server.pem", OURS.issue(HERE, NOW))) as port,
        socket.create_connection(("127.0.0.1", port), DEADLINE_S) as wire,
        pytest.raises(ssl.SSLError, match=r"(?i)protocol.version"),
    ):
        older.wrap_socket(wire, server_hostname="127.0.0.1")


def test_no_line_of_ours_turns_the_check_off():
    off = re.compile(
        r"verify\s*=\s*False|CERT_NONE|CERT_OPTIONAL|check_hostname\s*=\s*False|unverified|assert_hostname"
    )
    rooms = ("cli", "deploy", "edge", "hr", "kiosk_ui", "pages", "simulators", "sync")
    sources = [*ROOT.glob("*.py"), *(file for room in rooms for file in (ROOT / room).rglob("*.py"))]
    assert len(sources) > 100
    assert [str(file) for file in sources if off.search(file.read_text("utf-8"))] == []


# --- the server ---------------------------------------------------------------------------------------


def test_clients_that_connect_and_say_nothing_keep_nobody_waiting(tmp_path: Path, ca: Path):
    with (
        serving(hello(), write(tmp_path / "server.pem", OURS.issue(HERE, NOW))) as port,
        contextlib.ExitStack() as silent,
    ):
        for _ in range(10):
            silent.enter_context(socket.create_connection(("127.0.0.1", port)))
        begun = silent.enter_context(socket.create_connection(("127.0.0.1", port)))
        begun.sendall(b"\x16")
        began_s = time.monotonic()
        assert ask(port, ca) == 200
        # Each of them would take its ten seconds.
        assert time.monotonic() - began_s < 5


def test_a_request_that_stops_half_way_is_one_line_in_the_log(tmp_path: Path, ca: Path, caplog):
    app = Flask("probe")
    app.add_url_rule("/", "take", lambda: str(len(request.get_data())), methods=["POST"])
    context = ssl.create_default_context(cafile=ca)
    pem = write(tmp_path / "server.pem", OURS.issue(HERE, NOW))
    with caplog.at_level(logging.INFO), serving(app, pem, within_s=0.2) as port:
        plain = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as half:
            half.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\n" + b"x" * 100)
            while half.recv(1000):
                pass
    assert [record for record in caplog.records if record.exc_info] == []
    assert "stopped half way" in caplog.text


def test_a_taken_port_is_an_error(tmp_path: Path):
    pem = write(tmp_path / "server.pem", OURS.issue(HERE, NOW))
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AddressTaken, match="in use"):
        SecureServer(hello(), f"127.0.0.1:{taken.getsockname()[1]}", 1, pem)


def test_plain_http_gets_no_answer(tmp_path: Path):
    with serving(hello(), write(tmp_path / "server.pem", OURS.issue(HERE, NOW))) as port:
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        plain.request("GET", "/")
        with pytest.raises((http.client.HTTPException, OSError)):
            plain.getresponse()
        plain.close()


def test_facts_go_over_and_the_pages_keep_their_headers(tmp_path: Path, ca: Path):
    store = engine(f"sqlite:///{tmp_path / 'hr.db'}")
    upgrade(store)
    keys = Keys.generate()
    service = HrService(store, keys, lambda: NOON_US)
    pem = write(tmp_path / "server.pem", OURS.issue(HERE, NOW))
    app = hr.web.create_app(service, Server("", "", certificate=str(pem)))
    service.kiosks.enrol(DEVICE, KEY.public_key())
    service.kiosks.accept(fingerprint(KEY.public_key()))
    (tmp_path / "box").mkdir()
    with serving(app, pem) as port:
        box = make_box(tmp_path / "box", url_of(port), keys.signing, ca)
        assert box.worker.round() is Verdict.DONE
        assert [fact.seq for fact in service.inbox.facts(DEVICE, 1, [1, 2, 3, 4, 5])] == [1, 2, 3, 4, 5]
        close(box)
        page = get(port, ca, "/log-in")
        assert page.status == 200
        assert "default-src 'none'" in str(page.headers["Content-Security-Policy"])
        assert "Secure" in str(page.headers["Set-Cookie"])
    service.close()


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
def test_hr_shows_the_fingerprint_that_a_box_shows(tmp_path: Path, ca: Path, language: str):
    store = engine(f"sqlite:///{tmp_path / 'hr.db'}")
    upgrade(store)
    service = HrService(store, Keys.generate(), lambda: NOON_US)
    app = hr.web.create_app(service, Server("", str(tmp_path), certificate="server.pem"))
    with app.test_client() as browser:
        with browser.session_transaction(base_url="https://localhost") as session:
            session["user"], session["language"] = "wang", language
        page = browser.get("/kiosks", base_url="https://localhost").text
    assert OURS.fingerprint in page
    assert ("The authority of its certificate" in page) is (language == "en")
    service.close()


def get(port: int, ca: Path, path: str, method: str = "GET", host: str | None = None) -> http.client.HTTPResponse:
    """The answer, read; as a browser that trusts this authority gets it."""
    asking = http.client.HTTPSConnection(
        "127.0.0.1", port, timeout=DEADLINE_S, context=ssl.create_default_context(cafile=str(ca))
    )
    try:
        asking.request(method, path, headers={"Host": host} if host else {})
        answer = asking.getresponse()
        answer.read()
        return answer
    finally:
        asking.close()


def test_other_machines_see_of_a_kiosk_what_asks_for_a_pin_and_nothing_else(tmp_path: Path, ca: Path):
    box = FakeBox()
    app = create_app(box.ports, listen="127.0.0.1:8070")
    pem = write(tmp_path / "box.pem", OURS.issue(["127.0.0.1", "gate-1.plant"], NOW))
    with served_to(ForSupervisors("127.0.0.1:0", pem), app) as url:
        port = int(url.rpartition(":")[2])
        page = get(port, ca, "/line")
        assert (page.status, page.headers["X-Content-Type-Options"]) == (200, "nosniff")
        assert "Secure" in str(page.headers["Set-Cookie"])
        assert get(port, ca, "/line", host=f"gate-1.plant:{port}").status == 200
        assert get(port, ca, "/line", host="evil.example").status == 400
        assert get(port, ca, "/").headers["Location"] == "/line"
        for path in (
            "/station/gate",
            "/station/gate/screen",
            "/station/gate/events",
            "//station/gate",
            "/line/../station",
        ):
            assert get(port, ca, path).status in (400, 404), path
        assert get(port, ca, "/station/gate/touch", "POST").status == 404
    assert "Secure" not in str(app.test_client().get("/line", base_url="http://127.0.0.1:8070").headers["Set-Cookie"])


# --- the authority ------------------------------------------------------------------------------------


def test_a_certificate_lasts_as_long_as_every_browser_takes_and_ends_before_its_authority():
    made = x509.load_pem_x509_certificate(OURS.issue(HERE, NOW))
    assert made.not_valid_after_utc - made.not_valid_before_utc <= timedelta(days=398)
    assert AUTHORITY_LASTS > 10 * CERTIFICATE_LASTS


@pytest.mark.parametrize("host", ["", "hr.example/", "*.example", "hr..example", "出勤", "-hr", "300.1.1.1:80"])
def test_what_is_no_host_gets_no_certificate(host: str):
    with pytest.raises(BadHost, match="no host name"):
        OURS.issue([host], NOW)


def test_an_authority_that_is_half_gone_is_not_made_anew(tmp_path: Path):
    made = Authority.of(tmp_path, NOW)
    assert Authority.of(tmp_path, LATER).fingerprint == made.fingerprint
    (tmp_path / "ca.key").unlink()
    with pytest.raises(NoAuthority, match="restore both"):
        Authority.of(tmp_path, NOW)


@pytest.mark.parametrize("content", [None, b"", b"nothing in PEM", OURS.issue(HERE, NOW).partition(b"-----BEGIN C")[0]])
def test_a_file_that_is_no_certificate_is_said(tmp_path: Path, content: bytes | None):
    file = tmp_path / "server.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadCertificate, match="clockpiece hr certificate"):
        SecureServer(hello(), "127.0.0.1:0", 1, file)


def test_a_certificate_that_ends_soon_is_said_at_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    old = write(tmp_path / "server.pem", OURS.issue(HERE, NOW - CERTIFICATE_LASTS + timedelta(days=20)))
    with caplog.at_level(logging.WARNING), serving(hello(), old):
        assert "is good until" in caplog.text


def said(*arguments: object) -> str:
    done = CliRunner().invoke(main, [str(each) for each in arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_an_installation_with_host_names_serves_https_and_renews_by_one_command(tmp_path: Path):
    folder = tmp_path / "hr"
    told = said("hr", "init", folder, "--user", "wang", "--password", "correct horse", "--host", "hr.example")
    server = load_config(folder / "hr.toml").hr
    assert server.certificate is not None
    own = Path(server.certificate)
    assert (names_in(own), own.stat().st_mode & 0o777) == (["hr.example"], 0o600)
    before, print_of = own.read_bytes(), Authority.of(folder / "keys", NOW).fingerprint
    assert print_of in told
    assert print_of in said("hr", "certificate", "--config", folder / "hr.toml")
    assert own.read_bytes() != before
    assert names_in(own) == ["hr.example"]
    said("hr", "certificate", "--config", folder / "hr.toml", "--host", "10.0.0.7", "--out", tmp_path / "box.pem")
    assert names_in(tmp_path / "box.pem") == ["10.0.0.7"]
    assert (
        print_of == said("fingerprint", "--ca", "--config", box_that_believes(tmp_path, folder / "keys/ca.pem")).strip()
    )


def box_that_believes(tmp_path: Path, ca: Path) -> Path:
    config = tmp_path / "box.toml"
    config.write_text(
        '[box]\nname = "box-1"\ndata = "data"\nrun = "run"\nkey = "box.key"\n[[station]]\nname = "gate"\n'
        f'[hr]\nurl = "https://hr.example"\npublic_key = "{Keys.generate().public_text}"\n'
        f'signing_key = "signing.key"\nca = "{ca}"\n',
        "utf-8",
    )
    return config


def test_a_box_whose_authority_cannot_be_read_does_not_start_to_send(tmp_path: Path):
    config = box_that_believes(tmp_path, write(tmp_path / "ca.pem", b"nothing"))
    (tmp_path / "box.key").write_text("00" * 32, "ascii")
    done = CliRunner().invoke(main, ["run", "sync", "--config", str(config)])
    assert done.exit_code == 2
    assert "hr.ca" in done.output


def test_the_authority_is_in_the_backup(tmp_path: Path):
    folder = tmp_path / "hr"
    said("hr", "init", folder, "--user", "wang", "--password", "correct horse", "--host", "hr.example")
    back_up(load_config(folder / "hr.toml").hr, folder / "hr.toml", tmp_path / "backup", NOON_US)
    there = load_config(restore(tmp_path / "backup", tmp_path / "new")).hr
    assert there.certificate == str(tmp_path / "new/keys/server.pem")
    assert names_in(Path(there.certificate)) == ["hr.example"]
    assert Authority.of(tmp_path / "new/keys", NOW).fingerprint == Authority.of(folder / "keys", NOW).fingerprint


# --- what the commands hand on ------------------------------------------------------------------------


def test_the_server_is_started_with_the_certificate_of_its_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    said("hr", "init", tmp_path / "hr", "--user", "wang", "--password", "correct horse", "--host", "hr.example")
    given: list[Path] = []
    monkeypatch.setattr("pages.serve.serve", lambda *_, certificate, **__: given.append(certificate))
    said("run", "hr", "--config", tmp_path / "hr" / "hr.toml")
    assert given == [tmp_path / "hr" / "keys" / "server.pem"]


def test_a_kiosk_serves_supervisors_elsewhere_with_a_certificate_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config = tmp_path / "box.toml"
    (tmp_path / "box.key").write_text("00" * 32, "ascii")
    (tmp_path / "data").mkdir()
    (tmp_path / "run").mkdir()
    box = '[box]\nname = "gate-1"\ndata = "data"\nrun = "run"\nkey = "box.key"\n[[station]]\nname = "gate"\n'
    given: list[ForSupervisors | None] = []

    def not_run(ports: KioskPorts, _listen: str, _ready: object, supervisors: ForSupervisors | None) -> None:
        assert isinstance(ports.notices, DoorbellListener)
        ports.notices.close()
        given.append(supervisors)

    monkeypatch.setattr("kiosk_ui.run", not_run)
    for section, wanted in (
        ("", None),
        (
            '[kiosk]\nsupervisors = "0.0.0.0:8443"\ncertificate = "box.pem"\n',
            ForSupervisors("0.0.0.0:8443", tmp_path / "box.pem"),
        ),
    ):
        config.write_text(box + section, "utf-8")
        said("run", "kiosk", "--config", config)
        assert given.pop() == wanted
    config.write_text(f'{box}[kiosk]\nsupervisors = "0.0.0.0:8443"\n', "utf-8")
    refused = CliRunner().invoke(main, ["run", "kiosk", "--config", str(config)])
    assert (refused.exit_code, given) == (2, [])
    assert "kiosk.certificate: got nothing" in refused.output
