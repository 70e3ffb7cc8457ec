"""Letting a box in with a code: what proves it, how often it may be tried, and what a stolen key or a captured request
is good for."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import text

from clockpiece import main
from hr.ingest.api import STEEPNESS, api
from hr.kiosks.codes import GOOD_FOR_US, MAX_OPEN, MAX_TRIES, OpenCode, TooManyCodes, proves
from hr.kiosks.store import State, Undecidable
from sync.enrolling.keys import own_key
from sync.exchange.client import new_nonce
from sync.wire.enrolment import Ticket, code_of
from sync.wire.envelope import public_text
from sync.wire.facts import Direction
from sync.wire.words import words_of
from tests.contract.hr_servers import serving
from tests.enrolling import introduction
from tests.unit.hr.cast import KEYS, NOON_US, Answer, Box, Factory, factory, tap

HR_KEY = KEYS.signing.public_key()


@dataclass
class Desk:
    """HR with a clock that a test sets, and an address that guesses come from."""

    hr: Factory
    us: int = NOON_US
    s: float = 0.0
    codes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hr.service.office.clock = lambda: self.us
        app = Flask("hr-under-test")
        app.register_blueprint(api(self.hr.service, lambda: self.s))
        self.client = app.test_client()

    def code(self, device: str) -> str:
        return self.hr.service.kiosks.make_code(device, "zhoumin").code

    def ask(self, box: Box, code: str = "", *, proof_of: Box | None = None, replaces: bool = False) -> Answer:
        """`proof_of`: the proof was made for another box and is sent by this one."""
        nonce = new_nonce()
        body = introduction(box.device, box.key.public_key(), code=code, hr_key=HR_KEY, nonce=nonce, replaces=replaces)
        if proof_of is not None:
            theirs = introduction(box.device, proof_of.key.public_key(), code=code, hr_key=HR_KEY, nonce=nonce)
            own, other = (public_text(each.key.public_key()).encode() for each in (box, proof_of))
            body = theirs.replace(other, own)
        return box.ask(self.client, "POST", "/v1/devices", body, nonce=nonce)

    def state(self, box: Box) -> State | None:
        return next(
            (each.state for each in self.hr.service.kiosks.listed() if each.fingerprint == box.fingerprint), None
        )


@pytest.fixture
def desk(tmp_path: Path, empty_hr_file: Path) -> Iterator[Desk]:
    shutil.copy(empty_hr_file, tmp_path / "hr.db")
    made = factory(tmp_path, f"sqlite:///{tmp_path / 'hr.db'}")
    yield Desk(made)
    made.service.close()


@pytest.fixture
def either(tmp_path: Path, hr_url: str) -> Iterator[Desk]:
    """On SQLite and on PostgreSQL."""
    made = factory(tmp_path, hr_url)
    yield Desk(made)
    made.service.close()


def said(answer: Answer) -> tuple[int, str, bool]:
    return answer.status, answer.json["code"], answer.signed


PENDING, WANTED, BAD = (202, "pending", True), (403, "code_wanted", True), (403, "bad_code", True)
TOO_MANY = (429, "too_many_tries", True)


@pytest.mark.fault("K9")
def test_a_box_without_a_code_is_not_listed(desk: Desk):
    box = Box("gate-9")
    assert said(desk.ask(box)) == WANTED
    assert desk.state(box) is None


@pytest.mark.fault("K9")
def test_a_box_with_the_code_is_listed_and_may_not_speak_before_a_person_accepts_it(desk: Desk):
    box = Box("gate-9")
    assert said(desk.ask(box, desk.code("gate-9"))) == PENDING
    box.write(tap(Direction.IN))
    assert box.send(desk.client, box.journal).status == 401
    desk.hr.service.kiosks.accept(box.fingerprint)
    assert said(desk.ask(box)) == (200, "accepted", True)
    assert box.send(desk.client, box.journal).status == 200


@pytest.mark.fault("K9")
def test_a_code_is_good_for_one_box(desk: Desk):
    code = desk.code("gate-9")
    first, second = Box("gate-9"), Box("gate-9")
    assert said(desk.ask(first, code)) == PENDING
    assert said(desk.ask(second, code)) == BAD
    assert said(desk.ask(first)) == PENDING
    assert desk.hr.service.kiosks.codes() == []


@pytest.mark.fault("K9")
def test_a_code_is_good_for_the_name_it_was_made_for(desk: Desk):
    assert said(desk.ask(Box("gate-8"), desk.code("gate-9"))) == BAD


@pytest.mark.fault("K9")
def test_a_proof_is_good_for_the_key_it_was_made_for(desk: Desk):
    code = desk.code("gate-9")
    assert said(desk.ask(Box("gate-9"), code, proof_of=Box("gate-9"))) == BAD


@pytest.mark.fault("K9")
def test_a_captured_proof_is_good_for_no_other_request(desk: Desk):
    box, code, nonce = Box("gate-9"), desk.code("gate-9"), new_nonce()
    body = introduction("gate-9", box.key.public_key(), code=code, hr_key=HR_KEY, nonce=nonce)
    assert said(box.ask(desk.client, "POST", "/v1/devices", body, nonce=new_nonce())) == BAD


@pytest.mark.fault("K9")
@pytest.mark.parametrize("passed_us", [GOOD_FOR_US, -1], ids=["ten minutes", "the clock set back"])
def test_a_code_ends(desk: Desk, passed_us: int):
    code = desk.code("gate-9")
    desk.us += passed_us
    assert said(desk.ask(Box("gate-9"), code)) == BAD
    assert desk.hr.service.kiosks.codes() == []


def test_a_code_is_good_to_its_last_moment(desk: Desk):
    code = desk.code("gate-9")
    desk.us += GOOD_FOR_US - 1
    assert said(desk.ask(Box("gate-9"), code)) == PENDING


def test_a_new_code_ends_the_one_before_it(desk: Desk):
    old, new = desk.code("gate-9"), desk.code("gate-9")
    assert said(desk.ask(Box("gate-9"), old)) == BAD
    assert said(desk.ask(Box("gate-9"), new)) == PENDING


@pytest.mark.fault("K9")
def test_the_right_code_comes_too_late_after_five_wrong_ones_and_a_new_one_is_good(desk: Desk):
    code = desk.code("gate-9")
    for left in reversed(range(MAX_TRIES)):
        assert said(desk.ask(Box("gate-9"), "00000000")) == BAD
        assert desk.hr.service.kiosks.codes() == [OpenCode("gate-9", "zhoumin", NOON_US + GOOD_FOR_US, left)]
    assert said(desk.ask(Box("gate-9"), code)) == BAD
    desk.s += STEEPNESS.cap_s
    assert said(desk.ask(Box("gate-9"), desk.code("gate-9"))) == PENDING


@pytest.mark.fault("K9")
def test_guesses_from_one_address_become_slow_whichever_names_they_are_for(desk: Desk):
    for number in range(STEEPNESS.free_failures + 1):
        assert said(desk.ask(Box(f"gate-{number}"), "00000000")) == BAD
    code = desk.code("gate-9")
    assert said(desk.ask(Box("gate-9"), code)) == TOO_MANY
    assert [each.tries_left for each in desk.hr.service.kiosks.codes()] == [MAX_TRIES]
    desk.s += STEEPNESS.first_s
    assert said(desk.ask(Box("gate-9"), code)) == PENDING


@pytest.mark.fault("K9")
def test_guesses_at_the_same_time_are_all_counted(either: Desk):
    code, answers = either.code("gate-9"), []

    def guess() -> None:
        for _ in range(3):
            proof = bytes(64)
            with either.hr.service.office.writing.begin() as connection:
                answers.append(proves(connection, "gate-9", b"any", proof, NOON_US))

    threads = [threading.Thread(target=guess) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [False] * 12
    assert [each.tries_left for each in either.hr.service.kiosks.codes()] == [0]
    assert said(either.ask(Box("gate-9"), code)) == BAD
    assert said(either.ask(Box("gate-9"), either.code("gate-9"))) == PENDING


@pytest.mark.fault("K9")
def test_the_code_is_not_in_the_database(desk: Desk, tmp_path: Path):
    code = desk.code("gate-9")
    with desk.hr.store.connect() as connection:
        rows = connection.execute(text("SELECT * FROM enrolment_code")).all()
    assert len(rows) == 1
    assert code not in str(rows)
    assert all(code.encode() not in file.read_bytes() for file in tmp_path.glob("hr.db*"))


@pytest.mark.fault("K9")
def test_codes_are_drawn_from_all_of_40_bits():
    assert (code_of(bytes(5)), code_of(b"\xff" * 5), code_of(b"\x00\x00\x00\x00\x21")) == (
        "00000000",
        "ZZZZZZZZ",
        "00000011",
    )


def test_no_more_codes_are_open_than_people_set_up_boxes(desk: Desk):
    for number in range(MAX_OPEN):
        desk.code(f"gate-{number}")
    with pytest.raises(TooManyCodes):
        desk.code("gate-99")
    desk.us += GOOD_FOR_US
    desk.code("gate-99")


@pytest.mark.parametrize("name", ["", "a b", "x" * 33, "../x"])
def test_a_code_is_made_for_a_name_that_a_box_can_have(desk: Desk, name: str):
    with pytest.raises(Undecidable, match="no name of a box"):
        desk.code(name)


def test_another_key_under_a_name_that_is_taken_keeps_the_code_for_the_replacement(desk: Desk):
    box, code = Box("gate-1"), desk.code("gate-1")
    assert said(desk.ask(box, code)) == (409, "name_taken", True)
    assert said(desk.ask(box, code, replaces=True)) == PENDING


# --- the key is stolen, a request is captured ---------------------------------------------------------


@pytest.mark.fault("K6")
def test_a_stolen_key_sends_until_it_is_revoked_and_not_one_request_longer(desk: Desk):
    laptop = Box("gate-1", key=desk.hr.gate.key)
    for _ in range(2):
        laptop.write(tap(Direction.IN))
    assert laptop.send(desk.client, laptop.journal[:1]).status == 200
    desk.hr.service.kiosks.revoke(laptop.fingerprint)
    for method, path in (("GET", "/v1/reference"), ("POST", "/v1/sealed"), ("POST", "/v1/facts")):
        assert laptop.ask(desk.client, method, path).json["code"] == "not_accepted"
    assert laptop.send(desk.client, laptop.journal[1:]).status == 401
    assert said(desk.ask(laptop, desk.code("gate-1")))[:2] == (401, "revoked")
    assert len(desk.hr.service.inbox.facts("gate-1", 1, [1, 2])) == 1


def captured(box: Box) -> dict[str, Any]:
    from sync.wire.envelope import SignedRequest, digest, encode_batch, sign_request

    body = encode_batch(box.journal)
    claim = SignedRequest("POST", "localhost", "/v1/facts", digest(body), box.device, 1, 1, len(box.journal), "n-1")
    return {"path": "/v1/facts", "method": "POST", "data": body, "headers": sign_request(box.key, claim)}


def header(name: str, value: str) -> Callable[[dict[str, Any]], None]:
    return lambda request: request["headers"].update({name: value})


def one_byte(request: dict[str, Any]) -> None:
    request["data"] = request["data"].replace(b"gate-reader", b"gate-raeder", 1)


def one_byte_and_its_digest(request: dict[str, Any]) -> None:
    from sync.wire.envelope import digest

    one_byte(request)
    request["headers"]["Content-Digest"] = digest(request["data"])


def other_order(request: dict[str, Any]) -> None:
    from sync.wire.envelope import decode_batch, digest, encode_batch

    request["data"] = encode_batch(decode_batch(request["data"])[::-1])
    request["headers"]["Content-Digest"] = digest(request["data"])


CHANGES = {
    "one byte": one_byte,
    "one byte and its digest": one_byte_and_its_digest,
    "order": other_order,
    "path": lambda request: request.update(path="/v1/sealed"),
    "method": lambda request: request.update(path="/v1/reference", method="GET"),
    "host": header("Host", "hr.elsewhere"),
    "device": header("Clockpiece-Device", "old-1"),
    "epoch": header("Clockpiece-Epoch", "2"),
    "first": header("Clockpiece-First", "2"),
    "last": header("Clockpiece-Last", "1"),
    "nonce": header("Clockpiece-Nonce", "n-2"),
}


@pytest.mark.fault("K7")
@pytest.mark.parametrize("change", CHANGES)
def test_of_a_captured_request_nothing_can_be_changed(desk: Desk, change: str):
    for _ in range(2):
        desk.hr.gate.write(tap(Direction.IN))
    request = captured(desk.hr.gate)
    CHANGES[change](request)
    answer = desk.client.open(**request)
    assert answer.status_code in (400, 401)
    assert desk.hr.service.inbox.facts("gate-1", 1, [1, 2]) == []


@pytest.mark.fault("K7")
def test_a_captured_request_that_is_sent_again_stores_nothing_twice_and_its_answer_fits_no_other(desk: Desk):
    desk.hr.gate.write(tap(Direction.IN))
    request = captured(desk.hr.gate)
    first, again = desk.client.open(**request), desk.client.open(**request)
    assert first.get_json() == again.get_json()
    assert not Answer(again, "another").signed
    assert desk.hr.service.inbox.facts("gate-1", 1, [1, 2]) == desk.hr.gate.journal
    assert desk.hr.service.inbox.waiting() == []


# --- the command --------------------------------------------------------------------------------------


@dataclass
class NewBox:
    """What the installer leaves: a configuration and no key yet."""

    folder: Path
    url: str

    def __post_init__(self) -> None:
        self.config = self.folder / "box.toml"
        key = public_text(HR_KEY)
        self.config.write_text(
            '[box]\nname = "gate-9"\ndata = "data"\nrun = "run"\nkey = "box.key"\n'
            '[[station]]\nname = "gate"\ntitle = "Gate"\n'
            f'[hr]\nurl = "{self.url}"\npublic_key = "{key}"\nsigning_key = "signing.key"\n'
        )

    @property
    def words(self) -> str:
        return words_of(own_key(self.folder / "signing.key").public_key())

    def enrol(self, typed: str) -> Result:
        arguments = ["enrol", "--config", str(self.config), "--wait-s", "0"]
        return CliRunner().invoke(main, arguments, input=typed)


@pytest.fixture
def box(desk: Desk, tmp_path: Path) -> Iterator[NewBox]:
    (tmp_path / "box").mkdir()
    with serving(desk.hr.service) as url:
        yield NewBox(tmp_path / "box", url)


def test_the_command_takes_a_typed_code_and_shows_the_words_that_hr_shows(desk: Desk, box: NewBox):
    code = desk.code("gate-9").lower()
    done = box.enrol(f"K7QM\n{code[:4]} {code[4:]}\n")
    assert done.exit_code == 0, done.output
    assert "a code has 8 letters and digits" in done.output
    assert box.words in done.output
    assert [each.words for each in desk.hr.service.kiosks.listed() if each.device == "gate-9"] == [box.words]
    assert re.search("HR has the request", done.output)


def test_the_command_takes_what_a_scanner_made_of_the_picture(desk: Desk, box: NewBox):
    ticket = Ticket(box.url, public_text(HR_KEY), "gate-9", desk.code("gate-9"))
    assert box.enrol(ticket.text() + "\n").exit_code == 0
    assert desk.hr.service.kiosks.listed()[0].device == "gate-9"


def test_a_picture_for_another_box_is_refused_with_what_differs(desk: Desk, box: NewBox):
    ticket = Ticket(box.url, public_text(HR_KEY), "gate-8", desk.code("gate-8"))
    done = box.enrol(ticket.text() + "\n")
    assert done.exit_code == 1
    assert "the QR code is for the box gate-8" in done.output


def test_a_wrong_code_is_asked_for_again(desk: Desk, box: NewBox):
    done = box.enrol(f"00000000\n{desk.code('gate-9')}\n")
    assert done.exit_code == 0
    assert "HR does not take this code: it is mistyped" in done.output


def test_a_box_that_has_asked_needs_no_code_again_and_is_told_when_it_is_let_in(desk: Desk, box: NewBox):
    box.enrol(desk.code("gate-9"))
    assert "HR has the request" in box.enrol("").output
    desk.hr.service.kiosks.accept(desk.hr.service.kiosks.listed()[0].fingerprint)
    assert "gate-9 is let in" in box.enrol("").output


def test_a_box_that_does_not_reach_hr_is_not_told_that_it_has_asked(tmp_path: Path):
    done = NewBox(tmp_path, "http://127.0.0.1:9").enrol("")
    assert done.exit_code == 1
    assert "HR cannot be reached" in done.output


def test_the_words_begin_with_the_bits_of_the_fingerprint(desk: Desk):
    """The 32 leftmost bits of 16 letters of five bits, and of six words of eleven."""
    from mnemonic import Mnemonic

    from sync.wire.envelope import BASE32, fingerprint

    key = desk.hr.gate.key.public_key()
    words = Mnemonic("english").wordlist
    of_words = "".join(f"{words.index(word):011b}" for word in words_of(key).split())
    of_letters = "".join(f"{BASE32.index(letter):05b}" for letter in fingerprint(key).replace("-", ""))
    assert len(of_words) == 66
    assert of_letters.startswith(of_words)
