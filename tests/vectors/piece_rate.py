"""The schema piece_rate/1 in the shapes of the product's rules, and their answers in its shape. No rule is in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hr.attendance.rules import caps
from hr.attendance.rules.day import AttendanceDay
from hr.attendance.rules.shifts import Break, ShiftRule
from hr.calendar import files
from hr.calendar.day_class import Calendar, TimeClass
from hr.pay.periods import adjustments
from hr.pay.rules import conversions, deductions, overtime, pools, tiers
from hr.pay.rules.items import Formula, Hold, Item, Kind, Name, added, amount_of, value_of
from hr.pay.rules.money import ONE, ZERO, to_fen
from hr.pay.rules.month import Allowance, Bonus, Claim, LongStop, MonthInput, PeriodHours, Waiting, WorkedDay
from hr.pay.rules.pools import Member, Method, Pool, Unshared
from hr.pay.rules.rates import Band, Made, Mode, Tariff
from hr.pay.rules.settings import (
    Gate,
    Grade,
    MidnightSplit,
    NightBasis,
    PartialMonth,
    Per,
    PriceBy,
    Scheme,
)
from hr.pay.rules.statement import Statement, statement
from hr.pay.rules.worked import worked_day
from tests.moments import PLANT
from tests.vectors import attendance
from tests.wages import DATE, LAST_DAY, LONG_AGO, SETTINGS, STANDARD_MIN, TERMS, earning, line, month, of

Shape = dict[str, Any]

YEARS = Path(files.__file__).parent / "data"


def result(kind: str, given: Shape) -> Shape:
    """What the rules say of one example. KeyError for what is not known here."""
    return {do.__name__: do for do in KINDS}[kind](given)


def total(items: Sequence[Item]) -> str:
    return str(added(items))


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def read(said: Shape, names: Sequence[str]) -> dict[str, Decimal]:
    return {name: Decimal(said[name]) for name in names if name in said}


# --- R1 to R4: lines --------------------------------------------------------------------------------


def tariff_of(said: Shape) -> Tariff:
    return Tariff(LONG_AGO, Decimal(said["unit_price"]), Decimal(said.get("price_per", 1)))


def one_line(said: Shape, given: Shape, number: int = 1) -> Decimal:
    dated = [each for each in given["lines"] if "work_date" in each] or [said]
    grades = {
        each.get("work_date", LONG_AGO): Grade(each.get("work_date", LONG_AGO), "", Decimal(each["skill_coefficient"]))
        for each in dated
        if "skill_coefficient" in each
    }
    paid = given.get("policy", {}).get("pay_material_scrap", False)
    ratio = Decimal(said.get("training_factor", 1))
    scrap = read(said, ["material_scrap_qty", "labour_scrap_qty", "rework_pending_qty"])
    more = {name.removesuffix("_qty").replace("_pending", ""): each for name, each in scrap.items()}
    done = month(
        line(Decimal(said["good_qty"]), number, said.get("work_date", DATE), **more),
        tariffs=[tariff_of(said)],
        settings=replace(SETTINGS, pay_material_scrap=paid),
        terms=replace(TERMS, training_ratio=ratio, training_until=LAST_DAY),
        grades=grades.values(),
    )
    return added(of(statement(done), Kind.PIECE))


def lines(given: Shape) -> Shape:
    amounts = [one_line(each, given) for each in given["lines"]]
    return {"amounts": [str(each) for each in amounts], "total": str(sum(amounts, ZERO))}


def lines_by_worker(given: Shape) -> Shape:
    by_worker: dict[str, Decimal] = {}
    for each in given["lines"]:
        by_worker[each["worker"]] = by_worker.get(each["worker"], ZERO) + one_line(each, given)
    return {"by_worker": {who: str(each) for who, each in by_worker.items()}, "total": str(sum(by_worker.values()))}


def rounding_scope(given: Shape) -> Shape:
    """Of three dates each line is rounded; of one date they are one line."""
    of_lines = [Decimal(each["good_qty"]) for each in given["lines"]]
    dates = [f"2026-03-{day:02}" for day in range(2, 2 + len(of_lines))]
    tariffs = [tariff_of(given["lines"][0])]
    apart = [line(each, n, dates[n]) for n, each in enumerate(of_lines)]
    together = [line(each, n) for n, each in enumerate(of_lines)]
    found = {"line": month(*apart, tariffs=tariffs), "period": month(*together, tariffs=tariffs)}
    return {scope: total(of(statement(each), Kind.PIECE)) for scope, each in found.items()}


# --- R5: tiers and quotas ---------------------------------------------------------------------------


def bands_of(given: Shape) -> tuple[Band, ...]:
    return tuple(
        Band(None if each["up_to"] is None else Decimal(each["up_to"]), Decimal(each["price"]))
        for each in given["bands"]
    )


def tier(given: Shape) -> Shape:
    tariff = Tariff(LONG_AGO, ZERO, mode=Mode(given["mode"].upper()), bands=bands_of(given))
    assert tiers.faults(replace(tariff, price=ONE)) == []
    return {"total": total(of(statement(month(line(Decimal(given["qty"])), tariffs=[tariff])), Kind.PIECE))}


def quota(given: Shape) -> Shape:
    capped = given["mode"] != "base_plus_over_quota"
    price, limit = given.get("over_price") or given["price"], given.get("quota") or given.get("cap") or given["limit"]
    mode = Mode.CAPPED if capped else Mode.OVER_QUOTA
    tariff = Tariff(LONG_AGO, Decimal(price), mode=mode, quota=Decimal(limit), base=Decimal(given.get("base", 0)))
    made = statement(month(line(Decimal(given["qty"])), tariffs=[tariff]))
    terms = [term for item in of(made, Kind.PIECE) for term in item.formula.terms]
    over = [term[0].value for term in terms if bool(term[1].value) is not capped]
    names = ("excess_qty", "unpaid_qty", "capped_qty") if capped else ("over_qty",)
    paid = {"total": total(of(made, Kind.PIECE, Kind.BASE))}
    return paid | dict.fromkeys(names, plain(sum(over, ZERO)))


def progressive_efficiency(given: Shape) -> Shape:
    tariff = Tariff(LONG_AGO, Decimal(given["base_price"]), mode=Mode.EFFICIENCY, quota=Decimal(given["standard"]))
    own = line(Decimal(given["actual"]), abnormal=Decimal(given["abnormal"]))
    return {"total": total(of(statement(month(own, tariffs=[tariff])), Kind.PIECE))}


# --- R6: pools --------------------------------------------------------------------------------------


def pool_of(given: Shape, method: Method) -> Pool:
    members = [Member(each["worker"], **read(each, NUMBERS_OF_A_MEMBER)) for each in given["members"]]
    return Pool("team", DATE, TimeClass.NORMAL, Decimal(given["pool"]), tuple(members), method)


NUMBERS_OF_A_MEMBER = ("hours", "coefficient", "day_wage", "days")


def pool(given: Shape) -> Shape:
    whole = pool_of(given, Method(given["method"].upper()))
    made = pools.shared(whole)
    if isinstance(made, Unshared):
        return {"error": made.why.value, "unallocated": str(whole.amount)}
    shares = {each.person: each.amount for each in made}
    return {"shares": {who: str(each) for who, each in shares.items()}, "total": str(sum(shares.values()))}


def pool_leak(given: Shape) -> Shape:
    whole = pool_of(given, Method.PER_HOUR_X_COEFFICIENT)
    made = pools.shared(whole)
    assert isinstance(made, Unshared)
    shares = pools.by_literal_formula(whole)
    said = {"shares": {who: str(each) for who, each in shares.items()}, "conserving": made.why is not Hold.LEAKY_POOL}
    return said | {"paid": str(sum(shares.values())), "leak": str(made.leak)}


# --- R7, R8: guarantees -----------------------------------------------------------------------------


def guarantee(given: Shape) -> Shape:
    scheme = {"max": Scheme.GUARANTEED, "sum": Scheme.BASE_AND_PIECE}[given["mode"]]
    terms = replace(TERMS, scheme=scheme, fixed=Decimal(given["guarantee"]), fixed_per=Per.DAY)
    made = statement(month(line(ONE), terms=terms, **earning(given["piece"])))
    return {"pay": str(made.gross), "topup": total(of(made, Kind.GUARANTEE_TOPUP))}


def training(given: Shape) -> Shape:
    dates = {each["n"]: f"2026-03-{each['n']:02}" for each in given["days"]}
    own = [line(Decimal(each["piece"]), each["n"], dates[each["n"]]) for each in given["days"]]
    days = tuple(WorkedDay(date, 480, 480, number=n) for n, date in dates.items())
    money = {"training_days": given["guarantee_days"], "training_guarantee": Decimal(given["day_guarantee"])}
    made = statement(month(*own, tariffs=[Tariff(LONG_AGO, ONE)], days=days, terms=replace(TERMS, **money)))
    pays = [added(item for item in made.items if item.work_date == date) for date in dates.values()]
    return {"pays": [str(each) for each in pays], "total": str(sum(pays))}


def probation_floor(given: Shape) -> Shape:
    terms = replace(TERMS, contract_month=Decimal(given["contract_month"]), probation_until=LAST_DAY)
    settings = replace(SETTINGS, minimum_month=Decimal(given["minimum_month"]))
    made = statement(month(line(ONE), terms=terms, settings=settings, **earning(given["earned"])))
    assert made.floor is not None
    topup = of(made, Kind.PROBATION_TOPUP, Kind.MINIMUM_TOPUP)
    return {"floor": str(made.floor.amount), "topup": total(topup), "pay": str(made.gross)}


def minimum_wage(given: Shape) -> Shape:
    standard, attended = (int(Decimal(given.get(each, 166)) * 60) for each in ("standard_hours", "normal_hours"))
    day = WorkedDay(DATE, standard, standard if given["normal_labour"] else attended)
    overtime_made = (Made(TimeClass.OT_RESTDAY, Decimal(given["overtime"]) / 2, DATE),)
    own = [
        line(Decimal(given["piece_normal"]), 1),
        line(Decimal(given["overtime"]) / 2, 2, made=overtime_made),
    ]
    policy = PartialMonth(given.get("policy", "prorate").upper())
    settings = replace(SETTINGS, minimum_month=Decimal(given["minimum_month"]), partial_month=policy)
    more = {"days": (day,), "standard_min": standard, "settings": settings}
    extras = {
        "bonuses": (Bonus("b", Decimal(given["other"]), Decimal(100)),),
        "allowances": (Allowance("a", Decimal(given["special_allowances"]), "", special=True),),
    }
    made = statement(month(*own, tariffs=[Tariff(LONG_AGO, ONE)], **more, **extras))
    assert made.floor is not None
    sums = {"comparable": made.comparable, "floor": made.floor.amount, "gross": made.gross}
    return {name: str(each) for name, each in sums.items()} | {"topup": total(of(made, Kind.MINIMUM_TOPUP))}


# --- R10, R11, R13 ----------------------------------------------------------------------------------


def deduction(given: Shape) -> Shape:
    gross, claim = Decimal(given["gross"]), Claim("c", Decimal(given["claim"]), "")
    items, carried = deductions.deducted([claim], gross, SETTINGS.deduction_cap, Decimal(given["minimum_month"]))
    cap = next(term for term in items[0].formula.terms if term[0].name is Name.GROSS)
    sums = {"cap20": value_of(cap), "deducted": -added(items), "net": gross + added(items)}
    return {name: str(to_fen(each)) for name, each in sums.items()} | {"carry": str(carried.get("c", to_fen(ZERO)))}


def waiting(given: Shape) -> Shape:
    terms = replace(TERMS, contract_month=Decimal(given["contract_month"]))
    wait = Waiting("w", DATE, int(Decimal(given["hours"]) * 60), "停工待料")
    (item,) = of(statement(month(terms=terms, waits=(wait,))), Kind.WAITING)
    return {"hourly": conversion({"month": given["contract_month"]})["hour"], "pay": str(item.amount)}


def stoppage_living(given: Shape) -> Shape:
    settings = replace(SETTINGS, minimum_month=Decimal(given["minimum_month"]), living_ratio=Decimal(given["ratio"]))
    stop = LongStop("s", STANDARD_MIN, "")
    days = (WorkedDay(DATE, STANDARD_MIN, 0),)
    made = statement(month(settings=settings, long_stops=(stop,), days=days))
    assert made.net == added(of(made, Kind.LIVING_ALLOWANCE))
    return {"pay": str(made.net)}


def conversion(given: Shape) -> Shape:
    now = conversions.CONSTANTS[-1]
    whole, hour = Decimal(given["month"]), conversions.minutes_of(60, Decimal(given["month"]), now)
    parts = {"day": conversions.day_of(whole, now), "hour": hour}
    return {name: str(amount_of(Formula((each,)))) for name, each in parts.items()}


def calendar_constants(given: Shape) -> Shape:
    found = conversions.of_year(given["year_days"], given["rest_days"], given["holidays"])
    assert found == replace(conversions.CONSTANTS[-1], valid_from="")
    names = ("work_days_month", "work_days_quarter", "work_hours_month", "paid_days_month", "paid_hours_month")
    shown = {name: plain(getattr(found, name)) for name in names}
    return shown | {"work_days_year": int(found.work_days_year)}


# --- R9, R12: dates and overtime --------------------------------------------------------------------


def overtime_pay(given: Shape) -> Shape:
    parts = [
        Made(TimeClass(each["class"]), Decimal(each["qty"]), DATE, each.get("comp_leave", False))
        for each in given["segments"]
    ]
    limit = Decimal(given["quota"]) if "quota" in given else None
    made = statement(
        month(
            line(sum((each.quantity for each in parts), ZERO), made=tuple(parts)),
            tariffs=[Tariff(LONG_AGO, Decimal(given["price"]), quota=limit)],
            settings=replace(SETTINGS, gate=Gate(given["gate"].upper())),
        )
    )
    amounts = [added(item for item in of(made, Kind.PIECE) if item.time_class is each.time_class) for each in parts]
    return {"amounts": [str(each) for each in amounts], "total": str(sum(amounts))}


overtime_pay.__name__ = "overtime"


def rate_version(given: Shape) -> Shape:
    versions = [Tariff(each["from"], Decimal(each["price"])) for each in given["versions"]]
    own = [
        line(
            Decimal(each["qty"]),
            number,
            each["work_date"],
            made=(Made(TimeClass.NORMAL, Decimal(each["qty"]), each["at"][:10]),),
        )
        for number, each in enumerate(given["segments"])
    ]
    by = {"timestamp": PriceBy.CAPTURE_TIME, "work_date": PriceBy.WORK_DATE}[given["by"]]
    made = statement(month(*own, tariffs=versions, settings=replace(SETTINGS, price_by=by)))
    unpriced = [each.quantity for each in made.held if each.why is Hold.UNPRICED]
    said = {"total": total(of(made, Kind.PIECE))}
    return said | ({"error": "NO_RATE", "held_qty": plain(sum(unpriced, ZERO))} if unpriced else {})


@cache
def calendar() -> Calendar:
    return Calendar(tuple(files.read(each.read_bytes()) for each in sorted(YEARS.glob("20*"))))


def holiday_split(given: Shape) -> Shape:
    split = MidnightSplit.CALENDAR if given["split"] == "calendar" else MidnightSplit.WORK_DATE
    amounts = []
    for each in given["segments"]:
        day = overtime.basis(calendar(), each["work_date"], each["calendar_date"], split)
        part = Made(overtime.time_class(day, beyond=False), Decimal(each["qty"]), each["calendar_date"])
        own = line(part.quantity, work_date=each["work_date"], made=(part,))
        amounts.append(added(of(statement(month(own, **earning(given["price"]))), Kind.PIECE)))
    return {"amounts": [str(each) for each in amounts], "total": str(sum(amounts))}


def comprehensive_hours(given: Shape) -> Shape:
    standard = Decimal(given["quarter_days"]) * conversions.HOURS_A_DAY
    hours = PeriodHours("Q", standard, Decimal(given["worked_hours"]), Decimal(given["of_which_holiday"]), False)
    terms = replace(TERMS, contract_month=Decimal(given["hourly"]) * conversions.CONSTANTS[-1].paid_hours_month)
    items = {item.time_class: item for item in statement(month(terms=terms, period_hours=(hours,))).items}
    names = {"ot150_hours": TimeClass.OT_WORKDAY, "ot300_hours": TimeClass.OT_HOLIDAY}
    found = {name: items[each].formula.terms[0][0].value / 60 for name, each in names.items() if each in items}
    shown = dict.fromkeys(names, "0") | {name: plain(each) for name, each in found.items()}
    pay = total([items[each] for each in names.values() if each in items])
    return shown | {"standard_hours": plain(standard), "ot_pay": pay}


def ot_caps(given: Shape) -> Shape:
    month_hours = sum((Decimal(each) for each in given["month"].values()), ZERO)
    found = caps.alerts(int(Decimal(given["day_ot_hours"]) * 60), int(month_hours * 60))
    over = [each.value for each in found if each in (caps.Cap.DAY_OVER_3H, caps.Cap.MONTH_OVER_36H)]
    return {"month_total": plain(month_hours), "alerts": over}


# --- R14: adjustments -------------------------------------------------------------------------------


def corrected(then: MonthInput, now: MonthInput) -> tuple[Statement, Statement, tuple[Item, ...]]:
    closed, again = statement(then), statement(now)
    return closed, again, adjustments.entries(closed, again)


def adjustment(given: Shape) -> Shape:
    was, price, later = given["closed"], Decimal(given["closed"]["price"]), Decimal(given["open_price"])
    tariffs = [Tariff(f"{was['period']}-01", price), Tariff(f"{given['open_period']}-01", later)]
    then, now = (month(line(Decimal(each)), tariffs=tariffs) for each in (was["qty"], given["correct_qty"]))
    closed, _again, (entry,) = corrected(then, now)
    ((quantity, unit_price),) = entry.formula.terms
    said = {"period": given["open_period"], "refers_to": entry.documents[0], "amount": str(entry.amount)}
    said |= {"qty": plain(quantity.value), "price": str(unit_price.value)}
    return {"closed_total": total(of(closed, Kind.PIECE)), "entry": said}


def adjustment_with_topup(given: Shape) -> Shape:
    piece, minimum = (Decimal(given["closed"][each]) for each in ("piece", "minimum_month"))
    more: Shape = {"tariffs": [Tariff(LONG_AGO, ONE)], "settings": replace(SETTINGS, minimum_month=minimum)}
    then, now = (month(line(each), **more) for each in (piece, piece + Decimal(given["delta_piece"])))
    closed, again, entries = corrected(then, now)
    found = {Kind.PIECE: to_fen(ZERO), Kind.MINIMUM_TOPUP: to_fen(ZERO)}
    found |= {kind: entry.amount for entry in entries for kind in found if f"/{kind}/" in entry.key}
    sides = {
        name: {"topup": total(of(each, Kind.MINIMUM_TOPUP)), "total": str(each.gross)}
        for name, each in (("before", closed), ("after", again))
    }
    by_kind = {"piece": str(found[Kind.PIECE]), "topup": str(found[Kind.MINIMUM_TOPUP])}
    return sides | {"entries": by_kind, "net": total(entries)}


def retro_price(given: Shape) -> Shape:
    raised = [Tariff(LONG_AGO, Decimal(given["old_price"])), Tariff(DATE, Decimal(given["new_price"]))]
    then, now = (month(line(Decimal(given["qty"])), tariffs=tariffs) for tariffs in (raised[:1], raised))
    _closed, _again, (entry,) = corrected(then, now)
    return {"amount": str(entry.amount)}


# --- R15, R16, and a whole month --------------------------------------------------------------------


def bonus(given: Shape) -> Shape:
    score = Bonus("b", Decimal(given["bonus_base"]), Decimal(given["score_percent"]))
    made = statement(month(line(ONE), bonuses=(score,), **earning(given["piece"])))
    return {"bonus": total(of(made, Kind.BONUS)), "total": str(made.gross)}


def night_allowance(given: Shape) -> Shape:
    opens, closes = (attendance.minute(each) for each in given["window"])
    window = replace(SETTINGS, night_from=opens, night_to=closes)
    minutes = worked_day(shift_worked(given), window, PLANT, paid_leave=False, number=None).night_min
    days = (WorkedDay(DATE, STANDARD_MIN, STANDARD_MIN, night_min=minutes),)
    hour, shift = Decimal(given["per_hour"]), Decimal(given["per_shift"])
    said = {"night_hours": plain(Decimal(minutes) / 60)}
    for name, basis in (("by_hour", NightBasis.PER_HOUR), ("by_shift", NightBasis.PER_SHIFT)):
        settings = replace(SETTINGS, night=basis, night_per_hour=hour, night_per_shift=shift)
        said[name] = total(of(statement(month(days=days, settings=settings)), Kind.NIGHT_ALLOWANCE))
    return said


def shift_worked(given: Shape) -> AttendanceDay:
    """The attendance day of a shift that was worked from its first to its last minute."""
    on = given["in"][:10]
    breaks = tuple(Break(minute_of(on, start), minute_of(on, end)) for start, end in given["unpaid_breaks"])
    rule = ShiftRule("N", "", minute_of(on, given["in"]), minute_of(on, given["out"]), breaks)
    return attendance.judged(on, [attendance.tap(given["in"]), attendance.tap(given["out"])], {on: (rule,)})


def minute_of(on: str, moment: str) -> int:
    """Counted from midnight of this date; more than a day's for one after the next midnight."""
    return int((datetime.fromisoformat(moment) - datetime.fromisoformat(on)) / timedelta(minutes=1))


def whole_month(given: Shape) -> Shape:
    normal, over = Decimal(given["normal_qty"]), Decimal(given["ot_qty"])
    made = (Made(TimeClass.NORMAL, normal, DATE), Made(TimeClass.OT_WORKDAY, over, DATE))
    shifts = int(given["night_shifts"])
    nights = tuple(WorkedDay(f"2026-03-{day:02}", 0, 0, night_min=480) for day in range(3, 3 + shifts))
    done = statement(
        month(
            line(normal + over, made=made),
            **earning(given["price"]),
            settings=replace(
                SETTINGS,
                minimum_month=Decimal(given["minimum_month"]),
                night=NightBasis.PER_SHIFT,
                night_per_shift=Decimal(given["night_per_shift"]),
            ),
            terms=replace(TERMS, contract_month=Decimal(given["contract_month"])),
            days=(WorkedDay(DATE, STANDARD_MIN, STANDARD_MIN), *nights),
            waits=(Waiting("w", DATE, int(Decimal(given["waiting_hours"]) * 60), ""),),
            bonuses=(Bonus("b", Decimal(given["bonus"]), Decimal(100)),),
            claims=(Claim("c", Decimal(given["loss_claim"]), ""),),
        )
    )
    pieces = of(done, Kind.PIECE)
    by_kind = {"waiting": Kind.WAITING, "night": Kind.NIGHT_ALLOWANCE, "bonus": Kind.BONUS, "topup": Kind.MINIMUM_TOPUP}
    sums = {name: added(of(done, kind)) for name, kind in by_kind.items()}
    sums |= {
        "piece_normal": added(each for each in pieces if each.time_class is TimeClass.NORMAL),
        "piece_ot": added(each for each in pieces if each.time_class is not TimeClass.NORMAL),
        "comparable": done.comparable,
        "gross": done.gross,
        "deducted": done.deducted,
        "net_before_tax": done.net,
    }
    return {name: str(each) for name, each in sums.items()}


whole_month.__name__ = "month"

KINDS = (
    lines,
    lines_by_worker,
    rounding_scope,
    tier,
    quota,
    progressive_efficiency,
    pool,
    pool_leak,
    guarantee,
    training,
    probation_floor,
    minimum_wage,
    deduction,
    waiting,
    stoppage_living,
    conversion,
    calendar_constants,
    overtime_pay,
    rate_version,
    holiday_split,
    comprehensive_hours,
    ot_caps,
    adjustment,
    adjustment_with_topup,
    retro_price,
    bonus,
    night_allowance,
    whole_month,
)
