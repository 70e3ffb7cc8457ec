"""What the pages say of how a box stands, and of what was set aside, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask_babel import gettext, lazy_gettext, ngettext

from hr.fleet.notices import Notice
from hr.fleet.rules import MANY_BAD_FRAMES, Reminder, Standing, Trouble
from hr.ingest.aside import Action, Hurdle
from hr.web.context import zone
from hr.web.fact_values import clock_state_text
from hr.web.figures import gap, hours, short_day
from pages.formats import thousands
from sync.wire.report import DeviceReport

MINUTE_US = 60_000_000

REASONS = {
    "conflict": lazy_gettext("the same number was received before with other content"),
    "bad_hash": lazy_gettext("its hash does not agree with its content"),
    "broken_chain": lazy_gettext("it does not continue the chain"),
    "unknown_kind": lazy_gettext("of a kind this server does not know yet"),
    "bad_body": lazy_gettext("its content is not as it should be"),
    "command_parked": lazy_gettext("a fault of the kiosk kept it from being decided"),
}

MEANINGS = {
    "conflict": lazy_gettext(
        "Two different records came under one number: the kiosk's card was copied, put back, or has forgotten. "
        "The first one stays in use. What the kiosk carried over came again under a new number."
    ),
    "bad_hash": lazy_gettext(
        "A byte was changed after the record was made: a worn card, or somebody's hand. What it says may be wrong. "
        "Ask the person before you use it."
    ),
    "broken_chain": lazy_gettext(
        "The record is whole, but does not follow the one received before it: something between them was changed or "
        "is missing."
    ),
    "unknown_kind": lazy_gettext(
        "The kiosk has a newer release than this server. After the server is updated the record is used by itself."
    ),
    "bad_body": lazy_gettext(
        "The kiosk wrote something this release cannot read. If an update of the server can, the record is used by "
        "itself then."
    ),
    "command_parked": lazy_gettext(
        "The kiosk could not decide what somebody did there and kept it whole. Read below what it was, do by hand what "
        "is to be done, and note it here."
    ),
}

HURDLES = {
    Hurdle.UNKNOWN: lazy_gettext("No such record was set aside."),
    Hurdle.IS_COMMAND: lazy_gettext("It was never decided, so there is no record to use."),
    Hurdle.NUMBER_TAKEN: lazy_gettext("Another record with this number is in use, and stays."),
    Hurdle.NOT_UNDERSTOOD: lazy_gettext("This release cannot read it, so it cannot be used yet."),
    Hurdle.DECIDED: lazy_gettext("It has been decided already."),
    Hurdle.NO_NOTE: lazy_gettext("Say in the note why."),
}

ACTIONS = {
    Action.TAKEN: lazy_gettext("used"),
    Action.LEFT: lazy_gettext("left aside"),
    Action.REOPENED: lazy_gettext("opened again"),
}

SORTS = {
    "badge reader": lazy_gettext("badge reader"),
    "id-card reader": lazy_gettext("identity-card reader"),
    "counter": lazy_gettext("counter"),
}


def moment(wall_us: int, now_us: int) -> str:
    """The time, with the day when it is not today."""
    then, now = (datetime.fromtimestamp(each / 1e6, UTC).astimezone(zone()) for each in (wall_us, now_us))
    time = then.strftime("%H:%M")
    return time if then.date() == now.date() else f"{short_day(then.date().isoformat())} {time}"


def headline(standing: Standing, now_us: int) -> str:
    """ "offline since 14:10, 41 pending at last contact"."""
    heard_us, pending = standing.box.last_contact_us, standing.pending or 0
    if heard_us is None:
        return str(gettext("not heard yet"))
    if standing.offline:
        since = moment(heard_us, now_us)
        if pending:
            return str(
                gettext("offline since %(since)s, %(n)s pending at last contact", since=since, n=thousands(pending))
            )
        return str(gettext("offline since %(since)s", since=since))
    if pending:
        return str(gettext("connected, %(n)s pending", n=thousands(pending)))
    return str(gettext("connected"))


def trouble_text(trouble: Trouble, standing: Standing) -> str:
    """What is wrong, with the names of what it is about."""
    return str(TEXTS[trouble](standing))


def _devices(standing: Standing, wanted: Callable[[DeviceReport], bool]) -> str:
    report = standing.box.report
    return ", ".join(each.name for each in (report.status.devices if report else ()) if wanted(each))


TEXTS: dict[Trouble, Callable[[Standing], str]] = {
    Trouble.NOT_RECORDING: lambda _: gettext("cannot record"),
    Trouble.TWO_JOURNALS: lambda _: gettext("two cards with one key, or an old card put back"),
    Trouble.OFFLINE: lambda _: gettext("offline"),
    Trouble.NEVER_HEARD: lambda _: gettext("not heard yet"),
    Trouble.UNSENT_OLD: lambda each: gettext(
        "oldest unsent record waits %(hours)s h", hours=hours((each.unsent_us or 0) // MINUTE_US)
    ),
    Trouble.DEVICES_STOPPED: lambda _: gettext("its readers are not read"),
    Trouble.DEVICE_GONE: lambda each: gettext("gone: %(names)s", names=_devices(each, lambda one: one.up is False)),
    Trouble.LITTLE_DISK: lambda _: gettext("disk nearly full"),
    Trouble.CLOCK_UNSURE: lambda _: gettext("clock not set or wrong"),
    Trouble.SET_ASIDE: lambda each: ngettext(
        "%(num)s record is set aside", "%(num)s records are set aside", each.box.aside
    ),
    Trouble.BAD_FRAMES: lambda each: gettext(
        "many bad frames: %(names)s", names=_devices(each, lambda one: one.bad_frames >= MANY_BAD_FRAMES)
    ),
    Trouble.OLD_VERSION: lambda _: gettext("older release"),
    Trouble.OLD_KEY: lambda _: gettext("key older than a year"),
}
SAID_BY_HEADLINE = (Trouble.OFFLINE, Trouble.NEVER_HEARD)


def reminder_text(due: Reminder, now_us: int) -> str:
    """One sentence for HR's first page, with who is to be told."""
    box = due.standing.box
    name = f"{box.device} ({box.place})" if box.place else box.device
    said_first = () if due.trouble in SAID_BY_HEADLINE else (trouble_text(due.trouble, due.standing),)
    contact = (headline(due.standing, now_us),) if not said_first or due.standing.offline else ()
    what = " · ".join((*said_first, *contact))
    said = gettext("%(device)s: %(what)s.", device=name, what=what)
    return str(said + gap() + gettext("Tell %(head)s.", head=box.head) if box.head else said)


def notice_text(notice: Notice, now_us: int) -> str:
    """What became of the newest e-mail about a box."""
    to = ", ".join(notice.recipients)
    if notice.failure:
        tried = moment(notice.claimed_us, now_us)
        return str(
            gettext(
                "The e-mail to %(to)s could not be sent at %(time)s: %(why)s. It is tried again.",
                to=to,
                time=tried,
                why=notice.failure,
            )
        )
    if notice.sent_us is None:
        return str(gettext("An e-mail to %(to)s is being sent.", to=to))
    at = moment(notice.sent_us, now_us)
    if notice.trouble is None:
        return str(gettext("An e-mail that it is in order again was sent at %(time)s to %(to)s.", time=at, to=to))
    return str(gettext("An e-mail about this was sent at %(time)s to %(to)s.", time=at, to=to))


def clock_text(standing: Standing) -> str:
    report = standing.box.report
    return clock_state_text(report.status.clock) if report else "—"


def disk_text(free_bytes: int) -> str:
    """Gigabytes of ten to the ninth, one decimal."""
    return f"{thousands(round(free_bytes / 1e9, 1).__str__())} GB"
