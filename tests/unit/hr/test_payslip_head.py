"""What the QR code of a payslip says, and whose word it is."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hr.pay.payslips.head import (
    MAX_TEXT,
    HoursHead,
    NotGenuine,
    PayHead,
    Standing,
    checked,
    hours_head,
    pay_head,
    signed,
)
from hr.pay.rules.items import Formula, Item, Kind
from sync.wire.envelope import fingerprint
from tests.unit.hr.months import entry

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MADE = "2026-11-23T12:00:00+08:00"


def pay() -> PayHead:
    return pay_head("顺达五金厂", entry(), Standing.CLOSED, MADE)


def text() -> str:
    return signed(KEY, pay())


def test_the_sums_by_kind_add_up_to_the_net():
    head = pay()
    assert head.sums == {"PIECE": "483.00", "NIGHT_ALLOWANCE": "60.00", "DEDUCTION": "-50.00"}
    assert (head.gross, head.deducted, head.net, head.held) == ("543.00", "50.00", "493.00", 1)
    assert sum(map(Decimal, head.sums.values())) == Decimal(head.net)


def test_the_hours_by_class_add_up_to_the_paid_ones():
    head = hours_head("顺达五金厂", entry(), [], Standing.DRAFT, MADE)
    assert (head.classes, head.paid, head.days) == ({"NORMAL": 960, "OT_WORKDAY": 120}, 1080, 2)
    assert checked(KEY.public_key(), signed(KEY, head)) == head
    assert isinstance(head, HoursHead)


def test_what_was_signed_reads_back_the_same():
    assert checked(KEY.public_key(), text()) == pay()


def test_it_is_a_json_web_signature_that_others_can_check():
    protected, payload, signature = text().split(".")
    about = json.loads(base64.urlsafe_b64decode(protected + "=="))
    assert about == {"alg": "EdDSA", "kid": fingerprint(KEY.public_key())}
    assert len(base64.urlsafe_b64decode(signature + "==")) == 64
    KEY.public_key().verify(base64.urlsafe_b64decode(signature + "=="), f"{protected}.{payload}".encode())


def test_whatever_character_is_changed_it_is_not_genuine():
    said = text()
    for place, letter in enumerate(said):
        with pytest.raises(NotGenuine):
            checked(KEY.public_key(), said[:place] + ("B" if letter == "A" else "A") + said[place + 1 :])


def test_one_signature_has_one_text():
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    said = text()
    with pytest.raises(NotGenuine):
        checked(KEY.public_key(), said[:-1] + letters[letters.index(said[-1]) + 1])


def test_one_changed_digit_with_the_signature_of_the_right_one_is_not_genuine():
    protected, payload, signature = text().split(".")
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).replace(b'"493.00"', b'"993.00"')
    changed = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert changed != payload
    with pytest.raises(NotGenuine):
        checked(KEY.public_key(), f"{protected}.{changed}.{signature}")


@pytest.mark.parametrize("said", ["", "a.b", "a.b.c", "....", "eyJ9.e30.AAAA"])
def test_what_is_no_signature_at_all_is_not_genuine(said: str):
    with pytest.raises(NotGenuine):
        checked(KEY.public_key(), said)


def test_another_factorys_key_does_not_vouch_for_it():
    with pytest.raises(NotGenuine):
        checked(Ed25519PrivateKey.generate().public_key(), text())


def test_a_month_with_every_kind_of_amount_still_fits_a_code_on_paper():
    said = entry().statement
    items = tuple(Item(kind, "1", Formula(()), Decimal("12345.67")) for kind in Kind)
    full = replace(entry(name="阮" * 40), statement=replace(said, items=items))
    assert len(signed(KEY, pay_head("厂" * 40, full, Standing.CLOSED, MADE))) <= MAX_TEXT


def test_no_log_can_show_whose_pay_it_is():
    assert "张敏" not in repr(pay())
    assert "493" not in repr(pay())
