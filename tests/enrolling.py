"""How a box in a test asks HR to let it in, with a code and without."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.exchange.client import HrClient, Reply, new_nonce
from sync.wire.enrolment import code_key, proof_bytes
from sync.wire.envelope import b64, canonical_json, public_text


def introduction(
    device: str,
    key: Ed25519PublicKey,
    *,
    code: str = "",
    hr_key: Ed25519PublicKey | None = None,
    nonce: str = "",
    replaces: bool = False,
) -> bytes:
    """The body; with `code` it is made for HR's key and this nonce."""
    body: dict[str, Any] = {"device": device, "public_key": public_text(key), "replaces": replaces}
    if code and hr_key is not None:
        message = proof_bytes(device, public_text(key), replaces=replaces, nonce=nonce)
        body["proof"] = b64(code_key(code, device, hr_key).sign(message))
    return canonical_json(body)


def introduce(client: HrClient, device: str, code: str = "") -> Reply:
    nonce = new_nonce()
    body = introduction(device, client.public_key, code=code, hr_key=client.server_key, nonce=nonce)
    return client.send("POST", "/v1/devices", body, nonce=nonce)
