"""What a reader makes of a card's number, learnt from known cards, and undone by what is learnt."""

import pytest

from edge.badge_numbers import AS_IT_IS, BadgeNumber
from edge.domain.learning import Learnt, Nothing, OneMore, Shown, learnt

# Field reports, by name as in the comments: the same card at two readers.
CARDS = ("7186A61E", "007B3972", "9B3FAA1C")


def pair(known: str, told: str) -> Shown:
    return Shown(known, told)


def turned(number: str) -> str:
    return bytes.fromhex(number)[::-1].hex().upper()


def inverted(number: str) -> str:
    return bytes(each ^ 0xFF for each in bytes.fromhex(number)).hex().upper()


@pytest.mark.parametrize(
    ("cards", "number"),
    [
        ([pair("ISO14443A:" + each, "ISO14443A:" + each) for each in CARDS], AS_IT_IS),
        ([pair("EM4100:" + each, "EM4100:" + turned(each)) for each in CARDS], BadgeNumber(reversed=True)),
        ([pair("WIEGAND34:" + each, "WIEGAND34:" + inverted(each)) for each in CARDS], BadgeNumber(inverted=True)),
        (
            [pair("ISO14443A:" + each, "WIEGAND34:" + inverted(turned(each))) for each in CARDS],
            BadgeNumber(reversed=True, inverted=True, technology="ISO14443A"),
        ),
        # The new reader tells more than HR has: the last three bytes are the badge.
        (
            [pair("WIEGAND26:" + each[2:], "EM4100:6F" + each) for each in CARDS],
            BadgeNumber(last_bytes=3, technology="WIEGAND26"),
        ),
        # A reader that types ten digits, its bytes turned round.
        (
            [pair("ISO14443A:" + each, f"CODE:{int(turned(each), 16):010d}") for each in CARDS],
            BadgeNumber(written="decimal", reversed=True, technology="ISO14443A"),
        ),
        ([pair("CODE:A01", "CODE:A01"), pair("CODE:A02", "CODE:A02")], AS_IT_IS),
        # All 24 bits the other way, as decimals that add up to 16,777,215.
        (
            [pair("WIEGAND26:1A200E", "CODE:15065073"), pair("WIEGAND26:7384CF", "CODE:9206576")],
            BadgeNumber(written="decimal", inverted=True, last_bytes=3, technology="WIEGAND26"),
        ),
    ],
)
def test_two_cards_show_what_the_reader_does_and_it_is_undone(cards, number):
    found = learnt(cards)
    assert found == Learnt(number)
    assert [number.of(each.told) for each in cards] == [each.known for each in cards]


def test_one_card_is_not_enough_and_neither_is_the_same_one_twice():
    card = pair("EM4100:7186A61E", "EM4100:1EA68671")
    assert isinstance(learnt([card]), OneMore)
    assert isinstance(learnt([card, card]), OneMore)


def test_cards_that_read_the_same_from_both_ends_tell_nothing_and_another_is_asked_for():
    both_ends = [pair("EM4100:12343412", "EM4100:12343412"), pair("EM4100:ABCDCDAB", "EM4100:ABCDCDAB")]
    assert learnt(both_ends) == OneMore(2)
    assert learnt([*both_ends, pair("EM4100:00000102", "EM4100:02010000")]) == Learnt(BadgeNumber(reversed=True))


@pytest.mark.parametrize("printed", ["0008844356", "8844356", "134,62532", "08844356", "0086F444"])
def test_the_number_printed_on_a_card_is_known_in_each_of_its_writings(printed):
    second = pair("0008075634", "EM4100:6F007B3972")
    assert learnt([pair(printed, "EM4100:100086F444"), second]) == Learnt(AS_IT_IS)


def test_a_printed_number_shows_that_the_bytes_are_turned_round():
    cards = [pair("1904649758", "ISO14443A:1EA68671"), pair("0008075634", "ISO14443A:72397B00")]
    assert learnt(cards) == Learnt(BadgeNumber(reversed=True))


def test_what_a_reader_drops_cannot_be_put_back_and_that_is_said():
    found = learnt([pair("EM4100:6F127B3972", "WIEGAND26:7B3972")])
    assert isinstance(found, Nothing)
    assert "only 3 of the card's 5 bytes" in found.says


def test_two_cards_that_have_nothing_in_common_are_told_so():
    found = learnt([pair("EM4100:6F007B3972", "EM4100:100086F444")])
    assert isinstance(found, Nothing)
    assert "is it the same card?" in found.says


def test_a_second_card_that_does_not_fit_the_first_is_no_lesson():
    found = learnt([pair("EM4100:7186A61E", "EM4100:1EA68671"), pair("EM4100:007B3972", "EM4100:007B3972")])
    assert isinstance(found, Nothing)


def test_a_text_is_matched_by_its_key_and_never_by_what_is_printed():
    assert isinstance(learnt([pair("0008844356", "CODE:0008844356")]), Nothing)


@pytest.mark.parametrize(
    ("number", "told", "badge"),
    [
        (AS_IT_IS, "EM4100:100086F444", "EM4100:100086F444"),
        (AS_IT_IS, "CODE:A0123", "CODE:A0123"),
        (AS_IT_IS, "CODE:abc", "CODE:abc"),
        (AS_IT_IS, "CODE:123", "CODE:123"),
        (BadgeNumber(written="decimal"), "CODE:8075634", "CODE:007B3972"),
        (BadgeNumber(written="decimal"), "CODE:EMP-1", "CODE:EMP-1"),
        (BadgeNumber(written="decimal"), "CODE:99999999999", "CODE:99999999999"),
        (BadgeNumber(written="hex", written_bytes=4, technology="EM4100"), "CODE:7b3972", "EM4100:007B3972"),
        (BadgeNumber(last_bytes=4), "EM4100:100086F444", "EM4100:0086F444"),
        (BadgeNumber(inverted=True), "WIEGAND26:7384CF", "WIEGAND26:8C7B30"),
    ],
)
def test_a_number_becomes_the_cards_own_and_what_is_no_number_stays_as_it_came(number, told, badge):
    assert number.of(told) == badge
