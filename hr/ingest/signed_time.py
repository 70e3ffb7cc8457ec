"""What time it is, for a box with a clock so wrong that it cannot judge a certificate. Signed, for anybody who asks."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from hr.service import HrService
from sync.wire.envelope import HEADER, b64, canonical_json
from sync.wire.signed_time import TIME_PATH, TimeAnswer, TimeQuestion, time_bytes

MAX_QUESTION = 1000


def signed_time(service: HrService) -> Blueprint:
    """The blueprint; mount it without a prefix. Nothing is stored, and nothing is learned from who asks."""
    made = Blueprint("time", __name__)

    @made.post(TIME_PATH)
    def signed() -> Response:
        request.max_content_length = MAX_QUESTION
        try:
            nonce = msgspec.json.decode(request.get_data(), type=TimeQuestion).nonce
        except RequestEntityTooLarge:
            return _json({"code": "too_large", "detail": f"at most {MAX_QUESTION} bytes"}, 413)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return _json({"code": "malformed", "detail": str(error)}, 400)
        now_us = service.office.clock()
        answer = _json(TimeAnswer(now_us), 200)
        answer.headers[HEADER + "Signature"] = b64(service.office.keys.signing.sign(time_bytes(nonce, now_us)))
        return answer

    return made


def _json(said: object, status: int) -> Response:
    answer = Response(canonical_json(said), status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
