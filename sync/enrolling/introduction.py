"""How a box asks HR to let it in, or to let it take the place of another one of its name, and waits for a person there
to decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from settings import Mendable
from sync.exchange.client import HrClient, Unreachable, new_nonce
from sync.wire.enrolment import code_key, proof_bytes
from sync.wire.envelope import Introduced, b64, canonical_json, public_text
from sync.wire.rotation import Rotation, introduction

ASK_EVERY_S = 2.0

REFUSALS = {
    "revoked": "HR has refused this key: remove the signing key on this box and run the command again",
    "name_taken": "HR has another key under this name, or this key under another name: a box that takes the place of "
    "another runs `clockpiece replace-box`; else revoke the other key at HR, or give this box another name",
    "too_many_pending": "too many boxes wait for a decision at HR: decide there first",
    "too_many_tries": "too many wrong codes came from this address: wait a minute and run the command again",
}
CODE_PLEASE = {
    "code_wanted": "HR wants a code: make one for this box on HR's page of kiosks, or with `clockpiece hr code`.",
    "bad_code": "HR does not take this code: it is mistyped, for another box, used, ten minutes old, or was tried five "
    "times. HR's page of kiosks shows which codes are open.",
}


class NotLetIn(Mendable):
    """HR has said no, and what to do."""


class Waiting(Exception):
    """Nobody has decided within the time; `asked`: HR has the request."""

    def __init__(self, *, asked: bool) -> None:
        super().__init__()
        self.asked = asked


@dataclass(frozen=True)
class Asking:
    """What a box asks for, and how it waits. `code` is called when HR wants one, with a sentence that says why;
    `wait_s` is for the decision of a person there."""

    device: str
    replaces: bool
    code: Callable[[str], str]
    sleep: Callable[[float], None]
    now_s: Callable[[], float]
    wait_s: float
    say: Callable[[str], None]
    rotation: Rotation | None = None
    """Where this box's key follows another one, which HR may still know it by."""


def ask(client: HrClient, asking: Asking) -> Introduced:
    """Asks until HR has accepted; gives back its answer. Raises NotLetIn, or Waiting after `wait_s`."""
    until_s, told, code = asking.now_s() + asking.wait_s, "", ""
    while True:
        answer, trouble = _asked(client, asking, code)
        if answer.code in CODE_PLEASE:
            code = asking.code(CODE_PLEASE[answer.code])
            until_s = asking.now_s() + asking.wait_s
            continue
        if answer.code in REFUSALS:
            raise NotLetIn(REFUSALS[answer.code])
        if answer.code == "accepted":
            return answer
        said = f"HR cannot be reached: {trouble}" if trouble else "HR has the request."
        if said != told:
            asking.say(said)
            told = said
        if asking.now_s() >= until_s:
            raise Waiting(asked=not trouble)
        asking.sleep(ASK_EVERY_S)


def ask_to_replace(client: HrClient, asking: Asking) -> Introduced:
    """The same for a box that takes the place of another: the answer says where it begins."""
    answer = ask(client, asking)
    if answer.epoch == 0:
        raise NotLetIn("HR has let this box in as a new one, so there is nothing to replace: start its services")
    return answer


def _asked(client: HrClient, asking: Asking, code: str) -> tuple[Introduced, str]:
    """What HR has signed, or why there is no such answer."""
    nonce, own = new_nonce(), public_text(client.public_key)
    body = introduction(asking.device, own, asking.rotation)
    if asking.replaces:
        body["replaces"] = True
    if code:
        message = proof_bytes(asking.device, own, replaces=asking.replaces, nonce=nonce)
        body["proof"] = b64(code_key(code, asking.device, client.server_key).sign(message))
    return introduced(client, body, nonce)


def introduced(client: HrClient, body: dict[str, object], nonce: str = "") -> tuple[Introduced, str]:
    """One introduction: what HR has signed, or why there is no such answer."""
    try:
        reply = client.send("POST", "/v1/devices", canonical_json(body), nonce=nonce)
    except Unreachable as error:
        return Introduced(""), str(error)
    if not reply.signed:
        return Introduced(""), f"an answer that it has not signed (status {reply.status})"
    return msgspec.json.decode(reply.body, type=Introduced), ""
