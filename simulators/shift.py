"""`clockpiece demo --shift`: one eight-hour shift in about a minute, through the same ptys and sockets.

Scenes run at SCENE times real time, the stretches between at up to 1,000. At the end the simulator's own books are
held against the journal, HR's facts and HR's wage list, and every row must balance.
"""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from simulators.breaks import break_hr
from simulators.browsing import Visitor
from simulators.mill import Mill
from simulators.people import Patience, Watcher
from simulators.plant import Person
from simulators.processes import Failed
from simulators.site import DEVICE, HR_PASSWORD, HR_USER, Site, SiteOptions, prepare_folder
from simulators.tally import Balance, Books, Turn, WageRow, balance, of_kind, wage_row
from simulators.timetable import Timetable
from sync.wire import Fact

DATE = "2026-11-23"
ZONE = ZoneInfo("Asia/Shanghai")
SCENE, STRETCH = 10, 1_000
SETTLE_S = 20.0
PATIENCE = Patience(again_after_s=2.0, taps=3)


@dataclass(frozen=True)
class Readout:
    """How the driver looks into the box and HR: handed in, because the simulators know only ports and sockets.

    `journal` and `received` give all facts; `people` maps person keys to employee numbers.
    """

    journal: Callable[[Path], list[Fact]]
    received: Callable[[Path, str], list[Fact]]
    people: Callable[[Path], dict[str, str]]


@dataclass(frozen=True)
class Options:
    folder: Path
    language: str
    seed: int
    broken: str | None = None


def clock(text: str) -> int:
    """A time of the shift's date as wall time in microseconds."""
    return int(datetime.fromisoformat(f"{DATE}T{text}").replace(tzinfo=ZONE).timestamp() * 1e6)


class Shift:
    """The script, and what the simulator notes while it goes on."""

    def __init__(self, site: Site, timetable: Timetable, seed: int, say: Callable[[str], None]) -> None:
        self.site, self.time, self.say = site, timetable, say
        self.chance = random.Random(seed)  # noqa: S311 - a reproducible script, not a secret
        self.turns: list[Turn] = []
        self.taps_again = 0
        workers = list(site.plant.workers)
        self.chance.shuffle(workers)
        self.press = workers[:2]
        self.tapping = workers[2:4]

    def run(self) -> None:
        """The day, scene by scene. Raises Failed when somebody gets no answer."""
        self._arrive()
        self._begin()
        self._hand_over_standing()
        self._hand_over_running()
        self._outage()
        self._end()

    def _arrive(self) -> None:
        self._scene("07:50", "twelve people clock in at the gate")
        people = list(self.site.plant.people)
        self.chance.shuffle(people)
        for person in people:
            self._tap("gate", person)

    def _begin(self) -> None:
        self._scene("08:00", "log-ons; tapping 02 already runs before anybody has logged on")
        self._mill("M02").run(self.chance.randint(50, 70))
        self.time.wait_until(self.time.now_us() + 15_000_000)
        self._turn("press", self.press[0])
        self._mill("M03").run(self.chance.randint(50, 70))
        self._turn("tapping", self.tapping[0])
        self._mill("M02").run(self.chance.randint(20, 40))

    def _hand_over_standing(self) -> None:
        self._scene("10:00", "press 03 stands and is handed over; its counter has rolled over on the way")
        self._mill("M03").stand()
        self._turn("press", self.press[1])
        self._mill("M03").run(self.chance.randint(50, 70))

    def _hand_over_running(self) -> None:
        self._scene("12:00", "tapping 02 is handed over while it runs, fast")
        self._mill("M02").run(self.chance.randint(500, 600))
        self._turn("tapping", self.tapping[1])
        self._mill("M02").run(self.chance.randint(20, 40))

    def _outage(self) -> None:
        self._scene("14:00", "HR cannot be reached for two minutes; people go on tapping")
        begin_us = self.time.now_us()
        self.site.network.cut()
        self._turn("press", None, leaving=self.press[1])
        self._mill("M03").stand()
        self._turn("press", self.press[0])
        self._mill("M03").run(self.chance.randint(50, 70))
        self.time.wait_until(begin_us + 120_000_000)
        self.site.network.restore()

    def _end(self) -> None:
        self._scene("16:55", "machines stand, log-offs, twelve people clock out")
        for machine in ("M02", "M03"):
            self._mill(machine).stand()
        self._turn("press", None, leaving=self.press[0])
        self._turn("tapping", None, leaving=self.tapping[1])
        people = list(self.site.plant.people)
        self.chance.shuffle(people)
        for person in people:
            self._tap("gate", person)

    # --- what happens in a scene ----------------------------------------------------------------------

    def _scene(self, at: str, what: str) -> None:
        self.time.leap(clock(at), STRETCH, SCENE)
        self.say(f"{at}  {what}")

    def _mill(self, machine: str) -> Mill:
        return self.site.plcs[machine].mill

    def _turn(self, station: str, person: Person | None, leaving: Person | None = None) -> None:
        """A badge at a machine: somebody takes it over, or (person None) the one who is on leaves it."""
        machine = {"press": "M03", "tapping": "M02"}[station]
        who = person or leaving
        assert who is not None
        self.turns.append(Turn(machine, who.number, person is None, self._tap(station, who)))

    def _tap(self, station: str, person: Person) -> int:
        """Taps until the screen names the person; the fact time of the tap that was answered."""
        reader, tag, times = self.site.readers[station], self.site.plant.tag_of(person.number), list[int]()

        def tap() -> None:
            times.append(self.time.now_us())
            reader.tap(tag)

        visit = Watcher(self.site.kiosk_url, station, PATIENCE).visit(tap, person.name)
        if not visit.answered:
            raise Failed(f"{person.number} tapped {visit.taps} times at {station} and saw no answer")
        self.taps_again += visit.taps - 1
        return times[-1]


# --- afterwards: the office ---------------------------------------------------------------------------------


def confirm_all(site: Site, chance: random.Random) -> int:
    """A supervisor logs in at his page and seals every row, with a little scrap; how many rows."""
    supervisor = site.plant.supervisors[0]
    visitor = Visitor(site.kiosk_url)
    log_in = visitor.forms("/line")[0]
    visitor.submit(log_in, number=supervisor.number, pin=supervisor.pin)
    sealed = 0
    while forms := [form for form in visitor.forms(f"/line/confirm?date={DATE}") if "good" in form.fields]:
        counted = int(forms[0].fields["good"])
        scrap = min(counted, chance.randint(0, 9))
        visitor.submit(forms[0], good=str(counted - scrap), scrap_labour=str(scrap), scrap_material="0", rework="0")
        sealed += 1
        if sealed > 100:
            raise Failed("the confirm page offers the same rows again and again")
    return sealed


def wage_list(site: Site) -> list[WageRow]:
    """HR's own wage list of the day, downloaded as an HR clerk would."""
    visitor = Visitor(site.hr_url)
    form = next(form for form in visitor.forms("/log-in") if "password" in form.fields)
    visitor.submit(form, user=HR_USER, password=HR_PASSWORD)
    text = visitor.download(f"/pay.csv?start={DATE}&end={DATE}").decode("utf-8-sig")
    return [wage_row(cells) for cells in csv.DictReader(io.StringIO(text))]


def run(options: Options, readout: Readout, say: Callable[[str], None]) -> int:
    """Runs the shift and prints its books; 0 only if everything balances."""
    prepare_folder(options.folder, fresh=True)
    started = time.monotonic()
    timetable = Timetable(options.folder.absolute() / "timetable.json", clock("07:45"))
    site_options = SiteOptions(options.folder, options.language, timetable.now_us, timetable.file)
    with Site(site_options) as site:
        say(f"the factory is up after {time.monotonic() - started:.1f} s; seed {options.seed}")
        shift = Shift(site, timetable, options.seed, say)
        timetable.go(SCENE)
        shift.run()
        rows = confirm_all(site, shift.chance)
        journal = _settled(site, readout)
        say(f"{rows} rows sealed; {shift.taps_again} taps had to be repeated; {len(journal)} facts")
        if options.broken:
            say(f"breaking it on purpose: {options.broken}")
            break_hr(site.folder / "hr" / "hr.db", options.broken)
        result = _balance(site, shift, readout, journal)
    for line in result.lines:
        say(line)
    for difference in result.differences:
        say(f"DIFFERENCE  {difference}")
    say("everything balances" if not result.differences else f"{len(result.differences)} differences")
    say(f"took {time.monotonic() - started:.0f} s")
    return 1 if result.differences else 0


def _settled(site: Site, readout: Readout) -> list[Fact]:
    """The journal once HR has it all; Failed when it does not get there."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        journal = readout.journal(site.box_config)
        if len(readout.received(site.hr_config, DEVICE)) >= len(journal):
            return journal
        if time.monotonic() > deadline:
            raise Failed(
                f"HR had not received everything after {SETTLE_S:.0f} s\n{site.processes.log_of('sync')[-2000:]}"
            )
        time.sleep(0.2)


def _balance(site: Site, shift: Shift, readout: Readout, journal: list[Fact]) -> Balance:
    now_us = shift.time.now_us()
    orders = {order.machine: order for order in site.plant.orders if order.machine}
    prices = {(price.product, price.operation): Decimal(price.price) for price in site.plant.prices}
    books = Books(
        made={machine: plc.mill.count_at(now_us) for machine, plc in site.plcs.items()},
        pieces_per_count={machine: int(order.pieces_per_count) for machine, order in orders.items()},
        turns=tuple(shift.turns),
        count_at={machine: plc.mill.count_at for machine, plc in site.plcs.items()},
        prices={order.order: prices[order.product, order.operation] for order in orders.values()},
    )
    received = readout.received(site.hr_config, DEVICE)
    people = readout.people(site.hr_config)
    result = balance(books, journal, received, wage_list(site), people)
    taps = [fact for fact in of_kind(journal, "AttendanceTap") if fact.body.get("effective")]
    for number in sorted(people.values()):
        mine = [fact.body["direction"] for fact in taps if people.get(fact.body.get("person", "")) == number]
        result.same(f"worker {number}: taps", mine, ["IN", "OUT"])
    return result
