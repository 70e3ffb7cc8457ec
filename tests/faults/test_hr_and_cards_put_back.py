"""Short forms of tests/faults/restored.py and tests/faults/clones.py: HR from yesterday's backup, and a copied card."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from hr.config import Server
from hr.ingest.aside import Action
from hr.web import create_app
from tests.contract.hr_servers import real_hr
from tests.faults import clones, restored
from tests.faults.synced import SyncedBox

pytestmark = pytest.mark.slow


@pytest.mark.fault("F23")
def test_what_hr_forgot_with_its_machine_comes_again_by_itself_once(tmp_path: Path) -> None:
    findings = restored.Findings()
    restored.run(2, 2, tmp_path, findings)
    assert (findings.lost, findings.doubled) == ([], [])
    assert findings.forgotten > 0


@pytest.mark.fault("F24")
def test_a_copied_card_is_noticed_at_its_first_conflict_and_nothing_is_overwritten_lost_or_doubled(
    tmp_path: Path,
) -> None:
    findings = clones.Findings()
    clones.run(1, tmp_path, findings)
    assert (findings.lost, findings.doubled, findings.found) == ([], [], 1)


@pytest.mark.fault("F24")
def test_the_first_conflict_stands_on_hrs_first_page_and_on_that_of_the_boxes(tmp_path: Path) -> None:
    with real_hr(tmp_path) as hr:
        box = SyncedBox(tmp_path / "box", hr)
        box.let_in()
        box.work(0, 1)
        box.sync()
        copy = clones.copied(box, tmp_path / "copy")
        box.work(1, 2)
        copy.work(2, 3)
        box.sync()
        app = create_app(hr.service, Server("", ""))
        assert alarms(app) == {"/": 0, "/kiosks": 0}
        copy.sync()
        assert alarms(app) == {"/": 1, "/kiosks": 1}
        for record in hr.service.inbox.set_aside():
            hr.service.inbox.decide(record.key, Action.LEFT, "wang", "the copy was destroyed")
        assert alarms(app) == {"/": 0, "/kiosks": 0}


def alarms(app: Flask) -> dict[str, int]:
    with app.test_client() as browser:
        with browser.session_transaction() as session:
            session["user"], session["language"] = "wang", "en"
        return {path: browser.get(path).text.count("two cards with one key") for path in ("/", "/kiosks")}
