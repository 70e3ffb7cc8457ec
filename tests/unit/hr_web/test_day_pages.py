"""The first page and the attendance of a day."""

import csv
import io
import re

from hr.accounts import Keys
from hr.store import engine, upgrade
from hr.web import today
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import desk_of
from tests.unit.hr_web.troubled import write_from_paper


def test_today_says_who_is_in_and_puts_open_ends_first(desk):
    text = desk.text("/")
    assert "In now 4 Came today 5 On the list 8" in text
    order = [text.index(name) for name in ("赵铁柱", "王建国", "Nguyễn Văn Hùng")]
    assert order == sorted(order)
    assert "no clock-out 22 Nov" in text


def test_today_names_what_waits_and_each_task_leads_to_its_page(desk):
    page = desk.get("/").text.split('<ul class="tasks">')[1]
    tasks = re.findall(r'<a class="btn" href="([^"]+)">', page)
    assert [link.replace("&amp;", "&") for link in tasks] == [
        "/kiosks",
        "/aside/",
        "/people#unknown",
        "/attendance?date=2026-11-22",
        "/calendar/?year=2027",
        "/orders/prices?product=D-7&operation=press",
        "/pay?start=2026-11-17&end=2026-11-23#held",
    ]


def test_a_new_installation_is_told_its_first_steps(tmp_path):
    store = engine(f"sqlite:///{tmp_path / plant.DATABASE}")
    upgrade(store)
    text = desk_of(plant.opened(store, Keys.generate())).text("/")
    store.dispose()
    steps = ("Nobody is on the list yet", "No machine is known yet", "No kiosk has asked yet")
    assert [step for step in steps if step not in text] == []


def test_a_crowd_is_cut_to_those_who_need_somebody_and_leads_to_all(shown, monkeypatch):
    monkeypatch.setattr(today, "SHOWN_PEOPLE", 2)
    text = desk_of(shown.service).text("/")
    assert "赵铁柱" in text
    assert "Nguyễn Văn Hùng" not in text
    assert "All 6 people" in text


def test_a_kiosk_that_fell_silent_is_said_before_anybody_is_missed(factory, own_desk):
    later = factory.service.office.clock() + 16 * 60_000_000
    factory.service.office.clock = lambda: later
    assert "offline since 15:36." in own_desk.text("/")


def test_a_day_line_says_its_times_in_words(desk):
    assert 'aria-label="张三丰: 07:58-12:01, 12:27-?"' in desk.get("/").text


def test_the_attendance_of_a_day_adds_up(desk):
    text = desk.text("/attendance?date=2026-11-20")
    assert "07:58 – 12:01 12:27 – 19:01 4 complete 10:37" in text
    assert "3 people 12" in text
    assert "Nobody tapped on this day." in desk.text("/attendance?date=2026-11-21")


def test_a_date_that_is_none_shows_today(desk):
    assert "Monday 23 November" in desk.text("/attendance?date=whenever")


def test_the_export_of_a_day_is_a_table_for_a_spreadsheet(desk):
    answer = desk.get("/attendance.csv?start=2026-11-20&end=2026-11-20")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["number"] for row in rows] == ["0288", "0317", "0392"]
    assert {(row["on_paper_only"], row["on_paper_too"]) for row in rows} == {("0", "0")}
    assert answer.headers["Content-Disposition"].endswith('filename="attendance_2026-11-20_2026-11-20.csv"')


def test_the_hours_of_a_day_open_to_the_taps_they_are_made_of(desk, shown):
    link = f"/attendance/of/{shown.keys['0317']}?date=2026-11-20"
    assert link in desk.get("/attendance?date=2026-11-20").text
    text = desk.text(link)
    assert "07:58:20 Clocked in gate-1, gate 07:58 – 12:01 record 1" in text
    assert "19:01:00 Clocked out gate-1, gate 12:27 – 19:01 record 4" in text


def test_hours_of_nobody_are_not_there(desk):
    assert desk.get("/attendance/of/nobody?date=2026-11-20").status_code == 404


def test_the_export_says_how_many_punches_are_on_paper_only_and_how_many_there_too(factory, own_desk):
    write_from_paper(factory)
    answer = own_desk.get("/attendance.csv?start=2026-11-20&end=2026-11-20")
    rows = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
    said = {row["number"]: (row["on_paper_only"], row["on_paper_too"]) for row in rows}
    assert said == {"0317": ("0", "1"), "0392": ("1", "0"), "0288": ("0", "0")}
