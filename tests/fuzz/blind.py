"""Fuzzing without a guide: what is known to be good, changed at random. Finds less, needs nothing, and repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.fuzz.targets import Target


def inputs(target: Target, seed: int, count: int) -> Iterator[bytes]:
    """All seeds, then so many changed ones; the same at each call."""
    chance = Random(f"{seed}/{target.name}")
    seeds = [data[: target.longest] for data in target.seeds()] or [b""]
    yield from seeds
    for _ in range(count):
        data = chance.choice(seeds)
        for _ in range(chance.randint(1, 3)):
            data = chance.choice(CHANGES)(chance, data, chance.choice(seeds))
        yield data[: target.longest]


def _flipped(chance: Random, data: bytes, _other: bytes) -> bytes:
    if not data:
        return data
    place = chance.randrange(len(data))
    return data[:place] + bytes((data[place] ^ 1 << chance.randrange(8),)) + data[place + 1 :]


def _replaced(chance: Random, data: bytes, _other: bytes) -> bytes:
    place = chance.randint(0, len(data))
    return data[:place] + chance.randbytes(chance.randint(1, 4)) + data[place + chance.randint(0, 4) :]


def _cut(chance: Random, data: bytes, _other: bytes) -> bytes:
    first, last = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return data[:first] + data[last:]


def _spliced(chance: Random, data: bytes, other: bytes) -> bytes:
    return data[: chance.randint(0, len(data))] + other[chance.randint(0, len(other)) :]


def _doubled(chance: Random, data: bytes, _other: bytes) -> bytes:
    first, last = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return data[:last] + data[first:]


CHANGES: tuple[Callable[[Random, bytes, bytes], bytes], ...] = (_flipped, _replaced, _cut, _spliced, _doubled)
