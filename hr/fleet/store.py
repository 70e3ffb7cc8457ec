"""What HR keeps of how the boxes stand: the newest report of each, where it is, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from hr.fleet import reconciliation
from hr.fleet.rules import Box
from hr.ingest import aside
from hr.kiosks import store as kiosks
from hr.kiosks.store import State
from hr.store import lock_box
from hr.store.tables import journal, kiosk_place, kiosk_report
from sync.wire.envelope import plain_text
from sync.wire.report import Report

MAX_TEXT = 64


@dataclass(frozen=True)
class Journal:
    """How far a journal of a box has come here."""

    epoch: int
    last_seq: int
    head: str


def note(connection: Connection, device: str, report: Report, now_us: int) -> None:
    """Keeps the newest report, and since when core or devices has not been running."""
    lock_box(connection, device)
    before = _reported(connection, device)
    runs = report.status.core and report.status.devices_run
    stopped_us = None if runs else ((before.stopped_us if before else None) or now_us)
    newest = msgspec.structs.replace(report, days=[])
    values = {"received_us": now_us, "stopped_us": stopped_us, "report": msgspec.json.encode(newest).decode()}
    if before is None:
        connection.execute(kiosk_report.insert().values(device=device, **values))
    else:
        connection.execute(kiosk_report.update().where(kiosk_report.c.device == device).values(**values))
    reconciliation.note(connection, device, report, now_us)


def place(connection: Connection, device: str, where: str, head: str) -> None:
    """Where the box stands, and who is told when it is in trouble."""
    lock_box(connection, device)
    values = {"place": plain_text(where.strip(), MAX_TEXT), "head": plain_text(head.strip(), MAX_TEXT)}
    known = connection.execute(select(kiosk_place).where(kiosk_place.c.device == device)).first()
    if known is None:
        connection.execute(kiosk_place.insert().values(device=device, **values))
    else:
        connection.execute(kiosk_place.update().where(kiosk_place.c.device == device).values(**values))


def places(connection: Connection) -> dict[str, str]:
    """Where each box stands."""
    return {row.device: row.place for row in connection.execute(select(kiosk_place)) if row.place}


def boxes(connection: Connection) -> list[Box]:
    """Those that are let in."""
    reports = {row.device: row for row in connection.execute(select(kiosk_report))}
    places = {row.device: row for row in connection.execute(select(kiosk_place))}
    asides, forks = aside.waiting(connection), aside.forked(connection)
    found = []
    for each in kiosks.listed(connection):
        if each.state is not State.ACCEPTED:
            continue
        row, where = reports.get(each.device), places.get(each.device)
        found.append(
            Box(
                each.device,
                each.asked_us,
                each.last_contact_us,
                each.epoch,
                each.last_seq,
                _report(row),
                row.received_us if row else 0,
                row.stopped_us if row else None,
                asides[each.device],
                where.place if where else "",
                where.head if where else "",
                forks.get(each.device),
            )
        )
    return found


def journals(connection: Connection, device: str) -> list[Journal]:
    """The newest first."""
    query = select(journal).where(journal.c.device == device).order_by(journal.c.epoch.desc())
    return [Journal(row.epoch, row.last_seq, row.head) for row in connection.execute(query)]


def _reported(connection: Connection, device: str) -> Row[Any] | None:
    return connection.execute(select(kiosk_report).where(kiosk_report.c.device == device)).first()


def _report(row: Row[Any] | None) -> Report | None:
    """None also for one of another release."""
    try:
        return msgspec.json.decode(row.report, type=Report) if row else None
    except msgspec.MsgspecError:
        return None
