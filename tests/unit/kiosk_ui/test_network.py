"""How it stands with HR, from what the sender noted and how far the journal is ahead of it."""

import pytest

from kiosk_ui.network import Link, Network, Uploads
from kiosk_ui.ports import Contact

SYNCED_US = 1_000_000


def looked(*looks: tuple[float, str, int, int]) -> Network | None:
    """What is told after looks of (seconds, state, acknowledged, head)."""
    uploads, network = Uploads(), None
    for now_s, state, acknowledged, head in looks:
        network = uploads.look(Contact(SYNCED_US, state, acknowledged), head, now_s)
    return network


def test_a_box_that_has_sent_everything_is_connected():
    assert looked((0, "ok", 7, 7)) == Network(Link.CONNECTED)


def test_nothing_is_said_of_a_contact_that_has_only_begun():
    assert looked((0, "unreachable", 0, 0)) is None


def test_one_lost_request_is_no_news():
    assert looked((0, "ok", 7, 7), (1, "unreachable", 7, 8), (3, "unreachable", 7, 8)) == Network(Link.CONNECTED)


def test_an_hr_out_of_reach_is_told_with_what_waits():
    found = looked((0, "ok", 7, 7), (1, "unreachable", 7, 8), (6, "unreachable", 7, 48))
    assert found == Network(Link.OFFLINE, told=True, pending=41, synced_us=SYNCED_US)


def test_it_is_connected_again_with_the_first_answer():
    assert looked((0, "unreachable", 7, 8), (9, "unreachable", 7, 8), (10, "ok", 8, 8)) == Network(Link.CONNECTED)


@pytest.mark.parametrize(("waited_s", "link"), [(59, Link.CONNECTED), (60, Link.OFFLINE)])
def test_a_sender_that_has_died_is_known_by_the_facts_that_wait(waited_s, link):
    found = looked((0, "ok", 7, 8), (waited_s, "ok", 7, 8))
    assert found is not None
    assert found.link is link


def test_facts_that_come_and_go_are_not_late():
    assert looked(*((float(each), "ok", each - 2, each) for each in range(2, 200))) == Network(Link.CONNECTED)


def test_a_box_that_hr_has_not_accepted_is_told_apart_from_one_offline():
    assert looked((0, "waiting", 0, 0), (9, "waiting", 0, 0)) == Network(Link.NOT_ACCEPTED)
    late = looked((0, "waiting", 0, 5), (61, "waiting", 0, 9))
    assert late == Network(Link.NOT_ACCEPTED, told=True, pending=9, synced_us=SYNCED_US)
