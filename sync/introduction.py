"""How a box asks HR to take the place of another one of its name, and waits for a person there to decide."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from settings import Mendable
from sync.client import HrClient, Unreachable
from sync.wire import Introduced, canonical_json, public_text

ASK_EVERY_S = 2.0

REFUSALS = {
    "revoked": "HR has refused this key: remove the signing key on this box and run the command again",
    "name_taken": "this key has asked under another name before: remove the signing key and run the command again",
    "too_many_pending": "too many boxes wait for a decision at HR: decide there first",
}


class NotReplaced(Mendable):
    """HR has said no, and what to do."""


class Waiting(Exception):
    """Nobody has decided within the time."""


def ask_to_replace(
    client: HrClient,
    device: str,
    sleep: Callable[[float], None],
    now_s: Callable[[], float],
    wait_s: float,
    say: Callable[[str], None],
) -> Introduced:
    """Asks until HR has accepted; gives back where this box begins. Raises NotReplaced, or Waiting after `wait_s`."""
    body = canonical_json({"device": device, "public_key": public_text(client.public_key), "replaces": True})
    until_s, told = now_s() + wait_s, ""
    while True:
        answer, trouble = _asked(client, body)
        if answer.code in REFUSALS:
            raise NotReplaced(REFUSALS[answer.code])
        if answer.code == "accepted":
            return _place(answer)
        if trouble != told:
            say(f"HR cannot be reached: {trouble}" if trouble else "HR has the request.")
            told = trouble
        if now_s() >= until_s:
            raise Waiting
        sleep(ASK_EVERY_S)


def _asked(client: HrClient, body: bytes) -> tuple[Introduced, str]:
    """What HR has signed, or why there is no such answer."""
    try:
        reply = client.send("POST", "/v1/devices", body)
    except Unreachable as error:
        return Introduced(""), str(error)
    if not reply.signed:
        return Introduced(""), f"an answer that it has not signed (status {reply.status})"
    return msgspec.json.decode(reply.body, type=Introduced), ""


def _place(answer: Introduced) -> Introduced:
    if answer.epoch == 0:
        raise NotReplaced("HR has let this box in as a new one, so there is nothing to replace: start its services")
    return answer
