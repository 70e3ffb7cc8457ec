"""Where a box sends its facts, and what it signs of that."""

from __future__ import annotations

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.exchange.client import HrClient, Unreachable, UnsafeUrl
from sync.wire.envelope import HEADER, SignedRequest, digest, unb64, verified

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.mark.parametrize("url", ["http://hr.example", "http://192.168.1.5:8071", "hr.example", "ftp://hr.example", ""])
def test_facts_never_cross_the_network_in_the_clear(url: str):
    with pytest.raises(UnsafeUrl, match="https://"):
        HrClient(url, KEY.public_key(), KEY, "box-1")


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://hr.example", "hr.example", "/v1/facts"),
        ("https://hr.example:443/", "hr.example", "/v1/facts"),
        ("https://hr.example:8443", "hr.example:8443", "/v1/facts"),
        ("https://hr.example/plant-2/", "hr.example", "/plant-2/v1/facts"),
        ("http://127.0.0.1:8071", "127.0.0.1:8071", "/v1/facts"),
        ("http://[::1]:80", "[::1]", "/v1/facts"),
        ("http://localhost:443", "localhost:443", "/v1/facts"),
    ],
)
def test_what_is_signed_is_what_the_server_will_see(monkeypatch: pytest.MonkeyPatch, url: str, host: str, path: str):
    sent: list[requests.PreparedRequest] = []

    def refuse(_session: requests.Session, request: requests.PreparedRequest, **_how: object) -> requests.Response:
        sent.append(request)
        raise requests.ConnectionError("nobody there")

    monkeypatch.setattr(requests.Session, "send", refuse)
    with pytest.raises(Unreachable):
        HrClient(url, KEY.public_key(), KEY, "box-1").send("POST", "/v1/facts", b"[]", numbers=(1, 2, 3))
    (request,) = sent
    assert request.path_url == path
    nonce, signature = (request.headers[HEADER + name] for name in ("Nonce", "Signature"))
    signed = SignedRequest("POST", host, path, digest(b"[]"), "box-1", 1, 2, 3, nonce)
    assert verified(KEY.public_key(), unb64(signature), signed.signing_bytes())


def test_two_questions_never_share_a_nonce(monkeypatch: pytest.MonkeyPatch):
    nonces: list[str] = []

    def refuse(_session: requests.Session, request: requests.PreparedRequest, **_how: object) -> requests.Response:
        nonces.append(request.headers[HEADER + "Nonce"])
        raise requests.ConnectionError("nobody there")

    monkeypatch.setattr(requests.Session, "send", refuse)
    client = HrClient("http://127.0.0.1:9", KEY.public_key(), KEY, "box-1")
    for _ in range(2):
        with pytest.raises(Unreachable):
            client.send("GET", "/v1/reference", b"")
    assert len(set(nonces)) == 2
