"""The whole house in one process, played by hypothesis: nothing lost, nothing doubled, order kept.

The long run: `python -m tests.faults.machine --examples 500`.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine.rules import House

pytestmark = [pytest.mark.slow, pytest.mark.fault("F21")]


def test_whatever_happens_in_whatever_order_nothing_is_lost_or_doubled():
    # Without shrinking, which takes minutes: the run that failed is printed as it was.
    quick = settings(
        max_examples=15,
        stateful_step_count=40,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(House, settings=quick)
