"""Dates and periods from an address: what is not a date falls back to what is shown without one."""

from __future__ import annotations

from datetime import date, timedelta

MAX_PERIOD_DAYS = 92


def date_or(text: str | None, fallback: str) -> str:
    try:
        return date.fromisoformat(text or "").isoformat()
    except ValueError:
        return fallback


def shifted(iso_date: str, days: int) -> str:
    return (date.fromisoformat(iso_date) + timedelta(days=days)).isoformat()


def month_of(iso_date: str) -> tuple[str, str]:
    """First and last day of the month that holds this date."""
    first = date.fromisoformat(iso_date).replace(day=1)
    next_month = (first + timedelta(days=32)).replace(day=1)
    return first.isoformat(), (next_month - timedelta(days=1)).isoformat()


def period(start: str | None, end: str | None, today: str) -> tuple[str, str]:
    """From and to, both included: this month without them, the right way round, at most a quarter."""
    usual = month_of(today)
    first, last = date_or(start, usual[0]), date_or(end, usual[1])
    if last < first:
        first, last = last, first
    return first, min(last, shifted(first, MAX_PERIOD_DAYS - 1))
