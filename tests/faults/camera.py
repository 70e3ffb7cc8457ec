"""Spoilt pictures of badges, as many as are wanted: how many are read, how long it takes, and that no reading is wrong.

    python -m tests.faults.camera --frames 10000 --seed 1

A badge is held up for three pictures at a time. Wrong is a badge that is believed and is not the one that was held up.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from random import Random

from edge.devices.camera.codec import TwoReads
from edge.devices.camera.decoding import Decoders
from edge.devices.camera.keys import CameraKeys, Symbology
from edge.devices.shared.codes import BadCode, badge_of_code, text_of
from tests.unit.devices.printed import Spoilt, code, scene

PICTURES = 3
PERIOD_S = 0.1
ALL: tuple[Symbology, ...] = ("qr", "code128", "code39", "ean13")
DEFAULT: tuple[Symbology, ...] = CameraKeys("", "", "", "").symbologies


@dataclass
class Tally:
    """`misread`: pictures in which something was read that is not there. `wrong`: badges believed that were not."""

    frames: int = 0
    read: int = 0
    misread: int = 0
    held_up: int = 0
    believed: int = 0
    wrong: int = 0
    faults: int = 0
    times_ms: list[float] = field(default_factory=list)
    empty_ms: list[float] = field(default_factory=list)
    misread_as: Counter[str] = field(default_factory=Counter)


def text_for(symbology: str, lot: Random) -> str:
    match symbology:
        case "ean13":
            digits = f"690{lot.randrange(10**9):09d}"
            odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
            return digits + str(-(odd + 3 * even) % 10)
        case "code39":
            return f"EMP{lot.randrange(10**5):05d}"
    return lot.choice([f"EMP-{lot.randrange(10**5):05d}", f"CP{lot.randrange(10**8):08d}"])


def hold_up(decoders: Decoders, symbology: str, lot: Random, tally: Tally) -> None:
    text = text_for(symbology, lot)
    module = 5 if symbology == "qr" else 3 if symbology != "code39" else 2
    card = scene(code(text, symbology, module))
    spoilt, reads = Spoilt.drawn(lot), TwoReads()
    believed: set[str] = set()
    for picture in range(PICTURES):
        spoilt = spoilt.another_moment(lot)
        image = spoilt.apply(card, lot)
        begun_s = time.perf_counter()
        found = decoders.codes(image)
        took_ms = (time.perf_counter() - begun_s) * 1000
        (tally.times_ms if found else tally.empty_ms).append(took_ms)
        badges: dict[str, bool] = {}
        for each in found:
            try:
                badges[badge_of_code(text_of(each.raw))] = each.sure
            except BadCode:
                badges[""] = False
        tally.frames += 1
        tally.read += f"CODE:{text}" in badges
        if others := badges.keys() - {f"CODE:{text}"}:
            tally.misread += 1
            tally.misread_as[symbology] += len(others)
        believed |= {
            seen for seen in [reads.see({name: badges[name] for name in badges if name}, picture * PERIOD_S)] if seen
        }
    tally.held_up += 1
    tally.believed += f"CODE:{text}" in believed
    tally.wrong += bool(believed - {f"CODE:{text}"})


def run(frames: int, seed: int, symbologies: tuple[Symbology, ...]) -> Tally:
    lot, tally, decoders = Random(seed), Tally(), Decoders(symbologies)
    for number in count():
        if tally.frames >= frames:
            break
        hold_up(decoders, symbologies[number % len(symbologies)], lot, tally)
    tally.faults = decoders.faults
    return tally


def middle(values: list[float], part: float = 0.5) -> float:
    return sorted(values)[int(part * (len(values) - 1))] if values else 0.0


def report(tally: Tally) -> str:
    return (
        f"{tally.frames} pictures, {tally.read} read, {tally.misread} with a misreading "
        f"{dict(tally.misread_as)}, {tally.faults} decoder faults\n"
        f"{tally.held_up} badges held up, {tally.believed} believed, {tally.wrong} wrong\n"
        f"a picture with a code: {middle(tally.times_ms):.1f} ms in the middle, {middle(tally.times_ms, 0.99):.1f} ms "
        f"at 99 %; with none read: {middle(tally.empty_ms):.1f} ms, {middle(tally.empty_ms, 0.99):.1f} ms"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=ALL, help="one symbology")
    parser.add_argument("--all", action="store_true", help="Code 39 and EAN-13 too, which are no badges by default")
    arguments = parser.parse_args()
    symbologies: tuple[Symbology, ...] = (arguments.only,) if arguments.only else ALL if arguments.all else DEFAULT
    tally = run(arguments.frames, arguments.seed, symbologies)
    print(report(tally))
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
