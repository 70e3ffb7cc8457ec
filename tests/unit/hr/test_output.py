"""Counted pieces of a day, by where they went."""

from msgspec.structs import replace

from hr.pay.output import MachineOutput, Made, PersonOutput, day_output
from sync.facts import Bucket
from tests.unit.hr.cast import LI_WEI, ZHANG_MIN, actual, span

OWNED = actual([span(1, 2, 100)], {LI_WEI: 250, ZHANG_MIN: 150})
NOBODYS = [
    replace(actual([span(2, 3, 10)], {}), bucket=bucket)
    for bucket in (Bucket.UNATTRIBUTED, Bucket.QUARANTINED, Bucket.SETUP)
]


def test_counted_is_owned_and_unclaimed_and_set_aside_and_set_up():
    (machine,) = day_output(Made(body, frozenset()) for body in (OWNED, *NOBODYS)).machines
    assert machine == MachineOutput("IM-07", owned=400, unclaimed=40, set_aside=40, setup=40)
    assert machine.counted == 520


def test_pieces_are_sealed_for_each_person_alone():
    made = day_output([Made(OWNED, frozenset({LI_WEI})), Made(OWNED, frozenset())])
    assert made.people == (PersonOutput(LI_WEI, 250, 250), PersonOutput(ZHANG_MIN, 0, 300))
