"""`clockpiece demo --shift`: one eight-hour shift in about a minute, through the same ptys and sockets.

At the end the simulator's own books are held against the journal, HR's facts, hours and wage list, and every row must
balance.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from simulators.books import Balance, Books, Joined, Office
from simulators.breaks import break_hr
from simulators.office import Clerk, Supervisor
from simulators.plant import NEWCOMER
from simulators.processes import Failed, heed_sigterm
from simulators.scenes import DATE, SCENE, Shift, clock
from simulators.site import DEVICE, Site, SiteOptions, prepare_folder
from simulators.tally import balance, read_of
from simulators.timetable import Timetable
from sync.wire.envelope import Fact

SETTLE_S, READ_OUT_S = 60.0, 20.0


@dataclass(frozen=True)
class Readout:
    """How the driver looks into the box and HR: handed in, because the simulators know only ports and sockets.

    `journal` and `received` give all facts; `people` maps person keys to employee numbers.
    """

    journal: Callable[[Path], list[Fact]]
    received: Callable[[Path, str], list[Fact]]
    people: Callable[[Path], dict[str, str]]


@dataclass(frozen=True)
class Options:
    folder: Path
    language: str
    seed: int
    broken: str | None = None


def run(options: Options, readout: Readout, say: Callable[[str], None]) -> int:
    """Runs the shift and prints its books; 0 only if everything balances."""
    heed_sigterm()
    prepare_folder(options.folder, fresh=True)
    started = time.monotonic()
    timetable = Timetable(options.folder.absolute() / "timetable.json", clock("07:45"))
    site_options = SiteOptions(options.folder, options.language, timetable.now_us, timetable.file)
    with Site(site_options) as site:
        say(f"the factory is up after {time.monotonic() - started:.1f} s; seed {options.seed}")

        def at_hr() -> int:
            return max((fact.seq for fact in readout.received(site.hr_config, DEVICE)), default=0)

        shift = Shift(site, timetable, options.seed, say, at_hr)
        timetable.go(SCENE)
        shift.run()
        books = _books(site, shift)
        _read_out(site, books, readout)
        rows = 1 + Supervisor(site, shift.chance).seal_all(DATE)
        journal, received = _settled(site, readout)
        say(f"{rows} rows sealed; taps that had to be repeated: {shift.taps_again}; {len(journal)} facts")
        if options.broken:
            say(f"breaking it on purpose: {options.broken}")
            break_hr(site.folder / "hr" / "hr.db", options.broken)
            received = readout.received(site.hr_config, DEVICE)
        clerk = Clerk(site)
        office = Office(clerk.wages(DATE), clerk.days(DATE), readout.people(site.hr_config))
        result = balance(books, journal, received, office)
        _no_id_number(result, site)
    for line in result.lines:
        say(line)
    for difference in result.differences:
        say(f"DIFFERENCE  {difference.wrong} {difference.what}")
    say("everything balances" if not result.differences else f"{len(result.differences)} differences")
    say(f"took {time.monotonic() - started:.0f} s")
    return 1 if result.differences else 0


def _no_id_number(result: Balance, site: Site) -> None:
    """What the newcomer's card said is in no log."""
    for log in sorted((site.folder / "logs").glob("*.log")):
        if NEWCOMER.id_number in log.read_text("utf-8", "replace"):
            result.differs(f"{log.name} holds the number of the newcomer's identity card")


def _books(site: Site, shift: Shift) -> Books:
    now_us = shift.time.now_us()
    orders = {order.machine: order for order in site.plant.orders if order.machine}
    prices = {(price.product, price.operation): Decimal(price.price) for price in site.plant.prices}
    return Books(
        made={machine: plc.mill.count_at(now_us) for machine, plc in site.plcs.items()},
        pieces_per_count={machine: int(order.pieces_per_count) for machine, order in orders.items()},
        turns=tuple(shift.turns),
        count_at={machine: plc.mill.count_at for machine, plc in site.plcs.items()},
        prices={order.order: prices[order.product, order.operation] for order in orders.values()},
        attendance=dict(shift.attendance),
        restarts=tuple(shift.restarts),
        late_seal=shift.late_seal,
        joined=Joined(
            NEWCOMER.number,
            (NEWCOMER.name, NEWCOMER.id_number, NEWCOMER.address),
            f"EM4100:{NEWCOMER.badge}",
            shift.late_seal.hr_had,
        ),
        machine_s=shift.time.machine_s,
    )


def _read_out(site: Site, books: Books, readout: Readout) -> None:
    """Waits until the last pieces of each machine are in the journal; the books say so if they never are."""
    deadline = time.monotonic() + READ_OUT_S
    while time.monotonic() < deadline:
        journal = readout.journal(site.box_config)
        if all(made == read_of(machine, journal) + books.lost(machine) for machine, made in books.made.items()):
            return
        time.sleep(0.2)


def _settled(site: Site, readout: Readout) -> tuple[list[Fact], list[Fact]]:
    """The journal and what HR has of it, once that is all of it; Failed when it does not get there."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        received = readout.received(site.hr_config, DEVICE)
        journal = readout.journal(site.box_config)
        if len(received) >= len(journal):
            return journal, received
        if time.monotonic() > deadline:
            raise Failed(
                f"HR had not received everything after {SETTLE_S:.0f} s\n{site.processes.log_of('sync')[-2000:]}"
            )
        time.sleep(0.2)
