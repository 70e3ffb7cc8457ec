"""The supervisor's pages: log in, watch the machines, seal the output."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, session

from edge.link.messages import new_id
from kiosk_ui.line import confirming, output, readings, sealing
from kiosk_ui.line.frame import Frame
from kiosk_ui.line.login import Refused
from kiosk_ui.line.machines import Running, Watch, machine_ids, tile
from kiosk_ui.line.questions import QuestionPages
from kiosk_ui.line.strip import axis
from kiosk_ui.line.supervision import SupervisionPages
from kiosk_ui.line.telling import Page, shown
from kiosk_ui.line.trails import Trails
from kiosk_ui.ports import KioskPorts
from kiosk_ui.signs import Signs
from sync.wire import workdate
from sync.wire.reference_data import Person

LONGEST_NUMBER, LONGEST_PIN = 40, 64


class LinePages:
    """The view functions; `blueprint` gives them their addresses."""

    def __init__(self, frame: Frame, signs: Signs, questions: QuestionPages) -> None:
        self._frame, self._ports, self._signs = frame, frame.ports, signs
        self._trails, self._questions = Trails(frame.ports.views), questions

    # --- in and out -------------------------------------------------------------------------------

    def log_in_page(self) -> Page:
        if self._frame.supervisor() is not None:
            return redirect("/line/live")
        return render_template("line/log_in.html", wait_s=0, number="")

    def log_in(self) -> Page:
        number = request.form.get("number", "").strip()[:LONGEST_NUMBER]
        pin = request.form.get("pin", "")[:LONGEST_PIN]
        token = self._frame.gate.log_in(number, pin, request.remote_addr or "")
        if isinstance(token, Refused):
            wait_s = max(1, round(token.wait_s))
            return render_template("line/log_in.html", wait_s=wait_s, number=number), 403
        language = session.get("language")
        session.clear()  # a new session gets a new token against forged posts
        session["line"] = token
        person = self._frame.gate.who(token)
        if language or person:
            session["language"] = language or (person.language if person else self._ports.language)
        return redirect("/line/live")

    def log_out(self) -> Page:
        self._frame.gate.log_out(session.pop("line", ""))
        return redirect("/line")

    # --- machines ---------------------------------------------------------------------------------

    def live(self) -> Page:
        """A page that refreshes itself sends `refresh`, so that it does not keep the session open."""
        supervisor = self._frame.supervisor(touch="refresh" not in request.args)
        if supervisor is None:
            return redirect("/line")
        now_us = self._ports.clock.stamp().wall_us
        today = self._frame.today()
        actuals = self._frame.made(today)
        shifts = workdate.on(self._ports.directory().shifts, date.fromisoformat(today))
        scale = axis(self._frame.midnight_us(), shifts, now_us)
        watch = Watch(self._ports, self._trails, actuals, scale, now_us, self._signs)
        tiles = [tile(each, watch) for each in machine_ids(self._ports)]
        return render_template(
            "line/live.html",
            supervisor=supervisor,
            tiles=tiles,
            numbers={state: sum(each.running is state for each in tiles) for state in Running},
            balance=output.balance(actuals),
            loose=output.loose(actuals),
            now_us=now_us,
            new_id=new_id,
            core_works=self._signs.core_works,
            time_wanted=confirming.is_wanted(self._ports),
            questions=self._questions.waiting(),
            said=request.args.get("said"),
            **self._frame.around(actuals, today),
        )

    # --- output -----------------------------------------------------------------------------------

    def confirm_page(self, supervisor: Person) -> Page:
        return self._confirm(supervisor, self._frame.date(request.args.get("date")), sealing.Attempt())

    def confirm(self, supervisor: Person) -> Page:
        form = sealing.read_form(request.form)
        work_date = self._frame.date(request.form.get("date"))
        attempt = sealing.seal(form, supervisor, self._ports)
        url = f"/line/confirm?date={work_date}&sealed=1"
        return shown(attempt.said, sealing.Said.SEALED, url, lambda: self._confirm(supervisor, work_date, attempt))

    def _confirm(self, supervisor: Person, work_date: str, attempt: sealing.Attempt) -> str:
        actuals = self._frame.made(work_date)
        sealed = self._frame.sealed(work_date)
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
            **self._frame.around(actuals, work_date),
        )

    def readings(self, supervisor: Person) -> Page:
        """The counter readings behind an open row; back to the table when the row is open no longer."""
        work_date, wanted = self._frame.date(request.args.get("date")), request.args.get("row", "")
        actuals = self._frame.made(work_date)
        sealed = self._frame.sealed(work_date)
        row = next((each for each in output.open_rows(actuals, sealed) if sealing.row_id(each) == wanted), None)
        if row is None:
            return redirect(f"/line/confirm?date={work_date}")
        behind = readings.behind(actuals, row.actuals)
        marks = readings.marks(self._ports.views.facts(readings.reading_seqs(behind)))
        return render_template(
            "line/readings.html",
            supervisor=supervisor,
            work_date=work_date,
            row=row,
            stretches=readings.stretches(behind, row.key.person, marks),
            **self._frame.around(actuals, work_date),
        )


def blueprint(ports: KioskPorts, monotonic: Callable[[], float], signs: Signs) -> Blueprint:
    """`signs` of life say whether core and the counters are heard of now."""
    frame, pages = Frame(ports, monotonic), Blueprint("line", __name__)
    questions = QuestionPages(frame)
    views, further, clock = LinePages(frame, signs, questions), SupervisionPages(frame), confirming.ClockPages(frame)
    pages.add_url_rule("/line", "log_in_page", views.log_in_page)
    pages.add_url_rule("/line", "log_in", views.log_in, methods=["POST"])
    pages.add_url_rule("/line/log-out", "log_out", views.log_out, methods=["POST"])
    pages.add_url_rule("/line/live", "live", views.live)
    pages.add_url_rule("/line/confirm", "confirm_page", frame.asked(views.confirm_page))
    pages.add_url_rule("/line/readings", "readings", frame.asked(views.readings))
    pages.add_url_rule("/line/confirm", "confirm", frame.asked(views.confirm), methods=["POST"])
    pages.add_url_rule("/line/set-up", "set_up", frame.asked(further.set_up), methods=["POST"])
    pages.add_url_rule("/line/unowned", "unowned", frame.asked(further.unowned_page))
    pages.add_url_rule("/line/unowned", "assign", frame.asked(further.assign), methods=["POST"])
    pages.add_url_rule("/line/badges", "badges", frame.asked(further.badges_page))
    pages.add_url_rule("/line/badges", "link", frame.asked(further.link), methods=["POST"])
    pages.add_url_rule("/line/clock", "clock", frame.asked(clock.page))
    pages.add_url_rule("/line/clock", "say_time", frame.asked(clock.say), methods=["POST"])
    pages.add_url_rule("/line/questions", "questions", frame.asked(questions.page))
    pages.add_url_rule("/line/questions", "answer_question", frame.asked(questions.answer), methods=["POST"])
    return pages
