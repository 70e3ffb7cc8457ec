"""When one tap was: what the box's clock said, what HR makes of it and why, and the word of a person who knows."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from hr.clocks.effective import UNBOUNDED_US, Basis
from hr.clocks.service import LONGEST_REASON, Amendment, Confirmation, Unconfirmable
from hr.web.context import name_of, service, user_name, zone
from sync.wire.envelope import Fact

blueprint = Blueprint("times", __name__)
log = logging.getLogger(__name__)

MAX_SEQ = 2**53
SOURCES = {
    "server": lazy_gettext("this server's signed time in the same run of the kiosk"),
    "ntp": lazy_gettext("a time server in the same run of the kiosk"),
    "supervisor": lazy_gettext("a supervisor at the kiosk"),
    "hr": lazy_gettext("said here"),
}
MINUTE_US, HOUR_US, DAY_US = 60_000_000, 3_600_000_000, 86_400_000_000


@blueprint.get("/time/<device>/<int:epoch>/<int:seq>")
def one(device: str, epoch: int, seq: int) -> ResponseReturnValue:
    return _page(_tap(device, epoch, seq))


@blueprint.post("/time/<device>/<int:epoch>/<int:seq>")
def confirm(device: str, epoch: int, seq: int) -> ResponseReturnValue:
    tap = _tap(device, epoch, seq)
    utc_us = moment(request.form.get("date", ""), request.form.get("time", ""), zone())
    reason = request.form.get("reason", "")[:LONGEST_REASON].strip()
    if utc_us is None or not reason:
        flash(gettext("Give the date, the time and the reason."), "stop")
        return _page(tap), 409
    try:
        amended = service().clocks.confirm_time(Confirmation(device, epoch, seq, utc_us, user_name(), reason))
    except Unconfirmable:
        flash(gettext("This time cannot be given: it lies in the future, or a server knows it better."), "stop")
        return _page(tap), 409
    log.info("%s said when record %s/%d/%d was; %d taps amended", user_name(), device, epoch, seq, amended)
    flash(gettext("Noted. %(num)s taps of this run of the kiosk are dated by it.", num=amended))
    return redirect(url_for("times.one", device=device, epoch=epoch, seq=seq))


def moment(date: str, time: str, plant: ZoneInfo) -> int | None:
    """Microseconds UTC of a local date and time; None for what is none."""
    try:
        return round(datetime.fromisoformat(f"{date}T{time}").replace(tzinfo=plant).timestamp()) * 1_000_000
    except (ValueError, OverflowError):
        return None


def within_text(within_us: int) -> str:
    """How far off a time may be, in one figure."""
    if within_us >= UNBOUNDED_US:
        return str(gettext("nobody can say"))
    if within_us >= 2 * DAY_US:
        return str(gettext("± %(n)s days", n=-(-within_us // DAY_US)))
    if within_us >= 2 * HOUR_US:
        return str(gettext("± %(n)s h", n=-(-within_us // HOUR_US)))
    if within_us >= 2 * MINUTE_US:
        return str(gettext("± %(n)s min", n=-(-within_us // MINUTE_US)))
    return str(gettext("± %(n)s s", n=-(-within_us // 1_000_000)))


def why_text(of: Amendment) -> str:
    """Why a time was amended."""
    if of.basis is Basis.BOUNDED:
        return str(gettext("the kiosk's clock was not set; only what came before and after is known"))
    if of.basis is Basis.RTC:
        return str(gettext("the kiosk's battery clock, its drift taken out"))
    return str(SOURCES.get(of.source, of.source))


def _tap(device: str, epoch: int, seq: int) -> Fact:
    found = service().inbox.facts(device, epoch, [seq]) if 1 <= seq < MAX_SEQ and epoch < MAX_SEQ else []
    if not found or found[0].kind != "AttendanceTap":
        abort(404)
    return found[0]


def _page(tap: Fact) -> str:
    amendments = service().clocks.amendments(tap.device, tap.epoch, tap.seq)
    counted_us = amendments[-1].after_us if amendments else tap.at.wall_us
    local = datetime.fromtimestamp(counted_us / 1e6, zone())
    person = tap.body.get("person")
    return render_template(
        "hr/time.html",
        tap=tap,
        who_tapped=name_of(person) if person else gettext("an unknown badge"),
        amendments=amendments,
        counted_us=counted_us,
        is_open=service().clocks.time_is_open(tap.device, tap.epoch, tap.seq),
        date=request.form.get("date", local.date().isoformat()),
        time=request.form.get("time", local.strftime("%H:%M:%S")),
        reason=request.form.get("reason", ""),
        longest=LONGEST_REASON,
        why_text=why_text,
        said_by=lambda each: name_of(each.said_by) if each.source == "supervisor" else each.said_by,
    )
