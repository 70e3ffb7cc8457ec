"""The box of the month before: HR lets it in as any other, it sends what it has recorded, and is put away."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from simulators.past_month import BOX, ZONE, facts_of
from simulators.processes import Failed
from simulators.roster import roster_csv
from simulators.site import Site
from sync.enrolling.introduction import Asking, Waiting, ask
from sync.exchange.client import HrClient
from sync.wire.enrolment import read_code
from sync.wire.envelope import MAX_BATCH_FACTS, Fact, Receipt, encode_batch, fingerprint, public_from_text

People = Callable[[Path], dict[str, str]]
"""Person keys and employee numbers, from HR's configuration: handed in, because the simulators know only sockets."""


def prepare(site: Site, people: People, *, month: bool) -> None:
    """The roster, and with `month` the facts of the month before; each once in the life of a demo's folder."""
    roster, done = site.folder / "roster.csv", site.folder / "month-before"
    filling = month and not done.exists()
    began = datetime.fromtimestamp(site.options.now_us() / 1e6, UTC).astimezone(ZONE).date()
    if filling or not roster.exists():
        numbers = [person.number for person in site.plant.people]
        roster.write_text(roster_csv(numbers, began, site.plant.closed, month=filling), "utf-8")
        site.processes.step("hr", "import", "--config", str(site.hr_config), str(roster))
    if filling:
        _fill(site, people, began)
        done.touch()


def _fill(site: Site, people: People, began: date) -> None:
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
        written = facts_of(site.plant, keys, began)
        for start in range(0, len(written), MAX_BATCH_FACTS):
            _send(client, written[start : start + MAX_BATCH_FACTS])
        site.processes.step("hr", "revoke", *hr, fingerprint(own.public_key()))


def _send(client: HrClient, batch: list[Fact]) -> None:
    reply = client.send(
        "POST", "/v1/facts", encode_batch(batch), numbers=(batch[0].epoch, batch[0].seq, batch[-1].seq), may_pack=True
    )
    if not reply.signed or reply.status != 200:
        raise Failed(f"HR did not take the month before (status {reply.status}); start the demo again with --fresh")
    if refused := msgspec.json.decode(reply.body, type=Receipt).refusals:
        raise Failed(f"HR set a fact of the month before aside: {refused[0]}")
