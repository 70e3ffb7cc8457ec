"""Workers' questions about lines of their pay that still need somebody, each with its line."""

from __future__ import annotations

import logging

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from hr.pay.questions import WIDEST_TEXT
from hr.pay.rules.items import FactId, Kind
from hr.pay.rules.questions import Question
from hr.people.rejected import Rejected
from hr.web.context import service, user_name
from hr.web.forms import field, wanted_text
from hr.web.formulas import kind_of_pay
from sync.wire.facts import QuestionReply

log = logging.getLogger(__name__)
blueprint = Blueprint("questions", __name__, url_prefix="/pay/questions")

REPLIES = {
    None: lazy_gettext("nobody has answered"),
    QuestionReply.EXPLAINED: lazy_gettext("explained in person"),
    QuestionReply.RIGHT: lazy_gettext("looked at again: it is right"),
    QuestionReply.TO_BE_CORRECTED: lazy_gettext("HR is to correct it"),
    QuestionReply.PASSED_TO_HR: lazy_gettext("passed on to HR"),
}


@blueprint.route("/")
def listed() -> ResponseReturnValue:
    return _listed()


@blueprint.post("/<device>/<int:epoch>/<int:seq>")
def settle(device: str, epoch: int, seq: int) -> ResponseReturnValue:
    """HR's own answer, after which nobody has anything to do any more."""
    try:
        service().questions.settle((device, epoch, seq), field(request.form, "text"), user_name())
    except Rejected as error:
        return _listed(wanted_text(error.wanted), (device, epoch, seq)), 422
    log.info("question %s/%s/%s was settled by %s", device, epoch, seq, user_name())
    flash(gettext("Answered. The person reads it with the next look at the pay."))
    return redirect(url_for("questions.listed"))


def _listed(error: str = "", at: FactId | None = None) -> str:
    return render_template(
        "hr/questions.html",
        questions=service().questions.waiting(),
        reply_text=reply_text,
        about=about,
        error=error,
        at=at,
        longest=WIDEST_TEXT,
    )


def reply_text(reply: QuestionReply | None) -> str:
    return str(REPLIES[reply])


def about(question: Question) -> str:
    """What it is about, in words."""
    if question.seal:
        return str(gettext("sealed line %(seq)s", seq=question.seal[2]))
    return kind_of_pay(Kind(question.kind)) if question.kind in set(Kind) else question.line
