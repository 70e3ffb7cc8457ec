"""Whom the connector to Tryton believes that it speaks to Tryton."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from hr.authority import CERTIFICATE_LASTS, Authority
from sync.connectors.config import open_system
from sync.connectors.tryton import TrytonKeys
from tests.integration.test_tls import url_of

NOW = datetime.now(UTC)
OURS, THEIRS = Authority.generate(NOW - timedelta(days=3000)), Authority.generate(NOW)
KNOWS_NO_KEY = "does not know the application key"


class Stranger(BaseHTTPRequestHandler):
    """Knows no key. What it was told stands in `told`."""

    told: list[str]

    def do_POST(self) -> None:
        self.told.append(self.headers["Authorization"])
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Quiet(HTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what is tested."""


def served(folder: Path, certificate: bytes) -> Iterator[str]:
    file = folder / "server.pem"
    file.write_bytes(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    Stranger.told = []
    server = Quiet(("127.0.0.1", 0), Stranger)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield url_of(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def url(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    yield from served(tmp_path, OURS.issue(["127.0.0.1"], getattr(request, "param", NOW)))


def said(folder: Path, url: str, authority: Path | None) -> str:
    key = folder / "key"
    key.touch(0o600)
    key.write_text("7" * 128, "ascii")
    keys = TrytonKeys(name="tryton", connector="tryton", since="2026-11-01", url=url, database="factory", key=str(key),
                      authority=str(authority) if authority else None)  # fmt: skip
    (found,) = open_system(keys, "Asia/Shanghai").check([])
    return found.what


def certificate_of(authority: Authority, folder: Path) -> Path:
    folder.mkdir()
    authority.save(folder)
    return folder / "ca.pem"


def test_it_speaks_to_whoever_the_named_authority_vouches_for(tmp_path: Path, url: str):
    assert KNOWS_NO_KEY in said(tmp_path, url, certificate_of(OURS, tmp_path / "ours"))
    assert Stranger.told == ["bearer " + "7" * 128]


@pytest.mark.parametrize("named", [True, False])
def test_nobody_else_is_told_the_key_and_a_person_must_mend_it(tmp_path: Path, url: str, named: bool):
    authority = certificate_of(THEIRS, tmp_path / "theirs") if named else None
    assert "vouches" in said(tmp_path, url, authority)
    assert Stranger.told == []


@pytest.mark.parametrize("url", [NOW - CERTIFICATE_LASTS - timedelta(days=30)], indirect=True)
def test_a_certificate_that_has_run_out_is_named(tmp_path: Path, url: str):
    assert "has run out" in said(tmp_path, url, certificate_of(OURS, tmp_path / "ours"))
    assert Stranger.told == []


def test_an_authority_that_is_no_file_is_named(tmp_path: Path, url: str):
    assert "there is no file" in said(tmp_path, url, tmp_path / "nowhere.pem")
