"""Where else to go when a reader is broken: only where the same can be done."""

import pytest

from edge.config import Reader, Station
from kiosk_ui.surroundings import elsewhere

STATIONS = [Station("gate"), Station("press"), Station("store"), Station("press-2")]


def reader(station: str, machine: str | None = None) -> Reader:
    return Reader(f"{station}-{machine}" if machine else station, station, "rdm6300", "/dev/null", machine)


READERS = [reader("gate"), reader("press", "M1"), reader("store"), reader("press-2", "M1"), reader("press-2", "M2")]


@pytest.mark.parametrize(
    ("station", "down", "place", "clocks"),
    [
        ("gate", {"gate"}, "store", True),
        ("store", {"store"}, "gate", True),
        ("press", {"press-M1"}, "press-2", False),
        ("press-2", {"press-2-M1"}, "press", False),
    ],
)
def test_the_place_named_does_the_same(station, down, place, clocks):
    found = elsewhere(station, down, STATIONS, READERS)
    assert found is not None
    assert (found.station.name, found.clocks) == (place, clocks)


@pytest.mark.parametrize(
    ("station", "down"),
    [
        ("gate", {"gate", "store"}),  # the other gate is broken too
        ("press-2", {"press-2-M2"}),  # nobody else reads for that machine
        ("press-2", {"press-2-M1", "press-2-M2"}),  # half of it is not the same
        ("gate", {"a reader that is not configured"}),
    ],
)
def test_nobody_is_sent_where_it_cannot_be_done(station, down):
    assert elsewhere(station, down, STATIONS, READERS) is None
