"""An identity-card reader on a serial port: it is asked for a card, and each card that is laid down is told once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone

import msgspec

from edge.clock import Clock
from edge.devices.family import BackOff, CardSeen, DeviceLost
from edge.devices.samv.codec import Answer, BadAnswer, Command, Status, Step, appended_address_of, card_of, text_of
from edge.devices.samv.keys import SamvKeys
from edge.devices.shared.bad_frames import BadFrames
from edge.framing.delimited import NeedMore
from edge.framing.events import Content, Damaged
from edge.framing.samv import SamvFrames
from edge.transport.port import Port, PortLost
from edge.transport.serial_port import open_serial
from sync.wire.envelope import Stamp
from sync.wire.identity import CardTrouble

BACK_OFF = BackOff(first_s=0.5, last_s=2.0)

SPEEDS = (115200, 57600, 38400, 19200, 9600)
"""In baud, in the order in which they are tried."""

TRY_S = 0.4
"""How long each speed is tried. The status comes from the reader itself, without a card."""

SHORT_S = 1.5
"""For an answer that carries no card."""

READ_S = 2.0
"""For the card itself, before what its bytes take on the line."""

LONGEST_ANSWER_BITS = 13_000

FIND_EVERY_S = 0.3
"""The makers ask for no less."""

TRIES = 3
"""So often a card that lies there is begun anew before it has to be placed again."""

SAME_CARD_S = 3.0
"""A card at the edge of the field comes and goes; the same number within this time is the same card."""

CHINA = timezone(timedelta(hours=8))
"""The dates on a card are China's."""

TROUBLES = {
    Step.PLACE_AGAIN: CardTrouble.PLACE_AGAIN,
    Step.NOT_A_CARD: CardTrouble.NOT_AN_ID_CARD,
    Step.FAULT: CardTrouble.READER_FAULT,
}

FAULTS = {
    Status.SELF_TEST_FAILED: "its self-test failed",
    Status.NOT_AUTHORISED: "its security module is not authorised",
}


class NoAnswer(Exception):
    """Nothing good came in time."""


class SamvLine:
    """Asks one thing at a time. An answer does not say what it answers, so each is waited for before the next question,
    also when whoever asked has gone. `bad_frame` is called for each whole answer that came damaged."""

    def __init__(self, port: Port, speed: int, bad_frame: Callable[[], None]) -> None:
        self.speed = speed
        self._port = port
        self._bad_frame = bad_frame
        self._frames = SamvFrames()
        self._owed_until_s = 0.0

    async def ask(self, command: Command, within_s: float) -> Answer:
        """NoAnswer, also for a whole answer that came damaged; PortLost."""
        await self._settle()
        self._owed_until_s = asyncio.get_running_loop().time() + within_s
        await self._port.write(command.to_bytes())
        try:
            async with asyncio.timeout_at(self._owed_until_s):
                return await self._answer_to(command)
        except TimeoutError as late:
            raise NoAnswer(f"no answer within {within_s:g} s at {self.speed} baud") from late

    def close(self) -> None:
        self._port.close()

    async def _settle(self) -> None:
        with suppress(TimeoutError, NoAnswer):
            async with asyncio.timeout_at(self._owed_until_s):
                await self._next()
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                while True:
                    await self._port.read()
        self._frames = SamvFrames()

    async def _answer_to(self, command: Command) -> Answer:
        while True:
            answer = await self._next()
            if answer.fits(command):
                return answer

    async def _next(self) -> Answer:
        while True:
            match self._frames.next_event():
                case NeedMore():
                    self._frames.receive_data(await self._port.read())
                case Damaged():
                    self._bad_frame()
                    self._owed_until_s = 0.0
                    raise NoAnswer(f"damaged answers at {self.speed} baud")
                case Content(data):
                    with suppress(BadAnswer):
                        answer = Answer.from_content(data)
                        self._owed_until_s = 0.0
                        return answer


class SamvReader:
    back_off = BACK_OFF

    def __init__(
        self, name: str, open_port: Callable[[int], Port], clock: Clock, *, appended_address: bool = False
    ) -> None:
        """`open_port` takes a speed in baud."""
        self._appended_address = appended_address
        self.bad_frames = BadFrames(name)
        self._name = name
        self._open_port = open_port
        self._clock = clock
        self._line: SamvLine | None = None
        self.speed = SPEEDS[0]
        self._in_vain = 0
        self._next_find_s = 0.0
        self._lying = False
        self._tries = 0
        self._number = ""
        self._number_s = 0.0

    async def open(self) -> None:
        """At the speed at which it answered last, or any other."""
        for speed in sorted(SPEEDS, key=lambda each: each != self.speed):
            try:
                self._line = SamvLine(self._open_port(speed), speed, self._count_bad_frame)
                _heed_faults(await self._line.ask(Command.STATUS, TRY_S))
            except PortLost as lost:
                raise DeviceLost(str(lost)) from lost
            except NoAnswer:
                self.close()
                continue
            self.speed = speed
            return
        raise DeviceLost(f"nothing answers at {', '.join(map(str, SPEEDS))} baud")

    def close(self) -> None:
        self._forget()
        self._in_vain = 0
        if self._line is not None:
            self._line.close()
            self._line = None

    async def check(self) -> None:
        self._forget()
        while (answer := await self._ask(Command.STATUS)) is None:
            pass
        _heed_faults(answer)

    async def card(self) -> CardSeen:
        try:
            while True:
                if (seen := await self._look()) is not None:
                    return seen
        except asyncio.CancelledError:
            self._forget()
            raise

    async def _look(self) -> CardSeen | None:
        """Asks once whether a card lies there, and for a new one what it says. None: nothing to tell."""
        await asyncio.sleep(self._next_find_s - asyncio.get_running_loop().time())
        self._next_find_s = asyncio.get_running_loop().time() + FIND_EVERY_S
        for command in (Command.FIND, Command.SELECT):
            answer = await self._ask(command)
            if answer is None or answer.step is not Step.GO_ON:
                return self._stopped(command, answer)
            if self._lying:
                return None
        answer = await self._ask(Command.READ)
        if answer is None or answer.step is not Step.GO_ON:
            return self._stopped(Command.READ, answer)
        return await self._read(answer)

    async def _ask(self, command: Command) -> Answer | None:
        """None when it was asked in vain. DeviceLost when that happens a second time, or the line is gone."""
        if self._line is None:
            raise DeviceLost(f"{self._name} is not open")
        within_s = READ_S + 2 * LONGEST_ANSWER_BITS / self._line.speed if command is Command.READ else SHORT_S
        try:
            answer = await self._line.ask(command, within_s)
            if answer.step is Step.AGAIN:
                answer = await self._line.ask(command, within_s)
        except PortLost as lost:
            raise DeviceLost(str(lost)) from lost
        except NoAnswer as silent:
            self._in_vain += 1
            if self._in_vain > 1:
                raise DeviceLost(str(silent)) from silent
            return None
        self._in_vain = 0
        return answer

    def _stopped(self, command: Command, answer: Answer | None) -> CardSeen | None:
        step = answer.step if answer is not None else Step.FROM_FIND
        if command is Command.READ and answer is None:
            return self._trouble(CardTrouble.PLACE_AGAIN)
        if command is Command.FIND and step is Step.NOTHING_THERE:
            self._lying, self._tries = False, 0
            return None
        if step in TROUBLES:
            return self._trouble(TROUBLES[step])
        self._tries += 1
        return self._trouble(CardTrouble.PLACE_AGAIN) if self._tries >= TRIES else None

    def _trouble(self, trouble: CardTrouble) -> CardSeen | None:
        told, self._lying, self._tries = self._lying, True, 0
        return None if told else CardSeen(self._clock.stamp(), None, trouble)

    async def _read(self, answer: Answer) -> CardSeen | None:
        at = self._clock.stamp()
        try:
            card = card_of(text_of(answer), _today(at))
        except BadAnswer:
            return self._trouble(CardTrouble.PLACE_AGAIN)
        now_s = asyncio.get_running_loop().time()
        same = card.number == self._number and now_s - self._number_s < SAME_CARD_S
        self._lying, self._tries, self._number, self._number_s = True, 0, card.number, now_s
        if same:
            return None
        return CardSeen(at, msgspec.structs.replace(card, appended_address=await self._further_address()))

    async def _further_address(self) -> str:
        """Empty when the card has none or the reader does not tell: the card itself has been read all the same."""
        if not self._appended_address or self._line is None:
            return ""
        try:
            return appended_address_of(await self._line.ask(Command.READ_APPENDED, SHORT_S))
        except (NoAnswer, PortLost):
            return ""

    def _count_bad_frame(self) -> None:
        self.bad_frames.add(self._clock.stamp())

    def _forget(self) -> None:
        """Whoever comes next finds nothing of the one before him."""
        self._lying = False
        self._tries = 0
        self._number = ""
        self._number_s = 0.0


def _heed_faults(answer: Answer) -> None:
    if answer.step is Step.FAULT:
        raise DeviceLost(FAULTS.get(answer.status, f"it refuses what it is told (status {answer.status:02X})"))


def _today(at: Stamp) -> date:
    return datetime.fromtimestamp(at.wall_us / 1e6, CHINA).date()


def samv_readers(readers: Sequence[SamvKeys], clock: Clock) -> Sequence[SamvReader]:
    return [
        SamvReader(each.name, _opener(each.port), clock, appended_address=each.appended_address) for each in readers
    ]


def _opener(path: str) -> Callable[[int], Port]:
    return lambda speed: open_serial(path, speed)
