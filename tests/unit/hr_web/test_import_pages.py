"""Lists from a spreadsheet."""

import io

import pytest
from werkzeug.test import TestResponse

from hr.people.csv_import import Kind
from hr.web.imports import EXAMPLES
from tests.unit.hr_web.conftest import Desk, words


def send(desk: Desk, kind: str, text: str) -> TestResponse:
    return desk.post(f"/import/{kind}", file=(io.BytesIO(text.encode()), "list.csv"))


def test_a_good_file_is_taken_and_says_how_much_was_new(factory, own_desk):
    answer = send(own_desk, "people", "工号,姓名\n0317,张三丰\n0501,吴晓燕\n")
    assert "2 rows read, " in words(answer)
    assert any(person.number == "0501" for person in factory.service.people.listed())


def test_a_bad_file_names_line_column_got_and_wanted_and_changes_nothing(factory, own_desk):
    before = factory.service.catalogue.prices()
    file = "product,operation,price,valid_from\nH-40,punch,0.23,2026-12-01\nH-40,punch,cheap,2027-01-01\n"
    answer = send(own_desk, "prices", file)
    assert answer.status_code == 422
    assert "1 line is to be mended." in words(answer)
    assert "3 price cheap CNY per piece such as 0.1250, at most 8 decimals" in words(answer)
    assert factory.service.catalogue.prices() == before


def test_many_wrong_lines_are_counted_and_the_first_hundred_shown(own_desk):
    rows = "".join(f"m {number},x\n" for number in range(130))
    text = words(send(own_desk, "machines", "machine,name\n" + rows))
    assert "130 lines are to be mended." in text
    assert "and 30 more" in text


def test_no_file_is_said(own_desk):
    assert "Choose a file." in words(own_desk.post("/import/people"))


def test_what_is_wanted_is_said_in_the_persons_language(own_desk):
    own_desk.speak("zh")
    assert "1 或更大的整数" in words(send(own_desk, "orders", "order,product,operation,quantity\n1,H-40,punch,x\n"))


@pytest.mark.parametrize("kind", list(Kind))
def test_the_example_beside_the_form_is_a_file_that_is_taken(own_desk, kind):
    assert "rows read" in words(send(own_desk, kind.value, EXAMPLES[kind]))


def test_an_unknown_kind_is_not_there(desk):
    assert desk.get("/import/secrets").status_code == 404
