"""What an HR server, or something in between that is none, can answer instead of an honest receipt."""

from __future__ import annotations

import socket
import struct

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.wire.envelope import HEADER, Receipt, Refusal, Wanted, b64, canonical_json, response_bytes
from tests.contract.hr_servers import Exchange, Trick
from tests.unit.sync.made import DEVICE

OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def html_200(asked: Exchange) -> None:
    asked.send(200, b"<html>Welcome to the hotel</html>")


def busy_for_ten_seconds(asked: Exchange) -> None:
    asked.handler.send_response(503)
    asked.handler.send_header("Retry-After", "10")
    asked.handler.end_headers()


def html_after_storing(asked: Exchange) -> None:
    asked.normal()
    asked.send(200, b"<html>proxy</html>")


def unsigned_receipt(asked: Exchange) -> None:
    asked.send(*asked.normal())


def signed_by_another(asked: Exchange) -> None:
    asked.send(*asked.normal(), key=OTHER_KEY)


def signed_for_another_question(asked: Exchange) -> None:
    asked.send(*asked.normal(), key=asked.hr.key, nonce="yesterday")


def signature_that_is_none(asked: Exchange) -> None:
    asked.handler.send_response(200)
    asked.handler.send_header(HEADER + "Signature", "!!!")
    asked.handler.end_headers()


def changed_on_the_way(asked: Exchange) -> None:
    _, body = asked.normal()
    signature = asked.hr.key.sign(response_bytes(asked.claim.nonce, body))
    asked.handler.send_response(200)
    asked.handler.send_header(HEADER + "Signature", b64(signature))
    asked.handler.end_headers()
    asked.handler.wfile.write(body.replace(b'"refusals":[]', b'"refusals": []'))


def redirect(asked: Exchange) -> None:
    asked.handler.send_response(307)
    asked.handler.send_header("Location", f"{asked.hr.url}/v1/facts")
    asked.handler.end_headers()


def reset(asked: Exchange) -> None:
    linger = struct.pack("ii", 1, 0)
    asked.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    asked.handler.connection.close()


def hang_up(asked: Exchange) -> None:
    asked.handler.close_connection = True


def answer_lost(asked: Exchange) -> None:
    asked.normal()
    hang_up(asked)


def cut_short(asked: Exchange) -> None:
    status, body = asked.normal()
    asked.send(status, body[:-5], key=asked.hr.key, length=len(body))


def huge(asked: Exchange) -> None:
    asked.send(200, b"x" * 5_000, key=asked.hr.key)


def huge_without_end(asked: Exchange) -> None:
    """No length is promised, and it stops only when the box hangs up."""
    asked.handler.send_response(200)
    asked.handler.end_headers()
    try:
        while True:
            asked.handler.wfile.write(b"x" * 1_000)
    except OSError:
        asked.handler.close_connection = True


def of_a_newer_release(asked: Exchange) -> None:
    status, body = asked.normal()
    asked.send(status, body[:-1] + b',"mood":"good"}', key=asked.hr.key)


def without_its_head(asked: Exchange) -> None:
    status, body = asked.normal()
    asked.send(status, body.replace(b'"head"', b'"mood"'), key=asked.hr.key)


def status(code: int, *, signed: bool = False) -> Trick:
    def trick(asked: Exchange) -> None:
        asked.send(code, b"{}", key=asked.hr.key if signed else None)

    trick.__name__ = f"status_{code}_{'signed' if signed else 'unsigned'}"
    return trick


def altered_receipt(**changes: object) -> Trick:
    """Signed by HR, but for something that was not asked."""

    def trick(asked: Exchange) -> None:
        receipt = msgspec.json.decode(asked.normal()[1], type=Receipt)
        asked.send(200, canonical_json(msgspec.structs.replace(receipt, **changes)), key=asked.hr.key)

    trick.__name__ = "receipt_" + "_".join(changes)
    return trick


def wanted(**changes: object) -> Trick:
    def trick(asked: Exchange) -> None:
        question = Wanted(DEVICE, 1, 1, asked.claim.nonce)
        asked.send(409, canonical_json(msgspec.structs.replace(question, **changes)), key=asked.hr.key)

    trick.__name__ = "wanted_" + "_".join(changes)
    return trick


TROUBLES: list[Trick] = [
    html_200,
    html_after_storing,
    unsigned_receipt,
    signed_by_another,
    signed_for_another_question,
    signature_that_is_none,
    changed_on_the_way,
    redirect,
    reset,
    hang_up,
    answer_lost,
    cut_short,
    huge,
    huge_without_end,
    without_its_head,
    *(status(code) for code in (204, 400, 404, 409, 413, 429, 500, 502, 503)),
    *(status(code, signed=True) for code in (202, 304, 400, 429, 500)),
    altered_receipt(device="box-2"),
    altered_receipt(epoch=2),
    altered_receipt(nonce="another"),
    altered_receipt(seq=0),
    wanted(device="box-2"),
    wanted(nonce="another"),
    wanted(seq=0),
    wanted(seq=6),
]


def with_a_long_refusal(asked: Exchange) -> None:
    receipt = msgspec.json.decode(asked.normal()[1], type=Receipt)
    long = msgspec.structs.replace(receipt, refusals=[Refusal(6, "bad_body", "x" * 500_000)])
    asked.send(200, canonical_json(long), key=asked.hr.key)
