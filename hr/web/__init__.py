"""The pages of the HR server: server-rendered, in three languages, behind a log-in; and the boxes' API beside them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask

from hr.authority import fingerprint_in
from hr.config import Server, monitoring_token
from hr.ingest.api import api
from hr.ingest.openapi import errors_as_json, openapi
from hr.ingest.signed_time import signed_time
from hr.pay.rules.wage_line import explained
from hr.service import HrService
from hr.web import (
    account,
    aside,
    attendance,
    calendar,
    charts,
    clearances,
    closed_hours,
    compare,
    context,
    counters,
    enrolment,
    entries,
    exceptions,
    fact_values,
    facts,
    figures,
    forms,
    guard,
    imports,
    kiosks,
    leave,
    menu,
    month,
    newcomers,
    orders,
    output,
    overtime,
    paper,
    pay,
    pay_imports,
    pay_words,
    payroll,
    payslip,
    people,
    questions,
    reconciliation,
    roster,
    shift_rules,
    statement,
    term_history,
    terms,
    times,
    today,
    verifying,
    waiting,
)
from pages import prepare
from pages.throttle import Throttle

SESSION_LIFETIME = timedelta(hours=12)


def create_app(service: HrService, settings: Server, monotonic_s: Callable[[], float] = time.monotonic) -> Flask:
    """`monotonic_s` times the log-in's throttle."""
    app = Flask(__name__)
    app.config["PERMANENT_SESSION_LIFETIME"] = SESSION_LIFETIME
    # Cookies know no ports: beside a kiosk on the same machine each needs its own name.
    app.config["SESSION_COOKIE_NAME"] = "clockpiece_hr"
    app.config["AUTHORITY"] = fingerprint_in(Path(settings.keys)) if settings.certificate else ""
    context.attach(app, service)
    app.extensions[account.THROTTLE] = Throttle(account.STEEPNESS, monotonic_s)
    guard.install(app)
    app.register_blueprint(api(service))
    app.register_blueprint(signed_time(service))
    app.register_blueprint(openapi())
    signed = [rule.endpoint for rule in app.url_map.iter_rules() if guard.guard_of(rule.endpoint) is guard.Guard.SIGNED]
    # No `listen`: behind nginx the Host is the name that HR's browsers use, which this server cannot know.
    prepare(
        app,
        secret=service.office.keys.cookie_secret,
        default_language=settings.language,
        translations=Path(__file__).parent / "translations",
        timezone=settings.timezone,
        exempt=[*signed, "time.signed"],
        https=settings.certificate is not None,
    )
    errors_as_json(app)
    for area in (
        today,
        newcomers,
        people,
        clearances,
        attendance,
        month,
        exceptions,
        leave,
        shift_rules,
        roster,
        calendar,
        overtime,
        paper,
        output,
        pay,
        payroll,
        closed_hours,
        waiting,
        charts,
        compare,
        payslip,
        verifying,
        questions,
        statement,
        terms,
        entries,
        term_history,
        pay_imports,
        orders,
        counters,
        imports,
        kiosks,
        aside,
        reconciliation,
        enrolment,
        facts,
        times,
        account,
    ):
        app.register_blueprint(area.blueprint)
    app.extensions[kiosks.MONITORING] = monitoring_token(settings)
    _equip_templates(app, service)
    pay_words.equip(app)
    return app


def _equip_templates(app: Flask, service: HrService) -> None:
    app.jinja_env.filters.update(
        price=figures.price,
        short_day=figures.short_day,
        dated=figures.dated,
        weekday=figures.weekday,
        month_name=figures.month_name,
        month_of_year=figures.month_of_year,
        hours=figures.hours,
        minute_text=figures.minute_text,
        words_of_hex=figures.words_of_hex,
        badge_tail=figures.badge_tail,
        is_proved=explained,
    )
    app.jinja_env.globals.update(
        plant_name=service.office.plant.name,
        menu=menu.entries,
        user_name=context.user_name,
        name_of=context.name_of,
        place_of=context.place_of,
        station_of=context.station_of,
        who=context.who,
        number_of=context.number_of,
        newcomer_name=figures.newcomer_name,
        outcome_text=fact_values.outcome_text,
        step_text=fact_values.step_text,
        within_text=times.within_text,
        step_name=fact_values.step_name,
        kind_text=fact_values.kind_text,
        known_kinds=frozenset(fact_values.KINDS),
        clock_state_text=fact_values.clock_state_text,
        proof_text=fact_values.proof_text,
        work_name=figures.work_name,
        gap=figures.gap,
        kind_name=figures.kind_name,
        wanted_text=forms.wanted_text,
        language_name=figures.language_name,
        weekday_initials=figures.weekday_initials,
        clearance_kind_text=figures.clearance_kind_text,
        reset_text=fact_values.reset_text,
        proof_step_text=fact_values.proof_step_text,
        bucket_text=fact_values.bucket_text,
        until_text=figures.until_text,
        today=service.office.today,
        language_choices=list(figures.LANGUAGE_NAMES.items()),
    )
