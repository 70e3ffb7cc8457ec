"""Asking core on a supervisor's behalf, and what core said."""

from __future__ import annotations

import logging
import re

from edge.link.messages import Answer, Command
from kiosk_ui.ports import CoreSilent, KioskPorts
from sync.wire.facts import Outcome

log = logging.getLogger(__name__)

ASK_TIMEOUT_S = 5.0
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def outcome_of(command: Command, ports: KioskPorts) -> Outcome | None:
    """What core has recorded; None when it did not answer, or could not store it: the same may be sent again."""
    try:
        reply = ports.ask(command, ASK_TIMEOUT_S)
    except CoreSilent:
        log.warning("core did not answer to %s within %s s", type(command).__name__, ASK_TIMEOUT_S)
        return None
    return reply.outcome if isinstance(reply, Answer) else None
