"""The identity-card family: what an answer and a card say. The dialogue is tested on a pty, in tests/integration."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from edge.devices.samv.codec import (
    NEXT,
    Answer,
    BadAnswer,
    Command,
    Status,
    Step,
    appended_address_of,
    card_of,
    number_is_right,
    text_of,
)
from edge.framing.delimited import NeedMore
from edge.framing.events import Content
from edge.framing.samv import SamvFrames, frame
from simulators.samv import card_answer, number_of, resident_text
from sync.wire.identity import CardKind, CardWarning, IdCard

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/samv.toml").read_text("utf-8"))
TEXTS = {each["block"]: bytes.fromhex(each["text"]) for each in CAPTURES["card"]}
TODAY = date(2026, 11, 23)


def answer_of(raw: bytes) -> Answer:
    frames = SamvFrames()
    frames.receive_data(raw)
    event = frames.next_event()
    assert isinstance(event, Content)
    assert isinstance(frames.next_event(), NeedMore)
    return Answer.from_content(event.data)


# --- commands and answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("capture", CAPTURES["command"], ids=lambda each: each["name"])
def test_a_command_is_the_captured_one(capture):
    assert Command[capture["name"]].to_bytes() == bytes.fromhex(capture["frame"])


@pytest.mark.parametrize("capture", CAPTURES["wrong_command"], ids=lambda each: each["frame"])
def test_the_misprinted_commands_of_public_samples_are_never_sent(capture):
    assert bytes.fromhex(capture["frame"]) not in [each.to_bytes() for each in Command]


@pytest.mark.parametrize("capture", CAPTURES["answer"], ids=lambda each: each["what"])
def test_an_answer_has_its_status(capture):
    assert answer_of(bytes.fromhex(capture["frame"])).status is Status[capture["status"]]


def test_each_status_says_what_to_do_next():
    assert set(NEXT) == set(Status)


def test_a_status_nobody_has_written_about_is_an_unknown_error():
    assert Answer.from_content(b"\0\0\x77").step is Step.FROM_FIND


@pytest.mark.parametrize("content", [b"", b"\0\0", b"\x01\0\x90", b"\0\x01\x90"])
def test_what_does_not_begin_like_an_answer_is_none(content):
    with pytest.raises(BadAnswer):
        Answer.from_content(content)


def test_a_late_answer_that_cannot_be_the_one_awaited_is_known():
    card, found = answer_of(card_answer(TEXTS["R1"])), answer_of(bytes.fromhex(CAPTURES["answer"][1]["frame"]))
    nothing, selected = (answer_of(bytes.fromhex(CAPTURES["answer"][at]["frame"])) for at in (4, 3))
    later = answer_of(bytes.fromhex(CAPTURES["appended"][0]["frame"]))
    answers = (card, found, selected, nothing, later)
    fitting = {command: [each.fits(command) for each in answers] for command in Command}
    assert fitting == {
        Command.STATUS: [False, False, True, True, True],
        Command.FIND: [False, True, True, True, True],
        Command.SELECT: [False, False, True, True, True],
        Command.READ: [True, False, False, True, False],
        Command.READ_APPENDED: [False, False, False, True, True],
    }


@pytest.mark.parametrize("sizes", ["0100 0300", "0100 0401", "0080 0400", "0000 0000"])
def test_a_card_whose_parts_are_not_as_long_as_they_say_is_refused(sizes):
    answer = Answer(Status.SUCCESS, bytes.fromhex(sizes) + TEXTS["R1"] + bytes(1024))
    with pytest.raises(BadAnswer):
        text_of(answer)


def test_nothing_of_a_card_is_in_a_repr_or_an_error():
    answer = answer_of(card_answer(TEXTS["R1"]))
    assert "1101" not in repr(answer)
    assert "张" not in repr(card_of(text_of(answer), TODAY))
    with pytest.raises(BadAnswer) as refused:
        card_of(TEXTS["R1"][:-2], TODAY)
    assert "张" not in repr(refused.value)


# --- cards --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("capture", CAPTURES["card"], ids=lambda each: each["block"])
def test_a_card_of_each_layout_is_read_field_by_field(capture):
    card = card_of(text_of(answer_of(card_answer(bytes.fromhex(capture["text"])))), TODAY)
    says = {name: getattr(card, name) for name in IdCard.__struct_fields__}
    nothing = {"valid_until": None} | dict.fromkeys(
        ("address", "issuer", "latin_name", "nationality", "appended_address"), ""
    )
    assert says == {**nothing, **capture["says"]}


@pytest.mark.parametrize("capture", CAPTURES["appended"], ids=lambda each: each["frame"][-11:])
def test_the_address_that_was_written_later_is_read_or_there_is_none(capture):
    assert appended_address_of(answer_of(bytes.fromhex(capture["frame"]))) == capture["address"]


def test_what_comes_with_a_refusal_is_no_address():
    assert appended_address_of(Answer(Status.NOT_READ, "测试市".encode("utf-16-le"))) == ""


@pytest.mark.parametrize("capture", CAPTURES["number"], ids=lambda each: each["number"])
def test_a_number_is_checked_by_its_digit_and_its_date_and_not_by_its_place(capture):
    assert number_is_right(capture["number"]) == capture["good"]


def test_a_small_x_is_stored_as_a_capital():
    text = resident_text("测试", "11010519491231002x", sex="2", birth="19491231")
    assert card_of(text, TODAY).number == "11010519491231002X"
    assert card_of(text, TODAY).warnings == []


GOOD = number_of("110101", "19900101", 11)


@pytest.mark.parametrize(
    ("number", "fields", "warnings"),
    [
        (GOOD, {}, []),
        (GOOD, {"sex": "2"}, [CardWarning.SEX_DIFFERS]),
        (GOOD, {"sex": "9"}, []),
        (GOOD, {"birth": "19900102"}, [CardWarning.BIRTH_DIFFERS]),
        (GOOD, {"birth": "19900199"}, [CardWarning.BIRTH_DIFFERS]),
        (GOOD, {"valid_until": "20261122"}, [CardWarning.EXPIRED]),
        (GOOD, {"valid_until": "20261123"}, []),
        (GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"), {}, [CardWarning.NUMBER_CHECK]),
        ("110105491231002   ", {"sex": "1", "birth": "19491231"}, [CardWarning.NUMBER_CHECK]),
        (
            number_of("110101", "19900101", 12),
            {"sex": "1", "birth": "19910101", "valid_until": "20200101"},
            [CardWarning.EXPIRED, CardWarning.BIRTH_DIFFERS, CardWarning.SEX_DIFFERS],
        ),
    ],
)
def test_what_does_not_fit_together_is_warned_of_and_never_corrected(number, fields, warnings):
    card = card_of(resident_text("测试", number, **fields), TODAY)
    assert card.warnings == warnings
    assert card.number == number.strip()
    assert card.sex == {"1": "M", "2": "F", "9": ""}[fields.get("sex", "1")]


def test_a_date_that_is_none_is_left_empty():
    card = card_of(resident_text("测试", GOOD, birth="19900230", valid_from="2020", valid_until="永远"), TODAY)
    assert (card.birth, card.valid_from, card.valid_until) == ("", "", "")


def test_a_name_that_is_cut_in_the_middle_of_a_character_is_kept():
    text = bytearray(resident_text("测试测试测试测试测试测试测试测", GOOD))
    text[28:30] = b"\x40\xd8"  # the first half of a character beyond the first plane
    card = card_of(bytes(text), TODAY)
    assert card.name == "测试测试测试测试测试测试测试\ufffd"


def test_what_stands_at_byte_248_says_which_card_it_is():
    kinds = {}
    for mark in " JIYZ":
        text = TEXTS["R1"][:248] + mark.encode("utf-16-le") + TEXTS["R1"][250:]
        kinds[mark] = card_of(text, TODAY).kind
    assert kinds == {
        " ": CardKind.RESIDENT,
        "J": CardKind.HMT_RESIDENT,
        "I": CardKind.FOREIGN_2017,
        "Y": CardKind.FOREIGN_2023,
        "Z": CardKind.RESIDENT,
    }


def test_the_simulator_and_the_document_agree_on_the_resident_card():
    made = resident_text(
        "张三丰",
        number_of("110101", "19000101", 101),
        address="北京市东城区测试胡同1号",
        issuer="北京市公安局东城分局",
    )
    assert made == TEXTS["R1"]
    assert card_answer(made)[-1] == CAPTURES["card"][0]["checksum"]
    assert frame(b"\x00\x00\x90") == bytes.fromhex(CAPTURES["answer"][0]["frame"])
