"""The script of a shift: who taps where, what breaks when, and what the simulator notes for its books.

Scenes run at SCENE times real time, the stretches between at STRETCH times.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from simulators.books import Restart, Seal
from simulators.mill import Mill
from simulators.newcomer import Newcomer
from simulators.office import Clerk, Supervisor
from simulators.people import Patience, Visit, Watcher
from simulators.plant import NEWCOMER, Person
from simulators.processes import Failed
from simulators.site import Site
from simulators.timetable import Timetable
from simulators.turns import Turn, counted
from sync.wire.reference_data import Role

DATE = "2026-11-23"
ZONE = ZoneInfo("Asia/Shanghai")
REAL, SCENE, BRISK, STRETCH = 1, 10, 100, 1_500
"""Speeds. A process takes as long to start as the machine needs: such scenes are in real time."""

PATIENCE = Patience(again_after_s=4.0, taps=2, last_s=26.0)
"""At SCENE speed a second tap after 4 s is within the minute in which it is only shown again; a third would not be."""

LONG_PATIENCE = Patience(again_after_s=2.0, taps=25)
"""The same in real time, before a reader that is being started again."""

NEW_COLLEAGUE = {"zh": "新同事 {}", "en": "New colleague {}"}
"""What the kiosk calls somebody whom HR has not named yet, with the last four of his badge."""

READ_WITHIN_S = 60.0


def clock(text: str) -> int:
    """A time of the shift's date as wall time in microseconds."""
    return int(datetime.fromisoformat(f"{DATE}T{text}").replace(tzinfo=ZONE).timestamp() * 1e6)


class Shift:
    """The script, and what the simulator notes while it goes on."""

    def __init__(
        self, site: Site, timetable: Timetable, seed: int, say: Callable[[str], None], at_hr: Callable[[], int]
    ) -> None:
        """`at_hr`: up to which fact HR has the journal."""
        self.site, self.time, self.say, self.at_hr = site, timetable, say, at_hr
        self.chance = random.Random(seed)  # noqa: S311 - a reproducible script, not a secret
        self.turns: list[Turn] = []
        self.restarts: list[Restart] = []
        self.attendance: Counter[str] = Counter()
        self.sealed_person = ""
        self.late_seal = Seal("", (), 0)
        self.taps_again = 0
        workers = list(site.plant.workers)
        self.chance.shuffle(workers)
        self.press = workers[:2]
        self.tapping = workers[2:4]
        self.errand = workers[4]
        self.newcomer = Person(NEWCOMER.number, NEWCOMER.name, Role.WORKER, "", "zh", "")
        self.here = list(site.plant.people)

    def run(self) -> None:
        """The day, scene by scene. Raises Failed when somebody gets no answer."""
        self._arrive()
        self._begin()
        self._core_is_killed()
        self._hand_over_standing()
        self._devices_is_killed()
        self._hand_over_running()
        self._plc_restarts()
        self._outage()
        self._clerk_employs()
        self._end()

    def _arrive(self) -> None:
        self._scene("07:50", "twelve people clock in at the gate")
        self.chance.shuffle(self.here)
        for person in self.here:
            self._clock(person)

    def _begin(self) -> None:
        self._scene("08:00", "log-ons; tapping 02 already runs before anybody has logged on")
        self._mill("M02").run(self.chance.randint(50, 70))
        self.time.wait_until(self.time.now_us() + 15_000_000)
        self._turn("press", self.press[0])
        self._mill("M03").run(self.chance.randint(50, 70))
        self._turn("tapping", self.tapping[0])
        self._mill("M02").run(self.chance.randint(20, 40))

    def _core_is_killed(self) -> None:
        self._scene(
            "09:00", "core is killed while both machines run; tapping 02 is handed over before it is back", REAL
        )
        self._mill("M02").run(self.chance.randint(500, 600))
        self._kill("core", lambda: self._turn("tapping", self.tapping[1]))
        self._mill("M02").run(self.chance.randint(20, 40))

    def _hand_over_standing(self) -> None:
        self._scene("10:00", "press 03 stands and is handed over; its counter has rolled over on the way")
        self._mill("M03").stand()
        self._turn("press", self.press[1])
        self._mill("M03").run(self.chance.randint(50, 70))

    def _devices_is_killed(self) -> None:
        self._scene("11:00", "devices is killed while both machines run; somebody leaves before it is back", REAL)
        self._kill("devices", lambda: self._clock(self.errand))

    def _hand_over_running(self) -> None:
        self._scene("12:00", "he is back; tapping 02 is handed over while it runs, fast")
        self._clock(self.errand)
        self._mill("M02").run(self.chance.randint(500, 600))
        self._turn("tapping", self.tapping[0])
        self._mill("M02").run(self.chance.randint(20, 40))

    def _plc_restarts(self) -> None:
        self._scene("13:05", "the PLC of press 03 restarts while it runs, fast")
        plc = self.site.plcs["M03"]
        plc.mill.run(self.chance.randint(500, 600))
        self._until_read_after("M03", self.time.now_us())
        # The electrician does not wait for a poll.
        time.sleep(self.chance.random() / 4)
        done = plc.restart()
        when = datetime.fromtimestamp(done.at_us / 1e6, ZONE).strftime("%H:%M:%S")
        self.restarts.append(Restart("M03", done.at_us, when, done.unread))
        self._until_read_after("M03", done.at_us)
        plc.mill.run(self.chance.randint(50, 70))
        self.say(f"       {counted(done.unread)} made after the last reading, lost in the PLC")

    def _outage(self) -> None:
        self._scene("14:00", "HR cannot be reached for two minutes; people go on tapping, and a row is sealed")
        begin_us = self.time.now_us()
        self.site.network.cut()
        self._turn("press", None, leaving=self.press[1])
        self._mill("M03").stand()
        form = Supervisor(self.site, self.chance).seal_next(DATE)
        if form is None:
            raise Failed("the confirm page offers nothing, and pieces have been made all day")
        self._turn("press", self.press[0])
        self._mill("M03").run(self.chance.randint(50, 70))
        actuals = tuple(int(seq) for seq in form.fields["actuals"].split(","))
        self._newcomer_joins()
        self.late_seal = Seal(form.fields["person"], actuals, self.at_hr())
        self.time.leap(begin_us + 120_000_000, BRISK, SCENE)
        self.site.network.restore()

    def _newcomer_joins(self) -> None:
        """In real time: the box waits for a badge for so many seconds of its own time, and people are not faster."""
        self._speed(REAL)
        self.say("       meanwhile a newcomer lays her identity card on the reader, and her new badge is hers")
        joining = Newcomer(self.site.kiosk_url, "gate")
        joining.registers(self.site.id_cards, NEWCOMER.card, NEWCOMER.name)
        joining.binds(self.site.readers["gate"], NEWCOMER.badge)
        self._clock(self.newcomer)
        self.here.append(self.newcomer)
        self._mill("M02").run(self.chance.randint(500, 600))
        self._turn("tapping", self.newcomer)
        self._mill("M02").run(self.chance.randint(20, 40))

    def _clerk_employs(self) -> None:
        self._scene("15:00", "HR has the newcomer's card; a clerk puts her on the list")
        Clerk(self.site).employs(NEWCOMER)

    def _end(self) -> None:
        self._scene("16:55", "machines stand, log-offs, thirteen people clock out")
        for machine in ("M02", "M03"):
            self._mill(machine).stand()
        self._turn("press", None, leaving=self.press[0])
        self._turn("tapping", None, leaving=self.newcomer)
        self.chance.shuffle(self.here)
        for person in self.here:
            self._clock(person)

    # --- what happens in a scene ----------------------------------------------------------------------

    def _scene(self, at: str, what: str, speed: int = SCENE) -> None:
        self.time.leap(clock(at), STRETCH, speed)
        self.patience = LONG_PATIENCE if speed == REAL else PATIENCE
        self.say(f"{at}  {what}")

    def _speed(self, speed: int) -> None:
        """From here on in this scene."""
        self.time.leap(self.time.now_us(), speed, speed)
        self.patience = LONG_PATIENCE if speed == REAL else PATIENCE

    def _mill(self, machine: str) -> Mill:
        return self.site.plcs[machine].mill

    def _kill(self, service: str, meanwhile: Callable[[], Visit]) -> None:
        """SIGKILL; somebody taps before the service is back, and has his answer from the next one."""
        processes = self.site.processes
        killed = processes.pid(service)
        processes.kill(service)
        visit = meanwhile()
        if processes.pid(service) == killed:
            raise Failed(f"{service} was killed and answered all the same")
        self.say(f"       whoever tapped meanwhile had his answer after {visit.waited_s:.1f} s")

    def _until_read_after(self, machine: str, at_us: int) -> None:
        """Until the box has read this machine's counter after a moment of fact time."""
        plc, deadline = self.site.plcs[machine], time.monotonic() + READ_WITHIN_S
        while plc.last_read_us is None or plc.last_read_us <= at_us:
            if time.monotonic() > deadline:
                raise Failed(f"nobody has read the counter of {machine} for {READ_WITHIN_S:.0f} s")
            time.sleep(0.01)

    def _turn(self, station: str, person: Person | None, leaving: Person | None = None) -> Visit:
        """A badge at a machine: somebody takes it over, or (person None) the one who is on leaves it."""
        machine = {"press": "M03", "tapping": "M02"}[station]
        who = person or leaving
        assert who is not None
        visit, taps = self._tap(station, who)
        self.turns.append(Turn(machine, who.number, person is None, taps))
        return visit

    def _clock(self, person: Person) -> Visit:
        """A badge at the gate: in, or out again."""
        visit, _ = self._tap("gate", person)
        self.attendance[person.number] += 1
        return visit

    def _tap(self, station: str, person: Person) -> tuple[Visit, tuple[int, ...]]:
        """Taps until the screen names the person; the visit, and the fact time of each tap."""
        is_new = person is self.newcomer
        tag = NEWCOMER.badge if is_new else self.site.plant.tag_of(person.number)
        # HR has not named a newcomer yet, or has just done so.
        names = (person.name, NEW_COLLEAGUE[self.site.plant.language].format(tag[-4:])) if is_new else (person.name,)
        reader, times = self.site.readers[station], list[int]()

        def hold() -> None:
            times.append(self.time.now_us())
            reader.tap(tag)

        visit = Watcher(self.site.kiosk_url, station, self.patience).visit(hold, *names)
        if not visit.answered:
            raise Failed(f"{person.number} tapped {visit.taps} times at {station} and saw no answer")
        self.taps_again += visit.taps - 1
        return visit, tuple(times)
