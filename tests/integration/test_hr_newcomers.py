"""Newcomers at HR over a real database: whose their keys, badges, hours and pieces are, and that forgetting is real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete

from hr.people.claims import ClaimState
from hr.people.csv_import import Kind
from hr.people.newcomers import LISTED_FOR_US, SAFE_AFTER_US, Card, Newcomer, RecordRefused, mark_safe
from hr.people.records import Rejected
from hr.service import HrService, Plant
from hr.store import writing
from hr.store.tables import sealed_record
from sync.wire.facts import BadgeOffered, Direction, Outcome
from sync.wire.identity import NotSealedForUs, sealed_digest, sealing_text
from sync.wire.reference_data import Directory, Person
from tests.unit.hr.cast import (
    DAY,
    KEYS,
    LI_BADGE,
    PEOPLE_CSV,
    Box,
    Factory,
    actual,
    clock_us,
    confirmation,
    reading,
    span,
    supplied,
    tap,
    unknown_tap,
)
from tests.unit.hr.joining import CARD, NEW_BADGE, NEW_KEY, OTHER_KEY, bound, joins, registered, sealed_for

EMPLOYEE = Person("", "0501", CARD.name, language="vi")


@pytest.fixture
def hr(tmp_path: Path, hr_url: str) -> Iterator[Factory]:
    with supplied(tmp_path, hr_url, people=()) as made:
        made.service.catalogue.import_csv(Kind.PEOPLE, PEOPLE_CSV.encode())
        yield made


def sent(hr: Factory, box: Box | None = None) -> None:
    """All of the journal once more: what HR has is no news."""
    box = box or hr.gate
    hr.service.inbox.receive(box.journal, "nonce")


def the_newcomer(service: HrService, key: str = NEW_KEY) -> Newcomer:
    found = service.newcomers.one(key)
    assert found is not None
    return found


def li_wei(hr: Factory) -> str:
    return next(each.id for each in hr.service.people.listed() if each.number == "1001")


def works(box: Box, person: str, *, came: int, went: int) -> None:
    """Hours, and eight pieces that a supervisor seals."""
    box.write(tap(Direction.IN, person), clock_us(came))
    first, last = box.write(reading(100), clock_us(came)), box.write(reading(102), clock_us(went))
    made = box.write(actual([span(first.seq, last.seq, 2)], {person: 8}), clock_us(went))
    box.write(tap(Direction.OUT, person), clock_us(went))
    box.write(confirmation([made.seq], 8, person), clock_us(went, 5))


# --- waiting ----------------------------------------------------------------------------------------


def test_a_newcomer_waits_with_his_station_his_badge_and_his_card(hr: Factory):
    sealed = joins(hr.service, hr.gate)
    sent(hr)
    assert the_newcomer(hr.service).card is Card.NOT_YET
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, sealed)
    newcomer = the_newcomer(hr.service)
    assert (newcomer.device, newcomer.station, newcomer.language, newcomer.waits) == ("gate-1", "gate", "vi", True)
    assert [(each.badge, each.state) for each in newcomer.badges] == [(NEW_BADGE, ClaimState.WAITING)]
    assert newcomer.card is Card.HERE
    assert hr.service.newcomers.open_card(NEW_KEY) == CARD


def test_his_days_and_lines_are_there_before_he_is_mapped(hr: Factory):
    works(hr.gate, NEW_KEY, came=8, went=12)
    sent(hr)
    (day,) = hr.service.attendance.days(DAY, DAY)
    (line,) = hr.service.pay.lines(DAY, DAY)
    assert (day.person, day.person_name, day.minutes) == (NEW_KEY, "", 240)
    assert (line.person, line.person_name, line.good) == (NEW_KEY, "", 8)
    assert "newcomer a001" in hr.service.attendance.csv(DAY, DAY).decode()
    assert "newcomer a001" in hr.service.pay.csv(DAY, DAY).decode()


def test_a_badge_that_a_box_has_bound_is_not_one_that_belongs_to_nobody(hr: Factory):
    hr.gate.write(unknown_tap(NEW_BADGE))
    sent(hr)
    assert [each.badge for each in hr.service.people.unknown_badges()] == [NEW_BADGE]
    joins(hr.service, hr.gate)
    sent(hr)
    assert hr.service.people.unknown_badges() == []
    hr.service.newcomers.forget(NEW_KEY)
    assert [each.badge for each in hr.service.people.unknown_badges()] == [NEW_BADGE]


# --- the record -------------------------------------------------------------------------------------


def test_a_record_that_the_fact_does_not_name_is_shown_as_such(hr: Factory):
    joins(hr.service, hr.gate)
    sent(hr)
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, sealed_for(hr.service))
    assert the_newcomer(hr.service).card is Card.DIFFERS


def test_the_record_that_the_fact_names_is_the_one_that_is_opened_also_when_it_came_second(hr: Factory):
    sealed = joins(hr.service, hr.gate)
    sent(hr)
    other = sealed_for(hr.service, card=msgspec.structs.replace(CARD, name="冒名"))
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, other)
    with pytest.raises(RecordRefused):
        hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, sealed)
    assert the_newcomer(hr.service).card is Card.HERE
    assert hr.service.newcomers.open_card(NEW_KEY) == CARD


def test_a_record_of_another_person_or_another_key_is_not_opened(hr: Factory):
    joins(hr.service, hr.gate)
    sent(hr)
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, sealed_for(hr.service, OTHER_KEY))
    with pytest.raises(NotSealedForUs):
        hr.service.newcomers.open_card(NEW_KEY)


def test_only_so_many_other_records_of_one_person_are_kept(hr: Factory):
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, b"first")
    for number in range(9):
        with pytest.raises(RecordRefused):
            hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, b"other %d" % number)
    with hr.store.connect() as connection:
        assert len(connection.execute(sealed_record.select()).all()) == 4


def test_the_record_at_hr_is_not_readable_without_the_key(hr: Factory, tmp_path: Path):
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, joins(hr.service, hr.gate))
    sent(hr)
    hr.service.newcomers.open_card(NEW_KEY)
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert not any(text.encode() in content for text in (CARD.name, CARD.number, CARD.address)), file


# --- mapping ----------------------------------------------------------------------------------------


def test_a_new_employee_has_the_key_that_the_box_minted(hr: Factory):
    joins(hr.service, hr.gate)
    works(hr.gate, NEW_KEY, came=13, went=17)
    sent(hr)
    before = hr.service.editions.reference().version
    hr.service.newcomers.employ(NEW_KEY, EMPLOYEE)
    reference = hr.service.editions.reference()
    assert reference.version > before
    directory = Directory(reference)
    badge, person = directory.badge(NEW_BADGE), directory.person(NEW_KEY)
    assert badge is not None
    assert person is not None
    assert (badge.person, person.number, person.name, person.language) == (NEW_KEY, "0501", CARD.name, "vi")
    (day,) = hr.service.attendance.days(DAY, DAY)
    assert (day.person_number, day.minutes) == ("0501", 240)
    assert not the_newcomer(hr.service).waits


def test_hours_and_pieces_before_and_after_the_mapping_are_one_persons(hr: Factory):
    joins(hr.service, hr.gate)
    works(hr.gate, NEW_KEY, came=8, went=12)
    person = li_wei(hr)
    works(hr.gate, person, came=13, went=17)
    sent(hr)
    assert len(hr.service.attendance.days(DAY, DAY)) == 2
    hr.service.newcomers.map_to(NEW_KEY, person)
    (day,) = hr.service.attendance.days(DAY, DAY)
    assert (day.person, day.person_name, day.minutes, len(day.stretches)) == (person, "李伟", 480, 2)
    assert hr.service.attendance.days(DAY, DAY, person) == hr.service.attendance.days(DAY, DAY, NEW_KEY) == [day]
    assert len(hr.service.attendance.taps(DAY, person)) == 4
    lines = hr.service.pay.lines(DAY, DAY)
    assert [(line.person, line.person_name, line.good) for line in lines] == [(person, "李伟", 8)] * 2
    assert hr.service.pay.lines(DAY, DAY, person) == hr.service.pay.lines(DAY, DAY, NEW_KEY) == lines
    assert all(left == right for line in lines for _text, left, right in line.proofs)
    (total,) = hr.service.pay.totals(DAY, DAY)
    assert (total.person, total.good, total.flagged) == (person, 16, 0)
    (made,) = hr.service.pay.output(DAY).people
    assert (made.person, made.sealed, made.unsealed) == (person, 16, 0)


def test_boxes_are_told_all_keys_of_a_person(hr: Factory):
    joins(hr.service, hr.gate)
    sent(hr)
    hr.service.newcomers.map_to(NEW_KEY, li_wei(hr))
    directory = Directory(hr.service.editions.reference())
    found = directory.person(NEW_KEY)
    assert found is not None
    assert (found.id, found.keys) == (li_wei(hr), [NEW_KEY])


def test_taps_of_the_badge_before_it_was_his_become_his_with_the_mapping(hr: Factory):
    hr.gate.write(unknown_tap(NEW_BADGE), clock_us(7))
    joins(hr.service, hr.gate, wall_us=clock_us(8))
    sent(hr)
    hr.service.newcomers.map_to(NEW_KEY, li_wei(hr))
    (day,) = hr.service.attendance.days(DAY, DAY, li_wei(hr))
    assert day.taps == 1


def test_a_badge_that_is_bound_after_the_mapping_is_his_at_once(hr: Factory):
    joins(hr.service, hr.gate, badge=None)
    sent(hr)
    hr.service.newcomers.map_to(NEW_KEY, li_wei(hr))
    hr.gate.write(bound())
    sent(hr)
    badge = Directory(hr.service.editions.reference()).badge(NEW_BADGE)
    assert badge is not None
    assert badge.person == li_wei(hr)


@pytest.mark.parametrize(("give", "state"), [(True, ClaimState.GIVEN), (False, ClaimState.LEFT)])
def test_a_badge_that_somebody_has_is_never_moved_but_by_a_person(hr: Factory, give: bool, state: ClaimState):
    hr.service.people.assign_badge(LI_BADGE, li_wei(hr))
    joins(hr.service, hr.gate, badge=LI_BADGE)
    sent(hr)
    hr.service.newcomers.employ(NEW_KEY, EMPLOYEE)
    (claim,) = the_newcomer(hr.service).conflicts
    assert (claim.badge, claim.holder) == (LI_BADGE, li_wei(hr))
    hr.service.newcomers.decide_badge(NEW_KEY, LI_BADGE, give)
    badge = Directory(hr.service.editions.reference()).badge(LI_BADGE)
    assert badge is not None
    assert badge.person == (NEW_KEY if give else li_wei(hr))
    newcomer = the_newcomer(hr.service)
    assert ([each.state for each in newcomer.badges], newcomer.conflicts) == ([state], ())


@pytest.mark.parametrize(
    ("decide", "wanted"),
    [
        (
            lambda hr: hr.newcomers.employ(NEW_KEY, msgspec.structs.replace(EMPLOYEE, number="1001")),
            "a number that nobody has",
        ),
        (lambda hr: hr.newcomers.map_to(NEW_KEY, "nobody"), "a person that is known"),
        (lambda hr: hr.newcomers.employ(OTHER_KEY, EMPLOYEE), "a box has registered"),
        (lambda hr: hr.newcomers.undo(NEW_KEY), "has been decided about"),
        (lambda hr: hr.newcomers.decide_badge(NEW_KEY, NEW_BADGE, True), "two people claim"),
    ],
)
def test_what_cannot_be_decided_says_why_and_changes_nothing(hr: Factory, decide, wanted: str):
    joins(hr.service, hr.gate)
    sent(hr)
    people, version = hr.service.people.listed(), hr.service.editions.reference().version
    with pytest.raises(Rejected, match=wanted):
        decide(hr.service)
    assert (hr.service.people.listed(), hr.service.editions.reference().version) == (people, version)


def test_nobody_is_decided_about_twice(hr: Factory):
    joins(hr.service, hr.gate)
    sent(hr)
    hr.service.newcomers.map_to(NEW_KEY, li_wei(hr))
    with pytest.raises(Rejected, match="waits for a decision"):
        hr.service.newcomers.employ(NEW_KEY, EMPLOYEE)


# --- taking back ------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_new", [True, False])
def test_a_decision_is_taken_back_while_nothing_counts(hr: Factory, as_new: bool):
    joins(hr.service, hr.gate)
    sent(hr)
    before, people = the_newcomer(hr.service), hr.service.people.listed()
    if as_new:
        hr.service.newcomers.employ(NEW_KEY, EMPLOYEE)
    else:
        hr.service.newcomers.map_to(NEW_KEY, li_wei(hr))
    assert Directory(hr.service.editions.reference()).badge(NEW_BADGE) is not None
    hr.service.newcomers.undo(NEW_KEY)
    assert (the_newcomer(hr.service), hr.service.people.listed()) == (before, people)
    assert Directory(hr.service.editions.reference()).badge(NEW_BADGE) is None


@pytest.mark.parametrize("counting", [tap(Direction.IN, NEW_KEY), unknown_tap(NEW_BADGE)], ids=["his", "his badge's"])
def test_a_decision_stands_once_something_counts(hr: Factory, counting):
    joins(hr.service, hr.gate)
    hr.gate.write(counting)
    sent(hr)
    hr.service.newcomers.map_to(NEW_KEY, li_wei(hr))
    with pytest.raises(Rejected, match="nothing counts yet"):
        hr.service.newcomers.undo(NEW_KEY)
    assert the_newcomer(hr.service).person == li_wei(hr)


def test_one_whom_another_was_mapped_to_is_taken_back_last(hr: Factory):
    joins(hr.service, hr.gate)
    joins(hr.service, hr.gate, OTHER_KEY, badge=None)
    sent(hr)
    hr.service.newcomers.employ(NEW_KEY, EMPLOYEE)
    hr.service.newcomers.map_to(OTHER_KEY, NEW_KEY)
    with pytest.raises(Rejected, match="take that one back first"):
        hr.service.newcomers.undo(NEW_KEY)
    hr.service.newcomers.undo(OTHER_KEY)
    hr.service.newcomers.undo(NEW_KEY)
    assert [each.waits for each in hr.service.newcomers.listed()] == [True, True]


# --- forgetting -------------------------------------------------------------------------------------


IN_A_FILE = pytest.mark.parametrize("hr_url", ["sqlite"], indirect=True)
"""What these tests look into is SQLite's; PostgreSQL's own files are its VACUUM's."""


def files_with(folder: Path, piece: bytes) -> list[str]:
    return [file.name for file in folder.iterdir() if piece in file.read_bytes()]


@IN_A_FILE
def test_a_refused_newcomers_record_is_gone_from_the_disk_and_the_fact_stays(hr: Factory, tmp_path: Path):
    sealed = joins(hr.service, hr.gate)
    sent(hr)
    # Large enough for pages of its own as well as for a place between others.
    large = sealed_for(hr.service, OTHER_KEY, msgspec.structs.replace(CARD, address="路" * 3000))
    hr.gate.write(registered(hr.service, large, OTHER_KEY))
    sent(hr)
    for key, record in ((NEW_KEY, sealed), (OTHER_KEY, large)):
        hr.service.newcomers.keep_sealed("gate-1", key, record)
        assert files_with(tmp_path, record[40:72]) == ["hr.db-wal"]
        assert hr.service.newcomers.forget(key)
        assert files_with(tmp_path, record[40:72]) == []
        assert files_with(tmp_path, record[-32:]) == []
        newcomer = the_newcomer(hr.service, key)
        assert (newcomer.card, newcomer.refused, newcomer.waits) == (Card.DESTROYED, True, False)
        assert hr.service.newcomers.open_card(key) is None


@IN_A_FILE
def test_it_is_gone_from_the_database_file_too(hr: Factory, tmp_path: Path):
    sealed = joins(hr.service, hr.gate)
    sent(hr)
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, sealed)
    with hr.store.connect() as connection:
        connection.rollback()
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    assert files_with(tmp_path, sealed[40:72]) == ["hr.db"]
    assert hr.service.newcomers.forget(NEW_KEY)
    assert files_with(tmp_path, sealed[40:72]) == []


@IN_A_FILE
def test_a_reader_that_holds_on_to_the_old_pages_is_told(hr: Factory, tmp_path: Path):
    sealed = joins(hr.service, hr.gate)
    sent(hr)
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, sealed)
    with hr.store.connect() as reader:
        reader.execute(sealed_record.select()).all()
        assert not hr.service.newcomers.forget(NEW_KEY)
    assert hr.service.newcomers.forget(NEW_KEY)
    assert files_with(tmp_path, sealed[40:72]) == []


def test_what_is_forgotten_is_in_no_row(hr: Factory):
    sealed = joins(hr.service, hr.gate)
    sent(hr)
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, sealed)
    assert hr.service.newcomers.forget(NEW_KEY)
    with hr.store.connect() as connection:
        assert connection.execute(sealed_record.select()).one().sealed is None


def test_a_record_that_comes_after_the_refusal_is_not_kept(hr: Factory, tmp_path: Path):
    sealed = joins(hr.service, hr.gate)
    sent(hr)
    hr.service.newcomers.forget(NEW_KEY)
    assert hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, sealed) == sealed_digest(sealed)
    assert files_with(tmp_path, sealed[40:72]) == []
    assert the_newcomer(hr.service).card is Card.DESTROYED


# --- what boxes are told of it ----------------------------------------------------------------------


def later(hr: Factory, us: int) -> HrService:
    """The same installation, some time on."""
    now = hr.service.office.clock() + us
    return HrService(hr.store, KEYS, lambda: now, Plant())


def told(service: HrService) -> list[tuple[str, bool]]:
    return [(each.person, each.safe) for each in service.editions.reference().newcomers]


def test_boxes_are_told_the_sealing_key_and_what_is_here(hr: Factory):
    assert hr.service.editions.reference().sealing_key == sealing_text(KEYS.sealing.public_key())
    version = hr.service.editions.reference().version
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, b"sealed")
    assert told(hr.service) == [(NEW_KEY, False)]
    assert hr.service.editions.reference().version > version


def test_a_record_is_safe_once_it_is_in_a_backup(hr: Factory):
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, b"sealed")
    hr.service.newcomers.keep_sealed("gate-1", OTHER_KEY, b"sealed later")
    version = hr.service.editions.reference().version
    with writing(hr.store).begin() as connection:
        mark_safe(connection, [(NEW_KEY, sealed_digest(b"sealed"))])
    assert told(hr.service) == [(NEW_KEY, True), (OTHER_KEY, False)]
    assert hr.service.editions.reference().version > version


def test_without_backups_the_box_may_let_go_after_a_week(hr: Factory):
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, b"sealed")
    assert told(later(hr, SAFE_AFTER_US - 1)) == [(NEW_KEY, False)]
    assert told(later(hr, SAFE_AFTER_US + 86_400_000_000)) == [(NEW_KEY, True)]


def test_a_box_that_was_away_for_months_is_told_again_when_it_asks(hr: Factory):
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, b"sealed")
    months_on = later(hr, LISTED_FOR_US)
    assert told(months_on) == []
    months_on.newcomers.keep_sealed("gate-1", NEW_KEY, b"sealed")
    assert told(months_on) == [(NEW_KEY, True)]


def test_hr_that_has_lost_a_record_no_longer_names_it(hr: Factory):
    hr.service.newcomers.keep_sealed("gate-1", NEW_KEY, b"sealed")
    with writing(hr.store).begin() as connection:
        connection.execute(delete(sealed_record))
    assert told(hr.service) == []


def test_an_offered_badge_binds_nothing(hr: Factory):
    hr.gate.write(BadgeOffered(Outcome.BADGE_OFFERED, "gate", "gate-reader", NEW_KEY, NEW_BADGE))
    joins(hr.service, hr.gate, badge=None)
    sent(hr)
    hr.service.newcomers.employ(NEW_KEY, EMPLOYEE)
    assert Directory(hr.service.editions.reference()).badge(NEW_BADGE) is None


def test_the_badge_of_a_leaver_is_blocked_at_the_box_that_bound_it(hr: Factory):
    joins(hr.service, hr.gate)
    sent(hr)
    hr.service.newcomers.employ(NEW_KEY, EMPLOYEE)
    hr.service.people.save(EMPLOYEE, active=False)
    badge = Directory(hr.service.editions.reference()).badge(NEW_BADGE)
    assert badge is not None
    assert badge.blocked
