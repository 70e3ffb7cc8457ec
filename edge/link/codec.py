"""Messages as lines of JSON. A line that is not a message is an error, never a guess.

The error says where the line is wrong and never what stands there: it may be what an identity card says.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from edge.link.inspection import Question, Seen
from edge.link.messages import Command, Message, Notice, Reply

T = TypeVar("T")


class LinkError(ValueError):
    """The other end does not speak this link's language."""


_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_replies: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)
_notices: msgspec.json.Decoder[Notice] = msgspec.json.Decoder(Notice)
_questions: msgspec.json.Decoder[Question] = msgspec.json.Decoder(Question)
_seen: msgspec.json.Decoder[Seen] = msgspec.json.Decoder(Seen)


def encode(message: Message) -> bytes:
    return msgspec.json.encode(message) + b"\n"


def decode_command(line: bytes) -> Command:
    return _decoded(_commands, line)


def decode_reply(line: bytes) -> Reply:
    return _decoded(_replies, line)


def decode_notice(line: bytes) -> Notice:
    return _decoded(_notices, line)


def decode_question(line: bytes) -> Question:
    return _decoded(_questions, line)


def decode_seen(line: bytes) -> Seen:
    return _decoded(_seen, line)


def _decoded(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        # Its text may quote a value; only the path in it is ours.
        _, _, path = str(error).partition(" - at ")
        raise LinkError(f"no message of this link, wrong at {path or 'its type'}, {len(line)} bytes") from None
    except msgspec.DecodeError as error:
        raise LinkError(f"{error}, {len(line)} bytes") from None
    except UnicodeDecodeError:
        raise LinkError(f"text that is not UTF-8, {len(line)} bytes") from None
    except RecursionError:
        raise LinkError(f"too deeply nested, {len(line)} bytes") from None
