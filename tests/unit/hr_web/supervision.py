"""What supervisors have said on the plant's Monday: pieces assigned, a badge linked, a set-up, a counter proven.

From a box of its own, so that the week of `plant.py` stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hr.people.csv_import import Kind
from sync.wire import facts
from sync.wire.envelope import fingerprint
from sync.wire.facts import Basis, Bucket, CounterProof, Ended, EquipmentState, Outcome, Reading, Share, Step
from tests.unit.hr_web.plant import MONDAY, Factory, Journal

DEVICE = "press-box"
UNKNOWN_BADGE, HELD_BADGE = "EM4100:1000FFEE01", "EM4100:1000A1B2C4"
"""One that has been tapped and is nobody's; one that is 周大勇's."""

WORK = ("1118", "H-40", "punch")
REASON = "忘记刷卡上机"
CLEARANCES = """number,kind,valid_from,valid_to,evidence
0317,SAFETY_L3,2026-01-05,2026-12-10,考核 2026-01
0392,SAFETY_L3,2025-01-05,2025-12-31,
0392,SAFETY_L3,2026-01-01,,续期
0288,WELDING,2025-06-01,2026-06-01,焊工证 H-118
"""


@dataclass(frozen=True)
class Said:
    """Seqs of the facts that tests open."""

    proof: int
    unclaimed: int
    assigned: int
    seal: int


def supervise(factory: Factory, journal: Journal | None = None) -> Said:
    journal = journal or Journal(DEVICE)
    boss, worker = factory.keys["0003"], factory.keys["0392"]
    proof = journal.add(MONDAY, "08:00:00", proven(boss, factory.keys["0288"]))
    setup = journal.reading(MONDAY, "08:05:00", "press-03", 1000, "baseline")
    _set_up(journal, boss, setup)
    first = journal.reading(MONDAY, "08:25:00", "press-03", 1005, "change")
    last = journal.reading(MONDAY, "09:25:00", "press-03", 1045)
    unclaimed = journal.add(MONDAY, "09:25:00", made(Bucket.UNATTRIBUTED, 40, first, last))
    jump = journal.reading(MONDAY, "09:26:00", "press-03", 1345)
    journal.add(MONDAY, "09:26:00", made(Bucket.QUARANTINED, 300, last, jump, Step.IMPLAUSIBLE))
    assigned = journal.add(MONDAY, "10:00:00", given(unclaimed, {worker: 30}, boss))
    body = facts.QuantityConfirmed(Outcome.CONFIRMED, boss, worker, *WORK, MONDAY, [assigned], 30, 29, scrap_labour=1)
    seal = journal.add(MONDAY, "10:05:00", body)
    _linked(journal, boss, factory)
    _send(factory, journal)
    factory.service.catalogue.import_csv(Kind.CLEARANCES, CLEARANCES.encode())
    factory.service.catalogue.import_csv(
        Kind.MACHINES, "machine,name,operators,needs\npress-03,冲床 03,2,SAFETY_L3\n".encode()
    )
    return Said(proof, unclaimed, assigned, seal)


def proven(electrician: str, witness: str) -> facts.CounterCommissioned:
    steps = (("before", 990), ("after", 1000), ("power-on", 1000))
    proof = [CounterProof(step, 1_795_391_000_000_000 + value, f"{value:08x}", value) for step, value in steps]
    return facts.CounterCommissioned(
        Outcome.COMMISSIONED,
        "press-03",
        "total",
        "modbus D100",
        "D100, D101",
        10,
        10,
        "KEPT",
        proof,
        electrician,
        witness,
    )


def made(
    bucket: Bucket, quantity: int, first: int, last: int, step: Step = Step.NORMAL
) -> facts.MaterialActualRecorded:
    return facts.MaterialActualRecorded(
        "press-03",
        bucket,
        quantity,
        quantity,
        1,
        Basis.EXACT,
        [Reading(first, last, step, quantity)],
        MONDAY,
        MONDAY,
        *WORK,
    )


def given(
    actual: int, shares: dict[str, int], by: str, bucket: Bucket = Bucket.UNATTRIBUTED
) -> facts.MaterialActualAssigned:
    return facts.MaterialActualAssigned(
        Outcome.ASSIGNED,
        by,
        REASON,
        "press-03",
        actual,
        bucket,
        sum(shares.values()),
        [Share(person, pieces) for person, pieces in shares.items()],
        MONDAY,
        MONDAY,
        *WORK,
    )


def _set_up(journal: Journal, boss: str, before: int) -> None:
    for time, outcome, state in (
        ("08:05:00", Outcome.SETUP_BEGAN, EquipmentState.SETUP),
        ("08:25:00", Outcome.SETUP_ENDED, EquipmentState.EXECUTE),
    ):
        journal.add(MONDAY, time, facts.EquipmentStateChanged(outcome, "press-03", state, boss))
    after = journal.reading(MONDAY, "08:25:00", "press-03", 1005, "change")
    journal.add(MONDAY, "08:25:00", made(Bucket.SETUP, 5, before, after))


def _linked(journal: Journal, boss: str, factory: Factory) -> None:
    for badge, number, like in ((UNKNOWN_BADGE, "0256", None), (HELD_BADGE, "0407", "EM4100:00A1B2C4")):
        person = factory.keys[number]
        journal.add(MONDAY, "11:00:00", facts.BadgeLinked(Outcome.BADGE_LINKED, boss, person, badge, REASON, like))
    refused = facts.SupervisorRefused(Outcome.CHANGED_MEANWHILE, "AssignPieces", boss, "press-03", "30 of 10")
    journal.add(MONDAY, "11:01:00", refused)
    on = journal.add(
        MONDAY, "11:02:00", facts.PersonnelLogOn(Outcome.LOGGED_ON, "press", "r", "press-03", factory.keys["0317"])
    )
    journal.add(MONDAY, "12:00:00", facts.PersonnelLogOff("press-03", factory.keys["0317"], Ended.SHIFT_END, on))


def _send(factory: Factory, journal: Journal) -> None:
    key = Ed25519PrivateKey.generate().public_key()
    factory.service.kiosks.enrol(journal.device, key)
    factory.service.kiosks.accept(fingerprint(key))
    factory.service.inbox.receive(journal.facts, "nonce")
