"""The way to HR in every kind of trouble: bounded in time, nothing believed that HR has not signed, nothing twice."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NoReturn

import pytest
from urllib3.connection import HTTPConnection

from sync import worker as worker_module
from sync.exchange import client as client_module
from sync.policy import Pace, Verdict
from sync.reference.store import ReferenceStore
from sync.worker import SyncWorker
from tests.contract.hr_servers import RealHr, real_hr
from tests.faults.proxy import PASS, STATUSES, Fault, FaultProxy, Kind, seeded
from tests.integration.sending_box import DB_KEY, KEY, ListSource, Now, close, make_box
from tests.unit.sync.made import DEVICE, chained, forged

READ_S = 0.4
TOTAL_S = 0.8
OTHERS = [Fault(Kind.PORTAL), Fault(Kind.FORGED), *(Fault(Kind.STATUS, status=status) for status in STATUSES)]
NO_ANSWER = [Kind.REFUSE, Kind.RESET, Kind.BLACK_HOLE, Kind.CUT_REQUEST]
NO_WHOLE_ANSWER = [Kind.CUT_ANSWER, Kind.LOST_ANSWER, Kind.HALF_ANSWER]


@dataclass
class Sender:
    """A box's real sender and a real HR, with the proxy between them."""

    hr: RealHr
    proxy: FaultProxy
    source: ListSource
    store: ReferenceStore
    worker: SyncWorker

    def unsent(self) -> list[int]:
        return [fact.seq for fact in self.source.after(self.store.acknowledged(), 5000)]

    def held(self) -> list[int]:
        return [fact.seq for fact in self.hr.held(DEVICE)]

    def more(self, count: int) -> None:
        self.source.facts += chained(count, after=self.source.facts[-1] if self.source.facts else None)

    def assert_all_there_once(self) -> None:
        assert self.worker.round() is Verdict.DONE
        assert self.unsent() == []
        assert self.hr.held(DEVICE) == self.source.facts


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    (tmp_path / "hr").mkdir()
    with real_hr(tmp_path / "hr") as hr, FaultProxy(int(hr.url.rpartition(":")[2])) as proxy:
        hr.service.kiosks.enrol(DEVICE, KEY.public_key())
        (kiosk,) = hr.service.kiosks.listed()
        hr.accept(kiosk.fingerprint)
        store = ReferenceStore(tmp_path / "reference.db", DB_KEY)
        client = client_module.HrClient(proxy.url, hr.public_key, KEY, DEVICE)
        source = ListSource([])
        made = Sender(hr, proxy, source, store, SyncWorker(source, store, client, DEVICE, Now()))
        made.more(5)
        yield made
        client.close()
        store.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "READ_S", READ_S)
    monkeypatch.setattr(client_module, "TOTAL_S", TOTAL_S)


@pytest.mark.fault("F20")
def test_the_times_that_a_box_waits_are_bounded() -> None:
    assert client_module.CONNECT_S <= 5
    assert client_module.READ_S <= client_module.TOTAL_S <= 30


@pytest.mark.fault("F20")
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("kind", [*NO_ANSWER, *NO_WHOLE_ANSWER, Kind.DRIP])
def test_a_round_into_a_broken_network_ends_in_time_and_leaves_the_facts_where_they_were(
    sender: Sender, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.proxy.set(Fault(kind, bytes_per_s=60))
    began_s = time.monotonic()
    assert sender.worker.round() is Verdict.RETRY
    assert time.monotonic() - began_s < TOTAL_S + 1
    assert sender.unsent() == [1, 2, 3, 4, 5]
    monkeypatch.undo()  # the fault is over: so is the hurry
    sender.proxy.set(PASS)
    sender.assert_all_there_once()


@pytest.mark.fault("F20")
@pytest.mark.usefixtures("hurried")
def test_headers_that_drip_are_given_up_after_the_whole_time_too(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "READ_S", 10.0)
    sender.proxy.set(Fault(Kind.DRIP, bytes_per_s=50))
    began_s = time.monotonic()
    assert sender.worker.round() is Verdict.RETRY
    assert TOTAL_S <= time.monotonic() - began_s < TOTAL_S + 1
    assert b"\r\n\r\n" not in sender.proxy.log[0].answer[: sender.proxy.log[0].passed_down]


@pytest.mark.fault("F20")
@pytest.mark.fault("F22")
@pytest.mark.parametrize("fault", OTHERS, ids=lambda fault: f"{fault.kind} {fault.status}")
def test_an_answer_of_somebody_else_is_no_receipt(sender: Sender, fault: Fault) -> None:
    sender.proxy.set(fault)
    assert sender.worker.round() in (Verdict.RETRY, Verdict.UNKNOWN_BOX)
    assert sender.unsent() == [1, 2, 3, 4, 5]
    assert sender.held() == []
    sender.proxy.set(PASS)
    sender.assert_all_there_once()


@pytest.mark.fault("F20")
def test_a_name_that_nobody_resolves_is_trouble_like_any_other(
    sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody_answers(*_question: object, **_more: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    (tmp_path / "named").mkdir()
    box = make_box(tmp_path / "named", "https://hr.example", sender.hr.service.office.keys.signing)
    monkeypatch.setattr(socket, "getaddrinfo", nobody_answers)
    assert box.worker.round() is Verdict.RETRY
    assert box.unsent() == [1, 2, 3, 4, 5]
    close(box)


@pytest.mark.fault("F21")
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("kind", NO_WHOLE_ANSWER)
def test_facts_whose_receipt_is_lost_are_sent_again_and_kept_once(sender: Sender, kind: Kind) -> None:
    sender.proxy.set(PASS, iter([Fault(kind, share=0.99), Fault(kind, share=0.2)]))
    assert [sender.worker.round() for _ in range(2)] == [Verdict.RETRY] * 2
    assert sender.held() == sender.unsent() == [1, 2, 3, 4, 5]
    sender.more(2)
    sender.assert_all_there_once()


@pytest.mark.fault("F21")
@pytest.mark.usefixtures("hurried")
def test_sixty_exchanges_cut_anywhere_lose_and_double_nothing(sender: Sender) -> None:
    chance = Random(21)
    cuts = [Kind.CUT_REQUEST, Kind.CUT_ANSWER, Kind.LOST_ANSWER, Kind.RESET, Kind.PASS]
    sender.proxy.set(PASS, iter([seeded(chance, cuts) for _ in range(60)]))
    for _ in range(40):
        sender.more(chance.randint(1, 3))
        sender.worker.round()
    sender.proxy.set(PASS)
    sender.assert_all_there_once()
    assert sum(exchange.committed for exchange in sender.proxy.log) > 20


@pytest.mark.fault("F22")
def test_a_poisoned_fact_is_set_aside_and_those_after_it_go_on(sender: Sender) -> None:
    poison = forged(sender.source.facts[2], kind="FromTomorrow")
    sender.source.facts[2:] = [poison, *chained(4, after=poison)]
    assert sender.worker.round() is Verdict.DONE
    assert sender.unsent() == []
    assert sender.hr.aside(DEVICE) == {3}
    assert sender.held() == [1, 2, 4, 5, 6, 7]


@pytest.mark.fault("F22")
@pytest.mark.parametrize("fault", [*(Fault(Kind.STATUS, status=status) for status in STATUSES), Fault(Kind.RESET)])
def test_trouble_makes_no_storm(sender: Sender, fault: Fault) -> None:
    """Ten seconds of the box's own pauses, at their shortest, hold at most ten requests."""
    sender.proxy.set(fault)
    rounds_s, asked_s = [0.0], list[float]()

    def wait(seconds: float) -> bool:
        asked_s.extend([rounds_s[-1]] * (len(sender.proxy.log) - len(asked_s)))
        rounds_s.append(rounds_s[-1] + seconds)
        return rounds_s[-1] > 90

    sender.worker.run(wait, Pace(longest_s=300.0), interval_s=0.1)
    assert all(later - earlier >= 1 for earlier, later in pairwise(rounds_s))
    assert len(asked_s) >= 6
    assert all(later - earlier >= 10 for earlier, later in zip(asked_s, asked_s[10:], strict=False))


@pytest.fixture
def small_buffers() -> Iterator[None]:
    """A body of a batch does not fit into them: sending it takes as long as the line needs."""
    options = HTTPConnection.default_socket_options
    options.append((socket.SOL_SOCKET, socket.SO_SNDBUF, 4096))
    yield
    options.pop()


@pytest.mark.fault("F20")
@pytest.mark.usefixtures("small_buffers")
def test_a_line_too_slow_for_a_whole_batch_still_carries_the_facts(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "CONNECT_S", 0.2)
    monkeypatch.setattr(client_module, "TOTAL_S", 0.7)
    monkeypatch.setattr(worker_module, "FEWEST_BATCH_BYTES", 60_000)
    sender.more(395)
    sender.proxy.set(Fault(Kind.SLOW_REQUEST, bytes_per_s=200_000))
    end_s = time.monotonic() + 20
    while sender.unsent() and time.monotonic() < end_s:
        sender.worker.round()
    assert sender.unsent() == []
    assert sender.held() == list(range(1, 401))


@pytest.mark.fault("F20")
def test_the_sender_goes_on_by_itself_when_the_network_is_back(sender: Sender) -> None:
    sender.proxy.set(Fault(Kind.REFUSE))
    stop = threading.Event()
    working = threading.Thread(target=sender.worker.run, args=(stop.wait, Pace(longest_s=1.0), 0.05))
    working.start()
    try:
        sender.proxy.set(PASS)
        end_s = time.monotonic() + 10
        while sender.held() != [1, 2, 3, 4, 5] and time.monotonic() < end_s:
            stop.wait(0.05)
    finally:
        stop.set()
        working.join()
    sender.assert_all_there_once()
