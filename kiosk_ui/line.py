"""The supervisor's pages: log in, watch the machines, seal the output."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request, session
from werkzeug.wrappers import Response

from edge.link.messages import ValueShown
from kiosk_ui import output, readings, sealing
from kiosk_ui.login import Gate, Refused
from kiosk_ui.machines import Running, Watch, machine_ids, tile
from kiosk_ui.newcomers import display_name
from kiosk_ui.ports import KioskPorts
from kiosk_ui.strip import axis
from kiosk_ui.trails import Trails
from sync.facts import MaterialActualRecorded, QuantityConfirmed
from sync.reference_data import Person
from sync.wire import Fact

LONGEST_NUMBER, LONGEST_PIN = 40, 64
Page = str | Response | tuple[str, int]


class LinePages:
    """The view functions; `blueprint` gives them their addresses."""

    def __init__(
        self, ports: KioskPorts, monotonic: Callable[[], float], value_at: Callable[[str], ValueShown | None]
    ) -> None:
        self._ports, self._value_at = ports, value_at
        self._gate = Gate(ports.directory, monotonic)
        self._zone = ZoneInfo(ports.timezone)
        self._trails = Trails(ports.views)

    # --- in and out -------------------------------------------------------------------------------

    def log_in_page(self) -> Page:
        if self._supervisor() is not None:
            return redirect("/line/live")
        return render_template("line/log_in.html", wait_s=0, number="")

    def log_in(self) -> Page:
        number = request.form.get("number", "").strip()[:LONGEST_NUMBER]
        pin = request.form.get("pin", "")[:LONGEST_PIN]
        token = self._gate.log_in(number, pin, request.remote_addr or "")
        if isinstance(token, Refused):
            wait_s = max(1, round(token.wait_s))
            return render_template("line/log_in.html", wait_s=wait_s, number=number), 403
        language = session.get("language")
        session.clear()  # a new session gets a new token against forged posts
        session["line"] = token
        person = self._gate.who(token)
        if language or person:
            session["language"] = language or (person.language if person else self._ports.language)
        return redirect("/line/live")

    def log_out(self) -> Page:
        self._gate.log_out(session.pop("line", ""))
        return redirect("/line")

    def _supervisor(self, *, touch: bool = True) -> Person | None:
        return self._gate.who(session.get("line", ""), touch=touch)

    # --- machines ---------------------------------------------------------------------------------

    def live(self) -> Page:
        """A page that refreshes itself sends `refresh`, so that it does not keep the session open."""
        supervisor = self._supervisor(touch="refresh" not in request.args)
        if supervisor is None:
            return redirect("/line")
        now_us = self._ports.clock.stamp().wall_us
        actuals = self._of_date(self._today(), MaterialActualRecorded.__name__)
        scale = axis(self._midnight_us(), self._ports.directory().shifts, now_us)
        watch = Watch(self._ports, self._trails, actuals, scale, now_us, self._value_at)
        tiles = [tile(each, watch) for each in machine_ids(self._ports)]
        return render_template(
            "line/live.html",
            supervisor=supervisor,
            tiles=tiles,
            numbers={state: sum(each.running is state for each in tiles) for state in Running},
            balance=output.balance(actuals),
            loose=output.loose(actuals),
            now_us=now_us,
            **self._frame(actuals, self._today()),
        )

    # --- output -----------------------------------------------------------------------------------

    def confirm_page(self) -> Page:
        supervisor = self._supervisor()
        if supervisor is None:
            return redirect("/line")
        return self._confirm(supervisor, self._date(request.args.get("date")), sealing.Attempt())

    def confirm(self) -> Page:
        supervisor = self._supervisor()
        if supervisor is None:
            return redirect("/line")
        form = sealing.read_form(request.form)
        work_date = self._date(request.form.get("date"))
        attempt = sealing.seal(form, supervisor, self._ports)
        if attempt.said is sealing.Said.SEALED:
            return redirect(f"/line/confirm?date={work_date}&sealed=1")
        return self._confirm(supervisor, work_date, attempt), 409

    def _confirm(self, supervisor: Person, work_date: str, attempt: sealing.Attempt) -> str:
        actuals = self._of_date(work_date, MaterialActualRecorded.__name__)
        sealed = output.sealed_rows(self._of_date(work_date, QuantityConfirmed.__name__))
        rows = [row for row in output.open_rows(actuals, sealed) if row.key.order is not None]
        chosen = sealing.chosen(rows, attempt.row or request.args.get("row", ""))
        day = date.fromisoformat(work_date)
        return render_template(
            "line/confirm.html",
            supervisor=supervisor,
            work_date=work_date,
            before=(day - timedelta(days=1)).isoformat(),
            after=(day + timedelta(days=1)).isoformat(),
            sealed=sealed,
            rows=rows,
            orderless=[row for row in output.open_rows(actuals, sealed) if row.key.order is None],
            chosen=chosen,
            entry=sealing.entry_for(chosen, attempt),
            said="sealed" if request.args.get("sealed") and not attempt.said else attempt.said,
            loose=output.loose(actuals),
            **self._frame(actuals, work_date),
        )

    def readings(self) -> Page:
        """The counter readings behind an open row; back to the table when the row is open no longer."""
        supervisor = self._supervisor()
        if supervisor is None:
            return redirect("/line")
        work_date, wanted = self._date(request.args.get("date")), request.args.get("row", "")
        actuals = self._of_date(work_date, MaterialActualRecorded.__name__)
        sealed = output.sealed_rows(self._of_date(work_date, QuantityConfirmed.__name__))
        row = next((each for each in output.open_rows(actuals, sealed) if sealing.row_id(each) == wanted), None)
        if row is None:
            return redirect(f"/line/confirm?date={work_date}")
        behind = [fact for fact in actuals if fact.seq in row.actuals]
        marks = readings.marks(self._ports.views.facts(readings.reading_seqs(behind)))
        return render_template(
            "line/readings.html",
            supervisor=supervisor,
            work_date=work_date,
            row=row,
            stretches=readings.stretches(behind, row.key.person, marks),
            **self._frame(actuals, work_date),
        )

    # --- what they share --------------------------------------------------------------------------

    def _frame(self, actuals: list[Fact], work_date: str) -> dict[str, Any]:
        directory = self._ports.directory()
        sealed = output.sealed_rows(self._of_date(work_date, QuantityConfirmed.__name__))
        waiting = sum(row.key.order is not None for row in output.open_rows(actuals, sealed))
        machines = {each.id: each.name for each in directory.reference.machines}
        return {
            "waiting": waiting,
            "plant": directory.reference.plant,
            "row_id": sealing.row_id,
            "person_name": lambda key: display_name(directory, self._ports.views, key) or key[-4:],
            "machine_name": lambda key: machines.get(key, key),
            "order_of": directory.order,
        }

    def _of_date(self, work_date: str, kind: str) -> list[Fact]:
        return self._ports.views.of_work_date(work_date, [kind])

    def _today(self) -> str:
        now_us = self._ports.clock.stamp().wall_us
        return datetime.fromtimestamp(now_us / 1e6, UTC).astimezone(self._zone).date().isoformat()

    def _midnight_us(self) -> int:
        start = datetime.combine(date.fromisoformat(self._today()), time.min, self._zone)
        return int(start.timestamp()) * 1_000_000

    def _date(self, text: str | None) -> str:
        if not text:
            return self._today()
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            abort(400)


def blueprint(
    ports: KioskPorts, monotonic: Callable[[], float], value_at: Callable[[str], ValueShown | None]
) -> Blueprint:
    """`value_at`: what a counter that is not commissioned shows now at a machine."""
    views, pages = LinePages(ports, monotonic, value_at), Blueprint("line", __name__)
    pages.add_url_rule("/line", "log_in_page", views.log_in_page)
    pages.add_url_rule("/line", "log_in", views.log_in, methods=["POST"])
    pages.add_url_rule("/line/log-out", "log_out", views.log_out, methods=["POST"])
    pages.add_url_rule("/line/live", "live", views.live)
    pages.add_url_rule("/line/confirm", "confirm_page", views.confirm_page)
    pages.add_url_rule("/line/readings", "readings", views.readings)
    pages.add_url_rule("/line/confirm", "confirm", views.confirm, methods=["POST"])
    return pages
