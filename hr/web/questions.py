"""Workers' questions about lines of their pay that still need somebody, each with its line."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from hr.pay.rules.items import Kind
from hr.pay.rules.questions import Question
from hr.web.context import service
from hr.web.formulas import kind_of_pay
from sync.wire.facts import QuestionReply

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
    return render_template(
        "hr/questions.html", questions=service().questions.waiting(), reply_text=reply_text, about=about
    )


def reply_text(reply: QuestionReply | None) -> str:
    return str(REPLIES[reply])


def about(question: Question) -> str:
    """What it is about, in words."""
    if question.seal:
        return str(gettext("sealed line %(seq)s", seq=question.seal[2]))
    return kind_of_pay(Kind(question.kind)) if question.kind in set(Kind) else question.line
