"""The people with desks: a supervisor who seals what was counted, and a clerk at HR. Both use the pages."""

from __future__ import annotations

import csv
import io
import random
import re
import time

from simulators.books import DayRow, WageRow, day_row, wage_row
from simulators.browsing import Form, Visitor
from simulators.plant import Newcomer
from simulators.processes import Failed
from simulators.site import HR_PASSWORD, HR_USER, Site

MOST_ROWS = 100
WAITS_S = 60.0
NEWCOMER_PAGE = re.compile(r"/newcomers/[0-9a-f-]+")


class Supervisor:
    """Logged in at his page with number and PIN."""

    def __init__(self, site: Site, chance: random.Random) -> None:
        person = site.plant.supervisors[0]
        self._chance = chance
        self._visitor = Visitor(site.kiosk_url)
        log_in = self._visitor.forms("/line")[0]
        self._visitor.submit(log_in, number=person.number, pin=person.pin)

    def seal_next(self, date: str) -> Form | None:
        """Seals the row that the page offers first, with a little scrap; the form as it was, None when none is left."""
        form = self._offered(date)
        if form is None:
            return None
        counted = int(form.fields["good"])
        scrap = min(counted, self._chance.randint(0, 9))
        self._visitor.submit(form, good=str(counted - scrap), scrap_labour=str(scrap), scrap_material="0", rework="0")
        after = self._offered(date)
        if after is not None and after.fields["actuals"] == form.fields["actuals"]:
            raise Failed("the confirm page offers a row that was sealed a moment ago")
        return form

    def seal_all(self, date: str) -> int:
        """How many rows there were."""
        for sealed in range(MOST_ROWS):
            if self.seal_next(date) is None:
                return sealed
        raise Failed("the confirm page offers more and more rows")

    def _offered(self, date: str) -> Form | None:
        forms = self._visitor.forms(f"/line/confirm?date={date}")
        return next((form for form in forms if "good" in form.fields), None)


class Clerk:
    """Logged in at HR."""

    def __init__(self, site: Site) -> None:
        self._visitor = Visitor(site.hr_url)
        form = next(form for form in self._visitor.forms("/log-in") if "password" in form.fields)
        self._visitor.submit(form, user=HR_USER, password=HR_PASSWORD)

    def employs(self, newcomer: Newcomer) -> None:
        """Waits for the one newcomer's sealed card, opens it, and puts him on the list under a number."""
        deadline = time.monotonic() + WAITS_S
        while (form := self._unnamed()) is None:
            if time.monotonic() > deadline:
                raise Failed(f"HR shows no newcomer's card after {WAITS_S:.0f} s")
            time.sleep(0.2)
        if form.fields["name"] != newcomer.name:
            raise Failed("HR's page of the newcomer does not show the name that is on his card")
        self._visitor.submit(form, number=newcomer.number, language="zh")

    def puts(self, device: str, place: str) -> None:
        """Says where a box stands."""
        form = next(each for each in self._visitor.forms(f"/kiosks/of/{device}") if "place" in each.fields)
        self._visitor.submit(form, place=place)

    def _unnamed(self) -> Form | None:
        """The form that makes the first newcomer on the list an employee, once his card is here."""
        pages = [link for link in self._visitor.links("/newcomers/") if NEWCOMER_PAGE.fullmatch(link)]
        forms = [form for page in pages for form in self._visitor.forms(page) if form.action.endswith("/employ")]
        return next((form for form in forms if form.fields.get("name")), None)

    def wages(self, date: str) -> list[WageRow]:
        """HR's own wage list of a day."""
        return [wage_row(cells) for cells in self._list("pay", date)]

    def days(self, date: str) -> list[DayRow]:
        """HR's own attendance list of a day."""
        return [day_row(cells) for cells in self._list("attendance", date)]

    def _list(self, name: str, date: str) -> list[dict[str, str]]:
        text = self._visitor.download(f"/{name}.csv?start={date}&end={date}").decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))
