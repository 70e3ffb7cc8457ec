"""Keeps the screen of every station: hears core's notices, reads the journal, pushes what has changed.

One thread writes; pages and streams read the latest `Payload` of their station and wait for the next.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from edge.link.messages import (
    Alive,
    Answer,
    AskAboutLine,
    CardShown,
    ChooseDirection,
    Command,
    Committed,
    DeviceNotice,
    Notice,
    ReadingBadge,
    Refused,
    RegisterPerson,
    ValueShown,
    new_id,
)
from kiosk_ui.errands import Errands
from kiosk_ui.following import Following
from kiosk_ui.network import Network, Uploads
from kiosk_ui.pay_questions import PayQuestions
from kiosk_ui.payloads import Payload, Payloads, Render
from kiosk_ui.ports import CoreSilent, KioskPorts
from kiosk_ui.screens.events import (
    Answered,
    CardReaderChanged,
    CoreHeard,
    Event,
    LanguageChosen,
    ReaderChanged,
    ReadingStarted,
    TapRefused,
    Ticked,
    Touched,
)
from kiosk_ui.screens.joining import CardCame, Confirmed, Joining, JoiningEvent, Left, Started, Step
from kiosk_ui.screens.looks import OFFERS_A_DIRECTION, SCREEN_OF_OUTCOME, Screen
from kiosk_ui.screens.paying import LineAsked, PayEvent
from kiosk_ui.screens.state import ScreenState, step
from kiosk_ui.signs import Signs
from kiosk_ui.surroundings import Surroundings
from sync.wire.envelope import Fact
from sync.wire.facts import Outcome

log = logging.getLogger(__name__)

TICK_S = 0.1
LOOK_S = 1.0
CHOICE_S = 2.0
"""So long core has to answer to a choice; until then the person's finger has had no effect he could see."""
PAUSE_AFTER_FAULT_S = 1.0
MINUTE_US = 60_000_000

FILLED_IN_LATER = (Screen.IN, Screen.OUT, Screen.LOGGED_ON, Screen.LOGGED_OFF, Screen.HANDED_OVER)
"""Panels with figures that are added once the answer is on the screen, and again when a reading comes in."""


KEPT_IS_HEARD = (Screen.IN, Screen.OUT)


class Live:
    """Start it once with `start`; `stop` ends the thread and every stream that waits here. `signs` are of life."""

    def __init__(self, ports: KioskPorts, render: Render, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ports, self._render, self._monotonic = ports, render, monotonic
        now_s = monotonic()
        self._stations = {each.name: each for each in ports.stations}
        self._states = {name: ScreenState(heard_s=now_s) for name in self._stations}
        self._changed = threading.Condition()
        self._payloads = Payloads(self._changed, lambda: self.stopped)
        self._following = Following(ports.views)
        self._card_readers = {each.name for each in ports.card_readers}
        self._zone = ZoneInfo(ports.timezone)
        self._errands = Errands(ports.ask)
        self._pay_questions = PayQuestions(ports.payslip)
        self._uploads = Uploads()
        self._network: Network | None = None
        self._reason = ""
        self._looked_s = self._asked_s = float("-inf")
        self._ground = (-1, -1)
        self.signs = Signs(monotonic)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kiosk-live", daemon=True)

    # --- for pages and streams, any thread --------------------------------------------------------

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def payload(self, station: str) -> Payload:
        """KeyError for an unknown station."""
        with self._changed:
            latest = self._payloads.get(station)
            return latest if latest is not None else self._push(station)

    def wait(self, station: str, seq: int, timeout_s: float) -> Payload | None:
        """The payload as soon as it is another than `seq`; None after `timeout_s` or when stopping."""
        return self._payloads.wait(station, seq, timeout_s)

    def touch(self, station: str) -> None:
        self._step(station, Touched())

    def choose_language(self, station: str, language: str) -> None:
        self._step(station, LanguageChosen(language))

    def choose(self, station: str, fact: int, choice: ChooseDirection) -> None:
        """The person whose answer, of `fact`, stands there says whether he came or went. Whoever has tapped since has
        the screen, and nothing happens."""
        with self._changed:
            state = self._states[station]
            if state.screen not in OFFERS_A_DIRECTION or state.fact_shown != fact:
                return
        if self._asked(choice) is None:
            self._step(station, TapRefused())

    def start_joining(self, station: str, *, ready: bool) -> None:
        """A newcomer begins; nothing where there is no reader for his card."""
        if any(each.station == station for each in self._ports.card_readers):
            self._step(station, Started(ready))

    def join(self, station: str, event: JoiningEvent) -> None:
        self._step(station, event)

    def pay(self, station: str, event: PayEvent) -> None:
        """What a worker touches on the way to his pay; nothing where HR cannot be asked."""
        if self._ports.payslip is not None:
            self._step(station, event)

    def ask_about(self, station: str) -> None:
        """He asks about the line that stands open there."""
        with self._changed:
            pay = self._states[station].pay_shown
        if pay is None or pay.about is None or not pay.may_ask:
            return
        about, at = pay.about, self._ports.clock.stamp()
        command = AskAboutLine(new_id(), at, station, pay.person, about.work_date, about.line)
        answer = self._asked(command)
        self._step(station, LineAsked(about.line, answer is not None and answer.outcome is Outcome.QUESTION_ASKED))

    def _asked(self, command: Command) -> Answer | None:
        """What core says while a finger waits; None when it is silent or could not store it."""
        try:
            reply = self._ports.ask(command, CHOICE_S)
        except CoreSilent:
            return None
        return reply if isinstance(reply, Answer) else None

    def confirm(self, station: str, register: Callable[[Joining], RegisterPerson | None]) -> None:
        """He says that his card is right: what `register` has sealed is sent until core has answered."""
        with self._changed:
            newcomer = self._states[station].newcomer
            if newcomer is None or newcomer.step is not Step.CONFIRM or newcomer.covered:
                return
            registration = register(newcomer)
            self._step(station, Confirmed(registration) if registration else Left())

    # --- the thread -------------------------------------------------------------------------------

    def start(self) -> None:
        """From here on answers are shown; those already in the journal are not shown again."""
        self._look()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(5)

    def _run(self) -> None:
        while not self.stopped:
            try:
                self.turn(self._ports.notices.receive(TICK_S))
            except Exception:
                # The thread's outermost loop: a fault in one screen must not end the others.
                log.exception("the kiosk's screens could not be updated; trying again")
                self._stopped.wait(PAUSE_AFTER_FAULT_S)
            self._ports.beat()

    def turn(self, notice: Notice | None) -> None:
        """Takes one notice (None: none came), looks at the journal when due, and lets time pass."""
        now_s = self._monotonic()
        if notice is not None:
            self._take(notice)
        if isinstance(notice, Committed) or now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._look()
        self._pass_time()
        self._run_errands(now_s)
        if notice is None and now_s - self._asked_s >= LOOK_S:
            # Only when nothing else has just happened: no answer ever waits for news of the network.
            self._asked_s = now_s
            self._look_at_network(now_s)

    def _take(self, notice: Notice) -> None:
        match notice:
            case Alive(_, recording, reason):
                self._note(reason)
                self.signs.core(recording=recording)
                self._step_all(CoreHeard(recording))
            case Refused(station, reason):
                self._note(reason)
                self._step(station, TapRefused())
            case ReadingBadge(station):
                self._step(station, ReadingStarted())
            case CardShown(station, _, trouble, card):
                self._step(station, CardCame(card, trouble, new_id(), new_id(), self._today()))
            case ValueShown():
                self.signs.value(notice)
            case DeviceNotice(device, up) if device in self._card_readers:
                self._step_all(CardReaderChanged(device, up))
            case DeviceNotice(device, up, station) if station is not None:
                self._step(station, ReaderChanged(device, up))
                self._refresh(Screen.OUT_OF_ORDER)  # the others may name this station, or no longer
            case _:
                pass

    def _note(self, reason: str) -> None:
        """Why core does not record is for whoever mends it: once in the log, never on the screen."""
        if reason and reason != self._reason:
            log.warning("core does not record: %s", reason)
        self._reason = reason

    def _look(self) -> None:
        """Shows the answers that are new in the journal, and fills in readings that came after theirs."""
        facts = self._following.look()
        if facts is None:
            return
        for fact in facts:
            self._answer(fact)
        self._refresh(*FILLED_IN_LATER)

    def _look_at_network(self, now_s: float) -> None:
        if self._ports.contact is None or self._following.seq is None:
            return
        network = self._uploads.look(self._ports.contact(), self._following.seq, now_s)
        if network != self._network:
            self._network = network
            self._refresh(Screen.IDLE)

    def _answer(self, fact: Fact) -> None:
        if fact.body.get("late"):
            return  # the person has gone; whoever stands there now must not be given this answer
        station, outcome = fact.body.get("station"), Outcome(fact.body["outcome"])
        if station in self._stations and outcome in SCREEN_OF_OUTCOME:
            person = self._ports.directory().person(fact.body.get("person") or "")
            language = person.language if person else None
            self._step(station, Answered(fact.seq, outcome, language, fact.body.get("person"), fact.epoch))

    def _run_errands(self, now_s: float) -> None:
        with self._changed:
            joinings = {name: state.joining for name, state in self._states.items()}
            pays = {name: state.pay for name, state in self._states.items()}
        for station, came in self._pay_questions.run(pays):
            self._step(station, came)
        for station in self._errands.run(joinings, now_s):
            self._step(station, Left())
            self._step(station, TapRefused())

    def _today(self) -> date:
        wall_us = self._ports.clock.stamp().wall_us
        return datetime.fromtimestamp(wall_us / 1e6, UTC).astimezone(self._zone).date()

    def _pass_time(self) -> None:
        self._step_all(Ticked())
        # What an idle page shows beside the reader: the time, and what HR has said of the plant and its shifts.
        ground = (self._ports.clock.stamp().wall_us // MINUTE_US, self._ports.directory().reference.version)
        if ground != self._ground:
            self._ground = ground
            self._refresh(Screen.IDLE, Screen.CANNOT_RECORD)

    # --- states and payloads ----------------------------------------------------------------------

    def _step_all(self, event: Event) -> None:
        for name in self._stations:
            self._step(name, event)

    def _step(self, station: str, event: Event) -> None:
        if station not in self._states:
            return
        with self._changed:
            before = self._states[station]
            after = step(before, event, self._monotonic())
            self._states[station] = after
            if after.shown != before.shown or self._payloads.get(station) is None:
                self._push(station)

    def _push(self, station: str, html: str | None = None) -> Payload:
        state = self._states[station]
        if html is None:
            html = self._render(self._stations[station], state, self._around(), figures=False)
        return self._payloads.put(station, state, html, self._sound(state))

    def _around(self) -> Surroundings:
        down = frozenset[str]().union(*(state.readers_down for state in self._states.values()))
        return Surroundings(down, self._network)

    def _sound(self, state: ScreenState) -> str | None:
        """An answer that HR will only hear of later sounds so."""
        kept = state.screen in KEPT_IS_HEARD and self._network is not None and self._network.told
        return f"{state.look.sound}-kept" if kept else state.look.sound

    def _refresh(self, *screens: Screen) -> None:
        """Brings these screens up to date where they are shown."""
        for name, state in self._states.items():
            if state.screen in screens:
                self._push_if_other(name)

    def _push_if_other(self, station: str) -> None:
        with self._changed:
            html = self._render(self._stations[station], self._states[station], self._around(), figures=True)
            latest = self._payloads.get(station)
            if latest is None or latest.html != html:
                self._push(station, html)


__all__ = ["Live", "Payload", "Render"]
