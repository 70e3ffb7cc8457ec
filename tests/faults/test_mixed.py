"""All sorts of faults one after another; the long form is `python -m tests.faults.mixed --runs 200`."""

from __future__ import annotations

import pytest

from tests.faults.evidence import Findings
from tests.faults.mixed import Outing, faults, run
from tests.faults.proxy import Kind

pytestmark = pytest.mark.slow


@pytest.mark.needs("strace")
def test_eight_faults_of_all_sorts_lose_and_double_nothing() -> None:
    outing = Outing(runs=8, seed=3, hurry=0.4, say=lambda _: None)
    assert run(outing) == Findings()
    assert outing.done.total() == 8


def test_every_kind_of_trouble_of_the_network_is_among_them() -> None:
    assert {f"network: {kind}" for kind in Kind if kind is not Kind.PASS} <= set(faults())
