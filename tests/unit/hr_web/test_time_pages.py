"""Days that nobody can be sure of: flagged on the attendance page, amended in sight, confirmed with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from hr.web.times import moment, within_text
from tests.moments import PLANT
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import Desk, app_of, desk_of
from tests.unit.store.boxes import DEVICE
from tests.wrong_clocks import S, WrongClockBox, many_boots

ADDRESS = f"/time/{DEVICE}/1/1"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[WrongClockBox]:
    made = WrongClockBox(tmp_path)
    many_boots(made, days=3)
    made.reach_hr()
    yield made
    made.close()


@pytest.fixture
def desk(box: WrongClockBox) -> Desk:
    return desk_of(box.hr)


def given(box: WrongClockBox, off_s: int = 0) -> dict[str, str]:
    true = datetime.fromtimestamp(box.truth[1] / 1e6 + off_s, PLANT)
    return {"date": true.date().isoformat(), "time": true.strftime("%H:%M:%S"), "reason": "the guard's book"}


def test_the_attendance_page_names_the_days_that_nobody_can_be_sure_of(box: WrongClockBox, desk: Desk):
    day = box.amended(1).after_date
    assert f"Days on which a kiosk's clock was not set: {day} (2)" in desk.text("/attendance?date=2026-04-20")
    assert "time unsure" in desk.text(f"/attendance?date={day}")


def test_a_tap_shows_what_was_recorded_and_what_it_counts_as(box: WrongClockBox, desk: Desk):
    seq = max(box.truth)
    standing = box.amended(seq)
    text = desk.text(f"/time/{DEVICE}/1/{seq}")
    assert "this server&#39;s signed time in the same run of the kiosk" in text
    assert "You know when it was?" not in text
    assert f"Counts as {standing.after_date} 17:07:30" in desk.text(f"/fact/{DEVICE}/1/{seq}")
    assert f"{standing.before_date}" in text
    day = desk.text(f"/attendance?date={standing.after_date}")
    assert "time amended" in day


def test_who_knows_says_so_with_a_reason_and_both_stay_on_record(box: WrongClockBox, desk: Desk):
    assert "You know when it was?" in desk.text(ADDRESS)
    answer = desk.post(ADDRESS, **given(box))
    assert answer.status_code == 200
    text = desk.text(ADDRESS)
    assert f"said here : {plant.USER}" in text.replace("said here:", "said here :")
    assert "the guard&#39;s book" in text
    assert box.off_s(1) < 60


@pytest.mark.parametrize("change", [{"reason": " "}, {"date": "soon"}, {"date": "2099-01-01"}, {"time": "25:00"}])
def test_without_a_reason_or_a_possible_time_nothing_is_amended(box: WrongClockBox, desk: Desk, change: dict[str, str]):
    before = box.hr.clocks.amendments(DEVICE, 1, 1)
    assert desk.post(ADDRESS, **given(box) | change).status_code == 409
    assert box.hr.clocks.amendments(DEVICE, 1, 1) == before


def test_only_a_tap_has_such_a_page(desk: Desk):
    assert desk.get(f"/time/{DEVICE}/1/999").status_code == 404


def test_how_sure_a_time_is_stands_there_in_one_figure(box: WrongClockBox):
    with app_of(box.hr).test_request_context():
        assert [within_text(seconds * S) for seconds in (1, 60, 120, 7200, 172_800, 400 * 86_400)] == [
            "± 1 s", "± 60 s", "± 2 min", "± 2 h", "± 2 days", "nobody can say"
        ]  # fmt: skip


def test_a_local_time_that_is_none_is_no_moment():
    assert [moment("2026-13-01", "08:00", PLANT), moment("", "", PLANT)] == [None, None]
