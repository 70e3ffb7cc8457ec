"""What an e-mail about a box says, in the plant's language, and the thread that sends them."""

from __future__ import annotations

import threading

from flask import Flask
from flask_babel import force_locale, gettext

from hr.config import Mail
from hr.fleet.mailing import Mailer, password_of, sender_of
from hr.fleet.notices import Due
from hr.service import HrService
from hr.web.figures import gap
from hr.web.standing import headline, reminder_text


def start(app: Flask, service: HrService, mail: Mail) -> None:
    """Goes on until the process ends. OSError when the password's file cannot be read."""
    threading.Thread(target=mailer(app, service, mail).run, args=(threading.Event().wait,), daemon=True).start()


def mailer(app: Flask, service: HrService, mail: Mail) -> Mailer:
    def write(due: Due) -> tuple[str, str]:
        with app.app_context(), force_locale(service.office.plant.language):
            return text_of(due, service.office.clock(), service.office.plant.name)

    send = sender_of(mail, password_of(mail))
    return Mailer(
        service.notices,
        mail,
        lambda: (service.fleet.standing(), service.fleet.reminders()),
        write,
        lambda: service.office.clock(),
        send,
    )


def text_of(due: Due, now_us: int, plant: str) -> tuple[str, str]:
    """Subject and text. No person is named but the head of the department."""
    box = due.standing.box
    name = f"{box.device} ({box.place})" if box.place else box.device
    if due.reminder is None:
        what = gettext("%(device)s is in order again", device=name)
        lines = [gettext("%(device)s is in order again: %(what)s.", device=name, what=headline(due.standing, now_us))]
    else:
        what = gettext("%(device)s needs somebody", device=name)
        kept = gettext("What it records meanwhile is kept in it and comes later; a missing tap may be among it.")
        lines = [reminder_text(due.reminder, now_us) + gap() + kept]
        lines.append(gettext("No further e-mail comes about this until it is over, or worse."))
    return f"{plant or 'Clockpiece'}: {what}", "\n\n".join(lines) + "\n"
