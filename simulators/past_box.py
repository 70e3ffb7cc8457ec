"""The box of a month that is over: HR lets it in as any other, it sends what it has recorded, and is put away."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from simulators.office import Clerk
from simulators.past_month import BOX, ZONE, facts_of
from simulators.processes import Failed
from simulators.roster import month_before, roster_csv
from simulators.site import DEVICE, Site
from sync.enrolling.introduction import Asking, Waiting, ask
from sync.exchange.client import HrClient
from sync.wire.enrolment import read_code
from sync.wire.envelope import MAX_BATCH_FACTS, Fact, Receipt, encode_batch, fingerprint, public_from_text

People = Callable[[Path], dict[str, str]]
"""Person keys and employee numbers, from HR's configuration: handed in, because the simulators know only sockets."""


PLACE = {"zh": "一号车间", "en": "Workshop 1"}
"""Where both boxes of the demo stand, one after the other."""

BEFORE = "before"
"""The month before the one in which the demo begins."""

FIRST = date(2025, 1, 1)
"""The plant's prices and terms hold from here on."""


def asked_for(month: str, now_us: int) -> date:
    """The first of the month that somebody asks for: YYYY-MM, or `BEFORE`. Failed for one that is not over, that is
    before the plant's prices, or that is none."""
    last = month_before(_date_of(now_us))
    if month == BEFORE:
        return last
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=ZONE).date()
    except ValueError:
        raise Failed(f"{month} is no month; write it as {last:%Y-%m}") from None
    if not FIRST <= first <= last:
        raise Failed(f"{month} cannot be brought along; name a month from {FIRST:%Y-%m} to {last:%Y-%m}")
    return first


def prepare(site: Site, people: People, month: date | None) -> None:
    """The roster, and the facts of the month that begins on this date; each once in the life of a demo's folder."""
    roster, done = site.folder / "roster.csv", site.folder / "month-before"
    filling = month if month is not None and not done.exists() else None
    if filling or not roster.exists():
        plant, began = site.plant, _date_of(site.options.now_us())
        numbers = [person.number for person in plant.people]
        roster.write_text(roster_csv(numbers, began, filling, plant.closed, plant.holidays), "utf-8")
        site.processes.step("hr", "import", "--config", str(site.hr_config), str(roster))
        Clerk(site).puts(DEVICE, PLACE[site.plant.language])
    if filling:
        _fill(site, people, filling)
        done.write_text(f"{filling:%Y-%m}", "ascii")


def brought(folder: Path) -> str:
    """The month that was brought into a demo's folder, or an empty text."""
    done = folder / "month-before"
    return done.read_text("ascii") if done.exists() else ""


def _date_of(now_us: int) -> date:
    return datetime.fromtimestamp(now_us / 1e6, UTC).astimezone(ZONE).date()


def _fill(site: Site, people: People, month: date) -> None:
    keys = {number: key for key, number in people(site.hr_config).items()}
    own = Ed25519PrivateKey.generate()
    server_key = public_from_text((site.folder / "hr" / "public-key").read_text("ascii"))
    with closing(HrClient(site.hr_url, server_key, own, BOX)) as client:
        hr = ("--config", str(site.hr_config))
        asking = Asking(
            BOX,
            False,
            lambda _why: read_code(site.processes.step("hr", "code", *hr, BOX).strip()),
            time.sleep,
            time.monotonic,
            0,
            lambda _said: None,
        )
        try:
            ask(client, asking)
        except Waiting:
            site.processes.step("hr", "accept", *hr, fingerprint(own.public_key()))
        Clerk(site).puts(BOX, PLACE[site.plant.language])
        written = facts_of(site.plant, keys, month)
        for start in range(0, len(written), MAX_BATCH_FACTS):
            _send(client, written[start : start + MAX_BATCH_FACTS])
        site.processes.step("hr", "revoke", *hr, fingerprint(own.public_key()))


def _send(client: HrClient, batch: list[Fact]) -> None:
    reply = client.send(
        "POST", "/v1/facts", encode_batch(batch), numbers=(batch[0].epoch, batch[0].seq, batch[-1].seq), may_pack=True
    )
    if not reply.signed or reply.status != 200:
        raise Failed(f"HR did not take the month (status {reply.status}); start the demo again with --fresh")
    if refused := msgspec.json.decode(reply.body, type=Receipt).refusals:
        raise Failed(f"HR set a fact of the month aside: {refused[0]}")
