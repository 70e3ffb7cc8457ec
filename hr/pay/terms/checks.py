"""What the law and a scheme ask of terms and settings, as a sentence beside the value. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from hr.pay.rules.settings import Fault, LocalSettings, Terms, faults, terms_faults
from hr.people.rejected import Rejected

OF_TERMS = {
    Fault.PROBATION_BELOW_LAW: ("training_ratio", "a ratio of at least 0.80: the law leaves no less in probation"),
    Fault.NOT_ABOVE_ZERO: ("contract_month", "amounts above zero"),
    Fault.RATIO_OUT_OF_RANGE: ("training_ratio", "a ratio from 0.80 to 1"),
    Fault.AMOUNT_MISSING: ("fixed", "the guarantee or base of this scheme"),
}
OF_SETTINGS = {
    Fault.MULTIPLIER_BELOW_LAW: "at least 1.5, 2 and 3 for work days, rest days and holidays: the law leaves no less",
    Fault.CAP_ABOVE_LAW: "at most 0.20: the law allows no more to be deducted",
    Fault.PROBATION_BELOW_LAW: "a ratio of at least 0.80: the law leaves no less in probation",
    Fault.NOT_ABOVE_ZERO: "amounts above zero",
    Fault.RATIO_OUT_OF_RANGE: "a ratio from 0 to 1",
    Fault.AMOUNT_MISSING: "the amount of the night allowance first: this way of paying it needs one",
}


def demand_terms(wanted: Terms) -> None:
    """Rejected for terms that cannot be paid by."""
    for fault in terms_faults(wanted):
        column, sentence = OF_TERMS[fault]
        raise Rejected(column, str(getattr(wanted, column) or ""), sentence)
    if wanted.probation_until < wanted.probation_from:
        raise Rejected("probation_until", wanted.probation_until, "a date that is not before the first one")
    if wanted.training_days and not wanted.training_guarantee:
        raise Rejected("training_guarantee", "", "what a day of training is guaranteed")


def demand_settings(versions: Iterable[LocalSettings], value: str) -> None:
    """Rejected when any version of all settings together breaks the law, or lacks what another one needs."""
    for version in versions:
        for fault in faults(version):
            raise Rejected("value", value, OF_SETTINGS[fault])
