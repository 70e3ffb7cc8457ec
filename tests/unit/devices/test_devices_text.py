"""What `clockpiece devices` prints for a person."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from cli.devices.text import Watched, news, table
from edge.link.inspection import DeviceSeen, FrameSeen, ScanSeen, StateSeen, ValueSeen
from sync.wire.envelope import ClockState, Stamp

ZONE = ZoneInfo("Asia/Shanghai")
AT = Stamp("boot", 0, 1_795_400_000_123_000, ClockState.RTC)
AT_HAND = "10:13:20.123"


def told(seen: Watched) -> str:
    time, _, rest = news(seen, ZONE).partition("  ")
    assert time == AT_HAND
    return rest


def test_a_list_has_a_line_for_each_device_and_says_why_one_is_gone():
    lines = list(
        table(
            [
                DeviceSeen("gate", "badge reader", "rdm6300", "/dev/x", "door", None, True, AT, bad_frames=9),
                DeviceSeen("strokes", "counter", "modbus_counter", "h", None, "press", False, AT, "no answer", value=4),
                DeviceSeen("scrap", "counter", "modbus_counter", "h", None, "press", last_at=AT, value=4),
                DeviceSeen("guess", "counter", "modbus_counter", "h", None, "press", True, AT, commissioned=False),
            ],
            ZONE,
        )
    )
    assert lines[0].split() == ["device", "family", "where", "for", "last", "state"]
    assert lines[1].endswith("up since 2026-11-23 10:13; 0 bad frames today, 9 since the start")
    assert lines[2].endswith("gone since 2026-11-23 10:13; no answer")
    assert lines[3].endswith(f"4 at {AT_HAND}  not tried yet")
    assert lines[4].endswith("not proven by its section")


def test_a_frame_is_told_in_bytes_and_in_words():
    assert told(FrameSeen("gate", AT.wall_us, False, 2, "0a1b", "badge")) == "gate  <  0A 1B  badge"
    assert told(FrameSeen("gate", AT.wall_us, True, 1, "0a", "", 3)) == "gate  >  (3 frames too fast to be shown)  0A"
    assert told(FrameSeen("desk", AT.wall_us, False, 1295)) == "desk  <  1295 bytes"


def test_what_a_device_says_and_how_it_stands_is_told_beside_its_frames():
    assert told(ValueSeen("strokes", AT, 41, "0029")) == "strokes  =  41 (raw 0029)"
    assert told(ValueSeen("strokes", AT, 41, "0029", 7)) == "strokes  =  41 (raw 0029, session 7)"
    assert told(ScanSeen("gate", AT, "EM4100:100086F444")) == "gate  =  EM4100:100086F444"
    assert told(ScanSeen("gate", AT, None)) == "gate  =  a card without a number of its own"
    assert told(StateSeen("gate", True, AT)) == "gate  is there"
    assert told(StateSeen("gate", False, AT, "unplugged")) == "gate  is gone: unplugged"
