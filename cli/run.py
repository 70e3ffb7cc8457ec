"""`clockpiece run`: the services of a box, and the HR server."""

from __future__ import annotations

import logging
import os
import secrets
from functools import partial
from pathlib import Path

import click

from cli.options import CONFIG, HR_CONFIG, authority_of, hr_of, hr_service
from liveness import Manager, manager


@click.group()
def run() -> None:
    """The services of a box, and the HR server; each until SIGTERM."""
    # The group of a box's services shares its folder; nobody else may read what they write.
    os.umask(0o007)


@run.command()
@CONFIG
def core(file: Path) -> None:
    """Takes commands, decides, commits, answers: the only writer of the journal."""
    from edge.bootstrap import BoxFiles
    from edge.bootstrap.core import run_core
    from sync.reference.store import ReferenceReader

    files = BoxFiles.read(file)
    reference = ReferenceReader(files.reference, files.key())
    run_core(
        files,
        reference.directory,
        manager(),
        sealed_received=reference.sealed_received,
        at_hr=reference.at_hr,
        server_time=reference.anchor,
        elsewhere=reference.elsewhere,
    )


@run.command()
@CONFIG
def devices(file: Path) -> None:
    """Reads badge readers and counters."""
    from edge.bootstrap import BoxFiles
    from edge.bootstrap.devices import run_devices

    run_devices(BoxFiles.read(file), manager())


@run.command()
@CONFIG
@click.option("--listen", help="Another address than the configuration's, host:port.")
def kiosk(file: Path, listen: str | None) -> None:
    """The worker kiosk and the supervisor's pages."""
    import kiosk_ui
    from edge.bootstrap import BoxFiles
    from edge.bootstrap.alone import alone
    from edge.devices import reads_id_cards
    from edge.link import ask as link
    from edge.link.doorbell import DoorbellListener
    from edge.link.messages import Command, Reply
    from sync.payslips import kiosk_socket as payslip_socket
    from sync.reference.store import ReferenceReader

    files = BoxFiles.read(file)
    config = files.config

    def ask(command: Command, timeout_s: float) -> Reply:
        try:
            return link.ask(files.core_socket, command, timeout_s)
        except link.CoreSilent as error:
            raise kiosk_ui.CoreSilent(str(error)) from error

    reference = ReferenceReader(files.reference, files.key())

    def contact() -> kiosk_ui.Contact:
        now = reference.contact()
        return kiosk_ui.Contact(now.wall_us, now.state, now.acknowledged)

    watched = manager()
    with alone(files.run, "kiosk"):
        ports = kiosk_ui.KioskPorts(
            views=files.views(),
            directory=reference.directory,
            contact=contact if config.hr is not None else None,
            payslip=partial(payslip_socket.ask, files.payslip_socket) if config.hr and config.kiosk.payslips else None,
            ask=ask,
            notices=DoorbellListener(files.bell),
            clock=files.clock(),
            stations=config.station,
            readers=[each for each in config.reader if not reads_id_cards(each.family)],
            card_readers=[each for each in config.reader if reads_id_cards(each.family)],
            counters=config.counter,
            timezone=config.box.timezone,
            language=config.box.language,
            secret=_secret(files.path(config.kiosk.secret)) if config.kiosk.secret else secrets.token_bytes(32),
            beat=watched.beat,
        )
        supervisors = None
        if config.kiosk.supervisors and config.kiosk.certificate:
            supervisors = kiosk_ui.ForSupervisors(config.kiosk.supervisors, files.path(config.kiosk.certificate))
        kiosk_ui.run(ports, listen or config.kiosk.listen, partial(_announce, "kiosk", watched), supervisors)
        watched.stopping()


@run.command()
@CONFIG
def sync(file: Path) -> None:
    """Carries facts to HR and reference data back."""
    import contextlib
    import signal
    import threading
    import time
    from zoneinfo import ZoneInfo

    from edge.bootstrap import BoxFiles
    from edge.bootstrap.alone import alone
    from edge.health.status import status
    from sync.daybook import DayBook
    from sync.enrolling.keys import own
    from sync.exchange.client import HrClient
    from sync.payslips import kiosk_socket as payslip_socket
    from sync.payslips.asking import Payslips
    from sync.policy import Pace
    from sync.reference.presence_fetch import PresenceFetch
    from sync.reference.store import ReferenceStore
    from sync.reporting import Reporter
    from sync.timekeeping import Timekeeper
    from sync.worker import SyncWorker

    files = BoxFiles.read(file)
    hr, server_key = hr_of(files)
    stop, watched = threading.Event(), manager()

    def wait(seconds: float) -> bool:
        """Beats through a pause that may be minutes long."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0 and not stop.wait(min(left_s, watched.beat_every_s)):
            watched.beat()
        return stop.is_set()

    key, name = own(files.path(hr.signing_key)), files.config.box.name
    voice = partial(HrClient, hr.url, server_key, key.private, name, authority=authority_of(files))
    client = voice(watched.beat)
    payslips = payslip_socket.serving(files.payslip_socket, Payslips(voice).answer)
    # The one writer of reference.db, so it is the data folder that it holds.
    with alone(files.data, "sync"), contextlib.closing(ReferenceStore(files.reference, files.key())) as store:
        clock = files.clock()
        timekeeper = Timekeeper(clock.stamp, store.note_anchor, store.anchor())
        name, views = files.config.box.name, files.views()

        def now_us() -> int:
            return clock.stamp().wall_us

        days = DayBook(views, store, ZoneInfo(files.config.box.timezone), now_us)
        reporter = Reporter(views, store, partial(status, files, clock), now_us, days=days)
        presence = PresenceFetch(client, store.presence, now_us, hr.presence_s)
        worker = SyncWorker(views, store, client, name, now_us, timekeeper, reporter, key.rotation, presence)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stop.set())
        watched.ready()
        with payslips if files.config.kiosk.payslips else contextlib.nullcontext():
            worker.run(wait, Pace(hr.retry_max_s), hr.interval_s)
        watched.stopping()


@run.command("hr")
@HR_CONFIG
@click.option("--listen", help="Another address than the configuration's, host:port.")
def run_hr(file: Path, listen: str | None) -> None:
    """The HR server: receives facts, shows days and wages."""
    import hr.web
    from hr.config import load_config
    from hr.web import reminding
    from pages.serve import serve

    service, server = hr_service(file)
    ready = partial(_announce, "hr", manager())
    certificate = Path(server.certificate) if server.certificate else None
    # Each connection that is busy holds a thread of the TLS server, however slow its line.
    threads = 32 if certificate else 8
    app = hr.web.create_app(service, server)
    if (mail := load_config(file).mail) is not None:
        reminding.start(app, service, mail)
    serve(app, listen or server.listen, threads, ready=ready, certificate=certificate)


def _announce(what: str, watched: Manager, url: str) -> None:
    logging.getLogger("clockpiece").info("%s is ready at %s", what, url)
    watched.ready()


def _secret(file: Path) -> bytes:
    """The cookie secret in this file, made when there is none."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32), "ascii")
    return bytes.fromhex(file.read_text("ascii").strip())
