"""The reference data of a plant over a line of 64 kbit/s: 500 people, 2,000 badges, 300 machines with an order each.

`python -m tests.bench --only reference`
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from hr.people.csv_import import Kind
from hr.service import HrService
from sync.exchange.client import TOTAL_S
from sync.policy import Verdict
from sync.wire.envelope import fingerprint
from sync.wire.reference_pages import MAX_PAGE_BYTES
from tests.bench.rows import Row
from tests.contract.hr_servers import real_hr
from tests.faults.proxy import Exchange, Fault, FaultProxy
from tests.faults.proxy import Kind as FaultKind
from tests.integration.sending_box import KEY, Box, close, make_box
from tests.unit.sync.made import DEVICE

PEOPLE, BADGES, ORDERS = 500, 2000, 300
SUPERVISORS = 20
BYTES_PER_S = 8_000
FIRST_S = 60.0
SURNAMES, NAMES = "王李张刘陈杨黄赵吴周", "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚"
TEAMS = ("注塑", "冲压", "组装", "包装", "攻丝")


def reference_rows(folder: Path) -> Iterator[Row]:
    (folder / "hr").mkdir()
    (folder / "box").mkdir()
    with real_hr(folder / "hr") as hr:
        _staff(hr.service)
        hr.service.kiosks.enrol(DEVICE, KEY.public_key())
        hr.accept(fingerprint(KEY.public_key()))
        with FaultProxy(int(hr.url.rpartition(":")[2])) as line:
            line.set(Fault(FaultKind.DRIP, bytes_per_s=BYTES_PER_S))
            box = make_box(folder / "box", line.url, hr.service.office.keys.signing)
            box.source.facts = []
            seconds = _round(box)
            first, directory = list(line.log), box.reader.directory()
            known = len(directory.reference.people), len(directory.reference.badges), len(directory.reference.orders)
            assert known == (PEOPLE, BADGES, ORDERS), known
            figures = f"{seconds:.1f} s; {_said(first)} for {PEOPLE} people, {BADGES} badges, {ORDERS} orders"
            yield Row("sync: first reference data at 64 kbit/s / 60 s", figures, seconds / FIRST_S, 1.0)
            longest = max(each.passed_down for each in first) / BYTES_PER_S
            figures = f"{longest:.1f} s; unpacked at most {MAX_PAGE_BYTES / BYTES_PER_S:.1f} s"
            yield Row("sync: the longest page at 64 kbit/s / the time of an exchange", figures, longest / TOTAL_S, 0.33)
            line.log.clear()
            hr.service.catalogue.import_csv(Kind.PEOPLE, "number,name\n1234,王芳\n".encode())
            seconds = _round(box)
            # The manifest and the page.
            figures = f"{len(line.log) - 1} page; {seconds:.1f} s; {_said(line.log)}"
            yield Row("sync: pages for one changed person / 1", figures, len(line.log) - 1, 1.0)
            close(box)


def _round(box: Box) -> float:
    began = time.monotonic()
    assert box.worker.round() is Verdict.DONE
    return time.monotonic() - began


def _said(log: list[Exchange]) -> str:
    down, up = sum(each.passed_down for each in log), sum(each.passed_up for each in log)
    return f"{down:,} bytes down and {up:,} up in {len(log)} requests"


def _staff(service: HrService) -> None:
    chance = Random(1)
    people, badges = ["number,name,team,role,pin"], ["badge,number"]
    for number in range(1000, 1000 + PEOPLE):
        name = chance.choice(SURNAMES) + "".join(chance.choices(NAMES, k=chance.choice((1, 2))))
        supervises = f"SUPERVISOR,{chance.randrange(10**5, 10**6)}" if number < 1000 + SUPERVISORS else "WORKER,"
        people.append(f"{number},{name},{chance.choice(TEAMS)},{supervises}")
    badges += [f"A{chance.getrandbits(36):09X},{1000 + number % PEOPLE}" for number in range(BADGES)]
    machines, prices = ["machine,name"], ["product,operation,price,valid_from"]
    orders = ["order,product,product_name,operation,operation_name,machine,quantity"]
    for number in range(ORDERS):
        machine, product, quantity = f"IM-{number:03}", f"CAP-{number:03}", chance.randrange(1, 10**5)
        machines.append(f"{machine},{number}号注塑机")
        orders.append(f"MO-{number:05},{product},瓶盖 {number},MOULD,注塑,{machine},{quantity}")
        prices.append(f"{product},MOULD,0.{chance.randrange(100, 9999):04},2026-01-01")
    files = {
        Kind.PEOPLE: people,
        Kind.BADGES: badges,
        Kind.MACHINES: machines,
        Kind.ORDERS: orders,
        Kind.PRICES: prices,
    }
    for kind, lines in files.items():
        service.catalogue.import_csv(kind, "\n".join(lines).encode())
