"""E-mails about boxes in trouble: which went, which did not and why; and the way to the mail server."""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from hr.config import Mail
from hr.fleet import notices
from hr.fleet.notices import Due, Notice
from hr.fleet.rules import Reminder, Standing, Trouble
from hr.store import lock_box
from hr.store.tables import mail_notice
from sync.wire.envelope import plain_text

log = logging.getLogger(__name__)

CONNECT_S = 10.0
WHOLE_S = 60.0
EVERY_S = 60.0
MAX_FAILURE = 200

Send = Callable[[EmailMessage], None]
Write = Callable[[Due], tuple[str, str]]
"""Subject and text of one e-mail, in the plant's language."""


class NotSent(Exception):
    """The mail server did not take it; the sentence names no person."""


class Notices:
    """The newest e-mail about each box, in HR's database. `reading` and `writing` are engines of its store."""

    def __init__(self, reading: Engine, writing: Engine, clock: Callable[[], int]) -> None:
        self._reading, self._writing, self._clock = reading, writing, clock

    def all(self) -> dict[str, Notice]:
        """By the name of the box."""
        with self._reading.connect() as connection:
            return {row.device: _notice(row) for row in connection.execute(select(mail_notice))}

    def claim(self, wanted: Due, seen: Notice | None, to: tuple[str, ...]) -> bool:
        """Notes that it is being sent; False when another process has begun since `seen` was read."""
        now_us = self._clock()
        with self._writing.begin() as connection:
            lock_box(connection, wanted.device)
            last = _one(connection, wanted.device)
            if last != seen:
                return False
            trouble = wanted.reminder.trouble if wanted.reminder is not None else None
            again = last is not None and last.sent_us is None and last.trouble == trouble
            values = {
                "trouble": trouble.value if trouble is not None else "",
                "since_us": wanted.reminder.since_us if wanted.reminder is not None else now_us,
                "recipients": ",".join(to),
                "claimed_us": now_us,
                "sent_us": None,
                "failure": "",
                "tries": last.tries + 1 if again and last is not None else 1,
            }
            if last is None:
                connection.execute(mail_notice.insert().values(device=wanted.device, **values))
            else:
                connection.execute(mail_notice.update().where(mail_notice.c.device == wanted.device).values(**values))
        return True

    def settle(self, device: str, failure: str = "") -> None:
        """It has gone, or has not for this reason."""
        sent_us = None if failure else self._clock()
        with self._writing.begin() as connection:
            lock_box(connection, device)
            of = mail_notice.c.device == device
            connection.execute(mail_notice.update().where(of).values(sent_us=sent_us, failure=failure))


class Mailer:
    """Looks once a minute and sends what is due; one a process, and a database that keeps them apart."""

    def __init__(
        self,
        book: Notices,
        mail: Mail,
        look: Callable[[], tuple[list[Standing], list[Reminder]]],
        write: Write,
        clock: Callable[[], int],
        send: Send,
    ) -> None:
        self._book, self._mail, self._look = book, mail, look
        self._write, self._clock, self._send = write, clock, send

    def run(self, wait: Callable[[float], bool]) -> None:
        """Until `wait(seconds)` returns True."""
        while True:
            try:
                self.round()
            except Exception:
                # The outermost loop of this thread: pages and boxes do not depend on it.
                log.exception("reminders by e-mail were not looked at")
            if wait(EVERY_S):
                return

    def round(self) -> int:
        """How many went."""
        before = self._book.all()
        standings, reminders = self._look()
        return sum(self._one(each, before) for each in notices.due(standings, reminders, before, self._clock()))

    def _one(self, wanted: Due, before: Mapping[str, Notice]) -> bool:
        last = before.get(wanted.device)
        # Who was told that it began is told that it is over.
        to = notices.recipients(wanted.standing.box.head, self._mail.to, self._mail.heads)
        if wanted.reminder is None and last is not None:
            to = last.recipients
        if not self._book.claim(wanted, last, to):
            return False
        subject, text = self._write(wanted)
        try:
            self._send(message_of(self._mail.sender, to, subject, text))
        except NotSent as error:
            log.error("an e-mail about %s was not sent: %s", wanted.device, error)
            self._book.settle(wanted.device, plain_text(str(error), MAX_FAILURE))
            return False
        self._book.settle(wanted.device)
        return True


def message_of(sender: str, to: tuple[str, ...], subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, ", ".join(to), subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid("clockpiece", sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def sender_of(mail: Mail, password: str, whole_s: float = WHOLE_S) -> Send:
    """Sends through the server of the configuration, within `whole_s` seconds or not at all; raises NotSent."""

    def send(message: EmailMessage) -> None:
        try:
            with _opened(mail) as server:
                ended = threading.Timer(whole_s, _cut, [server])
                ended.daemon = True
                ended.start()
                try:
                    if mail.security == "starttls":
                        server.starttls(context=_trust(mail))
                    if mail.user:
                        server.login(mail.user, password)
                    refused = server.send_message(message)
                finally:
                    ended.cancel()
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"{mail.host} answered {error.smtp_code} to {type(error).__name__}") from error
        except (OSError, smtplib.SMTPException) as error:
            # Words of either may hold addresses.
            raise NotSent(f"{mail.host}:{mail.port}: {_why(error)}") from error
        if refused:
            raise NotSent(f"{mail.host} refused {len(refused)} of the addresses")

    return send


def _opened(mail: Mail) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=CONNECT_S, context=_trust(mail))
    return smtplib.SMTP(mail.host, mail.port, timeout=CONNECT_S)


def _trust(mail: Mail) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=mail.ca)


def _cut(server: smtplib.SMTP) -> None:
    """Ends what a server draws out byte by byte."""
    sock = server.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not believed: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def password_of(mail: Mail) -> str:
    """The content of the file that `password` names; empty without one. OSError."""
    return Path(mail.password).read_text("utf-8").strip() if mail.password else ""


def _one(connection: Connection, device: str) -> Notice | None:
    row = connection.execute(select(mail_notice).where(mail_notice.c.device == device)).first()
    return _notice(row) if row else None


def _notice(row: Row[Any]) -> Notice:
    trouble = Trouble(row.trouble) if row.trouble in set(Trouble) else None
    to = tuple(each for each in row.recipients.split(",") if each)
    return Notice(row.device, trouble, row.since_us, to, row.claimed_us, row.sent_us, row.failure, row.tries)
