"""A kiosk asks sync for a payslip over the real socket, and sync asks a real HR server, or one that answers badly."""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sync.exchange.client import HrClient
from sync.payslips import kiosk_socket as payslip_socket
from sync.payslips.asking import Payslips
from sync.payslips.kiosk_socket import MOST_AT_ONCE, ask, serving
from sync.wire.envelope import canonical_json
from sync.wire.payslip import Payslip, PayslipAnswer, PayslipAsked, PayTrouble, encode_asked
from tests.contract.hr_servers import Exchange, FakeHr, RealHr, fake_hr, real_hr
from tests.integration.hr_tricks import html_200, reset, signed_by_another, signed_for_another_question
from tests.integration.sending_box import KEY
from tests.unit.kiosk_ui.payslips import payslip
from tests.unit.sync.made import DEVICE, chained

ASKED = PayslipAsked("p-1", 0, 1, 3)
DEADLINE_S = 10.0


def path_in(folder: Path) -> Path:
    return folder / "pay" / "sync.sock"


def wait(true: Callable[[], bool]) -> None:
    until_s = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < until_s
        time.sleep(0.01)


# --- sync and HR --------------------------------------------------------------------------------------


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealHr]:
    with real_hr(tmp_path) as server:
        server.service.kiosks.enrol(DEVICE, KEY.public_key())
        server.service.kiosks.accept(server.service.kiosks.listed()[0].fingerprint)
        yield server


@pytest.fixture
def fake() -> Iterator[FakeHr]:
    with fake_hr() as server:
        yield server


def asks(hr: RealHr | FakeHr, **options: Any) -> Payslips:
    return Payslips(partial(HrClient, hr.url, hr.public_key, KEY, DEVICE), **options)


def person_of(seq: int) -> str:
    return str(chained(seq)[-1].body["person"])


def test_a_worker_gets_his_payslip_from_the_real_hr_through_the_socket(real: RealHr, short_folder: Path):
    real.service.inbox.receive(chained(3), "nonce")
    asked = PayslipAsked(person_of(3), 0, 1, 3)
    with serving(path_in(short_folder), asks(real).answer):
        answer = ask(path_in(short_folder), asked)
        assert answer.payslip is not None
        assert (answer.payslip.person, answer.payslip.lines, answer.payslip.amount) == (asked.person, [], "0.00")
        assert ask(path_in(short_folder), PayslipAsked("p-nobody", 0, 1, 3)).trouble is PayTrouble.NOT_HIS_TAP
    assert [each.refused for each in real.service.payslips.askings(asked.person)] == [False]


def test_it_waits_while_his_tap_is_still_on_the_way_to_hr(real: RealHr):
    def the_tap_arrives(_seconds: float) -> None:
        real.service.inbox.receive(chained(3), "nonce")

    answer = asks(real, sleep=the_tap_arrives).answer(PayslipAsked(person_of(3), 0, 1, 3))
    assert answer.payslip is not None


def test_it_does_not_wait_for_ever(real: RealHr):
    now = iter(range(0, 1000, 5))
    slept: list[float] = []
    asked = asks(real, monotonic_s=lambda: float(next(now)), sleep=slept.append)
    assert asked.answer(ASKED).trouble is PayTrouble.TAP_WANTED
    assert len(slept) == 2


def test_an_hr_that_is_away_is_offline_at_once(real: RealHr):
    gone = Payslips(partial(HrClient, "http://127.0.0.1:9", real.public_key, KEY, DEVICE))
    assert gone.answer(ASKED).trouble is PayTrouble.OFFLINE


def of_somebody_else(asked: Exchange) -> None:
    asked.send(200, canonical_json(payslip("p-2")), key=asked.hr.key)


def unsigned(asked: Exchange) -> None:
    asked.send(200, canonical_json(payslip(ASKED.person)))


def of_no_release(asked: Exchange) -> None:
    asked.send(200, b'{"person":"p-1","wage":"9.99"}', key=asked.hr.key)


def unknown_reason(asked: Exchange) -> None:
    asked.send(418, b'{"code":"teapot"}', key=asked.hr.key)


@pytest.mark.parametrize(
    "trick",
    [html_200, reset, signed_by_another, signed_for_another_question, of_somebody_else, unsigned, of_no_release,
     unknown_reason],
    ids=lambda trick: trick.__name__,
)  # fmt: skip
def test_nothing_that_hr_has_not_signed_for_this_person_is_shown(fake: FakeHr, trick: Any, caplog: Any):
    def honest(asked: Exchange) -> None:
        asked.send(200, canonical_json(payslip(ASKED.person)), key=asked.hr.key)

    fake.tricks += [trick, honest]
    assert asks(fake).answer(ASKED) == PayslipAnswer(trouble=PayTrouble.OFFLINE)
    assert not any(secret in caplog.text for secret in ("9.99", "4455", "二次冲孔"))
    assert asks(fake).answer(ASKED).payslip == payslip(ASKED.person)


# --- the socket ---------------------------------------------------------------------------------------


def test_only_its_folders_group_may_ask(short_folder: Path):
    before = os.umask(0o007)
    try:
        with serving(path_in(short_folder), lambda _asked: PayslipAnswer()):
            modes = [
                stat.S_IMODE(each.stat().st_mode) for each in (path_in(short_folder).parent, path_in(short_folder))
            ]
    finally:
        os.umask(before)
    assert modes == [0o750, 0o660]
    assert not path_in(short_folder).exists()


def test_without_sync_there_is_no_payslip_and_it_says_so(short_folder: Path):
    assert ask(path_in(short_folder), ASKED).trouble is PayTrouble.AWAY


def test_a_sync_that_does_not_answer_is_not_waited_for(short_folder: Path):
    path = short_folder / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
        deaf.bind(str(path))
        deaf.listen()
        assert ask(path, ASKED, 0.05).trouble is PayTrouble.AWAY


def test_few_are_answered_at_a_time_and_whoever_is_too_many_is_told_at_once(short_folder: Path):
    path, free, answered = path_in(short_folder), threading.Event(), []
    inside: list[PayslipAsked] = []

    def slow(asked: PayslipAsked) -> PayslipAnswer:
        inside.append(asked)
        free.wait(DEADLINE_S)
        return PayslipAnswer(payslip(asked.person, days=3))

    with serving(path, slow), ExitStack() as stack:
        stack.callback(free.set)
        threads = [threading.Thread(target=lambda: answered.append(ask(path, ASKED))) for _ in range(MOST_AT_ONCE)]
        for thread in threads:
            thread.start()
        wait(lambda: len(inside) == MOST_AT_ONCE)
        assert ask(path, ASKED).trouble is PayTrouble.BUSY
        free.set()
        for thread in threads:
            thread.join(DEADLINE_S)
        assert [isinstance(each.payslip, Payslip) for each in answered] == [True] * MOST_AT_ONCE
        wait(lambda: ask(path, ASKED).trouble is None)


@pytest.mark.parametrize(
    "line",
    [b"", b"{}\n", b"x" * 500, b"x" * 500 + b"\n", encode_asked(ASKED), encode_asked(ASKED)[:-1] + b',"all":1}\n'],
)
def test_nonsense_is_cut_off_and_the_next_question_is_answered(
    short_folder: Path, line: bytes, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(payslip_socket, "SPEAK_S", 0.1)
    path = path_in(short_folder)
    with serving(path, lambda asked: PayslipAnswer(payslip(asked.person, days=3))):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(DEADLINE_S)
            link.connect(str(path))
            link.sendall(line)
            assert link.recv(100) == b""
        monkeypatch.setattr(payslip_socket, "SPEAK_S", 5.0)
        assert ask(path, ASKED).payslip is not None


def test_a_fault_in_one_question_does_not_end_the_next(short_folder: Path):
    faults = iter([True, False])

    def answer(asked: PayslipAsked) -> PayslipAnswer:
        if next(faults):
            raise LookupError("a fault")
        return PayslipAnswer(payslip(asked.person, days=3))

    path = path_in(short_folder)
    with serving(path, answer):
        assert ask(path, ASKED).trouble is PayTrouble.BUSY
        assert ask(path, ASKED).payslip is not None


def test_where_there_can_be_no_socket_the_block_runs_all_the_same(tmp_path: Path):
    with serving(tmp_path / ("long" * 40) / "sync.sock", lambda _asked: PayslipAnswer()):
        pass
