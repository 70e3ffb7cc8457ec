"""The link for a page: one question, one answer, and an honest silence."""

from __future__ import annotations

import socket
from pathlib import Path

from edge.link.codec import LinkError, decode_reply, encode
from edge.link.messages import MAX_LINE_BYTES, Answer, Command, NotRecorded


class CoreSilent(Exception):
    """Core did not answer in time. The command may or may not be stored: ask again with the same id."""


def ask(socket_path: Path, command: Command, timeout_s: float) -> Answer | NotRecorded:
    """Sends one command and waits for its answer. Raises CoreSilent."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(timeout_s)
            link.connect(str(socket_path))
            link.sendall(encode(command))
            with link.makefile("rb") as lines:
                while line := lines.readline(MAX_LINE_BYTES):
                    reply = decode_reply(line)
                    if isinstance(reply, Answer | NotRecorded) and reply.id == command.id:
                        return reply
    except (OSError, LinkError) as error:
        raise CoreSilent(str(error)) from error
    raise CoreSilent("the link closed without an answer")
