"""The words of pay's own pages: settings, schemes, entries and lists."""

from __future__ import annotations

from decimal import Decimal

from flask import Flask
from flask_babel import gettext, lazy_gettext

from hr.pay.rules.pools import Method
from hr.pay.rules.settings import (
    Gate,
    HoursSystem,
    LocalSettings,
    MidnightSplit,
    NightBasis,
    PartialMonth,
    Per,
    PriceBy,
    Scheme,
)
from hr.pay.terms.documents import Document, Kind
from hr.pay.terms.lists import PayList
from hr.web.figures import hours, minute_text
from hr.web.formulas import formula_text, hold_text, kind_of_pay, time_class_text
from hr.web.price_words import cliff_texts, price_text
from pages.formats import money, thousands

SETTING_NAMES = {
    "minimum_month": lazy_gettext("Minimum wage of a month, CNY"),
    "minimum_hour": lazy_gettext("Minimum wage of an hour, CNY"),
    "minimum_without_insurance": lazy_gettext("Minimum wage is compared without the person's social insurance"),
    "partial_month": lazy_gettext("Minimum wage in a month that was worked in part"),
    "living_ratio": lazy_gettext("Living allowance in a long stop, part of the minimum wage"),
    "probation_ratio": lazy_gettext("Least in probation, part of the contract wage"),
    "deduction_cap": lazy_gettext("Most that is deducted, part of the gross"),
    "gate": lazy_gettext("Which overtime pieces are paid more"),
    "ot_workday": lazy_gettext("Overtime on work days, times the price"),
    "ot_restday": lazy_gettext("Work on rest days, times the price"),
    "ot_holiday": lazy_gettext("Work on statutory holidays, times the price"),
    "midnight": lazy_gettext("Class of pieces made after midnight"),
    "price_by": lazy_gettext("Day that chooses the price"),
    "pay_material_scrap": lazy_gettext("Scrap by material is paid"),
    "night": lazy_gettext("Night allowance"),
    "night_from": lazy_gettext("Night begins"),
    "night_to": lazy_gettext("Night ends"),
    "night_at_least": lazy_gettext("Minutes in the night that make a night shift"),
    "night_per_shift": lazy_gettext("Night allowance for a shift, CNY"),
    "night_per_hour": lazy_gettext("Night allowance for an hour, CNY"),
}

GROUPS = (
    (
        lazy_gettext("Minimum wage"),
        ("minimum_month", "minimum_hour", "minimum_without_insurance", "partial_month", "living_ratio"),
    ),
    (lazy_gettext("Overtime"), ("ot_workday", "ot_restday", "ot_holiday", "gate", "midnight")),
    (
        lazy_gettext("Night"),
        ("night", "night_from", "night_to", "night_at_least", "night_per_shift", "night_per_hour"),
    ),
    (
        lazy_gettext("Prices, probation and deductions"),
        ("price_by", "pay_material_scrap", "probation_ratio", "deduction_cap"),
    ),
)
"""Every setting once, in the order of the page."""

VALUES = {
    Gate.TIME: lazy_gettext("all made in approved overtime"),
    Gate.QUOTA: lazy_gettext("those beyond the day's quota"),
    MidnightSplit.CALENDAR: lazy_gettext("by the calendar: a holiday ends at 00:00"),
    MidnightSplit.WORK_DATE: lazy_gettext("by the date the shift began"),
    PriceBy.WORK_DATE: lazy_gettext("the date the shift began"),
    PriceBy.CAPTURE_TIME: lazy_gettext("the date the piece was counted"),
    PartialMonth.PRORATE: lazy_gettext("in proportion to the hours attended"),
    PartialMonth.NONE: lazy_gettext("does not apply"),
    NightBasis.NOT_PAID: lazy_gettext("not paid"),
    NightBasis.PER_SHIFT: lazy_gettext("for each night shift"),
    NightBasis.PER_HOUR: lazy_gettext("for each hour of the night"),
}
CHOICES = {
    "gate": tuple(Gate),
    "midnight": tuple(MidnightSplit),
    "price_by": tuple(PriceBy),
    "partial_month": tuple(PartialMonth),
    "night": tuple(NightBasis),
}
YES_NO = ("minimum_without_insurance", "pay_material_scrap")
TIMES = ("night_from", "night_to")

SCHEMES = {
    Scheme.PIECE: lazy_gettext("by the piece"),
    Scheme.GUARANTEED: lazy_gettext("pieces, at least the guarantee"),
    Scheme.BASE_AND_PIECE: lazy_gettext("base and pieces"),
    Scheme.TEAM_POOL: lazy_gettext("share of the team's pool"),
}
HOURS = {
    HoursSystem.STANDARD: lazy_gettext("standard hours"),
    HoursSystem.COMPREHENSIVE: lazy_gettext("comprehensive hours"),
    HoursSystem.UNTIMED: lazy_gettext("untimed"),
    HoursSystem.PART_TIME: lazy_gettext("part-time"),
}
METHODS = {
    Method.HOURS_X_COEFFICIENT: lazy_gettext("hours × skill grade"),
    Method.DAY_WAGE_X_DAYS: lazy_gettext("day wage × days"),
}
PERS = {Per.DAY: lazy_gettext("a day"), Per.MONTH: lazy_gettext("a month")}

ENTRIES = {
    Kind.BONUS: lazy_gettext("Bonus"),
    Kind.ALLOWANCE: lazy_gettext("Allowance"),
    Kind.HAZARD: lazy_gettext("Allowance for heat, cold or hazard"),
    Kind.CLAIM: lazy_gettext("Claim for a loss"),
    Kind.WAITING: lazy_gettext("Waiting for work"),
    Kind.LONG_STOP: lazy_gettext("Long stop"),
    Kind.LEAVE: lazy_gettext("Paid leave"),
    Kind.INSURANCE: lazy_gettext("Social insurance, the person's part"),
}

LISTS = {
    PayList.TERMS: lazy_gettext("Terms"),
    PayList.GRADES: lazy_gettext("Grades"),
    PayList.POOLS: lazy_gettext("Pools"),
    PayList.MEMBERS: lazy_gettext("Members of pools"),
    PayList.BONUSES: lazy_gettext("Bonuses"),
    PayList.ALLOWANCES: lazy_gettext("Allowances"),
    PayList.CLAIMS: lazy_gettext("Claims"),
    PayList.WAITING: lazy_gettext("Waiting for work"),
    PayList.LONG_STOPS: lazy_gettext("Long stops"),
    PayList.LEAVE: lazy_gettext("Paid leave"),
    PayList.INSURANCE: lazy_gettext("Social insurance"),
}

EXAMPLES = {
    PayList.TERMS: "number,valid_from,scheme,contract_month,fixed,fixed_per,probation_from,probation_until\n"
    "0317,2026-10-01,PIECE,3480.00,,,,\n0392,2026-10-01,BASE_AND_PIECE,3480.00,1200.00,MONTH,2026-10-01,2026-12-31\n",
    PayList.GRADES: "number,grade,coefficient,valid_from\n0317,B,1.15,2026-10-01\n",
    PayList.POOLS: "pool,valid_from,method,per\n包装组,2026-10-01,HOURS_X_COEFFICIENT,DAY\n",
    PayList.MEMBERS: "number,pool,valid_from,day_wage\n0407,包装组,2026-10-01,\n",
    PayList.BONUSES: "number,month,base,score,reason\n0317,2026-11,600.00,92,月度绩效\n",
    PayList.ALLOWANCES: "number,month,amount,hazard,reason\n0317,2026-11,150.00,no,工龄津贴\n",
    PayList.CLAIMS: "number,month,amount,reason\n0317,2026-11,80.00,模具损坏，见记录\n",
    PayList.WAITING: "number,date,minutes,reason\n0317,2026-11-20,45,等料\n",
    PayList.LONG_STOPS: "number,month,minutes,reason\n0317,2026-11,2400,停产第二个月\n",
    PayList.LEAVE: "number,date,days,day_wage,reason\n0392,2026-11-19,1,160.00,年休假\n",
    PayList.INSURANCE: "number,month,amount\n0317,2026-11,412.30\n",
}
"""A file of each kind that is taken where its people and pools are known."""


WANTED = (
    lazy_gettext("a ratio of at least 0.80: the law leaves no less in probation"),
    lazy_gettext("amounts above zero"),
    lazy_gettext("a ratio from 0.80 to 1"),
    lazy_gettext("the guarantee or base of this scheme"),
    lazy_gettext("at least 1.5, 2 and 3 for work days, rest days and holidays: the law leaves no less"),
    lazy_gettext("at most 0.20: the law allows no more to be deducted"),
    lazy_gettext("a ratio from 0 to 1"),
    lazy_gettext("the amount of the night allowance first: this way of paying it needs one"),
    lazy_gettext("a date that is not before the first one"),
    lazy_gettext("what a day of training is guaranteed"),
    lazy_gettext("a reason: the person reads it"),
    lazy_gettext("a sentence of at most 80 letters, or 40 Chinese characters: the person reads it"),
    lazy_gettext("an entry that stands"),
    lazy_gettext("what is there now: look again"),
    lazy_gettext("waiting time that the records show: this one can only be declined"),
    lazy_gettext("a value of this setting"),
    lazy_gettext("an amount in CNY such as 120.00"),
    lazy_gettext("a coefficient such as 1.15"),
    lazy_gettext("a month such as 2026-11"),
    lazy_gettext("days from 0 to 400"),
    lazy_gettext("days such as 1 or 0.5"),
    lazy_gettext("whole minutes above zero"),
    lazy_gettext("per cent such as 92"),
    lazy_gettext("a pool that is known on this date: enter the pool first"),
    lazy_gettext("a way of sharing that adds up to the pool: this one does not"),
    lazy_gettext("a price above zero, of each band too"),
    lazy_gettext("a number of pieces such as 1, 10, 100 or 1000"),
    lazy_gettext("bands such as 500:0.5000;800:0.6000;:0.7000"),
    lazy_gettext("limits that rise, and none at the last band"),
    lazy_gettext("a quota above zero: this kind of price measures by it"),
    lazy_gettext("an amount that is not below zero"),
    lazy_gettext("FLAT, MARGINAL, WHOLE, OVER_QUOTA, CAPPED or EFFICIENCY"),
    lazy_gettext("DAY or MONTH"),
)
"""What `hr.pay.terms` asks for, so that the catalogues hold it."""


def setting_name(name: str) -> str:
    """A setting in words; the field of somebody's terms as it is."""
    return str(SETTING_NAMES.get(name, name))


def setting_value(settings: LocalSettings | None, name: str) -> str:
    """What holds; empty where nothing was entered."""
    value = getattr(settings or LocalSettings(""), name)
    return "" if value is None else typed_value(name, value)


def typed_value(name: str, value: object) -> str:
    """A value of a setting as a person reads it; `value` may be the text it was typed as."""
    if value == "":
        return str(gettext("the default"))
    if name in CHOICES:
        return str(VALUES[type(CHOICES[name][0])(str(value))])
    if name in YES_NO:
        return str(gettext("yes")) if value in (True, "true") else str(gettext("no"))
    if name in TIMES:
        return minute_text(int(str(value)))
    return thousands(Decimal(str(value)))


def allowed(name: str) -> tuple[tuple[str, str], ...]:
    """The values of a setting that has a closed list of them."""
    if name in YES_NO:
        return ("false", str(gettext("no"))), ("true", str(gettext("yes")))
    return tuple((each.value, str(VALUES[each])) for each in CHOICES.get(name, ()))


def scheme_text(scheme: Scheme) -> str:
    return str(SCHEMES[scheme])


def hours_system_text(system: HoursSystem) -> str:
    return str(HOURS[system])


def method_text(method: Method) -> str:
    return str(METHODS[method])


def per_text(per: Per) -> str:
    return str(PERS[per])


def entry_name(kind: Kind) -> str:
    return str(ENTRIES[kind])


def list_name(kind: PayList) -> str:
    return str(LISTS[kind])


def entry_text(document: Document) -> str:
    """What an entry says in figures."""
    share = thousands(document.share)
    match document.kind:
        case Kind.BONUS:
            return f"{money(document.amount)} × {share} %"
        case Kind.WAITING | Kind.LONG_STOP:
            return hours(int(document.share))
        case Kind.LEAVE:
            return f"{share} × {money(document.amount)}"
        case _:
            return money(document.amount)


def equip(app: Flask) -> None:
    """What the templates of pay reach for."""
    app.jinja_env.globals.update(
        setting_name=setting_name,
        setting_value=setting_value,
        typed_value=typed_value,
        scheme_text=scheme_text,
        hours_system_text=hours_system_text,
        method_text=method_text,
        per_text=per_text,
        entry_name=entry_name,
        entry_text=entry_text,
        list_name=list_name,
        price_text=price_text,
        cliff_texts=cliff_texts,
        formula_text=formula_text,
        hold_text=hold_text,
        kind_of_pay=kind_of_pay,
        time_class_text=time_class_text,
        scheme_choices=list(SCHEMES.items()),
        hours_choices=list(HOURS.items()),
        method_choices=list(METHODS.items()),
    )
