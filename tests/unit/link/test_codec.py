"""Messages as lines: what goes in comes out, what is none is an error that does not repeat it."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from edge.link.codec import LinkError, decode_command, decode_notice, decode_reply, encode
from edge.link.messages import (
    MAX_LINE_BYTES,
    Alive,
    Answer,
    CardRead,
    CardShown,
    CardWanted,
    Committed,
    ConfirmOutput,
    CounterSample,
    CounterSamples,
    DeviceNotice,
    DeviceState,
    Message,
    NotRecorded,
    OpenCardStep,
    Ping,
    ReadingBadge,
    Refused,
    SnapshotWanted,
    new_id,
)
from sync.wire.facts import Outcome
from sync.wire.identity import CardTrouble
from tests.moments import moment
from tests.newcomers import CARD, card_read, registration
from tests.unit.core.running import count, tap

COMMANDS = [
    tap("tap", machine="press-1"),
    ConfirmOutput("seal", moment(), "S", "W", "O", "2026-03-31", [1, 2], 5, adjustment=-1, reason="试机"),
    count("count", 0, 5),
    DeviceState("state", moment(), "gate-reader", up=False, detail="拔掉了", station="gate"),
    OpenCardStep("open", "gate", 15),
    card_read(moment()),
    CardRead("trouble", moment(), "gate", "gate-card-reader", CardTrouble.PLACE_AGAIN),
    registration(moment()),
    Ping("ping"),
]
REPLIES = [
    Answer("a", Outcome.CLOCKED_IN, 7),
    Answer("a"),
    NotRecorded("a", "disk full"),
    SnapshotWanted("press-1"),
    CardWanted("gate", 15),
]
NOTICES = [
    Committed(7),
    Refused("gate", "disk full"),
    ReadingBadge("gate"),
    CardShown("gate", "gate-card-reader", card=CARD),
    DeviceNotice("gate-reader", up=True),
    Alive(7, recording=True),
]


@pytest.mark.parametrize("message", COMMANDS, ids=lambda message: type(message).__name__)
def test_a_command_survives_the_link(message: Message) -> None:
    line = encode(message)
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    assert decode_command(line) == message


@pytest.mark.parametrize("message", REPLIES, ids=lambda message: type(message).__name__)
def test_a_reply_survives_the_link(message: Message) -> None:
    assert decode_reply(encode(message)) == message


@pytest.mark.parametrize("message", NOTICES, ids=lambda message: type(message).__name__)
def test_a_notice_survives_the_doorbell(message: Message) -> None:
    assert decode_notice(encode(message)) == message


@pytest.mark.parametrize("line", [b"", b"\n", b"{}\n", b"null\n", encode(COMMANDS[0])[:40], encode(Alive(1, True))])
def test_what_is_no_command_is_an_error(line: bytes) -> None:
    with pytest.raises(LinkError, match=f"{len(line)} bytes"):
        decode_command(line)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"kind":"RESIDENT"', '"kind":"张三丰"'),
        ('"name":', '"张三丰":'),
        ('"sex":"M"', '"sex":5'),
        ('"type":"CardRead"', '"type":"张三丰"'),
        ("}}", "}"),
    ],
    ids=["value", "field", "type", "message", "cut short"],
)
def test_an_error_never_quotes_what_a_card_says(right: str, wrong: str) -> None:
    line = encode(card_read(moment())).decode()
    assert right in line
    with pytest.raises(LinkError) as refused:
        decode_command(line.replace(right, wrong, 1).encode())
    said = "".join(traceback.format_exception(refused.value))
    assert not [each for each in ("张三丰", "\\u5f20", "110101") if each in said]


@pytest.mark.parametrize("decode", [decode_command, decode_reply, decode_notice])
def test_a_line_that_is_not_utf_8_is_an_error_like_any_other(decode: Callable[[bytes], Message]) -> None:
    """The doorbell's listener, for one, knows no other."""
    with pytest.raises(LinkError, match="not UTF-8"):
        decode(b'{"type":"\xff"}')


def test_the_largest_message_of_the_devices_fits_a_line() -> None:
    sample = CounterSample("m" * 32, "c" * 32, moment(1e6), 2**64 - 1, "f" * 16, 2**64, 10**6, 2**32, True, False)
    assert len(encode(CounterSamples(new_id(), [sample] * 100))) < MAX_LINE_BYTES
