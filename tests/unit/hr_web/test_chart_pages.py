"""The month in pictures: what each says, and what it never brings along."""

import re
from decimal import Decimal
from itertools import pairwise

import pytest

from hr.attendance.rules.caps import MOST_MONTH_MIN
from hr.web import charts, drawing, findings
from hr.web.drawing import Line, Mark
from hr.web.findings import Part, by_person, pay_bins
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import app_of, desk_of


@pytest.fixture(scope="module")
def rostered(tmp_path_factory):
    factory = plant.build(tmp_path_factory.mktemp("rostered"))
    people = [factory.keys[number] for number in ("0317", "0392", "0288")]
    factory.service.roster.set_team(people, [plant.FRIDAY, plant.MONDAY], ("day",), plant.USER)
    yield factory
    factory.engine.dispose()


def part(person: str, amount: int, date: str = "2026-11-20") -> Part:
    return Part(person, person, person, date, amount)


def test_each_picture_has_the_sentence_it_is_drawn_for(rostered):
    text = desk_of(rostered.service).text("/charts?month=2026-11")
    assert "Nobody is near the overtime cap" in text
    assert "Most was made on 20 Nov: 1,142 good pieces" in text
    assert "Late 2 times, most often 周大勇" in text
    assert "Half of the people have CNY 138.86 or more" in text


def test_the_overtime_of_a_person_is_shown_stretch_by_stretch(rostered):
    text = desk_of(rostered.service).text(f"/charts/overtime/{rostered.keys['0317']}?month=2026-11")
    assert "Friday 20 November 17:00 19:00 not approved 2:00" in text


def test_who_was_late_is_shown_with_the_beginning_and_the_tap(rostered):
    text = desk_of(rostered.service).text(f"/charts/late/{rostered.keys['0288']}?month=2026-11")
    assert "Friday 20 November 白班 08:00 08:13 13" in text


def test_a_month_without_anything_says_so(rostered):
    text = desk_of(rostered.service).text("/charts?month=2026-08")
    assert "No overtime this month" in text
    assert "Nothing is sealed and priced yet" in text
    assert "Nobody has come to a shift yet" in text


@pytest.mark.parametrize(
    "path", ["/charts/overtime/nobody", "/charts/late/nobody", "/charts/arrivals?at=7", "/charts/pay?at=1"]
)
def test_what_is_not_there_is_not_there(rostered, path):
    assert desk_of(rostered.service).get(path).status_code == 404


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (MOST_MONTH_MIN + 1, "zhang is over the overtime cap"),
        (MOST_MONTH_MIN, "zhang is close to the overtime cap"),
        (30 * 60, "zhang is close to the overtime cap"),
        (30 * 60 - 1, "Nobody is near the overtime cap"),
    ],
)
def test_the_overtime_sentence_names_who_has_the_most_where_that_is_near_the_cap(shown, minutes, said):
    people = by_person([part("li", 60), part("zhang", minutes)])
    with app_of(shown.service).test_request_context():
        assert charts._of_overtime(people) == said


def test_people_stand_by_their_sum_and_their_days_are_kept():
    li, zhang = by_person([part("zhang", 5), part("li", 4), part("li", 3, "2026-11-21"), part("li", 2)])
    assert (li.person, li.amount, li.by_date) == ("li", 9, {"2026-11-20": 6, "2026-11-21": 3})
    assert zhang.amount == 5


@pytest.mark.parametrize("amounts", [["0.00"], ["0.00", "79.99", "80.00"], ["2100.10", "2890.00", "3100.55", "9.99"]])
def test_everybody_is_in_one_bar_of_pay_and_there_are_at_most_eight(amounts):
    given = [(str(place), Decimal(amount)) for place, amount in enumerate(amounts)]
    bins = pay_bins(given)
    assert 1 <= len(bins) <= findings.MOST_BINS
    assert sorted(each for bar in bins for each in bar.people) == sorted(given)
    assert all(bar.from_yuan <= amount < bar.to_yuan for bar in bins for _, amount in bar.people)
    assert all(before.to_yuan == after.from_yuan for before, after in pairwise(bins))


def test_the_middle_of_pay_is_rounded_to_the_fen():
    assert findings.middle([Decimal("1.00"), Decimal("1.01")]) in (Decimal("1.00"), Decimal("1.01"))
    assert findings.best_day([]) is None


def test_a_drawing_brings_no_style_no_script_and_no_address_of_another_server(rostered):
    page = desk_of(rostered.service).get("/charts?month=2026-11").text
    drawn = "".join(re.findall(r"<svg[^>]*pygal.*?</svg>", page, re.DOTALL))
    assert drawn.count("<svg") == 4
    for refused in ("<style", "<script", "style=", "<!--", "<desc", "target=", "tooltip-overlay"):
        assert refused not in drawn
    assert set(re.findall(r"https?://[^\"]+", drawn)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_a_name_is_never_markup_in_a_drawing():
    drawn = drawing.rows(["<b>Li</b>"], [Mark(1, "1", "<i>Li</i>: 1", "/x?a=1&b=2")], Line(2, "cap <2>"))
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert 'href="/x?a=1&amp;b=2"' in drawn


def test_the_classes_that_the_style_colours_are_there():
    drawn = drawing.rows(["Li"], [Mark(1, "1", "Li", "/x", alarm=True)], Line(2, "cap"))
    for name in ("horizontalstackedbar-graph", "color-1", "major guide line", 'class="value"', 'class="axis y"'):
        assert name in drawn
