"""A worker at the gate on the way to his pay, and what HR says."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from edge.link.messages import Committed
from kiosk_ui.live import Live
from kiosk_ui.screens.looks import Screen
from kiosk_ui.screens.paying import LineOpened, PayEvent, PayWanted
from sync.wire.facts import Outcome
from sync.wire.payslip import PayTrouble
from tests.unit.kiosk_ui.fakes import FakeBox

if TYPE_CHECKING:
    from tests.unit.kiosk_ui.scenes import Stage

DEADLINE_S = 10.0
PERSON = {"zh": "p-zhang", "vi": "p-hung", "en": "p-adams"}


def tapped(box: FakeBox, live: Live, clock_time: str = "07:58:00", person: str | None = None) -> None:
    live.turn(Committed(box.tap(Outcome.CLOCKED_IN, clock_time, person=person or PERSON[box.ports.language])))


def tapped_again(box: FakeBox, live: Live, clock_time: str = "07:58:08", person: str | None = None) -> None:
    first = len(box.views.journal)
    seq = box.tap(Outcome.ALREADY_IN, clock_time, person=person or PERSON[box.ports.language], repeats=first)
    live.turn(Committed(seq))


def wait_for(live: Live, stage: Stage, screen: Screen) -> None:
    """No time passes on the screens meanwhile."""
    until_s = time.monotonic() + DEADLINE_S
    while live.payload("gate").state is not screen:
        assert time.monotonic() < until_s, live.payload("gate").state
        time.sleep(0.005)
        stage.turn(live)


def to_list(live: Live, stage: Stage) -> None:
    _to_asking(live, stage)
    wait_for(live, stage, Screen.PAY)


def _to_badge(live: Live, stage: Stage) -> None:
    tapped(stage.box, live)
    live.pay("gate", PayWanted())


def _to_asking(live: Live, stage: Stage) -> None:
    _to_badge(live, stage)
    tapped_again(stage.box, live)


def _asking(live: Live, stage: Stage) -> None:
    stage.box.sync.free.clear()
    _to_asking(live, stage)


def _then(event: PayEvent) -> Callable[[Live, Stage], None]:
    def act(live: Live, stage: Stage) -> None:
        to_list(live, stage)
        live.pay("gate", event)

    return act


def _sorry(live: Live, stage: Stage) -> None:
    stage.box.sync.trouble = PayTrouble.OFFLINE
    _to_asking(live, stage)
    wait_for(live, stage, Screen.PAY_SORRY)


PAY_ACTS: dict[Screen, Callable[[Live, Stage], None]] = {
    Screen.PAY_BADGE: _to_badge,
    Screen.PAY_ASKING: _asking,
    Screen.PAY: to_list,
    Screen.PAY_LINE: _then(LineOpened(0)),
    Screen.PAY_SORRY: _sorry,
}
