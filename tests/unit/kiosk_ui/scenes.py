"""Every screen of a station, brought about the way it happens: facts in the journal, notices from core."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from edge.link.messages import Alive, CardShown, DeviceNotice, ReadingBadge, Refused
from kiosk_ui.live import Live
from kiosk_ui.screens.joining import NoticeRead
from kiosk_ui.screens.looks import Screen
from sync.wire import facts
from sync.wire.facts import Direction, Outcome
from sync.wire.identity import CardTrouble, CardWarning, IdCard
from tests.moments import moment
from tests.newcomers import GROWN, NEW_BADGE, NEWCOMER, registration
from tests.unit.kiosk_ui.fakes import FakeBox
from tests.unit.kiosk_ui.pay_scenes import PAY_ACTS

PERSON = {"zh": "p-zhang", "vi": "p-hung", "en": "p-adams"}
Scene = Callable[[FakeBox, str], None]


def _day(box: FakeBox, person: str) -> None:
    box.tap(Outcome.CLOCKED_IN, "07:58:10", person=person)
    box.tap(Outcome.CLOCKED_OUT, "12:01:30", person=person)
    box.tap(Outcome.CLOCKED_IN, "12:27:00", person=person)
    box.made(1064, "17:20:00", person=person)


def _clock_in(box: FakeBox, person: str) -> None:
    box.tap(Outcome.CLOCKED_IN, "07:58:10", person=person)


def _clock_out(box: FakeBox, person: str) -> None:
    _day(box, person)
    box.tap(Outcome.CLOCKED_OUT, "17:32:05", person=person)


def _already_in(box: FakeBox, person: str) -> None:
    first = box.tap(Outcome.CLOCKED_IN, "07:58:10", person=person)
    box.tap(Outcome.ALREADY_IN, "07:58:40", person=person, repeats=first)


def _already_out(box: FakeBox, person: str) -> None:
    _day(box, person)
    first = box.tap(Outcome.CLOCKED_OUT, "17:32:05", person=person)
    box.tap(Outcome.ALREADY_OUT, "17:32:30", person=person, repeats=first)


def _in_or_out(box: FakeBox, person: str) -> None:
    _day(box, person)
    box.tap(Outcome.DIRECTION_OFFERED, "14:05:10", person=person, likelier=Direction.OUT)


def _unknown(box: FakeBox, _person: str) -> None:
    box.tap(Outcome.UNKNOWN_BADGE, "07:58:12", person=None)


def _unusable(box: FakeBox, _person: str) -> None:
    box.tap(Outcome.UNUSABLE_BADGE, "07:58:12", person=None)


def _blocked(box: FakeBox, person: str) -> None:
    box.tap(Outcome.BLOCKED_BADGE, "07:58:12", person=person)


def _log_on(box: FakeBox, person: str, clock_time: str = "08:02:00", outcome: Outcome = Outcome.LOGGED_ON) -> int:
    body = facts.PersonnelLogOn(outcome, "gate", "r", "press-03", person, "o-1")
    return box.views.add(body, clock_time, command=f"tap at {clock_time}")


def _logged_on(box: FakeBox, person: str) -> None:
    seq = _log_on(box, person)
    box.reading(48_210, "08:02:01", [seq])


def _logged_off(box: FakeBox, person: str) -> None:
    log_on = _log_on(box, person)
    box.made(261, "10:15:00", person=person)
    body = facts.PersonnelLogOff("press-03", person, facts.Ended.LOG_OFF, log_on, Outcome.LOGGED_OFF, "gate")
    box.reading(48_471, "10:15:01", [box.views.add(body, "10:15:00")])


def _handed_over(box: FakeBox, person: str) -> None:
    log_on = _log_on(box, "p-li")
    box.made(486, "17:27:00", person="p-li")
    body = facts.PersonnelLogOff("press-03", "p-li", facts.Ended.HAND_OVER, log_on)
    ended = box.views.add(body, "17:28:00", command="tap at 17:28:00")
    began = _log_on(box, person, "17:28:00", Outcome.HANDED_OVER)
    box.reading(48_706, "17:28:01", [ended, began])


def _shown(outcome: Outcome) -> Scene:
    def scene(box: FakeBox, person: str) -> None:
        box.views.add(facts.LogOnShown(outcome, "gate", "r", "press-03", person), "08:02:30")

    return scene


def _not_cleared(box: FakeBox, person: str) -> None:
    missing = ["SAFETY_L3", "SPECIAL_OPERATION"]
    body = facts.LogOnShown(Outcome.NOT_CLEARED, "gate", "r", "press-03", person, missing=missing)
    box.views.add(body, "08:02:30")


def _no_place(box: FakeBox, person: str) -> None:
    for other in [each for each in ("p-li", "p-hung", "p-adams") if each != person]:
        _log_on(box, other, f"08:0{len(box.views.journal)}:00")
    box.views.add(facts.LogOnShown(Outcome.NO_PLACE, "gate", "r", "press-03", person), "08:04:30")


def _nothing(_box: FakeBox, _person: str) -> None:
    """The journal stays empty."""


def _notice(*notices: object) -> Scene:
    def scene(box: FakeBox, _person: str) -> None:
        for notice in notices:
            box.notices.send(notice)  # type: ignore[arg-type]  # the table below holds notices only

    return scene


SCENES: dict[Screen, Scene] = {
    Screen.IDLE: _nothing,
    Screen.READING: _notice(ReadingBadge("gate")),
    Screen.READ_FAILED: _notice(ReadingBadge("gate")),
    Screen.IN: _clock_in,
    Screen.OUT: _clock_out,
    Screen.ALREADY_IN: _already_in,
    Screen.ALREADY_OUT: _already_out,
    Screen.IN_OR_OUT: _in_or_out,
    Screen.LOGGED_ON: _logged_on,
    Screen.LOGGED_OFF: _logged_off,
    Screen.HANDED_OVER: _handed_over,
    Screen.ALREADY_ON: _shown(Outcome.ALREADY_ON),
    Screen.ALREADY_OFF: _shown(Outcome.ALREADY_OFF),
    Screen.NOT_AN_OPERATOR: _shown(Outcome.NOT_AN_OPERATOR),
    Screen.NOT_CLEARED: _not_cleared,
    Screen.NO_PLACE: _no_place,
    Screen.UNKNOWN: _unknown,
    Screen.BLOCKED_BADGE: _blocked,
    Screen.UNUSABLE_BADGE: _unusable,
    Screen.CANNOT_RECORD: _notice(Refused("gate", "disk full")),
    Screen.OUT_OF_ORDER: _notice(DeviceNotice("gate-reader", up=False, station="gate")),
}


Act = Callable[[Live, "Stage"], None]


def show_card(live: Live, card: IdCard | None = GROWN, trouble: CardTrouble | None = None) -> None:
    live.turn(CardShown("gate", "gate-cards", trouble, card))


def _to_card(live: Live, _stage: Stage) -> None:
    live.start_joining("gate", ready=True)
    live.join("gate", NoticeRead())


def _to_confirm(live: Live, stage: Stage) -> None:
    _to_card(live, stage)
    worst = replace(GROWN, name="Nguyễn Thị Phương Thảo 欧阳", birth="2010-01-02", warnings=list(CardWarning))
    show_card(live, worst)


def _to_saving(live: Live, stage: Stage) -> None:
    stage.box.core.reply = None
    _to_confirm(live, stage)
    live.confirm("gate", lambda _joining: registration(moment()))


def registered(box: FakeBox) -> None:
    box.views.add(facts.PersonRegistered(Outcome.REGISTERED, "gate", NEWCOMER, "", "", "", "zh"), "08:00:00")


def offered(box: FakeBox) -> None:
    body = facts.BadgeOffered(Outcome.BADGE_OFFERED, "gate", "gate-reader", NEWCOMER, NEW_BADGE)
    box.views.add(body, "08:00:10")


def bound(box: FakeBox) -> None:
    body = facts.BadgeBound(Outcome.BADGE_BOUND, "gate", "gate-reader", NEWCOMER, NEW_BADGE, 1)
    box.views.add(body, "08:00:20")


def _in_the_journal(write: Callable[[FakeBox], None]) -> Act:
    def act(_live: Live, stage: Stage) -> None:
        write(stage.box)

    return act


def _too_young(live: Live, stage: Stage) -> None:
    _to_card(live, stage)
    show_card(live, replace(GROWN, birth="2015-01-02"))


def _unread(live: Live, stage: Stage) -> None:
    _to_card(live, stage)
    show_card(live, None, CardTrouble.NOT_AN_ID_CARD)


def _left_alone(live: Live, stage: Stage) -> None:
    _to_confirm(live, stage)
    for _ in range(60):
        stage.turn(live, 1.0)


ACTS: dict[Screen, Act] = {
    Screen.JOIN_NOTICE: lambda live, _stage: live.start_joining("gate", ready=True),
    Screen.JOIN_CARD: _to_card,
    Screen.JOIN_CARD_AGAIN: _unread,
    Screen.JOIN_CONFIRM: _to_confirm,
    Screen.JOIN_SAVING: _to_saving,
    Screen.JOIN_BADGE: _in_the_journal(registered),
    Screen.JOIN_BADGE_AGAIN: _in_the_journal(offered),
    Screen.JOIN_WELCOME: _in_the_journal(bound),
    Screen.JOIN_TOO_YOUNG: _too_young,
    Screen.JOIN_NOT_READY: lambda live, _stage: live.start_joining("gate", ready=False),
    Screen.STILL_THERE: _left_alone,
    **PAY_ACTS,
}
"""What a newcomer does, and what comes of it; and a worker who wants to see his pay."""


class Stage:
    """A box on its own time: nothing passes unless a test says so."""

    def __init__(self, box: FakeBox) -> None:
        self.box, self.now_s = box, 1000.0

    def monotonic(self) -> float:
        return self.now_s

    def turn(self, live: Live, seconds: float = 0.0) -> None:
        """Lets core be heard and takes all notices, then lets `seconds` pass."""
        live.turn(Alive(0, recording=True))
        while (notice := self.box.notices.receive(0)) is not None:
            live.turn(notice)
        self.now_s += seconds
        live.turn(None)


def bring_about(screen: Screen, language: str, live: Live, stage: Stage) -> None:
    """Leaves `live` showing `screen` at the station "gate" to a person of that language."""
    stage.turn(live, 1.0)
    if screen in ACTS:
        ACTS[screen](live, stage)
    else:
        SCENES[screen](stage.box, PERSON[language])
    for _ in range(3 if screen is Screen.READ_FAILED else 1):
        stage.turn(live, 1.0)
