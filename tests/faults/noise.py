"""Readers on lines that damage one byte in a hundred: is a badge or a card ever taken for somebody else's?

    python -m tests.faults.noise --frames 1000000
    python -m tests.faults.noise --frames 100000 --only samv pn532

A damaged byte has a bit flipped, is lost, or has another one put before it, each as often; after every fiftieth frame
come up to twenty bytes of nothing. Frames follow one another without a pause, which is harder than at a gate.

*wrong* is what would stand on somebody else's wage line: the badge of another person who is known here, a card with
another number and nothing to warn of it, another count. *refused later* is what a person or core sees: a badge that
nobody has, a card with a warning, a card with the right number and another name on it. Badge numbers are drawn by
chance; `--consecutive` gives people numbers one after another, which promises less.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Final

from edge.devices.family import BadgeReader, DeviceLost
from edge.devices.pn532.codec import FIND, BadAnswer, answer_of, targets_of
from edge.devices.rdm6300.driver import Rdm6300
from edge.devices.samv import codec as samv
from edge.devices.serial_scanner import driver as scanner
from edge.devices.serial_scanner.keys import ScannerKeys
from edge.devices.shared.lines import LineReader
from edge.devices.wiegand_serial import driver as wiegand
from edge.devices.wiegand_serial.keys import WiegandKeys
from edge.framing.delimited import NeedMore
from edge.framing.events import Content
from edge.framing.pn532 import Pn532Frames
from edge.framing.rtu import Registers, RtuAnswer
from edge.framing.samv import SamvFrames
from edge.transport.port import Port, PortLost
from simulators.pn532 import Card, answer
from simulators.rdm6300 import frame_of
from simulators.rtu import checksum
from simulators.samv import card_answer, number_of, resident_text
from sync.wire.identity import IdCard
from tests.unit.devices.bench import RunningClock

RATE: Final = 0.01
BURST_EVERY: Final = 50
PEOPLE: Final = 300
TAP_S: Final = 10.0
"""Between two taps, in the reader's own time: longer than the same badge is one tap."""

TODAY: Final = date(2026, 11, 23)
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
DOUBTFUL: Final = "?"


@dataclass
class Findings:
    """What became of the frames. One may be neither: it was refused."""

    frames: int = 0
    good: int = 0
    refused_later: int = 0
    wrong: int = 0

    def __add__(self, other: Findings) -> Findings:
        return Findings(
            self.frames + other.frames,
            self.good + other.good,
            self.refused_later + other.refused_later,
            self.wrong + other.wrong,
        )


class Noise:
    def __init__(self, chance: random.Random, rate: float = RATE) -> None:
        self._chance = chance
        self._log = math.log1p(-rate)
        self._frames = 0

    def spoilt(self, frame: bytes) -> bytes:
        chance, came = self._chance, bytearray()
        begun = 0
        for place in self._places(len(frame)):
            came += frame[begun:place]
            begun = place + 1
            match chance.randrange(3):
                case 0:
                    came.append(frame[place] ^ 1 << chance.randrange(8))
                case 1:
                    pass
                case _:
                    came += bytes((chance.randrange(256), frame[place]))
        came += frame[begun:]
        self._frames += 1
        if self._frames % BURST_EVERY == 0:
            came += chance.randbytes(chance.randrange(20))
        return bytes(came)

    def _places(self, length: int) -> Iterator[int]:
        place = -1
        while (place := place + 1 + int(math.log(1.0 - self._chance.random()) / self._log)) < length:
            yield place


class Line(Port):
    """Sends a frame of somebody at each read, damaged. `sent` is whose it was."""

    name = "noisy"

    def __init__(self, frames: int, people: Sequence[tuple[str, bytes]], chance: random.Random) -> None:
        self.sent, self.before, self.taps = "", "", 0
        self._frames = frames
        self._people = people
        self._chance = chance
        self._noise = Noise(chance)

    async def read(self) -> bytes:
        return self.next()

    def next(self) -> bytes:
        """PortLost after the last one."""
        if self.taps >= self._frames:
            raise PortLost("that was all")
        self.taps += 1
        self.before = self.sent
        self.sent, frame = self._chance.choice(self._people)
        return self._noise.spoilt(frame)

    async def write(self, data: bytes) -> None:
        """Nobody listens."""

    def close(self) -> None:
        """Nothing is held."""

    def machine_time_s(self) -> float:
        return self.taps * TAP_S


Heard = Callable[[Line], Iterator[str]]
"""The badges that come of what the line sends."""


@dataclass(frozen=True)
class Family:
    """`people` makes badges and their frames as such a device sends them; what is `heard` is one of those badges, or
    another text. `known`: whether core knows badges, so that it refuses others."""

    people: Callable[[random.Random, bool], list[tuple[str, bytes]]]
    heard: Heard
    known: bool = True


def run(name: str, frames: int, seed: int, *, consecutive: bool = False) -> Findings:
    family, chance = FAMILIES[name], random.Random(f"{name}-{seed}")
    people = family.people(chance, consecutive)
    known = {badge for badge, _ in people}
    line, found = Line(frames, people, chance), Findings(frames)
    for badge in family.heard(line):
        # What ended this frame may have been the beginning of the next.
        if badge in (line.sent, line.before):
            found.good += 1
        elif badge.startswith(DOUBTFUL) or (family.known and badge not in known):
            found.refused_later += 1
        else:
            found.wrong += 1
    return found


# --- readers that talk by themselves: the drivers as they are -------------------------------------------


def through(make: Callable[[Line], BadgeReader]) -> Heard:
    def heard(line: Line) -> Iterator[str]:
        reader, loop = make(line), asyncio.new_event_loop()
        try:
            loop.run_until_complete(reader.open())
            while True:
                yield loop.run_until_complete(reader.scan()).badge or ""
        except DeviceLost:
            return
        finally:
            loop.close()

    return heard


def numbers(chance: random.Random, consecutive: bool, bits: int) -> list[int]:
    if consecutive:
        first = chance.randrange((1 << bits) - PEOPLE)
        return list(range(first, first + PEOPLE))
    return chance.sample(range(1 << bits), PEOPLE)


def tags(chance: random.Random, consecutive: bool) -> list[tuple[str, bytes]]:
    return [(f"EM4100:{tag:010X}", frame_of(f"{tag:010X}")) for tag in numbers(chance, consecutive, 40)]


def doubtful_tags(chance: random.Random, consecutive: bool) -> list[tuple[str, bytes]]:
    """Of a module whose checksums are always wrong; a badge lies there for two frames."""
    return [
        (f"EM4100:{tag:010X}", frame_of(f"{tag:010X}", chance.randrange(256)) * 2)
        for tag in numbers(chance, consecutive, 40)
    ]


def rdm6300(line: Line, *, two_equal_frames: bool = False) -> Rdm6300:
    return Rdm6300("gate", lambda: line, RunningClock(), line.machine_time_s, two_equal_frames=two_equal_frames)


def codes(chance: random.Random, consecutive: bool) -> list[tuple[str, bytes]]:
    if consecutive:
        texts = [f"A{number:05d}" for number in numbers(chance, True, 16)]
    else:
        texts = ["".join(chance.choices(LETTERS, k=10)) for _ in range(PEOPLE)]
    return [(f"CODE:{text}", f"{text}\r\n".encode("ascii")) for text in texts]


def serial_scanner(line: Line) -> LineReader:
    keys = ScannerKeys("gate", "entrance", "serial_scanner", "noisy")
    return LineReader(
        "gate", lambda: line, RunningClock(), scanner.form_of(keys), scanner._badge_of(keys), line.machine_time_s
    )


def wiegand_cards(chance: random.Random, consecutive: bool) -> list[tuple[str, bytes]]:
    def line(number: int) -> bytes:
        data = f"{number:024b}"
        even, odd = data[:12].count("1") % 2, 1 - data[12:].count("1") % 2
        return f"{even}{data}{odd}\r\n".encode("ascii")

    return [(f"WIEGAND26:{number:06X}", line(number)) for number in numbers(chance, consecutive, 24)]


def wiegand_serial(line: Line) -> LineReader:
    keys = WiegandKeys("gate", "entrance", "wiegand_serial", "noisy")
    return LineReader("gate", lambda: line, RunningClock(), wiegand.FORM, wiegand._badge_of(keys), line.machine_time_s)


# --- devices that are asked: their frames, as their drivers take them -------------------------------------


def all_of(line: Line) -> Iterator[bytes]:
    """What comes after each question. What came before a question is forgotten, by the drivers too."""
    try:
        while True:
            came = line.next()
            line.before = line.sent
            yield came
    except PortLost:
        return


def uids(chance: random.Random, consecutive: bool) -> list[tuple[str, bytes]]:
    found = (f"{number | 0x10000000:08X}" for number in numbers(chance, consecutive, 32))
    return [(f"ISO14443A:{uid}", answer(FIND.command, b"\x01" + Card(uid).told(1))) for uid in found]


def pn532(line: Line) -> Iterator[str]:
    for came in all_of(line):
        frames = Pn532Frames()
        frames.receive_data(came)
        while not isinstance(event := frames.next_event(), NeedMore):
            if isinstance(event, Content):
                yield from _badges(event.data)


def _badges(content: bytes) -> Iterator[str]:
    try:
        found = answer_of(FIND, content)
        for target in targets_of(found) if found is not None else ():
            yield target.badge_key or ""
    except BadAnswer:
        return


def cards(chance: random.Random, consecutive: bool) -> list[tuple[str, bytes]]:
    first = chance.randrange(1, 600)
    people = []
    for person in range(PEOPLE):
        born = f"19{10 + chance.randrange(40)}{1 + chance.randrange(12):02d}{1 + chance.randrange(28):02d}"
        number = number_of("110101", "19000101" if consecutive else born, first + person)
        text = resident_text(f"测试{number[-4:]}", number)
        people.append((number, card_answer(text, chance.randbytes(1024))))
    return people


def samv_reader(line: Line) -> Iterator[str]:
    for came in all_of(line):
        frames = SamvFrames()
        frames.receive_data(came)
        while not isinstance(event := frames.next_event(), NeedMore):
            if isinstance(event, Content) and (card := _card_in(event.data)) is not None:
                changed = card.number == line.sent and card.name != f"测试{line.sent[-4:]}"
                yield DOUBTFUL if changed or card.warnings else card.number


def _card_in(content: bytes) -> IdCard | None:
    try:
        told = samv.Answer.from_content(content)
        if told.fits(samv.Command.READ) and told.step is samv.Step.GO_ON:
            return samv.card_of(samv.text_of(told), TODAY)
    except samv.BadAnswer:
        pass
    return None


def counts(chance: random.Random, consecutive: bool) -> list[tuple[str, bytes]]:
    made = []
    for count in numbers(chance, consecutive, 32):
        frame = b"\x01\x03\x04" + count.to_bytes(4, "big")
        made.append((str(count), frame + checksum(frame)))
    return made


def modbus_rtu(line: Line) -> Iterator[str]:
    for came in all_of(line):
        wanted = RtuAnswer(1, 3, 10, 2)
        wanted.receive_data(came)
        event = wanted.next_event()
        if isinstance(event, Registers) and not wanted.left:
            high, low = event.values
            yield str(high << 16 | low)


FAMILIES: Final = {
    "rdm6300": Family(tags, through(rdm6300)),
    "rdm6300-two-equal-frames": Family(doubtful_tags, through(lambda line: rdm6300(line, two_equal_frames=True))),
    "pn532": Family(uids, pn532),
    "samv": Family(cards, samv_reader, known=False),
    "serial_scanner": Family(codes, through(serial_scanner)),
    "wiegand_serial": Family(wiegand_cards, through(wiegand_serial)),
    "modbus_counter": Family(counts, modbus_rtu, known=False),
}

CHUNK: Final = 10_000
"""Frames of one task: what a seed does does not depend on how many processes there are."""


def chunks(frames: int) -> Iterator[int]:
    while frames > 0:
        yield min(CHUNK, frames)
        frames -= CHUNK


def _task(task: tuple[str, int, int, bool]) -> Findings:
    name, frames, seed, consecutive = task
    return run(name, frames, seed, consecutive=consecutive)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.noise", description=__doc__)
    parser.add_argument("--frames", type=int, default=100_000, help="of each family")
    parser.add_argument("--only", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--consecutive", action="store_true", help="numbers one after another")
    chosen = parser.parse_args(arguments)
    wrong = 0
    print(f"{'family':<26}{'frames':>10}{'good':>9}{'refused later':>15}{'wrong':>7}")
    with ProcessPoolExecutor(chosen.jobs, initializer=logging.disable, initargs=(logging.WARNING,)) as pool:
        for name in chosen.only:
            tasks = [
                (name, frames, chosen.seed * 1_000_000 + number, chosen.consecutive)
                for number, frames in enumerate(chunks(chosen.frames))
            ]
            found = sum(pool.map(_task, tasks), Findings())
            wrong += found.wrong
            good = f"{found.good / found.frames:.1%}"
            print(f"{name:<26}{found.frames:>10,}{good:>9}{found.refused_later:>15,}{found.wrong:>7}", flush=True)
    print(f"{chosen.frames * len(chosen.only)} frames, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
