"""What `clockpiece devices` prints: lines for a person, and JSON for a program. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

import msgspec

from edge.link.inspection import DeviceSeen, FrameSeen, ScanSeen, StateSeen, ValueSeen

HEADINGS = ("device", "family", "where", "for", "last", "state")


def json_line(seen: object) -> str:
    """One object; fields that say nothing are left out."""
    return msgspec.json.encode(seen).decode()


def table(seen: Sequence[DeviceSeen], zone: tzinfo) -> Iterator[str]:
    """Columns as wide as they must be; the last one is not filled up."""
    cells = [HEADINGS, *(_cells(each, zone) for each in seen)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    for row in cells:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


Watched = StateSeen | FrameSeen | ScanSeen | ValueSeen


def news(seen: Watched, zone: tzinfo) -> str:
    return f"{_time(_at_us(seen), zone)}  {seen.device}  {_said(seen)}"


def _at_us(seen: Watched) -> int:
    match seen:
        case FrameSeen(at_us=at_us):
            return at_us
        case StateSeen(since=since):
            return since.wall_us
        case ScanSeen(at=at) | ValueSeen(at=at):
            return at.wall_us


def _said(seen: Watched) -> str:
    match seen:
        case StateSeen(up=up, detail=detail):
            return "is there" if up else f"is gone: {detail}"
        case ScanSeen(badge=badge):
            return f"=  {badge or 'a card without a number of its own'}"
        case ValueSeen(value=value, raw=raw, session=session):
            return f"=  {value} (raw {raw})" if session is None else f"=  {value} (raw {raw}, session {session})"
        case FrameSeen(sent=sent, missed=missed):
            arrow = ">" if sent else "<"
            before = f"({missed} frames too fast to be shown)  " if missed else ""
            said = f"{_spaced(seen.hex)}  {seen.meaning}".rstrip() if seen.hex else f"{seen.size} bytes"
            return f"{arrow}  {before}{said}"


def _cells(seen: DeviceSeen, zone: tzinfo) -> tuple[str, ...]:
    purpose = seen.machine or seen.station or ""
    return (seen.name, seen.family, seen.where, purpose, _last(seen, zone), "; ".join(_state(seen, zone)))


def _state(seen: DeviceSeen, zone: tzinfo) -> Iterable[str]:
    if seen.up is None:
        yield seen.detail or "not tried yet"
    elif seen.since is not None:
        word = "up" if seen.up else "gone"
        yield f"{word} since {_time(seen.since.wall_us, zone, seconds=False)}"
        if seen.detail:
            yield seen.detail
    if seen.bad_frames:
        yield f"{seen.bad_frames_today} bad frames today, {seen.bad_frames} since the start"
    if not seen.commissioned:
        yield "not proven by its section"


def _last(seen: DeviceSeen, zone: tzinfo) -> str:
    if seen.last_at is None:
        return ""
    when = _time(seen.last_at.wall_us, zone)
    return when if seen.value is None else f"{seen.value} at {when}"


def _time(wall_us: int, zone: tzinfo, seconds: bool = True) -> str:
    at = datetime.fromtimestamp(wall_us / 1e6, zone)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03}" if seconds else f"{at:%Y-%m-%d %H:%M}"


def _spaced(hexed: str) -> str:
    return " ".join(hexed[place : place + 2] for place in range(0, len(hexed), 2)).upper()
