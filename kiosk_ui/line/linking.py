"""Badges that nobody owns: where they were held, and whose they may be. A person decides; nothing is chosen for him."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from edge.domain.badge_forms import Form, candidates
from edge.link.messages import LinkBadge
from kiosk_ui.asking import UUID
from kiosk_ui.line.telling import Told
from kiosk_ui.ports import KioskPorts
from kiosk_ui.today import body
from sync.wire.envelope import Fact, plain_text
from sync.wire.facts import AttendanceTap, BadgeBound, BadgeLinked, LogOnShown, Outcome
from sync.wire.reference_data import Directory, Person

SHOWN_TAPS = 500
"""So many refused badges of one machine are looked at."""

DAY_US = 86_400_000_000
LONGEST_BADGE = 80
LONGEST_REASON = 200


class Likeness(msgspec.Struct, frozen=True):
    """A known badge that may be the unknown one, whose it is, and how its number would have been read."""

    badge: str
    person: str
    form: Form


class UnknownBadge(msgspec.Struct, frozen=True):
    """`where` is the last station, or machine, at which it was held, and `times` how often in all."""

    badge: str
    times: int
    last_us: int
    where: str
    likely: list[Likeness]


class LinkForm(msgspec.Struct, frozen=True):
    """`id` was made when the page was, so that sending it twice makes one fact."""

    id: str
    badge: str
    person: str
    reason: str
    like: str | None

    def lacks(self) -> Told | None:
        if not self.person:
            return Told.PERSON_NEEDED
        return None if self.reason else Told.REASON_NEEDED


def unknown_badges(ports: KioskPorts, dates: Sequence[str], machines: Iterable[str]) -> list[UnknownBadge]:
    """Held on one of these work dates, or of late at one of these machines, and still nobody's; the last one first."""
    views, directory = ports.views, ports.directory()
    taps = [fact for date in dates for fact in views.of_work_date(date, [AttendanceTap.__name__])]
    since_us = ports.clock.stamp().wall_us - len(dates) * DAY_US
    for machine in machines:
        shown = views.of_machine(LogOnShown.__name__, machine, 0, SHOWN_TAPS)
        taps += [fact for fact in shown if fact.at.wall_us >= since_us]
    held: dict[str, list[Fact]] = {}
    for fact in taps:
        badge = fact.body.get("badge")
        if fact.body["outcome"] == Outcome.UNKNOWN_BADGE and badge and directory.badge(badge) is None:
            held.setdefault(badge, []).append(fact)
    if not held:
        return []
    owners = _owners(directory, _given(ports, min(fact.seq for facts in held.values() for fact in facts)))
    found = [_unknown(badge, facts, owners) for badge, facts in held.items() if badge not in owners]
    return sorted(found, key=lambda each: each.last_us, reverse=True)


def _unknown(badge: str, held: Sequence[Fact], owners: Mapping[str, str]) -> UnknownBadge:
    last = max(held, key=lambda fact: fact.at.wall_us)
    where = last.body.get("machine") or last.body["station"]
    likely = [Likeness(each.key, owners[each.key], each.form) for each in candidates(badge, owners)]
    return UnknownBadge(badge, len(held), last.at.wall_us, where, likely)


def _given(ports: KioskPorts, after: int) -> dict[str, str]:
    """Badges that this box has given to people since, for as long as HR says nothing of them."""
    facts = ports.views.of_kinds([BadgeBound.__name__, BadgeLinked.__name__], after)
    return {each.badge: each.person for each in map(body, facts)}


def owners(ports: KioskPorts, unknown: Iterable[UnknownBadge]) -> dict[str, str]:
    """Whose each known badge is that may be named as a likeness."""
    likely = {like.badge: like.person for each in unknown for like in each.likely}
    return likely | _owners(ports.directory(), {})


def _owners(directory: Directory, given: Mapping[str, str]) -> dict[str, str]:
    return dict(given) | {each.key: each.person for each in directory.reference.badges if not each.blocked}


def read_form(fields: Mapping[str, str], owners: Mapping[str, str]) -> LinkForm | None:
    """None for anything that our own page cannot have sent. `choice` is a known badge, or empty: then `person` says
    who."""
    badge, choice = fields.get("badge", "")[:LONGEST_BADGE], fields.get("choice", "")
    reason = plain_text(fields.get("own_reason") or fields.get("reason", ""), LONGEST_REASON).strip()
    person = owners.get(choice, "") if choice else fields.get("person", "")
    if not badge or not UUID.fullmatch(fields.get("id", "")) or (choice and not person):
        return None
    return LinkForm(fields["id"], badge, person, reason, choice or None)


def command_of(form: LinkForm, supervisor: Person, ports: KioskPorts) -> LinkBadge:
    return LinkBadge(form.id, ports.clock.stamp(), supervisor.id, form.badge, form.person, form.reason, like=form.like)
