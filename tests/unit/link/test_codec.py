"""Messages as lines: what goes in comes out, what is none is an error with its bytes."""

from __future__ import annotations

import pytest

from edge.link.codec import LinkError, decode_command, decode_notice, decode_reply, encode
from edge.link.messages import (
    MAX_LINE_BYTES,
    Alive,
    Answer,
    Committed,
    ConfirmOutput,
    CounterSample,
    CounterSamples,
    DeviceNotice,
    DeviceState,
    Message,
    NotRecorded,
    Ping,
    ReadingBadge,
    Refused,
    SnapshotWanted,
    new_id,
)
from sync.facts import Outcome
from tests.moments import moment
from tests.unit.core.running import count, tap

COMMANDS = [
    tap("tap", machine="press-1"),
    ConfirmOutput("seal", moment(), "S", "W", "O", "2026-03-31", [1, 2], 5, adjustment=-1, reason="试机"),
    count("count", 0, 5),
    DeviceState("state", moment(), "gate-reader", up=False, detail="拔掉了", station="gate"),
    Ping("ping"),
]
REPLIES = [Answer("a", Outcome.CLOCKED_IN, 7), Answer("a"), NotRecorded("a", "disk full"), SnapshotWanted("press-1")]
NOTICES = [
    Committed(7),
    Refused("gate", "disk full"),
    ReadingBadge("gate"),
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
def test_what_is_no_command_is_an_error_with_the_bytes_in_it(line: bytes) -> None:
    with pytest.raises(LinkError) as refused:
        decode_command(line)
    assert repr(line[:40])[:-1] in str(refused.value)


def test_the_largest_message_of_the_devices_fits_a_line() -> None:
    sample = CounterSample("m" * 32, "c" * 32, moment(1e6), 2**64 - 1, "f" * 16, 2**64, 10**6, 2**32, True)
    assert len(encode(CounterSamples(new_id(), [sample] * 100))) < MAX_LINE_BYTES
