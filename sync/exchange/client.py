"""HTTPS to the HR server: signed questions, bounded in time and size, and only signed answers believed."""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from settings import Mendable
from sync.exchange.bounded import DEADLINE_S, BoundedAdapter
from sync.exchange.dates import DatedAdapter, NotValidThen, SignedClock
from sync.policy import asked_pause_s
from sync.wire.chained import CHAINED, chained
from sync.wire.envelope import (
    HEADER,
    PACKED,
    SignedRequest,
    WireError,
    digest,
    pack,
    response_bytes,
    sign_request,
    unb64,
    unpack,
    verified,
)
from sync.wire.signed_time import TIME_PATH, TimeAnswer, TimeQuestion, time_bytes

T = TypeVar("T")

CONNECT_S = 5.0
READ_S = 10.0
TOTAL_S = 30.0
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MAX_ANSWER_BYTES = 8_000_000
SLOW_S = 1.0
"""After an exchange that took longer, bytes are dearer than HR's time and this machine's."""
BY_OWN_CLOCK = "HR's certificate is not valid by this machine's clock"
NOT_YET_VALID, EXPIRED = 9, 10
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL (X509_STORE_CTX_get_error(3))."""


class UnsafeUrl(Mendable):
    """Facts about people would cross the network in the clear."""


class Unreachable(Exception):
    """No whole answer came: refused, timed out, cut, or too long. Try again later."""


class DatesRefused(Unreachable):
    """The server's certificate is not valid yet or no longer; for all else it was found good.

    Judged by HR's signed time where the authority is pinned and HR tells it; else by this machine's clock, which may be
    the one that is wrong. It is refused either way.
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
        self._authority = authority
        self._session = _session(BoundedAdapter(), authority)
        self._hrs_time: tuple[SignedClock, requests.Session] | None = None
        self._hr_unpacks = self._hr_chains = False
        self._took_s = self._asked_pause_s = 0.0

    def close(self) -> None:
        """Lets the kept connection go; a later `send` opens a new one."""
        self._session.close()
        if self._hrs_time is not None:
            self._hrs_time[1].close()

    @property
    def public_key(self) -> Ed25519PublicKey:
        return self._own_key.public_key()

    @property
    def asked_pause_s(self) -> float:
        """For how long the last answer asks to be left alone."""
        return self._asked_pause_s

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
        may_pack: bool = False,
        takes_packed: bool = False,
        nonce: str = "",
        within_s: float = TOTAL_S,
    ) -> Reply:
        """One signed request; `numbers` are epoch, first and last seq. `may_pack`: its body goes packed to an HR whose
        last answer said that it unpacks. `takes_packed`: the answer's may come packed, and is given unpacked. `nonce`:
        one from `new_nonce` that the body was made for. `within_s`: at most TOTAL_S. Raises Unreachable.
        """
        body, coding = self._coded(body) if may_pack else (body, "")
        nonce = nonce or new_nonce()
        request = SignedRequest(method, self._host, self._base + path, digest(body), self._device, *numbers, nonce)
        headers = sign_request(self._own_key, request)
        headers["Content-Type"] = "application/json"
        if coding:
            headers["Content-Encoding"] = coding
        if takes_packed:
            headers["Accept-Encoding"] = PACKED
        question = requests.Request(method, self._url + path, data=body, headers=headers)
        began_s = time.monotonic()
        self._asked_pause_s = 0.0
        response, content = self._asked(question, min(within_s, TOTAL_S))
        self._took_s = time.monotonic() - began_s
        told = response.headers
        self._asked_pause_s = asked_pause_s(response.status_code, told.get("Retry-After", ""), told.get("Date", ""))
        # Of each answer anew: an HR that went back to an older release refuses one packed batch, and no more.
        codings = told.get("Accept-Encoding", "")
        self._hr_unpacks, self._hr_chains = PACKED in codings, CHAINED in codings
        reply = self._checked(response, content, nonce)
        packed = takes_packed and told.get("Content-Encoding") == PACKED
        return _unpacked(reply) if packed and reply.signed else reply

    def _asked(self, question: requests.Request, within_s: float) -> tuple[requests.Response, bytes]:
        """By HR's signed time while that is known; else by this machine's clock, and where that does not fit HR's
        certificate, once more after HR was asked what time it is. Unreachable."""
        if self._hrs_time is not None and self._hrs_time[0].is_fresh:
            return self._exchanged(self._hrs_time[1], question, within_s)
        try:
            return self._exchanged(self._session, question, within_s)
        except DatesRefused:
            if self._authority is None:
                raise
        return self._exchanged(self._by_hrs_time(self._authority), question, within_s)

    def _exchanged(
        self, session: requests.Session, question: requests.Request, within_s: float
    ) -> tuple[requests.Response, bytes]:
        """One question and its whole answer. Unreachable."""
        self._beat()
        DEADLINE_S.set(time.monotonic() + within_s)
        try:
            with session.request(
                question.method,
                question.url,
                data=question.data,
                headers=question.headers,
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response, _read(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise (DatesRefused if _by_dates_alone(error) else Unreachable)(str(error)) from error

    def _by_hrs_time(self, authority: Path) -> requests.Session:
        """A session that judges certificates by HR's own time. It is asked for over a connection whose dates nobody has
        looked at, and which carries nothing but a nonce. DatesRefused unless HR's pinned key has signed the answer.
        """
        clock, nonce = SignedClock(authority), new_nonce()
        asking = _session(DatedAdapter(clock.demand_issuer), authority)
        question = requests.Request("POST", self._url + TIME_PATH, data=msgspec.json.encode(TimeQuestion(nonce)))
        question.headers = {"Content-Type": "application/json"}
        try:
            response, content = self._exchanged(asking, question, TOTAL_S)
        finally:
            asking.close()
        try:
            told = msgspec.json.decode(content, type=TimeAnswer).server_time_us
            signature = unb64(response.headers.get(HEADER + "Signature", ""))
        except ValueError as error:
            raise DatesRefused(f"{BY_OWN_CLOCK}, and HR tells no time") from error
        if not verified(self._server_key, signature, time_bytes(nonce, told)):
            raise DatesRefused(f"{BY_OWN_CLOCK}, and HR has not signed what time it is")
        clock.learn(told)
        if self._hrs_time is not None:
            self._hrs_time[1].close()
        self._hrs_time = clock, _session(DatedAdapter(clock.demand_dates), authority)
        return self._hrs_time[1]

    def _coded(self, body: bytes) -> tuple[bytes, str]:
        """As HR takes it, and the name of the coding."""
        if not self._hr_unpacks:
            return body, ""
        short = chained(body) if self._hr_chains and self._took_s > SLOW_S else None
        return (pack(body), PACKED) if short is None else (pack(short), f"{CHAINED}, {PACKED}")

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
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError | NotValidThen):
        cause = cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_code in (NOT_YET_VALID, EXPIRED)
    return cause is not None


def _session(adapter: BoundedAdapter, authority: Path | None) -> requests.Session:
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    # A proxy in the environment must not redirect wage facts.
    session.trust_env = False
    session.verify = str(authority) if authority else DEFAULT_CA_BUNDLE_PATH
    # A few compressed bytes must not become many; batches are small enough as they are.
    session.headers["Accept-Encoding"] = "identity"
    return session


def _unpacked(reply: Reply) -> Reply:
    """Only of what HR has signed."""
    try:
        return replace(reply, body=unpack(reply.body, MAX_ANSWER_BYTES))
    except WireError as error:
        raise Unreachable(f"HR has signed an answer that is {error}") from error


def understood(body: bytes, kind: type[T]) -> T:
    """What HR has signed. Unreachable when it is of a release that says more than this one understands."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"HR has signed what this release cannot read: {error}") from error


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
