"""Out of memory: the browser goes, core stays. The long run: `python -m tests.faults.memory --runs 20`."""

from __future__ import annotations

import pytest

from tests.faults.memory import Found, run, score_of

pytestmark = pytest.mark.fault("F31")


@pytest.mark.parametrize("service", ["core", "devices", "kiosk", "sync"])
def test_every_service_outlives_the_browser(service: str):
    assert score_of(service) <= -500 < 300 <= score_of("screen")


@pytest.mark.slow
@pytest.mark.needs("memory-cgroup")
def test_when_memory_runs_out_it_is_the_browser_that_dies():
    found = run(3, core_score=score_of("core"), hog_score=score_of("screen"))
    assert found == Found(runs=3, killed_hogs=3)


@pytest.mark.slow
@pytest.mark.needs("memory-cgroup")
def test_it_is_the_scores_that_decide():
    assert run(1, core_score=300, hog_score=-500).killed_cores == 1
