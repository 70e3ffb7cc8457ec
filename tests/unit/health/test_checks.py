"""What doctor says of a box: a sound one has nothing bad, and each fault is named with its mend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.health.checks import (
    Board,
    Clock,
    Device,
    Finding,
    Folder,
    Journal,
    Level,
    Line,
    Secret,
    Seen,
    Uploads,
    judge,
)

NOW_US = 1_795_000_000_000_000
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

UPLOADS = Uploads("ok", NOW_US - 60_000_000, acknowledged=120, parked=0)
SIGNING_KEY = Secret("/etc/clockpiece/keys/signing.key", 0o600, made_us=NOW_US - 300 * DAY_US)
SOUND = Seen(
    sqlite=(3, 53, 4),
    key=Secret("/etc/clockpiece/keys/database.key", 0o600),
    signing_key=SIGNING_KEY,
    data=Folder("/var/lib/clockpiece", 0o2770, 9_000_000_000, "ext4"),
    reserve_bytes=20_000_000,
    core="",
    running={"devices": True, "kiosk": True, "sync": True},
    journal=Journal(head=120, checked=120, newest_us=NOW_US - HOUR_US),
    uploads=UPLOADS,
    lines=(Line("gate", "/dev/clockpiece/gate", there=True, usable=True),),
    clock=Clock(NOW_US, "rtc", has_rtc=True, zone="Asia/Shanghai"),
    board=Board(52.0, 0),
    overlay="tmpfs:recurse=0",
    policy=True,
)


def findings(**changed: Any) -> list[Finding]:
    return judge(replace(SOUND, **changed))


def of(level: Level, **changed: Any) -> dict[str, str]:
    return {each.check: each.says for each in findings(**changed) if each.level is level}


def test_a_sound_box_has_nothing_bad_and_is_told_what_a_key_on_the_card_is_worth():
    assert of(Level.BAD) == {}
    assert of(Level.LOOK) == {
        "database key": "it lies on the card beside the data: it does not protect a card that is stolen"
    }


def test_a_reader_with_a_bad_frame_now_and_then_is_sound():
    assert not {"gate"} & of(Level.LOOK, devices=(Device("gate", bad_frames=19),)).keys()


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("database key", {"key": Secret("/k", None)}, "is not there"),
    ("database key", {"key": Secret("/k", None, "has 64 hex digits, got 10")}, "64 hex digits"),
    ("database key", {"key": Secret("/k", 0o644)}, "can be read by everybody"),
    ("signing key", {"signing_key": Secret("/s", 0o604)}, "can be read by everybody"),
    ("SQLite", {"sqlite": (3, 51, 2)}, "3.51.2 can damage a database"),
    ("data folder", {"data": Folder("/d", None)}, "is not there"),
    ("data folder", {"data": replace(SOUND.data, filesystem="tmpfs")}, "gone at the next power cut"),
    ("data folder", {"data": replace(SOUND.data, filesystem="overlay")}, "gone at the next power cut"),
    ("data folder", {"data": replace(SOUND.data, filesystem="nfs4")}, "cannot hold these databases"),
    ("data folder", {"data": replace(SOUND.data, mode=0o2775)}, "everybody may enter"),
    ("data folder", {"data": replace(SOUND.data, unshared=("facts.db-shm",))}, "may not write facts.db-shm"),
    ("space", {"data": replace(SOUND.data, free_bytes=19_000_000)}, "counter readings are refused"),
    ("overlay", {"overlay": "tmpfs"}, "makes every file system volatile"),
    ("overlay", {"overlay": "tmpfs:swap=1,recurse=1"}, "makes every file system volatile"),
    ("core", {"core": "does not answer (no such file)"}, "does not answer"),
    ("kiosk", {"running": {"kiosk": False}}, "does not run"),
    ("journal", {"journal": Journal(trouble="facts.db does not exist yet")}, "does not exist yet"),
    ("journal", {"journal": replace(SOUND.journal, broken_at=77)}, "broken at fact 77"),
    ("HR", {"uploads": replace(UPLOADS, state="waiting")}, "has not accepted this box"),
    ("HR", {"uploads": replace(UPLOADS, state="certificate")}, "its certificate is not valid"),
    ("signing key", {"signing_key": replace(SIGNING_KEY, followed=True)}, "a new key waits beside it"),
    ("port of gate", {"lines": (Line("gate", "/dev/clockpiece/gate", there=False, usable=False),)}, "is not there"),
    ("port of gate", {"lines": (Line("gate", "/dev/clockpiece/gate", there=True, usable=False),)}, "may not use"),
    ("clock", {"clock": replace(SOUND.clock, now_us=NOW_US - DAY_US)}, "behind the newest fact"),
    ("power", {"board": Board(50.0, 0x50005)}, "too little voltage now"),
    ("power", {"board": Board(50.0, 0x10000)}, "too little voltage since the start"),
    ("gate", {"devices": (Device("gate", gone="no such port"),)}, "is gone: no such port"),
    ("browser", {"policy": False}, "a worker can leave the page"),
]


@pytest.mark.parametrize(("check", "changed", "says"), BAD, ids=[f"{check}: {says}" for check, _, says in BAD])
def test_what_is_bad_is_named_and_has_a_mend(check: str, changed: dict[str, Any], says: str):
    bad = [each for each in findings(**changed) if each.level is Level.BAD]
    assert {each.check for each in bad} == {check}
    assert says in " ".join(each.says for each in bad)
    assert all(each.mend for each in bad)


LOOK: list[tuple[str, dict[str, Any], str]] = [
    ("data folder", {"data": replace(SOUND.data, mode=0o700)}, "only its owner may write"),
    ("space", {"data": replace(SOUND.data, free_bytes=400_000_000)}, "400 MB free"),
    ("HR", {"uploads": None}, "works alone"),
    ("HR", {"uploads": replace(UPLOADS, heard_us=NOW_US - 5 * HOUR_US)}, "last answer 5 hours ago"),
    ("HR", {"uploads": replace(UPLOADS, state="unreachable", heard_us=0)}, "has never answered"),
    (
        "queue",
        {"uploads": replace(UPLOADS, acknowledged=20, oldest_us=NOW_US - 9 * DAY_US)},
        "100 facts wait for HR, the oldest made 9 days ago",
    ),
    ("refusals", {"uploads": replace(UPLOADS, parked=3)}, "has set 3 facts aside"),
    ("port of gate", {"lines": (Line("gate", "/dev/ttyUSB0", there=True, usable=True),)}, "changes its number"),
    ("clock", {"clock": replace(SOUND.clock, state="none")}, "nobody vouches for the time"),
    ("clock", {"uploads": replace(UPLOADS, off_us=-400 * DAY_US)}, "576,000 minutes slow by HR's time"),
    ("clock", {"uploads": replace(UPLOADS, off_us=3 * 60_000_000)}, "3 minutes fast by HR's time"),
    ("signing key", {"signing_key": replace(SIGNING_KEY, made_us=NOW_US - 366 * DAY_US)}, "made 366 days ago"),
    ("clock", {"clock": replace(SOUND.clock, state="ntp", has_rtc=False)}, "the next start will not know the time"),
    ("temperature", {"board": Board(83.0, 0)}, "83 degrees"),
    ("memory", {"memory_limits": False}, "keeps no limits"),
    ("gate", {"devices": (Device("gate", bad_frames=37),)}, "37 bad frames today"),
    ("strokes", {"not_counted": (("strokes", "press"),)}, "they are shown, and nothing is counted"),
]


@pytest.mark.parametrize(("check", "changed", "says"), LOOK, ids=[f"{check}: {says}" for check, _, says in LOOK])
def test_what_a_person_should_know_is_no_fault_and_has_a_mend(check: str, changed: dict[str, Any], says: str):
    assert of(Level.BAD, **changed) == {}
    told = [each for each in findings(**changed) if each.level is Level.LOOK and each.check == check]
    assert says in " ".join(each.says for each in told)
    assert all(each.mend for each in told)


def test_a_box_without_a_screen_or_a_board_is_asked_nothing_about_them():
    checked = {each.check for each in findings(policy=None, board=Board(), overlay="")}
    assert checked & {"browser", "temperature", "power", "overlay"} == set()


def test_facts_that_wait_a_short_while_are_no_matter():
    waiting = replace(UPLOADS, acknowledged=20, oldest_us=NOW_US - 3 * HOUR_US)
    assert of(Level.OK, uploads=waiting)["queue"] == "100 facts wait for HR, the oldest made 3 hours ago"
