"""The page that makes a code for a new kiosk, and shows it this once."""

from __future__ import annotations

import logging
from dataclasses import replace

import segno
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from hr.kiosks.codes import MAX_OPEN, TooManyCodes
from hr.kiosks.store import Undecidable
from hr.web.context import service, user_name
from sync.wire.enrolment import Ticket, shown

log = logging.getLogger(__name__)
blueprint = Blueprint("enrolment", __name__)

LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


@blueprint.get("/kiosks/code")
def form() -> ResponseReturnValue:
    return _page(request.args.get("device", ""))


@blueprint.post("/kiosks/code")
def make() -> ResponseReturnValue:
    """No redirect: after it the code would have to be kept somewhere."""
    device = request.form.get("device", "").strip()
    try:
        ticket = service().kiosks.make_code(device, user_name())
    except Undecidable:
        return _page(device, wrong=gettext("1 to 32 letters, digits and _ . - as in the kiosk's configuration"))
    except TooManyCodes:
        return _page(device, wrong=gettext("%(num)s codes are open. Wait until one ends.", num=MAX_OPEN))
    log.info("%s made a code for the kiosk %s", user_name(), device)
    return _page("", made=replace(ticket, url=_own_url()))


def _page(device: str, wrong: str = "", made: Ticket | None = None) -> str:
    return render_template(
        "hr/enrolment.html",
        device=device,
        wrong=wrong,
        made=made,
        letters=shown(made.code) if made else "",
        picture=_picture(made.text()) if made else "",
        codes=service().kiosks.codes(),
    )


def _own_url() -> str:
    """As this browser reaches this server. A kiosk speaks plain HTTP on its own machine alone."""
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return f"{'http' if name in LOOPBACK and not request.is_secure else 'https'}://{request.host}"


def _picture(text: str) -> Markup:
    """Never a Micro QR code: many scanners cannot read one."""
    drawn = segno.make_qr(text, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704 - segno drew it: the text is in it as squares, never as markup
