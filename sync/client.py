"""HTTPS to the HR server: signed questions, bounded in time and size, and only signed answers believed."""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from settings import Mendable
from sync.bounded import DEADLINE_S, BoundedAdapter
from sync.wire import HEADER, PACKED, SignedRequest, digest, pack, response_bytes, sign_request, unb64, verified

CONNECT_S = 5.0
READ_S = 10.0
TOTAL_S = 30.0
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MAX_ANSWER_BYTES = 8_000_000
NOT_YET_VALID, EXPIRED = 9, 10
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL (X509_STORE_CTX_get_error(3))."""


class UnsafeUrl(Mendable):
    """Facts about people would cross the network in the clear."""


class Unreachable(Exception):
    """No whole answer came: refused, timed out, cut, or too long. Try again later."""


class DatesRefused(Unreachable):
    """The server's certificate is not valid yet or no longer by this machine's clock; for all else it was found good.

    Either the clock is wrong or the certificate has run out. It is refused either way.
    """


@dataclass(frozen=True)
class Reply:
    """An answer. `signed` is True only when HR's pinned key signed it for this very question."""

    status: int
    body: bytes
    nonce: str
    signature: bytes
    signed: bool


class HrClient:
    """One box's voice towards one HR server. UnsafeUrl for plain http to another machine.

    `authority` is the one certificate that may vouch for an https server; without it the public ones that certifi has.

    `beat` is called before each request, because no request takes longer than TOTAL_S.
    """

    def __init__(
        self,
        url: str,
        server_key: Ed25519PublicKey,
        own_key: Ed25519PrivateKey,
        device: str,
        beat: Callable[[], None] = lambda: None,
        authority: Path | None = None,
    ) -> None:
        self._url, self._server_key, self._own_key, self._device = url.rstrip("/"), server_key, own_key, device
        self._beat = beat
        parts = urlsplit(self._url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise UnsafeUrl(f"hr.url: got {url!r}, wanted https:// for a server on another machine")
        # What the Host header will say: a port that the scheme implies is left out there.
        implied = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
        self._host, self._base = parts.netloc.removesuffix(implied) if implied else parts.netloc, parts.path
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, BoundedAdapter())
        # A proxy in the environment must not redirect wage facts.
        self._session.trust_env = False
        self._session.verify = str(authority) if authority else DEFAULT_CA_BUNDLE_PATH
        # A few compressed bytes must not become many; batches are small enough as they are.
        self._session.headers["Accept-Encoding"] = "identity"
        self._hr_unpacks = False

    def close(self) -> None:
        """Lets the kept connection go; a later `send` opens a new one."""
        self._session.close()

    @property
    def public_key(self) -> Ed25519PublicKey:
        return self._own_key.public_key()

    @property
    def server_key(self) -> Ed25519PublicKey:
        return self._server_key

    def send(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        numbers: tuple[int, int, int] = (0, 0, 0),
        version: int = 0,
        may_pack: bool = False,
        nonce: str = "",
    ) -> Reply:
        """One signed request; `numbers` are epoch, first and last seq. `may_pack`: its body goes packed to an HR whose
        last answer said that it unpacks. `nonce`: one from `new_nonce` that the body was made for. Raises Unreachable.
        """
        self._beat()
        packed = may_pack and self._hr_unpacks
        body = pack(body) if packed else body
        nonce = nonce or new_nonce()
        request = SignedRequest(method, self._host, self._base + path, digest(body), self._device, *numbers, nonce)
        headers = sign_request(self._own_key, request)
        headers["Content-Type"] = "application/json"
        if packed:
            headers["Content-Encoding"] = PACKED
        if version:
            headers["If-None-Match"] = f'"{version}"'
        DEADLINE_S.set(time.monotonic() + TOTAL_S)
        try:
            with self._session.request(
                method,
                self._url + path,
                data=body,
                headers=headers,
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _read(response)
                # Of each answer anew: an HR that went back to an older release refuses one packed batch, and no more.
                self._hr_unpacks = PACKED in response.headers.get("Accept-Encoding", "")
                return self._checked(response, content, nonce)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise (DatesRefused if _by_dates_alone(error) else Unreachable)(str(error)) from error

    def _checked(self, response: requests.Response, content: bytes, nonce: str) -> Reply:
        try:
            signature = unb64(response.headers.get(HEADER + "Signature", ""))
        except ValueError:
            signature = b""
        signed = bool(signature) and verified(self._server_key, signature, response_bytes(nonce, content))
        return Reply(response.status_code, content, nonce, signature, signed)


def _by_dates_alone(error: BaseException) -> bool:
    """OpenSSL looks at the dates last, after chain, purpose and name, and tells the first thing that is wrong."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__context__
    return cause is not None and cause.verify_code in (NOT_YET_VALID, EXPIRED)


def new_nonce() -> str:
    """128 bits of chance."""
    return secrets.token_urlsafe(16)


def _read(response: requests.Response) -> bytes:
    """The whole body, or Unreachable when it is too long."""
    content = bytearray()
    # One receive at a time: `iter_content` would wait for a full chunk and never come to look at the length.
    while chunk := response.raw.read1(65_536):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise Unreachable(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
    return bytes(content)
