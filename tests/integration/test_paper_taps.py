"""Taps from the paper list of an outage: typed at HR's desk, matched with what the box sends later, sent on once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from hr.attendance.rules.paper import PaperTap
from hr.attendance.typed import Entry
from hr.people.records import Rejected
from sync.connectors.port import AttendanceLine, Before, Delivered, Event
from sync.wire.facts import Direction
from sync.wire.reference_data import Person
from tests.unit.hr.cast import DAY, SHIFTS_CSV, Factory, clock_us, factory, tap
from tests.unit.hr_web.conftest import Desk, desk_of

IN, OUT = Direction.IN, Direction.OUT


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[Factory]:
    made = factory(tmp_path)
    made.service.office.clock = partial(int, clock_us(36))
    made.service.people.save(Person("", "1001", "李伟"))
    yield made
    made.service.close()


def who(hr: Factory) -> str:
    return hr.service.people.listed()[0].id


def write(hr: Factory, direction: Direction, hours: int, minutes: int = 0) -> PaperTap:
    return hr.service.papers.write(Entry("1001", direction, clock_us(hours, minutes), "list 3, line 7"), "wang")


def send(hr: Factory, direction: Direction, hours: int, minutes: int = 0) -> None:
    hr.gate.write(tap(direction, who(hr)), clock_us(hours, minutes))
    hr.gate.send(hr.client, hr.gate.journal[-1:])


def minutes(hr: Factory) -> int:
    (day,) = hr.service.attendance.days(DAY, DAY)
    return day.minutes


def test_a_day_is_the_same_whether_the_paper_or_the_box_came_first(hr: Factory, tmp_path: Path):
    write(hr, IN, 8)
    send(hr, IN, 7, 58)
    send(hr, OUT, 17)
    (tmp_path / "other").mkdir()
    other = factory(tmp_path / "other")
    other.service.office.clock = hr.service.office.clock
    other.service.people.save(Person("", "1001", "李伟"))
    send(other, IN, 7, 58)
    send(other, OUT, 17)
    write(other, IN, 8)
    (first,), (second,) = hr.service.attendance.days(DAY, DAY), other.service.attendance.days(DAY, DAY)
    other.service.close()
    assert (first.minutes, first.matched, first.paper) == (542, 1, 0)
    assert first.stretches == second.stretches


@pytest.mark.parametrize(
    ("entry", "column"),
    [
        (Entry("9999", IN, clock_us(8), "list 3"), "number"),
        (Entry("1001", IN, clock_us(8), " "), "reference"),
        (Entry("1001", IN, clock_us(37), "list 3"), "time"),
        (Entry("1001", IN, clock_us(-24 * 500), "list 3"), "time"),
    ],
)
def test_what_cannot_be_is_not_taken(hr: Factory, entry: Entry, column: str):
    with pytest.raises(Rejected) as refused:
        hr.service.papers.write(entry, "wang")
    assert refused.value.column == column


def test_the_same_line_is_typed_once_until_it_is_taken_back(hr: Factory):
    first = write(hr, IN, 8)
    with pytest.raises(Rejected, match="once"):
        write(hr, IN, 8)
    hr.service.papers.take_back(first.id, "zhou", "the next line of the list")
    second = write(hr, IN, 8)
    history = {each.id: (each.stands, each.taken_back_by) for each in hr.service.papers.listed()}
    assert history == {first.id: (False, "zhou"), second.id: (True, None)}


def test_a_line_is_taken_back_once_and_with_a_reason(hr: Factory):
    made = write(hr, IN, 8)
    with pytest.raises(Rejected):
        hr.service.papers.take_back(made.id, "zhou", " ")
    hr.service.papers.take_back(made.id, "zhou", "wrong person")
    assert hr.service.attendance.days(DAY, DAY) == []
    with pytest.raises(Rejected):
        hr.service.papers.take_back(made.id, "wang", "again")
    stays = hr.service.papers.one(made.id)
    assert stays is not None
    assert (stays.taken_back_by, stays.taken_back_why) == ("zhou", "wrong person")


def test_a_line_after_midnight_belongs_to_the_night_shift(hr: Factory):
    from hr.people.csv_import import Kind

    hr.service.catalogue.import_csv(Kind.SHIFTS, SHIFTS_CSV.encode())
    assert write(hr, OUT, 29).work_date == DAY


def test_paper_and_record_with_different_dates_are_one_punch_on_either_day(hr: Factory):
    send(hr, IN, 20)
    send(hr, OUT, 28)
    write(hr, OUT, 28)
    assert [
        (day.work_date, day.paper, day.matched) for day in hr.service.attendance.days("2026-11-01", "2026-11-05")
    ] == [(DAY, 0, 1)]
    assert hr.service.attendance.days("2026-11-03", "2026-11-03") == []
    assert len(hr.service.attendance.taps(DAY, who(hr))) == 2


# --- what goes on to other systems --------------------------------------------------------------------


class Books:
    """The other system: what is in it after all that it was sent, by event."""

    def __init__(self, hr: Factory) -> None:
        self.hr, self.held = hr, dict[str, AttendanceLine]()

    def settle(self) -> list[tuple[int, Direction]]:
        """All that waits is sent; the punches that are there now."""
        self.hr.service.outbox.gather("payroll", DAY, self.hr.service.office.today())
        while events := self.hr.service.outbox.next("payroll", 10):
            for event in events:
                self._take(event)
            self.hr.service.outbox.note("payroll", {each.event: Delivered(each.event) for each in events})
        return sorted((each.at_us, each.direction) for each in self.held.values())

    def _take(self, event: Event) -> None:
        assert event.event not in self.held
        before = event.before
        if isinstance(before, Before):
            del self.held[before.event]
        if not event.withdrawn:
            assert isinstance(event.content, AttendanceLine)
            self.held[event.event] = event.content


@pytest.fixture
def books(hr: Factory) -> Books:
    return Books(hr)


def test_a_paper_punch_goes_on_and_the_late_record_corrects_it_and_is_no_second_one(hr: Factory, books: Books):
    write(hr, IN, 8)
    assert books.settle() == [(clock_us(8), IN)]
    send(hr, IN, 7, 58)
    assert books.settle() == [(clock_us(7, 58), IN)]
    assert [each.revision for each in hr.service.outbox.listed("payroll")] == [1, 2]


def test_paper_for_a_record_that_went_on_already_sends_nothing(hr: Factory, books: Books):
    send(hr, IN, 7, 58)
    books.settle()
    hr.service.office.clock = partial(int, clock_us(37))
    write(hr, IN, 8)
    assert books.settle() == [(clock_us(7, 58), IN)]
    assert len(hr.service.outbox.listed("payroll")) == 1


def test_what_is_taken_back_is_withdrawn_and_the_record_stays(hr: Factory, books: Books):
    first, second = write(hr, IN, 8), write(hr, OUT, 17)
    send(hr, IN, 7, 58)
    assert books.settle() == [(clock_us(7, 58), IN), (clock_us(17), OUT)]
    for each in (first, second):
        hr.service.papers.take_back(each.id, "wang", "another plant's list")
    assert books.settle() == [(clock_us(7, 58), IN)]


# --- at the desk --------------------------------------------------------------------------------------


@pytest.fixture
def desk(hr: Factory) -> Desk:
    return desk_of(hr.service)


def typed(desk: Desk, **change: str) -> str:
    values = {"number": "1001", "direction": "IN", "date": DAY, "time": "08:00", "reference": "list 3, line 7"}
    return desk.post("/paper/", **(values | change)).text


def test_a_line_is_typed_seen_and_taken_back_at_the_desk(hr: Factory, desk: Desk):
    assert "on paper only" in typed(desk)
    send(hr, IN, 7, 58)
    assert "the kiosk has it too" in desk.text("/paper/")
    day = desk.text(f"/attendance/of/{who(hr)}?date={DAY}")
    assert "paper: 08:00, list 3, line 7" in day
    (made,) = hr.service.papers.listed()
    assert made.typed_by == "zhou.min"
    assert "Say in a few words why" in desk.post(f"/paper/{made.id}/take-back", why="").text
    assert "taken back" in desk.post(f"/paper/{made.id}/take-back", why="wrong person").text
    assert "wrong person" in desk.text(f"/paper/{made.id}")


def test_a_day_that_rests_on_paper_says_so(hr: Factory, desk: Desk):
    write(hr, IN, 8)
    assert "on paper" in desk.text(f"/attendance?date={DAY}")
    assert "on paper only" in desk.text(f"/attendance/of/{who(hr)}?date={DAY}")


@pytest.mark.parametrize("change", [{"time": "25:00"}, {"direction": "UP"}, {"number": "9"}, {"reference": ""}])
def test_a_form_that_cannot_be_taken_comes_back_with_what_was_typed(hr: Factory, desk: Desk, change: dict[str, str]):
    page = typed(desk, **change)
    assert "aria-invalid" in page or "wrong" in page
    assert hr.service.papers.listed() == []


def test_nobody_else_finds_a_line_that_is_not_there(desk: Desk):
    assert desk.get("/paper/00000000-0000-4000-8000-000000000000").status_code == 404
