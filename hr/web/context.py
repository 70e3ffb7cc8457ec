"""What every page of this server reaches for: the service, the plant's zone, and names for keys."""

from __future__ import annotations

from typing import cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, session

from hr.service import HrService

_EXTENSION = "clockpiece.hr"


def attach(app: Flask, service: HrService) -> None:
    app.extensions[_EXTENSION] = service


def service() -> HrService:
    return cast(HrService, current_app.extensions[_EXTENSION])


def zone() -> ZoneInfo:
    return ZoneInfo(service().plant.timezone)


def user_name() -> str:
    """The account that is logged in. Only decisions about kiosk keys are logged with it."""
    return str(session.get("user", ""))


def name_of(person_id: str) -> str:
    """The name that goes with a person key; the key's end for one this server does not know."""
    if "names" not in g:
        g.names = {person.id: person.name for person in service().people()}
    return str(g.names.get(person_id, "…" + person_id[-4:]))
