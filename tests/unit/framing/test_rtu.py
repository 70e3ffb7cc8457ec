"""The answer to a Modbus RTU request, found among whatever else is on the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.framing.delimited import NEED_MORE
from edge.framing.rtu import Refusal, Registers, RtuAnswer, request
from simulators.rtu import checksum

# Captured with pymodbus 3.16 on a pty, and in the manuals of Ebyte, Omron and Adtek; the exception is constructed.
EXCHANGES = [
    ((1, 3, 0x0000, 2), "01 03 00 00 00 02 C4 0B", "01 03 04 00 1E 00 01 5B F5", Registers((0x1E, 1))),
    ((2, 4, 0x0010, 2), "02 04 00 10 00 02 70 3D", "02 04 04 00 01 23 45 41 87", Registers((1, 0x2345))),
    ((1, 3, 0x0030, 2), "01 03 00 30 00 02 C4 04", "01 03 04 00 10 00 03 BB F7", Registers((16, 3))),
    (
        (1, 3, 0x03E8, 3),
        "01 03 03 E8 00 03 85 BB",
        "01 03 06 AB 12 56 78 97 13 3E C1",
        Registers((43794, 22136, 38675)),
    ),
    ((1, 3, 0x0000, 1), "01 03 00 00 00 01 84 0A", "01 03 02 00 00 B8 44", Registers((0,))),
    ((1, 3, 0x0000, 2), "01 03 00 00 00 02 C4 0B", "01 83 02 C0 F1", Refusal(2)),
]
ASKED, REQUEST, RAW, REGISTERS = (1, 3, 0, 2), *(bytes.fromhex(each) for each in EXCHANGES[0][1:3]), EXCHANGES[0][3]


@pytest.mark.parametrize(("asked", "sent", "raw", "answer"), EXCHANGES, ids=[each[1] for each in EXCHANGES])
def test_requests_and_answers_are_those_of_the_captures(asked, sent, raw, answer):
    assert request(*asked) == bytes.fromhex(sent)
    wanted = RtuAnswer(*asked)
    for byte in bytes.fromhex(raw)[:-1]:
        wanted.receive_data(bytes([byte]))
        assert wanted.next_event() is NEED_MORE
    wanted.receive_data(bytes.fromhex(raw)[-1:])
    assert wanted.next_event() == answer
    assert (wanted.noise, wanted.echoed) == (0, False)


def checked(frame: str) -> bytes:
    return bytes.fromhex(frame) + checksum(bytes.fromhex(frame))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(checked("02 03 04 00 1E 00 01"), id="another unit's"),
        pytest.param(checked("01 04 04 00 1E 00 01"), id="of the other function"),
        pytest.param(checked("01 03 02 00 1E"), id="of another length"),
        pytest.param(checked("02 83 02"), id="another unit's refusal"),
        pytest.param(bytes.fromhex("01 05 00 09 FF 00 8C 3A"), id="a manual's misprint: the checksum is 5C 38"),
        pytest.param(RAW[:-1] + b"\xf4", id="a wrong checksum"),
        pytest.param(RAW[:-1], id="all but its last byte"),
        pytest.param(b"", id="silence"),
    ],
)
def test_nothing_else_is_the_answer(raw):
    wanted = RtuAnswer(*ASKED)
    wanted.receive_data(raw)
    assert wanted.next_event() is NEED_MORE
    assert wanted.noise == len(raw)


def test_the_adapter_s_echo_is_told_from_an_answer():
    wanted = RtuAnswer(*ASKED)
    wanted.receive_data(REQUEST)
    assert wanted.next_event() is NEED_MORE
    assert (wanted.echoed, wanted.noise) == (True, 0)
    wanted.receive_data(RAW)
    assert wanted.next_event() == REGISTERS


def test_noise_before_the_answer_is_passed_over_and_what_comes_after_it_is_left():
    wanted = RtuAnswer(*ASKED)
    wanted.receive_data(b"\x00\xff\x01\x03\x04" + RAW + RAW)
    assert wanted.next_event() == REGISTERS
    assert wanted.left == len(RAW)
    assert wanted.noise == 5 + len(RAW)


@given(noise=st.binary(max_size=300))
def test_noise_is_never_an_answer_and_is_not_kept(noise):
    wanted = RtuAnswer(*ASKED)
    wanted.receive_data(noise)
    assert wanted.next_event() is NEED_MORE
    assert wanted.noise == len(noise)
    assert wanted.left <= len(RAW)


@given(at=st.integers(0, len(RAW) - 1), bit=st.integers(0, 7))
def test_one_wrong_bit_is_no_answer(at, bit):
    damaged = bytearray(RAW)
    damaged[at] ^= 1 << bit
    wanted = RtuAnswer(*ASKED)
    wanted.receive_data(bytes(damaged))
    assert wanted.next_event() is NEED_MORE
