"""What every page of this server reaches for: the service, the plant's zone, and names for keys."""

from __future__ import annotations

from typing import Protocol, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, session
from flask_babel import gettext

from hr.pay.periods.seals import BY_OFFICE
from hr.service import HrService
from hr.web.figures import newcomer_name

_EXTENSION = "clockpiece.hr"


def attach(app: Flask, service: HrService) -> None:
    app.extensions[_EXTENSION] = service


def service() -> HrService:
    return cast(HrService, current_app.extensions[_EXTENSION])


def zone() -> ZoneInfo:
    return ZoneInfo(service().office.plant.timezone)


def user_name() -> str:
    """The account that is logged in. Decisions about kiosks and newcomers are logged with it, and opening a card."""
    return str(session.get("user", ""))


def name_of(person_id: str) -> str:
    """The name that goes with a person key; for a newcomer whom nobody has mapped yet, that and the key's end; where HR
    confirmed in a supervisor's place, that and the account."""
    if person_id.startswith(BY_OFFICE):
        return str(gettext("HR (%(account)s)", account=person_id.removeprefix(BY_OFFICE)))
    if "names" not in g:
        g.names = {person.id: person.name for person in service().people.listed()}
        g.owners = service().people.owners()
    return str(g.names.get(g.owners[person_id]) or newcomer_name(person_id))


def place_of(device: str) -> str:
    """Where a box stands, as HR has typed it on the box's page; empty where nobody has."""
    if "places" not in g:
        g.places = service().fleet.places()
    return str(g.places.get(device, ""))


def station_of(device: str, station: str) -> str:
    """Where somebody was: the place of the box, or else its name, and the station at it."""
    return str(gettext("%(box)s, %(station)s", box=place_of(device) or device, station=station))


class Whose(Protocol):
    """A day, a line or a total."""

    @property
    def person(self) -> str: ...
    @property
    def person_name(self) -> str: ...
    @property
    def person_number(self) -> str: ...


def number_of(row: Whose) -> str:
    """The employee number a row is shown with."""
    return row.person_number or str(gettext("not mapped yet"))


def who(row: Whose) -> str:
    """The name a row is shown with."""
    return row.person_name or newcomer_name(row.person)
