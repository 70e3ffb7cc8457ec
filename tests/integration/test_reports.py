"""How a box tells HR that it stands: from the devices' file over `sync` to HR's database, on real sockets and files."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.bootstrap import BoxFiles
from edge.bootstrap.alone import alone
from edge.bootstrap.inspecting import Nobody
from edge.clock import clock_for
from edge.config import Box as BoxSection
from edge.config import BoxConfig, Station
from edge.devices.rdm6300.keys import Rdm6300Keys
from edge.field import run_field, telling
from edge.health.status import status
from edge.link.inspection import DeviceSeen
from edge.link.told import STALE_S, Told, read_told, write_told
from sync.exchange.client import HrClient, Reply, Unreachable
from sync.policy import Verdict
from sync.reporting import Reporter
from sync.wire.envelope import ClockState, Stamp, fingerprint
from sync.wire.report import BoxStatus, DeviceReport, Report, encode_report
from sync.worker import SyncWorker
from tests.contract.hr_servers import FakeHr, RealHr, fake_hr, real_hr
from tests.integration.hr_tricks import hang_up, html_200
from tests.integration.hr_tricks import status as answers
from tests.integration.sending_box import KEY, Box, close, make_box
from tests.unit.hr.cast import Box as Signer
from tests.unit.hr.cast import Factory, factory
from tests.unit.sync.made import DEVICE, chained

READER = DeviceReport("gate-reader", "badge reader", True)
GOOD = BoxStatus(ClockState.NTP, "1.2.0", 8_000_000_000, True, True, [READER])
REPORT = Report(1, 1, 5, 2, 3, GOOD)


# --- at HR --------------------------------------------------------------------------------------------


@pytest.fixture
def hr(tmp_path: Path, hr_url: str) -> Iterator[Factory]:
    made = factory(tmp_path, hr_url)
    yield made
    made.service.close()


def test_hr_keeps_the_newest_report_of_a_box_and_signs_for_it(hr: Factory):
    for pending in (41, 2):
        report = msgspec.structs.replace(REPORT, pending=pending)
        answer = hr.gate.ask(hr.client, "POST", "/v1/report", encode_report(report))
        assert (answer.status, answer.signed) == (200, True)
    (standing,) = [each for each in hr.service.fleet.standing() if each.box.device == "gate-1"]
    assert standing.box.report == REPORT
    assert standing.box.last_contact_us == hr.service.office.clock()


@pytest.mark.parametrize("who", ["revoked", "stranger"])
def test_nobody_else_reports_for_a_box(hr: Factory, who: str):
    box: Signer = getattr(hr, who)
    assert box.ask(hr.client, "POST", "/v1/report", encode_report(REPORT)).status == 401
    assert Signer("gate-1").ask(hr.client, "POST", "/v1/report", encode_report(REPORT)).status == 401
    assert all(each.box.report is None for each in hr.service.fleet.standing())


def test_what_is_no_report_changes_nothing(hr: Factory):
    hr.gate.ask(hr.client, "POST", "/v1/report", encode_report(REPORT))
    assert hr.gate.ask(hr.client, "POST", "/v1/report", b'{"at_us":"x"}').status == 400
    assert hr.service.fleet.standing()[0].box.report == REPORT


def test_since_when_a_service_has_stood_is_kept_until_it_runs_again(hr: Factory):
    stopped, since = msgspec.structs.replace(GOOD, core=False), []
    for told, at_us in ((stopped, 10), (stopped, 70), (GOOD, 130), (stopped, 190)):
        hr.service.office.clock = partial(int, at_us)
        hr.service.fleet.note("gate-1", msgspec.structs.replace(REPORT, status=told))
        since.append(hr.service.fleet.standing()[0].box.stopped_us)
    assert since == [10, 10, None, 190]


# --- from a box ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def reporting(folder: Path, url: str, hr: FakeHr | RealHr) -> Iterator[Box]:
    key = hr.key if isinstance(hr, FakeHr) else hr.service.office.keys.signing
    box = make_box(folder, url, key)
    reporter = Reporter(box.source, box.store, lambda: GOOD, box.now)
    box.worker = SyncWorker(box.source, box.store, box.client, DEVICE, box.now, reporter=reporter)
    yield box
    close(box)


def test_a_box_that_comes_back_tells_what_still_waits_and_hr_counts_it_down(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("sync.worker.MAX_BATCH_FACTS", 2)
    with real_hr(tmp_path) as hr, reporting(tmp_path, hr.url, hr) as box:
        hr.service.kiosks.enrol(DEVICE, KEY.public_key())
        hr.accept(fingerprint(KEY.public_key()))
        assert box.worker.round() is Verdict.DONE
        (standing,) = hr.service.fleet.standing()
        assert standing.box.report is not None
        assert (standing.box.report.pending, standing.pending) == (3, 0)


@pytest.mark.parametrize("trick", [answers(404), answers(500), html_200, hang_up])
def test_an_hr_that_knows_no_reports_or_does_not_answer_gets_the_facts_all_the_same(tmp_path: Path, trick):
    with fake_hr() as hr, reporting(tmp_path, hr.url, hr) as box:
        hr.accepted[DEVICE] = KEY.public_key()
        hr.tricks.extend([None, trick])
        assert box.worker.round() is Verdict.DONE
        assert [path for path, *_ in hr.asked].index("/v1/report") == 1
        assert hr.held(DEVICE) == box.source.facts
        box.source.facts += chained(1, after=box.source.facts[-1])
        assert box.worker.round() is Verdict.DONE
        assert box.unsent() == []


def test_a_line_that_is_down_is_not_asked_twice(tmp_path: Path, monkeypatch):
    asked: list[str] = []

    def cut(_client: HrClient, _method: str, path: str, *_: object, **__: object) -> Reply:
        asked.append(path)
        raise Unreachable("cut")

    with fake_hr() as hr, reporting(tmp_path, hr.url, hr) as box:
        monkeypatch.setattr(HrClient, "send", cut)
        assert box.worker.round() is Verdict.RETRY
    assert asked == ["/v1/facts"]


# --- in the box ---------------------------------------------------------------------------------------


def test_what_devices_tells_is_read_while_it_is_fresh_and_of_this_boot(tmp_path: Path):
    told = Told(100.0, [DeviceReport("gate-reader", "badge reader", True, 5, 1)])
    write_told(tmp_path / "told" / "devices.json", told)
    file = tmp_path / "told" / "devices.json"
    assert read_told(file, 100.0 + STALE_S) == told
    assert read_told(file, 100.1 + STALE_S) is None
    assert read_told(file, 99.0) is None
    assert os.listdir(file.parent) == ["devices.json"]
    file.write_bytes(b"{")
    assert read_told(file, 100.0) is None
    assert read_told(tmp_path / "nothing", 100.0) is None


async def _until_told(work: Coroutine[Any, Any, None], file: Path) -> None:
    task = asyncio.create_task(work)
    async with asyncio.timeout(5):
        while not file.exists() and not task.done():
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})


def test_the_service_tells_of_each_device_of_the_configuration(tmp_path: Path):
    reader = Rdm6300Keys("gate-reader", "gate", "rdm6300", str(tmp_path / "no-such-port"))
    config = BoxConfig(BoxSection("gate-1", "", "", ""), [Station("gate")], [reader])
    file = tmp_path / "told" / "devices.json"
    asyncio.run(_until_told(run_field(config, clock_for(None), Nobody(), tell_at=file), file))
    told = read_told(file, time.monotonic())
    assert told is not None
    assert [(each.name, each.sort) for each in told.devices] == [("gate-reader", "badge reader")]


def test_a_box_tells_of_its_devices_its_clock_and_its_services(tmp_path: Path):
    config = tmp_path / "clockpiece.toml"
    config.write_text('[box]\nname = "gate-1"\ndata = "data"\nrun = "run"\nkey = "k"\n[[station]]\nname = "gate"\n')
    (tmp_path / "run").mkdir()
    files = BoxFiles.read(config)
    seen = DeviceSeen("gate-reader", "badge reader", "rdm6300", "/dev/ttyX", "gate", up=False, bad_frames_today=4)
    seen = msgspec.structs.replace(seen, since=Stamp("b", 1, 77, ClockState.NTP), detail="no such file")
    with alone(files.data, "core"):
        before = status(files, clock_for(None))
        asyncio.run(_until_told(telling.tell(lambda: [seen], files.told), files.told))
        now = status(files, clock_for(None))
    assert (before.core, before.devices_run, before.devices) == (True, False, [])
    assert (now.core, now.devices_run) == (True, True)
    assert now.devices == [DeviceReport("gate-reader", "badge reader", False, 77, 4)]
    assert now.free_bytes > 0
    assert status(files, clock_for(None)).core is False
