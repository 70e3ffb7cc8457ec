"""Counted pieces of a day, by where they went."""

from msgspec.structs import replace

from hr.pay.output import MachineOutput, Made, PersonOutput, day_output
from sync.wire.facts import Bucket, CounterRole, Share
from tests.unit.hr.cast import LI_WEI, ZHANG_MIN, actual, assigned, span

OWNED = actual([span(1, 2, 100)], {LI_WEI: 250, ZHANG_MIN: 150})
NOBODYS = [
    replace(actual([span(2, 3, 10)], {}), bucket=bucket)
    for bucket in (Bucket.UNATTRIBUTED, Bucket.QUARANTINED, Bucket.SETUP)
]


def test_counted_is_owned_and_unclaimed_and_set_aside_and_set_up():
    (machine,) = day_output(Made(body, frozenset()) for body in (OWNED, *NOBODYS)).machines
    assert machine == MachineOutput("IM-07", owned=400, unclaimed=40, set_aside=40, setup=40)
    assert machine.counted == 520


def test_assigned_pieces_leave_their_bucket_and_wait_for_a_seal():
    body = assigned(10, shares=[Share(LI_WEI, 6), Share(ZHANG_MIN, 4)])
    made = day_output([*(Made(each, frozenset()) for each in NOBODYS), Made(body, frozenset({LI_WEI}))])
    assert made.machines == (MachineOutput("IM-07", owned=10, unclaimed=30, set_aside=40, setup=40),)
    assert made.people == (PersonOutput(LI_WEI, 6, 0), PersonOutput(ZHANG_MIN, 0, 4))


def test_pieces_are_sealed_for_each_person_alone():
    made = day_output([Made(OWNED, frozenset({LI_WEI})), Made(OWNED, frozenset())])
    assert made.people == (PersonOutput(LI_WEI, 250, 250), PersonOutput(ZHANG_MIN, 0, 300))


def test_rejects_stand_beside_the_output_and_are_no_part_of_it():
    thrown_out = replace(actual([span(1, 2, 5)], {LI_WEI: 20}), role=CounterRole.DEFECTIVE)
    made = day_output(Made(each, frozenset()) for each in (OWNED, thrown_out))
    assert made.machines == (MachineOutput("IM-07", owned=400, unclaimed=0, set_aside=0, setup=0, rejects=20),)
    assert made.people == (PersonOutput(LI_WEI, 0, 250), PersonOutput(ZHANG_MIN, 0, 150))


def test_a_machine_that_only_threw_out_is_shown_too():
    thrown_out = replace(actual([span(1, 2, 5)], {LI_WEI: 20}), role=CounterRole.DEFECTIVE)
    (machine,) = day_output([Made(thrown_out, frozenset())]).machines
    assert (machine.counted, machine.rejects) == (0, 20)
