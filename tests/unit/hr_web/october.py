"""A month of work behind the factory of `plant.py`: October 2026, from taps and readings to a payroll that is closed.

What HR meets in a month is here once: overtime after a shift, a Saturday, a holiday, leave, a punch that is missing,
grades, a guarantee, a bonus, a claim, and pieces that were counted again after the month was closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hr.attendance.approvals import Decision
from hr.attendance.leaves import LeaveKind, Wish
from hr.attendance.repairs import RepairState, Request
from hr.attendance.rules.matters import BEYOND, matters
from hr.attendance.rules.shifts import Break
from hr.attendance.rules.timetable import EVER
from hr.pay.periods.period import Step
from hr.pay.terms.lists import PayList
from hr.people.csv_import import Kind
from sync.wire.envelope import fingerprint
from sync.wire.facts import Direction
from tests.unit.hr_web.plant import USER, Factory, Journal, Made, moment

DEVICE, LATE_DEVICE = "floor-1", "floor-2"
MONTH, OTHER_USER = "2026-10", "li.na"
GOLDEN_WEEK_ENDS, LAST = date(2026, 10, 7), date(2026, 10, 31)
WORKERS = ("0317", "0392", "0288", "0105", "0407", "0221")
MACHINE_OF = {
    "0317": "press-03",
    "0392": "press-04",
    "0288": "tap-02",
    "0105": "press-05",
    "0407": "press-06",
    "0221": "tap-03",
}
PUNCH, TAP = ("1118", "H-40", "punch"), ("1121", "B-12", "tap")
LATE_EVENINGS = {"0317": (9, 14, 15, 20, 21, 22, 27, 28, 29), "0288": (14, 21, 28), "0105": (9, 13, 27)}
SATURDAYS = {"0317": (17, 24), "0392": (24,)}
HOLIDAY = {"0288": 5}
ON_LEAVE = {"0392": 16}
FORGOT = {"0221": 22}
LATE_BY = {"0407": {12: 14, 26: 31}, "0105": {19: 6}}

LISTS = {
    PayList.TERMS: (
        "number,valid_from,scheme,contract_month,fixed\n"
        + "".join(f"{number},2026-01-01,计件,2600.00,\n" for number in ("0003", "0256", *WORKERS[:-1]))
        + "0221,2026-01-01,保底,2600.00,4200.00\n"
    ),
    PayList.GRADES: (
        "number,grade,coefficient,valid_from\n0317,L3,1.15,2026-01-01\n0392,L2,1.05,2026-01-01\n"
        "0288,L2,1.05,2026-06-01\n"
    ),
    PayList.BONUSES: (
        "number,month,base,score,reason\n0317,2026-10,300.00,92,十月绩效\n0392,2026-10,300.00,88,十月绩效\n"
    ),
    PayList.ALLOWANCES: "number,month,amount,reason\n0105,2026-10,120.00,高温岗位津贴\n",
    PayList.CLAIMS: "number,month,amount,reason\n0407,2026-10,85.00,模具损坏\n",
}
SETTINGS = (("minimum_month", "2490"), ("minimum_hour", "23.80"))


def october(factory: Factory) -> None:
    """October with nothing left that keeps it open."""
    _entered(factory)
    journal = Journal(DEVICE)
    for number in WORKERS:
        for day in _days_of(number):
            _work(journal, factory, number, day)
    send(factory, journal)
    _decided(factory)


def come_late(factory: Factory) -> None:
    """Pieces of October that a box without a network sent in November."""
    journal = Journal(LATE_DEVICE)
    made = Made("2026-10-30", factory.keys["0407"], factory.keys["0003"], "press-04", PUNCH, sealed_at="19:30:00")
    counted = journal.stretch(made.with_readings(("16:40:00", 3_000), ("18:50:00", 3_210)))
    journal.seal(made, [counted], 210)
    send(factory, journal)


def send(factory: Factory, journal: Journal) -> None:
    key = Ed25519PrivateKey.generate().public_key()
    factory.service.kiosks.enrol(journal.device, key)
    factory.service.kiosks.accept(fingerprint(key))
    factory.service.inbox.receive(journal.facts, "nonce")


def _entered(factory: Factory) -> None:
    service = factory.service
    service.catalogue.import_csv(
        Kind.MACHINES, "machine,name\npress-05,冲床 05\npress-06,冲床 06\ntap-03,攻丝 03\n".encode()
    )
    for kind, text in LISTS.items():
        service.terms.import_list(kind, text.encode(), USER)
    for name, value in SETTINGS:
        service.terms.enter_setting(name, "2026-01-01", value, USER)
    rule = service.attendance.shift_rules.one("day")
    assert rule is not None
    lunch = Break(12 * 60, 12 * 60 + 30)
    service.attendance.shift_rules.save(
        replace(rule, breaks=(lunch,), end_min=16 * 60 + 30, late_grace_min=5), EVER, USER
    )
    people = [factory.keys[number] for number in WORKERS]
    for day in _calendar():
        plan = ("day",) if day.weekday() < 5 else ()
        service.roster.set_team(people, [day.isoformat()], plan, USER)


def _calendar() -> Iterator[date]:
    """The dates after the holidays of the first week."""
    day = GOLDEN_WEEK_ENDS
    while day < LAST:
        day += timedelta(days=1)
        yield day


def _days_of(number: str) -> Iterator[date]:
    if number in HOLIDAY:
        yield date(2026, 10, HOLIDAY[number])
    for day in _calendar():
        away = ON_LEAVE.get(number) == day.day
        if not away and (day.weekday() < 5 or day.day in SATURDAYS.get(number, ())):
            yield day


def _work(journal: Journal, factory: Factory, number: str, day: date) -> None:
    """A day at one machine: four taps, readings before and after the break, one seal."""
    on, person = day.isoformat(), factory.keys[number]
    late, long = LATE_BY.get(number, {}).get(day.day, 0), day.day in LATE_EVENINGS.get(number, ())
    leaves = "19:02:00" if long else "16:34:00"
    journal.tap(on, f"08:{late:02d}:10" if late else f"07:{50 + day.day % 8}:20", person, Direction.IN)
    journal.tap(on, "12:01:00", person, Direction.OUT)
    journal.tap(on, "12:28:00", person, Direction.IN)
    if FORGOT.get(number) != day.day:
        journal.tap(on, leaves, person, Direction.OUT)
    work = TAP if MACHINE_OF[number].startswith("tap") else PUNCH
    made = Made(on, person, factory.keys["0003"], MACHINE_OF[number], work, sealed_at="19:20:00")
    morning, noon = 300 + 7 * (day.day % 9) + len(number) * int(number[-1]), 320 + 11 * (day.day % 5)
    begun = journal.stretch(made.with_readings((f"08:{late + 5:02d}:00", 10_000), ("11:55:00", 10_000 + morning)))
    went_on = journal.stretch(made.with_readings(("12:35:00", 10_000 + morning), ("16:25:00", 10_000 + morning + noon)))
    actuals, counted = [begun, went_on], morning + noon
    if long:
        evening = 180 + 5 * (day.day % 7)
        start = 10_000 + counted
        actuals.append(journal.stretch(made.with_readings(("16:45:00", start), ("18:55:00", start + evening))))
        counted += evening
    scrap = day.day % 4
    journal.seal(made, actuals, counted, good=counted - scrap, scrap_labour=scrap)


def _decided(factory: Factory) -> None:
    service, keys = factory.service, factory.keys
    for number, day in FORGOT.items():
        said = Request(
            keys[number], f"{MONTH}-{day:02d}", Direction.OUT, moment(f"{MONTH}-{day:02d}", "16:33:00"), "忘记刷卡"
        )
        asked = service.attendance.repairs.ask(said, USER)
        service.attendance.repairs.decide(asked.id, RepairState.APPROVED, OTHER_USER, "班长确认")
    for number, day in ON_LEAVE.items():
        on = f"{MONTH}-{day:02d}"
        service.attendance.leaves.give(Wish(keys[number], LeaveKind.PERSONAL, on, on, None, None, "家中有事"), USER)
    _approve(factory)


def _approve(factory: Factory) -> None:
    """Every minute beyond the shifts, as it is offered."""
    service = factory.service
    judged = service.attendance.judged(f"{MONTH}-01", f"{MONTH}-31")
    wanted = [
        Decision(each.day.person, each.day.work_date, BEYOND[matter.matter], matter.minutes, "赶货")
        for each in judged
        for matter in matters(each.given, each.day, service.office.today())
        if matter.matter in BEYOND and matter.minutes
    ]
    service.attendance.approvals.decide(wanted, OTHER_USER)


def close(factory: Factory) -> None:
    service = factory.service
    service.periods.take(MONTH, Step.REVIEW, USER)
    *_, end = service.periods.close(MONTH, USER)
    assert end.closed, end.obstacles
