"""Lines that damage one byte in a hundred. The long run: `python -m tests.faults.noise --frames 1000000`."""

from __future__ import annotations

import logging
import random

import pytest

from tests.faults.noise import FAMILIES, Noise, run

pytestmark = pytest.mark.fault("F25")

FRAMES = 2_000

LEAST_GOOD = {"samv": 0.0, "rdm6300-two-equal-frames": 0.7, "wiegand_serial": 0.7}
"""Of 1,300 bytes one is damaged nearly always; two frames must both be whole; 28 bytes are many."""


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)


@pytest.mark.parametrize("name", FAMILIES)
def test_noise_makes_nobody_into_somebody_else(name: str):
    found = run(name, FRAMES, 1)
    assert found.wrong == 0
    assert found.good >= LEAST_GOOD.get(name, 0.8) * FRAMES


@pytest.mark.parametrize("name", ["rdm6300", "samv", "modbus_counter"])
def test_where_there_is_a_checksum_even_neighbours_are_told_apart(name: str):
    """People whose numbers follow one another: without the checksum one changed digit would be the next man's."""
    assert run(name, FRAMES, 1, consecutive=True).wrong == 0


def test_the_harness_finds_somebody_else_where_nothing_protects_the_number():
    assert run("serial_scanner", FRAMES, 1, consecutive=True).wrong > 0


def test_noise_is_as_much_as_it_says():
    noise, frame = Noise(random.Random(1)), bytes(10_000)
    changed = [sum(1 for byte in noise.spoilt(frame) if byte) for _ in range(20)]
    assert 20 * 10_000 * 0.01 * 0.55 < sum(changed) < 20 * 10_000 * 0.01 * 0.75  # a third of them is lost bytes
