"""No spoilt picture is another badge; the long form is `python -m tests.faults.camera`."""

import pytest


@pytest.mark.needs("zbar")
@pytest.mark.slow
@pytest.mark.parametrize(
    "symbologies", [("qr", "code128"), ("qr", "code128", "code39", "ean13")], ids=["default", "all"]
)
def test_of_spoilt_pictures_none_is_another_badge(symbologies):
    from tests.faults.camera import run

    tally = run(frames=90, seed=3, symbologies=symbologies)
    assert tally.wrong == 0
    assert tally.believed > tally.held_up / 10
    assert tally.faults == 0
