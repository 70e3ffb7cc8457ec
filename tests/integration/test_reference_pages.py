"""Reference data on its way to a box, page by page: cut anywhere, changed meanwhile, of a newer release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlcipher3 import dbapi2

from hr.people.csv_import import Kind
from sync.exchange.client import HrClient, Reply
from sync.policy import Verdict
from sync.wire import reference_pages
from sync.wire.envelope import canonical_json, fingerprint, pack
from sync.wire.reference_pages import KindPages, Manifest, manifest_of, name_of_page, paged
from tests.cast import REFERENCE, WANG_BADGE
from tests.contract.hr_servers import Exchange, FakeHr, RealHr, Trick, fake_hr, real_hr
from tests.faults.proxy import PASS, Fault, FaultProxy
from tests.faults.proxy import Kind as FaultKind
from tests.integration.sending_box import KEY, Box, close, make_box
from tests.references import pages_of
from tests.unit.sync.made import DEVICE, chained

PEOPLE = "number,name,team\n" + "".join(f"{number},工人{number},注塑\n" for number in range(1000, 1040))
BADGES = "badge,number\n" + "".join(f"{0xA000000000 + number:010X},{number}\n" for number in range(1000, 1040))
LI_BADGE = f"EM4100:{0xA000000000 + 1001:010X}"
CUT = Fault(FaultKind.CUT_ANSWER, share=0.6)


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_pages, "MAX_PAGE_BYTES", 1_000)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[RealHr]:
    (tmp_path / "hr").mkdir()
    with real_hr(tmp_path / "hr") as hr:
        hr.service.catalogue.import_csv(Kind.PEOPLE, PEOPLE.encode())
        hr.service.catalogue.import_csv(Kind.BADGES, BADGES.encode())
        hr.service.kiosks.enrol(DEVICE, KEY.public_key())
        hr.accept(fingerprint(KEY.public_key()))
        yield hr


@pytest.fixture
def proxy(office: RealHr) -> Iterator[FaultProxy]:
    with FaultProxy(int(office.url.rpartition(":")[2])) as between:
        yield between


@pytest.fixture
def box(office: RealHr, proxy: FaultProxy, tmp_path: Path) -> Iterator[Box]:
    made = make_box(tmp_path, proxy.url, office.service.office.keys.signing)
    yield made
    close(made)


def watched(box: Box, monkeypatch: pytest.MonkeyPatch, before: Callable[[str], None] = lambda _: None) -> list[str]:
    """The paths of what the box asks for from here on and has a whole answer to."""
    answered: list[str] = []

    def send(method: str, path: str, *arguments: Any, **options: Any) -> Reply:
        before(path)
        reply = HrClient.send(box.client, method, path, *arguments, **options)
        answered.append(path)
        return reply

    monkeypatch.setattr(box.client, "send", send)
    return answered


def is_page(path: str) -> bool:
    return path.count("/") == 4


def known(box: Box) -> dict[str, list[Any]]:
    return box.reader.directory().reference.rows()


# --- HR as it is -----------------------------------------------------------------------------------


def test_cut_at_each_page_nothing_is_asked_for_twice_and_nothing_is_seen_by_halves(
    office: RealHr, proxy: FaultProxy, box: Box, monkeypatch: pytest.MonkeyPatch
):
    answered = watched(box, monkeypatch)
    box.worker.round()
    before = known(box)
    office.service.catalogue.import_csv(Kind.PEOPLE, PEOPLE.replace("注塑", "冲压").encode())
    office.service.catalogue.import_csv(Kind.BADGES, BADGES.replace("A0000", "B0000").encode())
    answered.clear()
    verdict = Verdict.RETRY
    while verdict is not Verdict.DONE:
        assert known(box) == before
        # The manifest and one page; the next is cut.
        proxy.set(CUT, [PASS, PASS])
        verdict = box.worker.round()
    pages = [path for path in answered if is_page(path)]
    assert len(pages) == len(set(pages)) > 10
    assert known(box) == office.service.editions.reference().rows() != before


def test_while_hr_changes_from_page_to_page_the_box_goes_on_and_then_has_the_newest(
    office: RealHr, box: Box, monkeypatch: pytest.MonkeyPatch
):
    changes = iter(range(1000, 1040))

    def change(path: str) -> None:
        if is_page(path) and (number := next(changes, None)) is not None:
            office.service.catalogue.import_csv(Kind.PEOPLE, f"number,name,team\n{number},工人{number},组装\n".encode())

    answered = watched(box, monkeypatch, change)
    for _ in range(40):
        assert box.worker.round() is Verdict.DONE
        directory = box.reader.directory()
        assert all(directory.person(badge.person) for badge in directory.reference.badges)
    assert known(box) == office.service.editions.reference().rows()
    assert answered.count("/v1/reference") > 1


def test_nothing_new_is_one_short_question(office: RealHr, box: Box, monkeypatch: pytest.MonkeyPatch):
    box.worker.round()
    answered = watched(box, monkeypatch)
    assert box.worker.round() is Verdict.DONE
    assert answered == [f"/v1/reference/{box.store.pages.version()}"]
    assert box.client.send("GET", answered[0], b"").status == 304


def test_pages_cross_the_line_packed(office: RealHr, proxy: FaultProxy, box: Box):
    box.worker.round()
    packed = [b"Content-Encoding: gzip" in each.answer for each in proxy.log]
    # The facts and the manifest come first.
    assert packed == [False, False] + [True] * len(office.service.editions.current().pages)


def test_one_changed_person_costs_one_page(office: RealHr, box: Box, monkeypatch: pytest.MonkeyPatch):
    box.worker.round()
    answered = watched(box, monkeypatch)
    office.service.catalogue.import_csv(Kind.PEOPLE, "number,name\n1007,王芳\n".encode())
    assert box.worker.round() is Verdict.DONE
    assert [path.split("/")[3] for path in answered if is_page(path)] == ["people"]


@pytest.mark.parametrize("end", ["leaves", "is blocked"])
def test_a_badge_dies_with_the_next_sync(office: RealHr, box: Box, tmp_path: Path, end: str):
    box.worker.round()
    assert box.reader.directory().badge(LI_BADGE) is not None
    if end == "leaves":
        office.service.catalogue.import_csv(Kind.PEOPLE, "number,name,active\n1001,工人1001,no\n".encode())
    else:
        office.service.people.block_badge(LI_BADGE, True)
    assert box.worker.round() is Verdict.DONE
    badge = box.reader.directory().badge(LI_BADGE)
    assert badge is None or badge.blocked
    bodies = [body for (body,) in box.store._connection.execute("SELECT body FROM reference_page")]
    assert sum(LI_BADGE.encode() in body for body in bodies) == (end == "is blocked")


def test_pages_are_made_once_for_all_boxes_and_again_when_something_changed(
    office: RealHr, monkeypatch: pytest.MonkeyPatch
):
    made: list[str] = []

    def counted(kind: str, rows: Any) -> Any:
        made.append(kind)
        return paged(kind, rows)

    monkeypatch.setattr("hr.people.editions.paged", counted)
    first = office.service.editions.current()
    assert made != []
    made.clear()
    assert office.service.editions.current() is first
    assert made == []
    office.change_reference()
    second = office.service.editions.current()
    assert made != []
    assert [second.pages[page] is first.pages[page] for page in second.pages if page[0] == "badges"] != []
    assert all(second.pages[page] is first.pages[page] for page in second.pages if page[0] == "badges")


def test_a_change_that_boxes_are_not_told_of_is_no_new_version(office: RealHr):
    office.service.catalogue.import_csv(Kind.PEOPLE, "number,name,active\n1001,工人1001,no\n".encode())
    before = office.service.editions.current().version
    office.service.catalogue.import_csv(Kind.PEOPLE, "number,name,active\n1001,另一个,no\n".encode())
    assert office.service.editions.current().version == before


# --- HR as it may become, or somebody in between -----------------------------------------------------


@pytest.fixture
def newer() -> Iterator[FakeHr]:
    with fake_hr() as server:
        server.accepted[DEVICE] = KEY.public_key()
        server.reference = REFERENCE
        yield server


@pytest.fixture
def older(newer: FakeHr, tmp_path: Path) -> Iterator[Box]:
    """It knows what HR said at first."""
    made = make_box(tmp_path, newer.url, newer.key)
    assert made.worker.round() is Verdict.DONE
    newer.change_reference()
    yield made
    close(made)


def told(manifest: Manifest) -> Trick:
    return lambda asked: asked.send(200, canonical_json(manifest), key=asked.hr.key)


def with_robots(hr: FakeHr, *, must_know: bool) -> Manifest:
    manifest, _ = pages_of(hr.reference)
    return Manifest("f" * 32, [*manifest.kinds, KindPages("robots", ["0" * 32], must_know)])


def test_a_kind_that_a_box_must_know_and_does_not_keeps_it_at_what_it_has(
    newer: FakeHr, older: Box, caplog: pytest.LogCaptureFixture
):
    older.source.facts += chained(1, after=older.source.facts[-1])
    newer.tricks += [None, told(with_robots(newer, must_know=True))]
    assert older.worker.round() is Verdict.RETRY
    assert older.unsent() == []
    assert known(older)["people"] == REFERENCE.people
    assert "'robots', which this release does not know: update this box" in caplog.text


def test_a_kind_that_a_box_need_not_know_is_left_out(newer: FakeHr, older: Box):
    newer.tricks.append(told(with_robots(newer, must_know=False)))
    assert older.worker.round() is Verdict.DONE
    assert len(known(older)["people"]) == len(REFERENCE.people) + 1
    assert older.store.pages.version() == "f" * 32


def changed_page(name: bool) -> Trick:
    """A page with something more in its rows, under its own name or another's."""
    row = {"key": WANG_BADGE, "person": "somebody else"} | ({"robot": 1} if name else {})
    page = canonical_json([row])

    def trick(asked: Exchange) -> None:
        asked.send(200, page, key=asked.hr.key)

    return trick


def test_a_rule_in_a_row_that_a_box_does_not_know_keeps_it_at_what_it_has(newer: FakeHr, older: Box):
    page = canonical_json([{"key": WANG_BADGE, "person": "p", "only_on_sundays": True}])
    plain = manifest_of([paged(kind, rows) for kind, rows in newer.reference.rows().items() if kind != "badges"])
    newer.tricks += [
        told(Manifest("f" * 32, [KindPages("badges", [name_of_page(page)]), *plain.kinds])),
        lambda asked: asked.send(200, page, key=asked.hr.key),
    ]
    assert older.worker.round() is Verdict.RETRY
    assert known(older)["badges"] == sorted(REFERENCE.badges, key=lambda badge: badge.key)


def other_content(asked: Exchange) -> None:
    asked.send(200, b"[]", key=asked.hr.key)


def bomb(asked: Exchange) -> None:
    body = pack(b" " * 9_000_000)
    asked.handler.send_response(200)
    asked.handler.send_header("Content-Encoding", "gzip")
    signed_rest(asked, body)


def not_packed_at_all(asked: Exchange) -> None:
    asked.handler.send_response(200)
    asked.handler.send_header("Content-Encoding", "gzip")
    signed_rest(asked, asked.normal()[1])


def signed_rest(asked: Exchange, body: bytes) -> None:
    from sync.wire.envelope import HEADER, b64, response_bytes

    signature = asked.hr.key.sign(response_bytes(asked.claim.nonce, body))
    asked.handler.send_header(HEADER + "Signature", b64(signature))
    asked.handler.send_header("Content-Length", str(len(body)))
    asked.handler.end_headers()
    asked.handler.wfile.write(body)


@pytest.mark.parametrize("trick", [other_content, bomb, not_packed_at_all], ids=lambda trick: trick.__name__)
def test_a_signed_answer_that_is_not_the_page_changes_nothing(newer: FakeHr, older: Box, trick: Trick):
    newer.tricks += [None, trick]
    assert older.worker.round() is Verdict.RETRY
    assert known(older)["people"] == REFERENCE.people
    assert older.worker.round() is Verdict.DONE


def test_hr_that_takes_every_page_back_is_asked_three_times_a_round_and_facts_go_on(newer: FakeHr, older: Box):
    newer.asked.clear()
    newer.tricks += [None, lambda asked: asked.send(404, b'{"code":"gone"}', key=asked.hr.key)] * 3
    assert older.worker.round() is Verdict.DONE
    assert sum(is_page(path) for path, *_ in newer.asked) == 3
    assert known(older)["people"] == REFERENCE.people


def test_a_no_to_a_page_that_hr_has_not_signed_is_trouble_on_the_line(newer: FakeHr, older: Box):
    newer.tricks += [None, lambda asked: asked.send(404, b'{"code":"gone"}')]
    assert older.worker.round() is Verdict.RETRY


def test_a_full_disk_keeps_the_old_set_and_the_rest_comes_later(newer: FakeHr, older: Box):
    connection = older.store._connection
    newer.reference = msgspec.structs.replace(newer.reference, plant="x" * 200_000)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    assert older.worker.round() is Verdict.RETRY
    assert known(older)["people"] == REFERENCE.people
    connection.execute("PRAGMA max_page_count = 100000")
    assert older.worker.round() is Verdict.DONE
    assert older.reader.directory().reference.plant == "x" * 200_000
    assert isinstance(connection, dbapi2.Connection)
