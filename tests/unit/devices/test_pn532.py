"""The PN532 family: what it is asked, what its answers say, and which card numbers name nobody."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.badge_numbers import BadgeNumber, is_nobodys
from edge.devices.pn532.codec import (
    FIND,
    FIRMWARE,
    NORMAL_MODE,
    WAKE_UP,
    BadAnswer,
    Target,
    answer_of,
    check_firmware,
    targets_of,
)
from edge.framing.events import Content
from edge.framing.pn532 import Pn532Frames

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/pn532.toml").read_text("utf-8"))
SENT = {each["name"]: bytes.fromhex(each["frame"]) for each in CAPTURES["sent"]}


def content_of(raw: bytes) -> bytes:
    frames = Pn532Frames()
    frames.receive_data(raw)
    while not isinstance(event := frames.next_event(), Content):
        pass
    return event.data


@pytest.mark.parametrize("capture", CAPTURES["cards"], ids=lambda each: "+".join(each["uids"]) or "none")
def test_an_answer_says_which_cards_lie_there_and_whose_badges_they_may_be(capture):
    answer = answer_of(FIND, content_of(bytes.fromhex(capture["frame"])))
    assert answer is not None
    targets = targets_of(answer)
    assert [target.uid.hex().upper() for target in targets] == capture["uids"]
    assert [target.badge_key for target in targets if target.badge_key] == capture["badges"]


def test_it_is_asked_as_other_drivers_ask_it():
    assert FIRMWARE.to_bytes() == SENT["GetFirmwareVersion"]
    assert FIND.to_bytes() == SENT["InListPassiveTarget, two of type A"]
    assert (WAKE_UP + NORMAL_MODE.to_bytes()).endswith(SENT["wake-up and SAMConfiguration in one"][16:])


def test_two_cards_in_one_answer_are_two():
    first, second = "01 0004 20 04 FDE60899 05 78807002", "02 0044 00 07 04AF68DAC85A80"
    targets = targets_of(bytes.fromhex("02" + first + second))
    assert [target.badge_key for target in targets] == ["ISO14443A:FDE60899", "ISO14443A:04AF68DAC85A80"]


@pytest.mark.parametrize(
    ("uid", "nobodys"),
    [
        ("087BC94B", True),
        ("08000000", True),
        ("01020304", True),
        ("00000000", True),
        ("FFFFFFFF", True),
        ("00000000000000", True),
        ("FFFFFFFFFFFFFF", True),
        ("08AF68DAC85A80", False),
        ("4BC97B08", False),
        ("01020305", False),
        ("80A1B2C3", False),
        ("FDE60899", False),
    ],
)
def test_numbers_that_change_or_that_many_share_are_nobodys(uid, nobodys):
    assert is_nobodys(bytes.fromhex(uid)) is nobodys
    assert (Target(4, 8, bytes.fromhex(uid)).badge_key is None) is nobodys


@pytest.mark.parametrize("told", ["4BC97B08", "6D8F9908", "79D9F708", "04030201"])
def test_a_telephone_at_a_reader_that_turns_numbers_round_is_nobodys_once_the_reader_is_known_to(told):
    turned = BadgeNumber(reversed=True, technology="ISO14443A")
    assert turned.of(f"WIEGAND34:{told}") is None
    assert turned.of("WIEGAND34:594FD324") == "ISO14443A:24D34F59"
    assert BadgeNumber(reversed=True).of(f"WIEGAND34:{told}") is not None


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "01",
        "01 01 0004 08 04 24D34F",
        "01 01 0004 08 05 24D34F5900",
        "01 02 0004 08 04 24D34F59",
        "01 01 0004 08 04 88AF68DA",
        "01 01 0004 08 04 24D34F59 00",
        "01 01 0004 20 04 24D34F59 00",
        "01 01 0004 20 04 24D34F59 05 7880",
        "02 01 0004 08 04 24D34F59",
    ],
)
def test_an_answer_that_is_not_whole_names_no_card(answer):
    with pytest.raises(BadAnswer) as refused:
        targets_of(bytes.fromhex(answer))
    assert "24" not in str(refused.value).upper()


def test_an_ats_that_did_not_come_is_not_missed():
    assert len(targets_of(bytes.fromhex("01 01 0004 20 04 24D34F59"))) == 1


def test_a_frame_that_answers_something_else_is_no_answer():
    assert answer_of(FIND, bytes.fromhex("D5 15")) is None
    assert answer_of(FIND, bytes.fromhex("D4 4B 00")) is None
    with pytest.raises(BadAnswer, match="does not understand"):
        answer_of(FIND, b"\x7f")


@pytest.mark.parametrize("answer", ["", "32 01 06", "07 01 06 07", "32 01 06 06"])
def test_another_chip_is_refused(answer):
    check_firmware(bytes.fromhex("32 01 06 07"))
    with pytest.raises(BadAnswer, match="not a PN532"):
        check_firmware(bytes.fromhex(answer))


def test_no_number_is_in_a_repr():
    assert "24d3" not in repr(Target(4, 8, bytes.fromhex("24D34F59"))).lower()


@given(answer=st.binary(max_size=40))
def test_no_answer_breaks_it(answer):
    try:
        targets = targets_of(answer)
    except BadAnswer:
        return
    assert len(targets) == answer[0]
