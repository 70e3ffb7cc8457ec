"""The schema attribution/1 in the shapes of the product's rules, and their answers in its shape. No rule is in here."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Any

from edge.devices.gpio_counter.codec import Edge, Pulses
from edge.domain.confirmation import Sorted, of_a_team
from edge.domain.sources import believed
from edge.link.messages import AssignPieces, SetEquipmentState
from hr.kpi import Measured, figures
from sync.wire.facts import Bucket, CounterReading, CounterRole, EquipmentState, LogOnShown, PersonnelLogOff, is_reject
from sync.wire.reference_data import Badge, Clearance, Directory, Machine, Order, Person, Reference, Role, Shift
from tests.cast import PRESS
from tests.ledgers import rules
from tests.moments import PLANT, at, later, moment
from tests.unit.domain.press import Press

Shape = dict[str, Any]
BOSS = "S1"
FLAG_OF_STEP = {"IMPLAUSIBLE": "IMPLAUSIBLE_DELTA"} | {each: each for each in ("ROLLOVER", "RESET", "RESET_INFERRED")}
ROLES = {"IGNORE": CounterRole.IGNORED} | {each.value: each for each in CounterRole}
SORTED = ("good", "labour_scrap", "material_scrap", "rework")


def result(kind: str, given: Shape) -> Shape:
    """What the rules say of one example. KeyError for what is not known here."""
    return {do.__name__: do for do in (count, pulse, confirm, work_date, assign_unattributed, kpi, increments)}[kind](
        given
    )


def plant(people: Shape, machines: Shape, needs: Shape, held: Shape, orders: list[Order]) -> Directory:
    """`people` with their weights and the clearances they have `held`, `machines` with their places and `needs`."""
    known = [Person(BOSS, BOSS, BOSS, Role.SUPERVISOR)]
    for each, weight in people.items():
        may = [Clearance(kind) for kind in held.get(each, [])]
        known.append(Person(each, each, each, weight=int(weight * 100), clearances=may))
    badges = [Badge(each.id, each.id) for each in known]
    rooms = [Machine(each, each, places, needs.get(each, [])) for each, places in machines.items()]
    return Directory(Reference(1, "", known, badges, rooms, orders))


def pieces_of(said: Shape) -> int:
    return int(said.get("pieces_per_count") or said.get("cavities") or 0)


class Floor(Press):
    """The machines of one example."""

    def __init__(self, given: Shape) -> None:
        super().__init__()
        self._counters, config, events = given["counters"], given.get("config", {}), given["events"]
        if unknown := set(config) - {"exclusive", "pieces_per_count", "needs", "clearances"}:
            raise KeyError(", ".join(sorted(unknown)))
        people = {each["person"]: Decimal(each.get("weight", 1)) for each in reversed(events) if "person" in each}
        self._machines = sorted({each["equipment"] for each in self._counters.values()})
        places = dict.fromkeys(self._machines, 1 if config.get("exclusive") else len(people) + 1)
        self._plant = partial(plant, people, places, config.get("needs", {}), config.get("clearances", {}))
        self._boots = list(dict.fromkeys(each.get("boot", "") for each in events))
        self._orders: dict[str, Order] = {}
        self.last: dict[str, Shape] = {}
        self.rules = rules(self._plant([]))
        for each in self._counters.values():
            if pieces := pieces_of(each) or pieces_of(config):
                self.works_on("00:00", each["equipment"], "", pieces)

    def happens(self, event: Shape) -> None:
        now, machine = at(event["t"]), event.get("equipment", self._machines[0])
        match event["type"]:
            case "READING":
                self.is_read(event)
            case "LOG_ON" | "LOG_OFF" | "CLOCK_IN" | "CLOCK_OUT" as kind:
                self.tap(now, event["person"], machine if kind.startswith("LOG") else None)
            case "STATE":
                self.say(SetEquipmentState("", now, BOSS, machine, EquipmentState(event["state"])))
            case "JOB_START" | "CAVITIES" | "CAVITY_CHANGE" | "PIECES_PER_COUNT":
                before = self._orders.get(machine) or Order("", "", "", "", "", "", 0)
                pieces = pieces_of(event) or before.pieces_per_count
                self.works_on(event["t"], machine, event.get("job", before.id), pieces)
            case other:
                raise KeyError(other)

    def works_on(self, time: str, machine: str, job: str, pieces: int) -> None:
        self._orders[machine] = Order(job, machine, "", "", "", "", 0, pieces)
        self.rules = rules(self._plant(list(self._orders.values())))
        self.take_orders(at(time), machine)

    def is_read(self, event: Shape, after_s: float = 0.0) -> None:
        name, said = event["counter"], later(at(event["t"]), after_s)
        now = believed(said, later(at(event.get("recv") or event["t"]), after_s))
        self.last[name], counter = event, self._counters[name]
        self.modulus, self.max_rate_per_min = counter.get("modulus", 2**32), counter["max_rate_per_min"]
        self.miss_what_is_overdue(now, counter["equipment"])
        session, role = self._boots.index(event.get("boot", "")), ROLES[counter.get("role", "PRODUCED")]
        self.sample(now, event["value"], session, counter["equipment"], name, role=role, suspect=now != said)


def count(given: Shape) -> Shape:
    floor = Floor(given)
    for out in [each for each in given["events"] if each["type"] == "CLOCK_OUT"]:
        floor.tap(later(at(out["t"]), -12 * 3600), out["person"], None)
    for _, together in groupby(given["events"], key=lambda each: str(each["t"])):
        for event in sorted(together, key=lambda each: each["type"] != "READING"):
            floor.happens(event)
    for name, event in list(floor.last.items()):
        floor.is_read(event, after_s=5.0)  # what counters showed last they show for a while yet
        floor.go_silent(at("23:59"), given["counters"][name]["equipment"], name)
    return said_of(floor)


def said_of(press: Press) -> Shape:
    workers, jobs, buckets = Counter[str](), Counter[str](), Counter[Bucket]()
    for made in [each for each in press.actuals() if not is_reject(each)]:
        buckets[made.bucket] += made.quantity
        workers.update({share.person: share.quantity for share in made.shares})
        if made.bucket is Bucket.ATTRIBUTED and made.order:
            jobs[made.order] += made.quantity
    flags = {FLAG_OF_STEP.get(each.step, "") for made in press.actuals() for each in made.readings} - {""}
    flags |= {"ESTIMATED" for made in press.actuals() if made.basis == "ESTIMATED"}
    flags |= {"GLITCH_DISCARDED" for reading in press.bodies(CounterReading) if reading.glitch}
    flags |= {"AUTO_LOG_OFF" for off in press.bodies(PersonnelLogOff) if off.ended_by != "LOG_OFF"}
    flags |= {shown.outcome.value for shown in press.bodies(LogOnShown) if shown.missing}
    flags |= {"SUSPECT" for reading in press.readings() if reading.suspect}
    pieces, rejects = sum(buckets.values()), sum(each.quantity for each in press.actuals() if is_reject(each))
    said = {"workers": dict(workers), "jobs": dict(jobs), "flags": sorted(flags), "pieces": pieces, "produced": pieces}
    return (
        said
        | {"defective": rejects, "good": pieces - rejects}
        | {bucket.value.lower(): buckets[bucket] for bucket in Bucket}
    )


def unmanned(shown: list[tuple[float, int]], people: list[str], pieces_per_count: int = 1) -> Press:
    """A machine where nobody is logged on, and what its counter showed after so many seconds."""
    press, order = Press(2**32, max_rate_per_min=60_000), Order("J1", PRESS, "", "", "", "", 0, pieces_per_count)
    press.rules = rules(plant(dict.fromkeys(people, Decimal(1)), {}, {}, {}, [order]))
    press.take_orders(moment())
    for seconds, value in shown:
        press.sample(moment(seconds), value)
    press.go_silent(moment(86_000))
    return press


def pulse(given: Shape) -> Shape:
    pulses, shown = Pulses(given["debounce_ms"]), [(0.0, 0)]
    for number, at_ms in enumerate(given["pulses_ms"], start=1):
        shown.append((1 + at_ms / 1000, shown[-1][1] + pulses.take(Edge(at_ms * 1_000_000, number)).counted))
    return said_of(unmanned(shown, [], given["pieces_per_count"]))


def increments(given: Shape) -> Shape:
    """The device counts up with each event; what it sends again says what it said the first time."""
    first: dict[str, tuple[float, int]] = {}
    for event in given["events"]:
        seconds, total = list(first.values())[-1] if first else (0.0, 0)
        first.setdefault(event["event_id"], (seconds + 60, total + event["qty"]))
    return said_of(unmanned([(0.0, 0), *(first[event["event_id"]] for event in given["events"])], []))


def assign_unattributed(given: Shape) -> Shape:
    press = unmanned([(0.0, 0), (600.0, given["unattributed"])], list(given["assign"]))
    waiting, by, reason = press.ledger.state.output.unassigned, given.get("by", ""), given.get("reason", "")
    press.say(AssignPieces("", moment(3600), by, PRESS, list(waiting), given["assign"], reason))
    last, left = press.ledger.facts[-1], sum(each.left for each in waiting.values())
    if last.kind == "SupervisorRefused":
        return {"error": last.body["outcome"], "workers": {}, "unattributed": left}
    workers = {share["person"]: share["quantity"] for share in last.body["shares"]}
    return {"workers": workers, "unattributed": left, "audit": [last.body["assigned_by"], last.body["reason"]]}


def confirm(given: Shape) -> Shape:
    counted, said, owned = given["counted"], given["confirm"], given.get("assigned", {})
    known = {person: Sorted(*(owned.get(kind, {}).get(person, 0) for kind in SORTED)) for person in counted}
    adjustments = given.get("adjustments", said.get("adjustments", [said]))
    adjustment = sum(each.get("quantity", each.get("qty", each.get("adjustment", 0))) for each in adjustments)
    reason = given.get("reason", "") or " ".join(each.get("reason", "") for each in adjustments)
    shared = of_a_team(counted, Sorted(*(said.get(kind, 0) for kind in SORTED)), known, adjustment, reason)
    if shared is None:
        return {"error": "SUM_DIFFERS"}
    return {kind: {person: each[place] for person, each in shared.items()} for place, kind in enumerate(SORTED)}


def work_date(given: Shape) -> Shape:
    start, end, made = (datetime.fromisoformat(given[each]) for each in ("shift_start", "shift_end", "piece_time"))
    begin, length = start.hour * 60 + start.minute, round((end - start).total_seconds() / 60)
    shift = Shift("shift", "", begin, begin + length)
    made_us = round(made.replace(tzinfo=PLANT).timestamp() * 1e6)
    return dict(rules(Directory(Reference(1, "", shifts=[shift]))).dated(made_us)._asdict())


def kpi(given: Shape) -> Shape:
    said = asdict(figures(Measured(**{name.lower(): Decimal(each) for name, each in given.items()})))
    return {"OEE" if name == "oee" else name: str(each) for name, each in said.items()}
