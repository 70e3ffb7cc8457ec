"""Records that were set aside, and commands that a kiosk parked: each whole, with its reason, and what was decided."""

from __future__ import annotations

import logging

import msgspec
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.ingest.aside import MAX_NOTE, Action, Key, NotDecided
from hr.web.context import service, user_name
from hr.web.standing import ACTIONS, HURDLES, MEANINGS, REASONS
from sync.wire.envelope import Fact, plain_text

log = logging.getLogger(__name__)
blueprint = Blueprint("aside", __name__, url_prefix="/aside")

SHOWN = 500
MAX_SEQ = 2**53


@blueprint.route("/")
def listed() -> ResponseReturnValue:
    found = service().inbox.set_aside()
    return render_template(
        "hr/aside.html",
        waiting=[each for each in found if each.waits][:SHOWN],
        decided=[each for each in found if not each.waits][:SHOWN],
        **_words(),
    )


@blueprint.route("/<device>/<int:epoch>/<int:seq>/<digest>")
def one(device: str, epoch: int, seq: int, digest: str) -> ResponseReturnValue:
    found = service().inbox.aside_record(_key(device, epoch, seq, digest))
    if found is None:
        abort(404)
    record, hurdle = found
    received = msgspec.json.decode(record.fact, type=Fact)
    return render_template(
        "hr/aside_one.html",
        record=record,
        hurdle=hurdle,
        received=received,
        body=[(name, _written(value)) for name, value in received.body.items()],
        actions=Action,
        **_words(),
    )


@blueprint.post("/<device>/<int:epoch>/<int:seq>/<digest>")
def decide(device: str, epoch: int, seq: int, digest: str) -> ResponseReturnValue:
    key, note = _key(device, epoch, seq, digest), plain_text(request.form.get("note", "").strip(), MAX_NOTE)
    try:
        action = Action(request.form.get("action", ""))
    except ValueError:
        abort(400)
    try:
        service().inbox.decide(key, action, user_name(), note)
    except NotDecided as error:
        flash(str(HURDLES[error.hurdle]), "stop")
    else:
        log.info("%s decided on %s/%d/%d, which was set aside: %s", user_name(), device, epoch, seq, action)
        flash(gettext("It is noted: %(action)s.", action=ACTIONS[action]))
    return redirect(url_for("aside.one", device=device, epoch=epoch, seq=seq, digest=digest))


def _key(device: str, epoch: int, seq: int, digest: str) -> Key:
    if epoch >= MAX_SEQ or seq >= MAX_SEQ:
        abort(404)
    return Key(device, epoch, seq, digest)


def _words() -> dict[str, object]:
    return {"reasons": REASONS, "meanings": MEANINGS, "hurdles": HURDLES, "action_texts": ACTIONS}


def _written(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
