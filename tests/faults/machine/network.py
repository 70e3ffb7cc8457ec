"""The line between a box and HR, under the box's real client: every request meets the next fault that waits."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse
from werkzeug.test import TestResponse

from sync.wire.envelope import HEADER

URL = "http://127.0.0.1:8071"
HOTEL = b"<html>Welcome to the hotel</html>"


class SyncDied(BaseException):
    """SIGKILL of sync, in the middle of a request."""


class Trouble(StrEnum):
    """What happens to one request. DELAYED and LATE come to HR after all, before or after the next request."""

    REQUEST_LOST = "request lost"
    ANSWER_LOST = "answer lost"
    CUT = "cut"
    GARBLED = "garbled"
    DOUBLED = "doubled"
    DELAYED = "delayed"
    LATE = "late"
    HTML = "html"
    HTML_AFTER = "html after storing"
    UNSIGNED = "unsigned"
    BUSY = "500"
    DIES_BEFORE = "sync dies before the request"
    DIES_AFTER = "sync dies after HR's commit"


class Network(BaseAdapter):
    """Mounted under a requests.Session. `troubles` are used up in order; after them all goes well while `up`."""

    def __init__(self, hr: FlaskClient) -> None:
        super().__init__()
        self.hr = hr
        self.up = True
        self.troubles: deque[Trouble] = deque()
        self._underway: list[requests.PreparedRequest] = []
        self._after_next: list[requests.PreparedRequest] = []

    def heal(self) -> None:
        self.up = True
        self.troubles.clear()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if not self.up:
            raise requests.ConnectionError("the line is down")
        for delayed in self._taken(self._underway):
            self._ask(delayed)
        late = self._taken(self._after_next)
        trouble = self.troubles.popleft() if self.troubles else None
        try:
            return self._through(request, trouble)
        finally:
            for each in late:
                self._ask(each)

    def close(self) -> None:
        return None

    def _through(self, request: requests.PreparedRequest, trouble: Trouble | None) -> requests.Response:
        match trouble:
            case Trouble.REQUEST_LOST:
                raise requests.ConnectionError("the request was lost")
            case Trouble.DELAYED | Trouble.LATE:
                (self._underway if trouble is Trouble.DELAYED else self._after_next).append(request)
                raise requests.ReadTimeout("no answer in time")
            case Trouble.DIES_BEFORE:
                raise SyncDied
            case Trouble.HTML:
                return _response(request, 200, {"Content-Type": "text/html"}, HOTEL)
            case Trouble.BUSY:
                return _response(request, 500, {}, b"")
        return _back(request, self._ask(request), self._ask(request) if trouble is Trouble.DOUBLED else None, trouble)

    def _ask(self, request: requests.PreparedRequest) -> TestResponse:
        path = urlsplit(request.url or "").path
        method = request.method or ""
        return self.hr.open(path, base_url=URL, method=method, data=request.body, headers=dict(request.headers))

    @staticmethod
    def _taken(queue: list[requests.PreparedRequest]) -> list[requests.PreparedRequest]:
        taken = list(queue)
        queue.clear()
        return taken


def _response(
    request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: bytes
) -> requests.Response:
    response = requests.Response()
    response.status_code, response.request, response.url = status, request, request.url or ""
    response.headers.update(headers)
    response.raw = HTTPResponse(io.BytesIO(body), dict(headers), status, preload_content=False)
    return response


def _back(
    request: requests.PreparedRequest, first: TestResponse, second: TestResponse | None, trouble: Trouble | None
) -> requests.Response:
    """What comes back of HR's answer; of a request that went through twice it is the second one."""
    answer = second or first
    body, headers = answer.get_data(), dict(answer.headers.items())
    match trouble:
        case Trouble.ANSWER_LOST:
            raise requests.ConnectionError("the answer was lost")
        case Trouble.DIES_AFTER:
            raise SyncDied
        case Trouble.HTML_AFTER:
            return _response(request, 200, {"Content-Type": "text/html"}, HOTEL)
        case Trouble.CUT:
            body = body[: len(body) // 2]
        case Trouble.GARBLED if body:
            place = len(body) // 2
            body = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        case Trouble.UNSIGNED:
            headers.pop(HEADER + "Signature", None)
    return _response(request, answer.status_code, headers, body)
