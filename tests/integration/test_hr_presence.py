"""Two doors and one HR: what each box is told of the other, and one day out of both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hr.attendance.presence import PresenceDesk
from hr.people.csv_import import Kind
from sync.exchange.client import HrClient
from sync.reference.presence_fetch import PresenceFetch
from sync.reference.store import ReferenceStore
from sync.wire.envelope import ClockState, unpack
from sync.wire.facts import Direction, DirectionChosen, Outcome
from sync.wire.presence import ClockingBox, Presence, Seen
from sync.wire.report import BoxStatus, Report
from tests.contract.hr_servers import serving
from tests.unit.hr.cast import DAY, KEYS, NOON_US, Box, Factory, clock_us, factory, tap

IN, OUT = Direction.IN, Direction.OUT
PEOPLE_CSV = "工号,姓名\n1001,李伟\n".encode()
SEVEN_DAYS_US = 7 * 86_400_000_000


class Doors:
    """Boxes gate-1 and gate-2, and HR at whatever time it is."""

    def __init__(self, hr: Factory) -> None:
        self.hr, self.one, self.two = hr, hr.gate, Box("gate-2")
        self.now_us = NOON_US
        hr.service.office.clock = lambda: self.now_us
        hr.service.catalogue.import_csv(Kind.PEOPLE, PEOPLE_CSV)
        self.person = next(each.id for each in hr.service.people.listed() if each.number == "1001")
        hr.service.kiosks.enrol("gate-2", self.two.key.public_key())
        hr.service.kiosks.accept(self.two.fingerprint)
        self.desk = PresenceDesk(hr.store, lambda: self.now_us, iter(range(0, 10**6, 60)).__next__)

    def writes(self, box: Box, direction: Direction, hour: float, outcome: Outcome | None = None) -> int:
        body = tap(direction, self.person)
        body = msgspec.structs.replace(body, outcome=outcome) if outcome else body
        return box.write(body, clock_us(0, round(hour * 60))).seq

    def chooses(self, box: Box, seq: int, direction: Direction, hour: float) -> None:
        outcome = Outcome.CLOCKED_IN if direction is IN else Outcome.CLOCKED_OUT
        body = DirectionChosen(outcome, "gate", self.person, seq, direction, DAY)
        box.write(body, clock_us(0, round(hour * 60), 5))

    def sends(self, box: Box) -> None:
        assert box.send(self.hr.client, box.journal).status == 200

    def told(self, box: Box) -> Presence:
        return self.desk.of(box.device)

    def minutes(self) -> tuple[int, bool]:
        (day,) = self.hr.service.attendance.days(DAY, DAY)
        return day.minutes, day.open


@pytest.fixture
def doors(tmp_path: Path, hr_url: str) -> Iterator[Doors]:
    made = factory(tmp_path, hr_url)
    yield Doors(made)
    made.service.close()


# --- presence -----------------------------------------------------------------------------------------


def test_a_box_is_told_the_last_tap_of_each_person_at_the_other_box_and_not_its_own(doors: Doors):
    doors.writes(doors.one, IN, 8)
    doors.writes(doors.one, OUT, 10)
    doors.sends(doors.one)
    assert doors.told(doors.two).seen == [Seen(doors.person, OUT, clock_us(10), "gate-1")]
    assert doors.told(doors.one).seen == []


def test_what_the_person_chose_is_what_is_told(doors: Doors):
    seq = doors.writes(doors.one, IN, 11, Outcome.DIRECTION_OFFERED)
    doors.chooses(doors.one, seq, OUT, 11)
    doors.sends(doors.one)
    assert doors.told(doors.two).seen[0].direction is OUT


def test_a_tap_is_told_for_twenty_hours(doors: Doors):
    doors.writes(doors.one, IN, 8)
    doors.sends(doors.one)
    doors.now_us = clock_us(28)
    assert len(doors.told(doors.two).seen) == 1
    doors.now_us += 1
    assert doors.told(doors.two).seen == []


def test_the_version_stands_still_while_nothing_happens(doors: Doors):
    doors.writes(doors.one, IN, 8)
    doors.sends(doors.one)
    first = doors.told(doors.two)
    doors.now_us += 60_000_000
    doors.sends(doors.one)
    assert doors.told(doors.two) == first


def test_a_box_that_falls_silent_is_told_of_and_forgotten_after_a_week(doors: Doors):
    doors.writes(doors.one, IN, 8)
    doors.sends(doors.one)
    assert doors.told(doors.two).boxes == [ClockingBox("gate-1")]
    doors.now_us += 300_000_000
    assert doors.told(doors.two).boxes == [ClockingBox("gate-1", NOON_US)]
    doors.now_us = NOON_US + SEVEN_DAYS_US
    assert doors.told(doors.two).boxes == []


def status(*, clocks: bool = True) -> BoxStatus:
    return BoxStatus(ClockState.NTP, "1.0", 10**9, core=True, devices_run=True, clocks=clocks)


def test_a_box_where_nobody_clocks_is_no_other_door(doors: Doors):
    doors.hr.service.fleet.note("gate-1", Report(NOON_US, 1, 0, 0, 0, status(clocks=False)))
    doors.writes(doors.one, IN, 8)
    doors.sends(doors.one)
    assert doors.told(doors.two).boxes == []


@pytest.mark.parametrize(("waits_s", "silent_s"), [(20, 0), (3600, 3600)], ids=["as always", "catching up"])
def test_a_box_that_is_still_catching_up_is_as_old_as_what_it_has_not_sent(doors: Doors, waits_s: int, silent_s: int):
    doors.writes(doors.one, IN, 8)
    doors.sends(doors.one)
    wrong_us = NOON_US - 10**15
    report = Report(wrong_us, 1, 9, 8, wrong_us - waits_s * 1_000_000, status())
    doors.hr.service.fleet.note("gate-1", report)
    silent_us = NOON_US - silent_s * 1_000_000 if silent_s else 0
    assert doors.told(doors.two).boxes == [ClockingBox("gate-1", silent_us)]


def test_presence_is_told_to_boxes_that_are_let_in_and_by_version(doors: Doors):
    doors.writes(doors.one, IN, 8)
    doors.sends(doors.one)
    client = doors.hr.client
    answer = doors.two.ask(client, "GET", "/v1/presence/0", headers={"Accept-Encoding": "gzip"})
    assert (answer.status, answer.signed) == (200, True)
    told = msgspec.json.decode(unpack(answer.response.get_data(), 10_000), type=Presence)
    assert [each.person for each in told.seen] == [doors.person]
    again = doors.two.ask(client, "GET", f"/v1/presence/{told.version}")
    assert (again.status, again.signed, again.response.get_data()) == (304, True, b"")
    assert doors.hr.stranger.ask(client, "GET", "/v1/presence/0").status == 401
    assert doors.hr.revoked.ask(client, "GET", "/v1/presence/0").status == 401


def test_a_box_asks_now_and_then_and_keeps_what_it_is_told(doors: Doors, tmp_path: Path):
    doors.writes(doors.one, IN, 8)
    doors.sends(doors.one)
    store, asked_us = ReferenceStore(tmp_path / "reference.db", bytes(32)), [0]
    with serving(doors.hr.service) as url:
        client = HrClient(url, KEYS.signing.public_key(), doors.two.key, "gate-2")
        fetch = PresenceFetch(client, store.presence, lambda: asked_us[0], 30)
        fetch.run()
        first = store.presence.version()
        doors.writes(doors.one, OUT, 9)
        doors.sends(doors.one)
        doors.hr.service.presence = PresenceDesk(doors.hr.store, lambda: doors.now_us)
        for asked_us[0] in (29_999_999, 30_000_000):
            fetch.run()
            assert (store.presence.version() == first) is (asked_us[0] < 30_000_000)
        client.close()
    store.close()


def test_a_box_whose_clock_was_set_back_goes_on_asking(doors: Doors, tmp_path: Path):
    store, asked_us = ReferenceStore(tmp_path / "reference.db", bytes(32)), [10**15]
    with serving(doors.hr.service) as url:
        client = HrClient(url, KEYS.signing.public_key(), doors.two.key, "gate-2")
        fetch = PresenceFetch(client, store.presence, lambda: asked_us[0], 30)
        fetch.run()
        before = store.presence.version()
        doors.writes(doors.one, IN, 8)
        doors.sends(doors.one)
        doors.hr.service.presence = PresenceDesk(doors.hr.store, lambda: doors.now_us)
        asked_us[0] = 0
        fetch.run()
        assert store.presence.version() != before
        client.close()
    store.close()


# --- one day out of both doors ------------------------------------------------------------------------


def in_at_one_out_at_two(doors: Doors, *, chosen: Direction | None, guess: Direction) -> None:
    """A came in at door one; door two, without a link, offered both in the middle of the shift."""
    doors.writes(doors.one, IN, 8)
    seq = doors.writes(doors.two, guess, 14, Outcome.DIRECTION_OFFERED)
    if chosen is not None:
        doors.chooses(doors.two, seq, chosen, 14)


@pytest.mark.parametrize("guess", [IN, OUT])
@pytest.mark.parametrize("chosen", [OUT, None], ids=["he chose", "he walked away"])
def test_in_at_one_door_and_out_at_the_other_is_one_day(doors: Doors, chosen: Direction | None, guess: Direction):
    in_at_one_out_at_two(doors, chosen=chosen, guess=guess)
    for box in (doors.two, doors.one):
        doors.sends(box)
    assert doors.minutes() == (360, False)


@pytest.mark.parametrize("order", ["11222", "22211", "21212"])
def test_every_order_in_which_facts_of_two_doors_arrive_gives_the_same_day(doors: Doors, order: str):
    doors.writes(doors.one, IN, 8)
    out = doors.writes(doors.two, IN, 12, Outcome.DIRECTION_OFFERED)
    doors.chooses(doors.two, out, OUT, 12)
    doors.writes(doors.one, OUT, 13, Outcome.DIRECTION_OFFERED)
    doors.writes(doors.two, OUT, 17)
    waiting = {name: iter(box.journal) for name, box in (("1", doors.one), ("2", doors.two))}
    for name in order:
        box = doors.one if name == "1" else doors.two
        assert box.send(doors.hr.client, [next(waiting[name])]).status == 200
    assert doors.minutes() == (480, False)


def test_the_lines_for_other_systems_say_what_counts(doors: Doors):
    in_at_one_out_at_two(doors, chosen=None, guess=IN)
    for box in (doors.one, doors.two):
        doors.sends(box)
    placed = doors.hr.service.attendance.taps(DAY, doors.person)
    assert [(each.direction, each.tap.direction) for each in placed] == [(IN, IN), (OUT, IN)]


def test_a_choice_of_another_box_or_epoch_changes_nothing(doors: Doors):
    seq = doors.writes(doors.one, IN, 8)
    doors.writes(doors.one, OUT, 12)
    doors.chooses(doors.two, seq, OUT, 8)
    for box in (doors.one, doors.two):
        doors.sends(box)
    assert doors.minutes() == (240, False)
