"""E-mails about boxes in trouble, through a real mail server: with TLS, once, and what is shown when they do not go."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from hr.authority import Authority
from hr.config import Mail, load_config
from hr.fleet.mailing import NotSent, message_of, sender_of
from hr.web.reminding import mailer
from settings import ConfigError
from tests.unit.hr.cast import Factory, clock_us, factory
from tests.unit.hr_web.conftest import app_of, desk_of

TO, HEAD = "hr@plant.example", "head@plant.example"
LETTER = message_of("clockpiece@plant.example", (TO,), "冲压", "一")


@dataclass
class Post:
    """What a mail server took."""

    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answer: str = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            made = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(made, EmailMessage)
            self.letters.append((list(envelope.rcpt_tos), made))
        return self.answer


@contextlib.contextmanager
def mail_server(post: Post, served: ssl.SSLContext | None = None, **options: Any) -> Iterator[int]:
    """On a free port of this machine, in a loop of its own; `served`: TLS from the first byte."""
    loop = asyncio.new_event_loop()
    make = partial(SMTP, post, hostname="mail.example", loop=loop, **options)
    server = loop.run_until_complete(loop.create_server(make, "127.0.0.1", 0, ssl=served))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def plain(port: int, **more: Any) -> Mail:
    return Mail("127.0.0.1", "clockpiece@plant.example", [TO], port=port, security="none", **more)


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[Factory]:
    made = factory(tmp_path)
    made.service.office.clock = partial(int, clock_us(10))
    made.service.kiosks.note_contact("gate-1")
    made.service.fleet.place("gate-1", "东门", "周敏")
    yield made
    made.service.close()


def at(hr: Factory, hours: int, minutes: int = 0) -> None:
    hr.service.office.clock = partial(int, clock_us(hours, minutes))


# --- what is sent -------------------------------------------------------------------------------------


def test_hr_and_the_head_are_written_to_once_and_once_more_when_it_is_over(hr: Factory):
    post = Post()
    with mail_server(post) as port:
        sender = mailer(app_of(hr.service), hr.service, plain(port, heads={"周敏": [HEAD]}))
        rounds = []
        for hours, minutes in ((10, 14), (10, 16), (10, 17), (11, 40)):
            at(hr, hours, minutes)
            rounds.append(sender.round())
        hr.service.kiosks.note_contact("gate-1")
        rounds += [sender.round(), sender.round()]
    assert rounds == [0, 1, 0, 0, 1, 0]
    (to, first), (to_too, second) = post.letters
    assert to == to_too == [TO, HEAD]
    assert first["Auto-Submitted"] == "auto-generated"
    assert "gate-1" in first.get_content()
    assert "gate-1" in second["Subject"]


def test_two_processes_send_one_letter(hr: Factory):
    post = Post()
    at(hr, 10, 20)
    with mail_server(post) as port:
        senders = [mailer(app_of(hr.service), hr.service, plain(port)) for _ in range(2)]
        threads = [threading.Thread(target=each.round) for each in senders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert len(post.letters) == 1


def test_what_the_server_refuses_is_shown_and_tried_again(hr: Factory):
    post, at_desk = Post(answer="451 busy"), desk_of(hr.service)
    with mail_server(post) as port:
        sender = mailer(app_of(hr.service), hr.service, plain(port))
        at(hr, 10, 20)
        assert sender.round() == 0
        assert "answered 451" in at_desk.text("/kiosks/of/gate-1")
        assert "could not be sent" in at_desk.text("/")
        post.answer = "250 OK"
        at(hr, 10, 24)
        assert sender.round() == 0
        at(hr, 10, 25)
        assert sender.round() == 1
    page = at_desk.text("/kiosks/of/gate-1")
    assert f"sent at 10:25 to {TO}" in page
    assert "could not be sent" not in at_desk.text("/")


# --- the way there ------------------------------------------------------------------------------------


@dataclass
class Tls:
    """A server certificate of our own authority, and the file that believes it."""

    served: ssl.SSLContext
    ca: str


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    folder = tmp_path_factory.mktemp("tls")
    now = datetime.now(UTC)
    authority = Authority.of(folder, now)
    (folder / "mail.pem").write_bytes(authority.issue(["127.0.0.1"], now))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / "mail.pem")
    return Tls(served, str(folder / "ca.pem"))


def knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
    good = (data.login, data.password) == (b"clockpiece", b"quiet heron")
    return AuthResult(success=good, handled=False)


def secured(port: int, ca: str | None, **more: Any) -> Mail:
    return msgspec.structs.replace(plain(port), security="starttls", ca=ca, **more)


def test_starttls_and_the_password_only_behind_it(tls: Tls):
    post = Post()
    guarded = partial(mail_server, post, tls_context=tls.served, require_starttls=True)
    with guarded(authenticator=knows, auth_required=True) as port:
        sender_of(secured(port, tls.ca, user="clockpiece"), "quiet heron")(LETTER)
        with pytest.raises(NotSent, match="answered 535"):
            sender_of(secured(port, tls.ca, user="clockpiece"), "loud heron")(LETTER)
    assert [message["Subject"] for _to, message in post.letters] == ["冲压"]


def test_a_certificate_that_nobody_vouches_for_is_not_believed(tls: Tls):
    post = Post()
    with (
        mail_server(post, tls_context=tls.served) as port,
        pytest.raises(NotSent, match="certificate is not believed"),
    ):
        sender_of(secured(port, None), "")(LETTER)
    assert post.letters == []


def test_tls_from_the_first_byte(tls: Tls):
    post = Post()
    with mail_server(post, tls.served) as port:
        sender_of(msgspec.structs.replace(secured(port, tls.ca), security="tls"), "")(LETTER)
    assert len(post.letters) == 1


def test_a_server_without_tls_gets_no_letter_in_the_clear():
    post = Post()
    with mail_server(post) as port, pytest.raises(NotSent):
        sender_of(secured(port, None), "")(LETTER)
    assert post.letters == []


def test_a_server_that_draws_its_answers_out_is_cut_off():
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        line, _ = listening.accept()
        with line, contextlib.suppress(OSError):
            line.sendall(b"220 ready\r\n")
            while not stop.wait(0.05):
                line.sendall(b"2")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(NotSent):
            sender_of(plain(listening.getsockname()[1]), "", whole_s=0.3)(LETTER)
    finally:
        stop.set()
        thread.join(10)
        listening.close()


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NotSent, match="refused"):
        sender_of(plain(port), "")(LETTER)


# --- what is configured -------------------------------------------------------------------------------

HR_TOML = '[hr]\ndatabase = "sqlite:///x"\nkeys = "k"\n[mail]\nsender = "a@b"\nto = ["c@d"]\n'


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ('host = "mail.example"\nsecurity = "none"', "mail.security"),
        ('host = "mail.example"\npassword = "/no/such/file"', "mail.password"),
        ('host = "mail.example"\nheads = { "周敏" = ["nobody"] }', "mail.heads"),
    ],
)
def test_what_cannot_work_refuses_to_start(tmp_path: Path, keys: str, named: str):
    file = tmp_path / "hr.toml"
    file.write_text(HR_TOML + keys + "\n", "utf-8")
    with pytest.raises(ConfigError, match=named):
        load_config(file)
