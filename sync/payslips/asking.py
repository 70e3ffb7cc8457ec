"""Asks HR for a payslip on behalf of whoever stands at a kiosk. It passes through memory and is logged nowhere."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable

from sync.exchange.client import HrClient, Reply, Unreachable
from sync.payslips.kiosk_socket import WITHIN_S
from sync.wire.envelope import WireError
from sync.wire.payslip import (
    PayslipAnswer,
    PayslipAsked,
    PayTrouble,
    decode_payslip,
    decode_refusal,
    encode_asked,
)

log = logging.getLogger(__name__)

AGAIN_S = 0.5
"""While his tap is on its way to HR: facts go out by themselves, each few seconds."""


class Payslips:
    """For any thread. `client` makes a client for one question: a session is no matter of several threads."""

    def __init__(
        self,
        client: Callable[[], HrClient],
        within_s: float = WITHIN_S,
        monotonic_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._within_s, self._monotonic_s, self._sleep = client, within_s, monotonic_s, sleep

    def answer(self, asked: PayslipAsked) -> PayslipAnswer:
        """What HR says within the time there is; OFFLINE when it has signed nothing, TAP_WANTED when it still lacks the
        tap at the end."""
        until_s = self._monotonic_s() + self._within_s
        answer = PayslipAnswer(trouble=PayTrouble.OFFLINE)
        with contextlib.closing(self._client()) as client:
            while (left_s := until_s - self._monotonic_s()) > 0:
                try:
                    reply = client.send("POST", "/v1/payslip", encode_asked(asked), within_s=left_s)
                    answer = _read(reply, asked)
                except (Unreachable, WireError) as error:
                    log.info("HR gives no payslip now: %s", error)
                    return PayslipAnswer(trouble=PayTrouble.OFFLINE)
                if answer.trouble is not PayTrouble.TAP_WANTED:
                    return answer
                self._sleep(AGAIN_S)
        return answer


def _read(reply: Reply, asked: PayslipAsked) -> PayslipAnswer:
    """WireError for what HR has not signed, or signed for somebody else."""
    if not reply.signed:
        raise WireError(f"status {reply.status}, not signed by HR")
    if reply.status != 200:
        return PayslipAnswer(trouble=decode_refusal(reply.body))
    payslip = decode_payslip(reply.body)
    if payslip.person != asked.person:
        raise WireError("a payslip of somebody else")
    return PayslipAnswer(payslip)
