"""Devices that babble, freeze and go. The long run: `python -m tests.faults.babble --minutes 10`."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.faults.babble import BABBLERS, Findings, noise, run

pytestmark = pytest.mark.fault("F26")

FINE = Findings(
    seconds=60.0,
    cpu_s=6.0,
    resident_kb=[60_000, 60_100, 60_050],
    taps=3,
    taps_s=[0.01, 0.02, 0.01],
    back_s={"pulled out": [0.5, 2.5]},
    longest_pause_s=1.0,
    log_lines=30,
)


@pytest.mark.slow
def test_one_that_babbles_on_each_line_takes_nothing_from_the_others():
    found = run(5.0, away_s=[0.0])
    assert found.broken() == []
    assert found.taps >= 5
    assert set(found.back_s) == {
        "pulled out and plugged in",
        "back under another number",
        "frozen and thawed",
        "pulled out while a card is wanted",
    }


def test_what_was_promised_and_not_kept_is_said():
    assert FINE.broken() == []
    broken = [
        replace(FINE, cpu_s=20.0),
        replace(FINE, resident_kb=[60_000, 61_000, 62_000]),
        replace(FINE, taps=4),
        replace(FINE, taps_s=[0.01, 1.5, 0.01]),
        replace(FINE, longest_pause_s=3.5),
        replace(FINE, back_s={"pulled out": [0.5, 3.5]}),
        replace(FINE, never_back=["pulled out"]),
        replace(FINE, log_lines=100),
        replace(FINE, tracebacks=1),
    ]
    assert [len(each.broken()) for each in broken] == [1] * len(broken)


def test_what_babbles_is_noise_and_pieces_of_every_sort_of_frame():
    made = noise(random.Random(1), 65_536)
    assert set(made) == set(range(256))
    assert all(piece in made for piece in (b"\xaa\xaa\xaa\x96\x69", b"\x00\xff\x08\xf8", b"\x02100086F4"))
    assert len(BABBLERS) == 8
