"""The shift's own books: they say `balances` only when every piece, tap and fen is where it belongs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from simulators.books import Books, DayRow, Joined, Office, Restart, Seal, WageRow, Wrong
from simulators.tally import balance
from simulators.turns import Turn, Window, window_of
from sync.wire.envelope import ClockState, Fact, Stamp

SECOND = 1_000_000
MODULUS = 65_536


def fact(seq: int, kind: str, second: float, **body: Any) -> Fact:
    at_us = round(second * SECOND)
    stamp = Stamp("boot", at_us * 1000, at_us, ClockState.RTC)
    return Fact("kiosk-1", 1, seq, f"command-{seq}", 0, kind, stamp, body, "", f"hash-{seq}")


def reading(seq: int, second: float, value: int, session: int = 7, changes: tuple[int, ...] = ()) -> Fact:
    body = {"machine": "M03", "value": value, "modulus": MODULUS, "session": session, "changes": list(changes)}
    return fact(seq, "CounterReading", second, **body)


def actual(seq: int, second: float, counts: int, between: tuple[int, int], **body: Any) -> Fact:
    step = {"from_seq": between[0], "to_seq": between[1], "step": body.pop("step", "NORMAL"), "counts": counts}
    whole = {"machine": "M03", "bucket": "ATTRIBUTED", "counts": counts, "readings": [step], "basis": "EXACT", **body}
    if whole["bucket"] == "ATTRIBUTED" and "shares" not in whole:
        whole["shares"] = [{"person": "anna", "quantity": counts}]
    return fact(seq, "MaterialActualRecorded", second, **whole)


def one_a_second(at_us: int) -> int:
    return at_us // SECOND


def day() -> list[Fact]:
    """Anna works from second 60 to 600. The PLC restarts at 300, after a reading at 298; she is off at 600."""
    return [
        fact(1, "AttendanceTap", 30, effective=True, person="anna", direction="IN"),
        reading(2, 0, 65_500),
        fact(3, "PersonnelLogOn", 60, machine="M03", person="anna", station="press"),
        reading(4, 61, 25, changes=(3,)),
        actual(5, 61, 61, (2, 4), bucket="UNATTRIBUTED", step="ROLLOVER"),
        reading(6, 298, 262),
        actual(7, 298, 237, (4, 6)),
        reading(8, 301, 1, session=8),
        actual(9, 301, 1, (6, 8), step="RESET"),
        fact(10, "PersonnelLogOff", 600, machine="M03", person="anna", station="press"),
        reading(11, 600, 300, session=8, changes=(10,)),
        actual(12, 600, 299, (8, 11)),
        fact(13, "QuantityConfirmed", 640, person="anna", actuals=[7, 9], counted=238, good=238),
        fact(14, "QuantityConfirmed", 650, person="anna", actuals=[12], counted=299, good=290),
        fact(15, "AttendanceTap", 660, effective=True, person="anna", direction="OUT"),
        fact(16, "PersonRegistered", 670, person="new", sealed="5" * 64),
        fact(17, "BadgeBound", 680, person="new", badge="EM4100:10008A5702"),
    ]


BOOKS = Books(
    made={"M03": 600},
    pieces_per_count={"M03": 1},
    turns=(Turn("M03", "1011", False, (60 * SECOND,)), Turn("M03", "1011", True, (600 * SECOND,))),
    count_at={"M03": lambda at_us: min(600, one_a_second(at_us))},
    prices={"MO-1": Decimal("0.10")},
    attendance={"1011": 2},
    restarts=(Restart("M03", 300 * SECOND, "13:05:00", 2),),
    late_seal=Seal("anna", (7, 9), 12),
    joined=Joined("1021", ("林小满", "110101190005212027"), "EM4100:10008A5702", 12),
    machine_s=lambda from_us, to_us: (to_us - from_us) / SECOND,
)

OFFICE = Office(
    [WageRow("1011", "MO-1", 238, Decimal("23.80"), "ok"), WageRow("1011", "MO-1", 290, Decimal("29.00"), "ok")],
    [DayRow("1011", 11, "closed")],
    {"anna": "1011", "new": "1021"},
)


def wrongs(
    journal: list[Fact] | None = None, received: list[Fact] | None = None, books: Books = BOOKS, office: Office = OFFICE
) -> list[Wrong]:
    journal = day() if journal is None else journal
    result = balance(books, journal, journal if received is None else received, office)
    return [difference.wrong for difference in result.differences]


def changed(seq: int, **body: Any) -> list[Fact]:
    """The day with one fact's body changed."""
    return [structs.replace(each, body={**each.body, **body}) if each.seq == seq else each for each in day()]


def test_a_day_with_a_rollover_and_a_restart_balances_to_the_piece():
    result = balance(BOOKS, day(), day(), OFFICE)
    assert result.differences == []
    assert any(
        "2 counts lost in it after the last reading (fact 6); session 7 became 8 (fact 8), RESET (fact 9)" in line
        for line in result.lines
    )
    assert "1011: sealed while HR had all up to fact 12; came later as fact 13, paid once" in result.lines
    assert (
        "1021: registered (fact 16) and given a badge (fact 17) while HR had all up to fact 12; named by HR later"
        in (result.lines)
    )
    assert "hours: 1 people, 2 taps, 11 minutes at HR" in result.lines


def test_one_count_more_or_less_than_was_made_is_found():
    assert Wrong.LOST in wrongs(books=replace(BOOKS, made={"M03": 601}))
    assert Wrong.DOUBLED in wrongs(books=replace(BOOKS, made={"M03": 599}))


def test_pieces_lost_in_the_plc_are_neither_forgotten_nor_invented():
    assert Wrong.LOST in wrongs(books=replace(BOOKS, restarts=(replace(BOOKS.restarts[0], lost=1),)))
    assert Wrong.DOUBLED in wrongs(books=replace(BOOKS, restarts=(replace(BOOKS.restarts[0], lost=3),)))


def test_a_restart_that_the_journal_does_not_flag_is_found():
    step = day()[8].body["readings"][0]
    assert wrongs(changed(9, readings=[{**step, "step": "NORMAL"}])) == [Wrong.OTHER]
    assert Wrong.DOUBLED in wrongs(books=replace(BOOKS, restarts=()))


def test_a_fact_that_hr_lacks_has_twice_or_has_otherwise_is_found():
    assert Wrong.LOST in wrongs(received=day()[:-1])
    assert Wrong.DOUBLED in wrongs(received=[*day(), day()[6]])
    assert wrongs(received=[*day()[:-1], structs.replace(day()[-1], hash="another hash")]) == [Wrong.OTHER]


def test_a_seal_that_is_paid_twice_or_not_at_all_is_found():
    twice = replace(OFFICE, wages=[*OFFICE.wages, OFFICE.wages[0]])
    assert Wrong.DOUBLED in wrongs(office=twice)
    assert Wrong.LOST in wrongs(office=replace(OFFICE, wages=OFFICE.wages[:1]))


def test_a_seal_that_reached_hr_while_it_was_away_was_not_late():
    assert wrongs(books=replace(BOOKS, late_seal=Seal("anna", (7, 9), 13))) == [Wrong.OTHER]


def test_a_row_sealed_twice_is_found():
    again = fact(18, "QuantityConfirmed", 670, person="anna", actuals=[9], counted=1, good=1)
    assert Wrong.DOUBLED in wrongs([*day(), again])


def test_a_tap_that_is_missing_and_a_minute_that_hr_counts_otherwise_are_found():
    assert wrongs(books=replace(BOOKS, attendance={"1011": 4})) == [Wrong.LOST]
    assert wrongs(office=replace(OFFICE, days=[DayRow("1011", 10, "closed")])) == [Wrong.OTHER]
    assert wrongs(office=replace(OFFICE, days=[])) == [Wrong.OTHER]


def test_a_newcomer_is_registered_once_and_has_one_badge():
    assert wrongs(changed(16, person="somebody")) == [Wrong.LOST]
    assert wrongs([*day(), fact(18, "PersonRegistered", 690, person="new")]) == [Wrong.DOUBLED]
    assert wrongs(changed(17, badge="EM4100:0000000001")) == [Wrong.OTHER]
    assert wrongs([each for each in day() if each.seq != 17]) == [Wrong.LOST]


def test_what_a_card_says_is_found_in_whatever_fact_it_got_into():
    assert wrongs(changed(1, station="林小满")) == [Wrong.OTHER]


def test_a_registration_that_reached_hr_while_it_was_away_was_not_offline():
    assert wrongs(books=replace(BOOKS, joined=replace(BOOKS.joined, hr_had=16))) == [Wrong.OTHER]


# --- who took over when ---------------------------------------------------------------------------------

TURN = Turn("M03", "1012", False, (100 * SECOND, 103 * SECOND))
TAKES_OVER = fact(3, "PersonnelLogOn", 101, machine="M03", person="bao", station="press")
START = reading(2, 0, 0)


def window(*journal: Fact, turn: Turn = TURN) -> Window | str:
    return window_of(turn, [START, *journal], one_a_second, BOOKS.machine_s)


def test_the_counts_up_to_the_snapshot_belong_to_whoever_was_there():
    found = window(TAKES_OVER, reading(4, 102, 102, changes=(3,)))
    assert isinstance(found, Window)
    assert found.mark == 102
    assert found.words == "2 counts between the badge and the snapshot"


def test_a_second_tap_that_was_only_shown_again_moves_nothing():
    found = window(TAKES_OVER, fact(4, "LogOnShown", 103, machine="M03"), reading(5, 103, 103, changes=(3,)))
    assert isinstance(found, Window)
    assert found.words == "3 counts between the badge and the snapshot"


@pytest.mark.parametrize(
    ("journal", "complaint"),
    [
        ((), "changed nothing"),
        ((TAKES_OVER,), "nothing says that it was missed"),
        ((TAKES_OVER, reading(4, 108, 108, changes=(3,))), "called EXACT, and its reading 4 came 7.0 s later"),
        ((TAKES_OVER, reading(4, 102, 99, changes=(3,))), "-1 counts in a window that saw 2"),
        ((TAKES_OVER, reading(4, 102, 104, changes=(3,))), "4 counts in a window that saw 2"),
    ],
)
def test_a_window_that_cannot_be_is_said(journal: tuple[Fact, ...], complaint: str):
    found = window(*journal)
    assert isinstance(found, str)
    assert complaint in found


def missed(*parts: Fact) -> Window | str:
    return window(TAKES_OVER, fact(4, "SnapshotMissed", 104, machine="M03", changes=[3]), reading(5, 200, 200), *parts)


def estimated(seq: int, counts: int, basis: str = "ESTIMATED") -> Fact:
    return actual(seq, 200, counts, (2, 5), basis=basis)


def test_without_a_snapshot_the_counts_are_divided_by_time_and_it_is_said_how_far_that_is_from_the_truth():
    found = missed(estimated(6, 101), estimated(7, 99))
    assert isinstance(found, Window)
    assert found.mark == 101
    assert found.words == "ESTIMATED by time between facts 2 and 5, +1 counts from the truth"


def test_an_estimate_that_time_does_not_make_is_found():
    found = missed(estimated(6, 104), estimated(7, 96))
    assert found == "104 counts were given away before the change 3, where its time makes 101.0"


def test_a_divided_count_must_say_that_it_is_an_estimate():
    found = missed(estimated(6, 101, "EXACT"), estimated(7, 99, "EXACT"))
    assert found == "the counts around the change 3 were divided and not called ESTIMATED"
