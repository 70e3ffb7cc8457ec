"""A kiosk's question for a worker's pay: from the body of the request to the status and body of the answer."""

from __future__ import annotations

from hr.pay.payslips.asking import PayslipDesk
from sync.wire.envelope import WireError, canonical_json
from sync.wire.payslip import STATUS, PayTrouble, decode_asked


def answered(desk: PayslipDesk, device: str, body: bytes) -> tuple[int, bytes]:
    """For a request whose signature has been checked."""
    try:
        answer = desk.answer(device, decode_asked(body))
    except WireError as error:
        return 400, canonical_json({"code": "malformed", "detail": str(error)})
    if isinstance(answer, PayTrouble):
        return STATUS[answer], canonical_json({"code": answer.value})
    return 200, canonical_json(answer)
