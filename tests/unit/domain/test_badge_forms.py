"""One card under the numbers that readers of different makes send of it.

The pairs were reported by users of monkeyboard/Wiegand-Protocol-Library-for-Arduino (#36, #54, #56, #59) and
esprfid/esp-rfid (#395); the printed numbers are those of EM4100 vendors' tables.
"""

from __future__ import annotations

import pytest

from edge.domain.badge_forms import FORMS, Candidate, Form, Writing, candidates, fitting, number_of

CARD = bytes.fromhex("01026F6C3A")


@pytest.mark.parametrize(
    ("known", "unknown", "form"),
    [
        ("ISO14443A:7186A61E", "WIEGAND34:7186A61E", Form()),
        ("ISO14443A:7186A61E", "WIEGAND34:1EA68671", Form(reversed=True)),
        ("ISO14443A:AA3F9B1A", "WIEGAND26:9B3FAA", Form(reversed=True, kept=3)),
        ("ISO14443A:04AF68DAC85A80", "WIEGAND26:68AF04", Form(reversed=True, kept=3)),
        ("WIEGAND26:7384CF", "WIEGAND26:8C7B30", Form(inverted=True)),
        ("ISO14443A:4DE2D147", "WIEGAND34:00D1E24D", Form(reversed=True, kept=3)),
        ("EM4100:6F007B3972", "WIEGAND34:007B3972", Form(kept=4)),
        ("EM4100:6F007B3972", "WIEGAND26:7B3972", Form(kept=4)),
        ("EM4100:01026F6C3A", "WIEGAND26:6F6C3A", Form(kept=3)),
        ("EM4100:01026F6C3A", "CODE:0040856634", Form(kept=4, writing=Writing.DECIMAL)),
        ("EM4100:01026F6C3A", "CODE:40856634", Form(kept=4, writing=Writing.DECIMAL)),
        ("EM4100:0100D507D0", "CODE:21302000", Form(kept=4, writing=Writing.JOINED)),
    ],
)
def test_a_known_card_read_otherwise_is_a_candidate(known: str, unknown: str, form: Form) -> None:
    assert candidates(unknown, [known, "EM4100:1000000001"]) == [Candidate(known, form, shortened=False)]


def test_a_known_short_number_is_found_in_an_unknown_long_one() -> None:
    (found,) = candidates("EM4100:01026F6C3A", ["WIEGAND26:6F6C3A"])
    assert found == Candidate("WIEGAND26:6F6C3A", Form(kept=3), shortened=True)


def test_two_cards_with_the_same_last_three_bytes_are_both_named() -> None:
    twins = ["EM4100:01556F6C3A", "EM4100:01026F6C3A"]
    assert [each.key for each in candidates("WIEGAND26:6F6C3A", twins)] == sorted(twins)


def test_the_likelier_form_comes_first() -> None:
    found = candidates("WIEGAND34:1EA68671", ["ISO14443A:7186A61E", "EM4100:011EA68671"])
    assert [each.key for each in found] == ["EM4100:011EA68671", "ISO14443A:7186A61E"]


@pytest.mark.parametrize(
    ("unknown", "known"),
    [
        ("EM4100:10DEADBEEF", ["EM4100:1000000001", "ISO14443A:24D34F59", "CODE:A0123"]),
        ("EM4100:10026F6C3A", ["EM4100:01026F6C3A"]),  # its first byte differs: another card of the same make
        ("CODE:A0123", ["CODE:A0124", "EM4100:1000000001"]),
        ("WIEGAND26:000000", ["EM4100:0100000000", "ISO14443A:00000000"]),
        ("WIEGAND34:12FF1E27", ["EM4100:0100D507D0"]),
        ("WIEGAND34:12314706", ["EM4100:6F007B3972"]),  # a decimal number, and hex digits
    ],
)
def test_what_is_another_card_is_no_candidate(unknown: str, known: list[str]) -> None:
    assert candidates(unknown, known) == []


def test_a_card_is_no_candidate_for_itself() -> None:
    assert candidates("EM4100:1000000001", ["EM4100:1000000001"]) == []


@pytest.mark.parametrize(
    ("printed", "form"),
    [
        ("01026F6C3A", Form()),
        ("026F6C3A", Form(kept=4)),
        ("004335823930", Form(writing=Writing.DECIMAL)),
        ("0040856634", Form(kept=4, writing=Writing.DECIMAL)),
        ("07302202", Form(kept=3, writing=Writing.DECIMAL)),
        ("111,27706", Form(kept=3, writing=Writing.SPLIT)),
        ("00623,27706", Form(kept=4, writing=Writing.SPLIT)),
        ("11127706", Form(kept=3, writing=Writing.JOINED)),
    ],
)
def test_what_vendors_print_on_a_card_has_one_form(printed: str, form: Form) -> None:
    assert fitting(CARD, printed) == [form]


def test_a_printed_number_of_eight_digits_may_be_either_of_two_cards() -> None:
    other = (11_127_706).to_bytes(5, "big")
    assert fitting(CARD, "11127706") == [Form(kept=3, writing=Writing.JOINED)]
    assert fitting(other, "11127706")[0].writing is Writing.DECIMAL
    assert len(candidates("CODE:11127706", [f"EM4100:{each.hex().upper()}" for each in (CARD, other)])) == 2


def test_a_number_of_just_so_many_bytes_has_one_form() -> None:
    assert fitting(bytes.fromhex("7186A61E"), "7186A61E") == [Form()]


def test_no_two_forms_are_the_same() -> None:
    assert len(set(FORMS)) == len(FORMS)


@pytest.mark.parametrize(("key", "number"), [("CODE:A0", None), ("EM4100:1", None), ("WIEGAND26:7B3972", b"\x7b9r")])
def test_only_technologies_with_bytes_have_a_number(key: str, number: bytes | None) -> None:
    assert number_of(key) == number
