"""Every figure of a wage opens to what made it."""

import csv
import io
import re

import pytest

from tests.unit.hr_web.conftest import words


def test_the_period_adds_up_by_person_and_names_what_is_held(desk):
    text = desk.text("/pay?start=2026-11-01&end=2026-11-30")
    assert "1 line without a price, 267 pcs. 1 line whose sums do not agree." in text
    assert "张三丰 0317 1 2 642 CNY 147.72" in text
    assert "4 people 1,142 CNY 277.72" in text


def test_a_person_without_lines_in_the_period_is_not_there(desk, shown):
    assert desk.get(f"/pay/of/{shown.keys['0256']}").status_code == 404


def test_the_ladder_goes_from_the_wage_down_to_the_bytes(desk, shown):
    text = desk.text(f"/pay/line/gate-1/1/{shown.line}")
    rungs = ["CNY 105.60", "480 pcs", "CNY 0.2200", "480 good", "6 own scrap", "王建国 sealed it", "496 pcs", "261 pcs"]
    rungs += ["48,210", "08:02:11", "261 counts", "48,471", "0000 BC52", "0000 BD57", "48,706"]
    places = [text.index(rung) for rung in rungs]
    assert places[0] == min(places)
    assert "Equal at every level" in text
    assert "5 readings in between" in text


def test_every_record_number_of_the_ladder_opens(desk, shown):
    page = desk.get(f"/pay/line/gate-1/1/{shown.line}").text
    links = set(re.findall(r'href="(/fact/[^"]+)"', page))
    assert len(links) >= 14
    assert {desk.get(link).status_code for link in links} == {200}


def test_the_lines_of_the_same_day_stand_below(desk, shown):
    text = desk.text(f"/pay/line/gate-1/1/{shown.line}")
    assert "Friday 20 November: 2 lines" in text
    assert "支架 B-12 · 攻丝 162 CNY 0.2600 CNY 42.12" in text


def test_a_line_that_does_not_add_up_shows_no_amount(desk, shown):
    text = desk.text(f"/pay/line/gate-1/1/{shown.wrong_line}")
    assert "The sums of this line do not agree." in text
    assert "86 ≠ 90" in text
    assert "CNY 19.80" not in text


def test_a_line_without_a_price_leads_to_the_price_form(desk, shown):
    page = desk.get(f"/pay/line/gate-1/1/{shown.unpriced_line}")
    assert "No price is in force for this work." in words(page)
    (link,) = re.findall(r'href="(/orders/prices\?[^"]+)"', page.text.replace("&amp;", "&"))
    assert 'value="D-7"' in desk.get(link).text


def test_pieces_split_by_time_are_marked_as_such(desk, shown):
    (line,) = shown.service.pay.lines("2026-11-20", "2026-11-20", shown.keys["0288"])
    assert "split by time" in desk.text(f"/pay/line/gate-1/1/{line.seq}")


@pytest.mark.parametrize("path", ["/pay/line/gate-1/1/1", "/pay/line/gate-9/1/28", "/pay/line/gate-1/1/99999999999999"])
def test_a_line_that_is_not_there_is_not_there(desk, path):
    assert desk.get(path).status_code == 404


def test_the_export_says_which_rows_count(desk):
    answer = desk.get("/pay.csv?start=2026-11-01&end=2026-11-30")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="wages_2026-11-01_2026-11-30.csv"'
    assert sorted(row["state"] for row in rows) == ["does not add up", "ok", "ok", "ok", "unpriced"]


@pytest.mark.parametrize(("language", "wage"), [("zh", "¥105.60"), ("en", "CNY 105.60"), ("vi", "105,60 tệ")])
def test_money_is_written_as_the_language_writes_it(desk, shown, language, wage):
    desk.speak(language)
    text = desk.text(f"/pay/line/gate-1/1/{shown.line}")
    desk.speak("en")
    assert wage in text


def test_output_is_shown_by_order_with_its_sums(desk):
    text = desk.text("/output?date=2026-11-20")
    assert "铰链 H-40 · 冲孔 order 1118" in text
    assert "2 people 586 570 6 10 0 0" in text
    assert "Nothing was sealed" in desk.text("/output?date=2026-11-21")


def test_output_says_where_the_counted_pieces_went_and_what_waits_for_a_seal(desk):
    text = desk.text("/output?date=2026-11-20")
    assert "冲床 03 496 496 0 0 0" in text
    assert "张三丰 658 658 0" in text


@pytest.mark.parametrize(
    ("language", "period"),
    [
        ("zh", "2026年11月1日 至 2026年11月30日"),
        ("en", "1 November 2026 to 30 November 2026"),
        ("vi", "1 tháng 11, 2026 đến 30 tháng 11, 2026"),
    ],
)
def test_the_period_of_a_person_is_written_in_words(desk, shown, language, period):
    desk.speak(language)
    text = desk.text(f"/pay/of/{shown.keys['0317']}?start=2026-11-01&end=2026-11-30")
    desk.speak("en")
    assert period in text
