"""Tryton's REST API: one question at a time, bounded in time and size. What is asked for stands in bodies, because a
server logs its URLs."""

from __future__ import annotations

import base64
import json
import ssl
import time
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec
import requests
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from sync.connectors.port import Fault, Trouble
from sync.connectors.tryton import TrytonKeys
from sync.exchange.bounded import DEADLINE_S, BoundedAdapter
from sync.exchange.client import CONNECT_S, LOOPBACK, READ_S, TOTAL_S

MAX_ANSWER_BYTES = 16_000_000
OTHERS_CAN_READ = 0o077
AGAIN = {429, 502, 503, 504}

T = TypeVar("T")


class Rejected(Exception):
    """Tryton does not take this one; the text is its own, with names in it."""

    def __init__(self, said: str) -> None:
        super().__init__("Tryton does not take it")
        self.said = said


class Gone(Exception):
    """There is no such record, or no such address."""


class Failed(Exception):
    """Tryton failed over this question (500)."""


class _Refusal(msgspec.Struct, frozen=True):
    message: str


class Rest:
    """The models of one database, as the user of the key sees them."""

    def __init__(self, keys: TrytonKeys) -> None:
        self._keys = keys
        self._base = f"{keys.url.rstrip('/')}/{quote(keys.database, safe='')}/rest/model/"
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, BoundedAdapter())
        # A proxy in the environment must not redirect working hours.
        self._session.trust_env = False
        self._session.verify = keys.authority or DEFAULT_CA_BUNDLE_PATH
        # Its refusals are in the key's language otherwise.
        self._session.headers["Accept-Language"] = "en"
        self._session.headers["X-Tryton-Context"] = _WITH_LEAVERS

    def search(self, model: str, domain: list[Any], fields: tuple[str, ...], kind: type[T], **more: Any) -> list[T]:
        """Records of a model. Trouble."""
        body = {"domain": domain, "fields_names": fields} | more
        return [fitted(each, kind) for each in fitted(self.call(model, "search_read", body), list[Any])]

    def call(self, model: str, method: str, body: dict[str, Any]) -> Any:
        """What does not write. Trouble."""
        try:
            return self.ask("POST", f"{model}/{method}", body)
        except Rejected as rejected:
            raise Trouble(Fault.CONFIG, f"{model} cannot be read; {_RIGHTS}") from rejected
        except Failed as failed:
            said = "Tryton failed (500): its log says why; is the module attendance activated?"
            raise Trouble(Fault.CONFIG, said) from failed
        except Gone as gone:
            said = f"there is no REST API of a database {self._keys.database!r} under {self._keys.url}"
            raise Trouble(Fault.CONFIG, f"{said}; mend `url` or `database`") from gone

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Rejected, Failed, Gone, Trouble."""
        headers = {"Authorization": f"bearer {self.key()}"}
        self._check_address()
        DEADLINE_S.set(time.monotonic() + TOTAL_S)
        try:
            with self._session.request(
                method,
                self._base + path,
                json=body,
                headers=headers,
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
                stream=True,
            ) as response:
                return _answer(response.status_code, _whole(response))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if _not_vouched_for(error):
                said = f"nobody known here vouches for the certificate of {self._keys.url}, or it has run out"
                raise Trouble(Fault.CONFIG, f"{said}; mend it there, or name the right `authority`") from error
            # Not the error's own words: they quote what was sent.
            said = f"{self._keys.url} cannot be reached or did not answer in time ({type(error).__name__})"
            raise Trouble(Fault.RETRY, said) from error

    def _check_address(self) -> None:
        parts = urlsplit(self._keys.url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            said = f"url: got {self._keys.url!r}, wanted https:// for a server on another machine"
            raise Trouble(Fault.CONFIG, said)
        if self._keys.authority is not None and not Path(self._keys.authority).is_file():
            raise Trouble(Fault.CONFIG, f"authority: there is no file {self._keys.authority}")

    def key(self) -> str:
        """Trouble."""
        file = Path(self._keys.key)
        try:
            readable = file.stat().st_mode & OTHERS_CAN_READ
            key = file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Trouble(Fault.CONFIG, f"key: {file} cannot be read; ask Tryton for an application key") from error
        if readable:
            raise Trouble(Fault.CONFIG, f"key: others can read {file}; chmod 600, and ask for a new key")
        return key


_WITH_LEAVERS = base64.urlsafe_b64encode(json.dumps({"active_test": False}).encode()).decode("ascii")
"""Their last lines may come late."""

_RIGHTS = "give the key's user the group Attendance Administration, or rights of the same width"


def _answer(status: int, content: bytes) -> Any:
    match status:
        case 204:
            return None
        case 200:
            return fitted(content, object)
        case 400:
            raise Rejected(fitted(content, _Refusal).message)
        case 401:
            raise Trouble(Fault.REVOKED, "Tryton does not know the application key, or nobody has confirmed it yet")
        case 403:
            raise Trouble(Fault.CONFIG, _RIGHTS)
        case 404 | 405 | 410:
            raise Gone
        case again if again in AGAIN:
            raise Trouble(Fault.RETRY, f"Tryton cannot answer now ({status})")
        case 500:
            raise Failed
        case _:
            raise Trouble(Fault.CONFIG, f"`url` answers with status {status}; is it Tryton's own address?")


def fitted(content: Any, kind: type[T]) -> T:
    """As this kind; Trouble for what Tryton 8.2 does not say."""
    try:
        return msgspec.json.decode(content, type=kind) if isinstance(content, bytes) else msgspec.convert(content, kind)
    except msgspec.MsgspecError as error:
        said = "what answers is not Tryton 8.2; is a proxy in the way, or is it another release?"
        raise Trouble(Fault.CONFIG, said) from error


def _not_vouched_for(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__context__
    return cause is not None


def _whole(response: requests.Response) -> bytes:
    content = response.raw.read(MAX_ANSWER_BYTES + 1, decode_content=True)
    if len(content) > MAX_ANSWER_BYTES:
        raise Trouble(Fault.CONFIG, f"an answer of more than {MAX_ANSWER_BYTES} bytes")
    return bytes(content)
