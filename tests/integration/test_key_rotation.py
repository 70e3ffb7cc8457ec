"""A box gets a new signing key: whatever ends the change half-way, exactly one key is let in and the box has it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clockpiece import main
from hr.kiosks.store import State
from sync.enrolling.keys import OwnKey, follower, own, read_own
from sync.enrolling.new_key import NotRotated, rotate
from sync.exchange.client import HrClient
from sync.policy import Verdict
from sync.reference.store import ReferenceStore
from sync.wire.envelope import canonical_json
from sync.wire.facts import Direction
from sync.wire.rotation import Rotation, introduction, rotation_bytes
from sync.worker import SyncWorker
from tests.contract.hr_servers import serving
from tests.integration.sending_box import ListSource
from tests.unit.hr.cast import KEYS, NOON_US, Box, Factory, factory, tap

DEVICE = "gate-1"


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Changing:
    """HR over HTTP, and a box that is let in there with the key of its file."""

    hr: Factory
    url: str
    file: Path

    def client(self, key: Ed25519PrivateKey) -> HrClient:
        return HrClient(self.url, KEYS.signing.public_key(), key, DEVICE)

    def rotate(self) -> OwnKey:
        return rotate(self.file, DEVICE, self.client)

    @property
    def waiting(self) -> Path:
        return self.file.with_name("signing.key.next")

    def works(self, file: Path) -> bool:
        """Whether HR lets the key of this file speak."""
        if not file.exists():
            return False
        box = Box(DEVICE, key=read_own(file).private)
        return box.ask(self.hr.client, "GET", "/v1/reference").status == 200

    def let_in(self) -> list[str]:
        return [
            each.public_key for each in self.hr.service.kiosks.listed() if (each.device, each.state) == self.accepted
        ]

    accepted = (DEVICE, State.ACCEPTED)


@pytest.fixture
def changing(tmp_path: Path, empty_hr_file: Path) -> Iterator[Changing]:
    shutil.copy(empty_hr_file, tmp_path / "hr.db")
    made = factory(tmp_path, f"sqlite:///{tmp_path / 'hr.db'}")
    file = tmp_path / "signing.key"
    made.gate.key = own(file).private
    made.service.kiosks.revoke(made.service.kiosks.listed()[0].fingerprint)
    made.service.kiosks.enrol(DEVICE, made.gate.key.public_key())
    made.service.kiosks.accept(made.gate.fingerprint)
    with serving(made.service) as url:
        yield Changing(made, url, file)
    made.service.close()


def test_the_new_key_is_let_in_and_the_old_one_ends_with_the_same_request(changing: Changing):
    old = read_own(changing.file)
    new = changing.rotate()
    assert changing.let_in() == [new.public]
    assert changing.works(changing.file)
    assert Box(DEVICE, key=old.private).ask(changing.hr.client, "GET", "/v1/reference").status == 401
    assert (changing.file.stat().st_mode & 0o777, changing.waiting.exists()) == (0o600, False)


def test_a_box_goes_on_in_its_journal_with_the_new_key(changing: Changing):
    box = changing.hr.gate
    box.write(tap(Direction.IN))
    assert box.send(changing.hr.client, box.journal).status == 200
    box.key = changing.rotate().private
    box.write(tap(Direction.OUT))
    assert box.send(changing.hr.client, box.journal[1:]).json["seq"] == 2
    assert changing.hr.service.kiosks.losses() == []


def test_twice_in_a_row_is_two_new_keys(changing: Changing):
    first, second = changing.rotate(), changing.rotate()
    assert first.public != second.public
    assert changing.let_in() == [second.public]


STEPS = ["link", "unlink", "fsync", "send", "answer", "replace"]
"""What the change does with the disk and with HR; it is ended before and after each."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_wherever_it_is_killed_one_key_is_let_in_the_box_has_it_and_the_next_try_ends_well(
    changing: Changing, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
):
    places: dict[str, tuple[object, str]] = {
        "link": (Path, "hardlink_to"),
        "unlink": (Path, "unlink"),
        "fsync": (os, "fsync"),
        "send": (HrClient, "send"),
        "answer": (HrClient, "_checked"),
        "replace": (Path, "replace"),
    }
    with monkeypatch.context() as patched:
        patched.setattr(*places[step], killed(*places[step], after=after))
        with pytest.raises(Killed):
            changing.rotate()
    there = [file for file in (changing.file, changing.waiting) if changing.works(file)]
    assert len(there) == 1
    assert len(changing.let_in()) == 1
    assert changing.rotate().public == read_own(changing.file).public
    assert changing.works(changing.file)
    assert not changing.waiting.exists()


def killed(where: object, name: str, *, after: bool) -> Callable[..., object]:
    was = getattr(where, name)

    def ends(*arguments: object, **options: object) -> object:
        if after:
            was(*arguments, **options)
        raise Killed

    return ends


def test_an_hr_that_cannot_be_reached_changes_nothing_and_both_keys_are_kept(changing: Changing):
    before = changing.file.read_bytes()
    with pytest.raises(NotRotated, match="both keys are kept"):
        rotate(
            changing.file, DEVICE, lambda key: HrClient("http://127.0.0.1:9", KEYS.signing.public_key(), key, DEVICE)
        )
    assert changing.file.read_bytes() == before
    waiting = read_own(changing.waiting).public
    assert changing.rotate().public == waiting


def test_an_answer_that_hr_has_not_signed_moves_no_key(changing: Changing):
    stranger = Ed25519PrivateKey.generate().public_key()
    before = changing.file.read_bytes()
    with pytest.raises(NotRotated, match="not signed"):
        rotate(changing.file, DEVICE, lambda key: HrClient(changing.url, stranger, key, DEVICE))
    assert (changing.file.read_bytes(), changing.waiting.exists()) == (before, True)


@pytest.mark.fault("K6")
def test_a_revoked_key_cannot_rotate(changing: Changing):
    before = changing.file.read_bytes()
    changing.hr.service.kiosks.revoke(changing.hr.gate.fingerprint)
    with pytest.raises(NotRotated, match="does not take a new key"):
        changing.rotate()
    assert changing.let_in() == []
    assert (changing.file.read_bytes(), changing.waiting.exists()) == (before, False)


def asks(changing: Changing, key: OwnKey, rotation: Rotation | None, device: str = DEVICE) -> tuple[int, str]:
    box = Box(device, key=key.private)
    body = canonical_json(introduction(device, key.public, rotation))
    answer = box.ask(changing.hr.client, "POST", "/v1/devices", body)
    return answer.status, answer.json["code"]


@pytest.mark.fault("K7")
def test_the_same_change_said_again_later_does_nothing(changing: Changing):
    first = changing.rotate()
    second = changing.rotate()
    assert asks(changing, first, first.rotation) == (401, "revoked")
    assert changing.let_in() == [second.public]


def test_a_change_said_twice_is_one_change(changing: Changing):
    new = changing.rotate()
    assert asks(changing, new, new.rotation) == (200, "accepted")
    assert changing.let_in() == [new.public]


@pytest.mark.fault("K9")
def test_nobody_else_can_sign_for_a_new_key(changing: Changing):
    thief, old = OwnKey(Ed25519PrivateKey.generate()), read_own(changing.file)
    by_himself = follower(thief, DEVICE)
    assert by_himself.rotation is not None
    forged = Rotation(old.public, by_himself.rotation.signature)
    of_another_box = follower(old, "gate-2").rotation
    for rotation in (by_himself.rotation, forged, of_another_box, Rotation("nothing", b"")):
        assert asks(changing, by_himself, rotation) == (403, "code_wanted")
    captured = follower(old, DEVICE)
    assert asks(changing, by_himself, captured.rotation) == (403, "code_wanted")
    assert changing.let_in() == [old.public]


def test_the_word_counts_for_the_box_and_the_key_that_it_names(changing: Changing):
    old, new = read_own(changing.file), OwnKey(Ed25519PrivateKey.generate())
    for device, follows in (("gate-2", old.public), (DEVICE, new.public)):
        signature = old.private.sign(rotation_bytes(device, follows, new.public))
        assert asks(changing, new, Rotation(follows, signature)) == (403, "code_wanted")
    right = old.private.sign(rotation_bytes(DEVICE, old.public, new.public))
    assert asks(changing, new, Rotation(old.public, right)) == (200, "accepted")


@pytest.mark.fault("K9")
def test_the_word_of_one_box_lets_nobody_in_under_another_name(changing: Changing):
    new = follower(read_own(changing.file), "gate-2")
    assert asks(changing, new, new.rotation, "gate-2") == (403, "code_wanted")


def test_an_hr_put_back_to_the_day_before_takes_the_new_key_once_more(changing: Changing, tmp_path: Path):
    old = read_own(changing.file)
    new = changing.rotate()
    changing.hr.service.kiosks.revoke(Box(DEVICE, key=new.private).fingerprint)
    yesterday = tmp_path / "yesterday"
    yesterday.mkdir()
    there = factory(yesterday)
    there.service.kiosks.revoke(there.gate.fingerprint)
    there.service.kiosks.enrol(DEVICE, old.private.public_key())
    there.service.kiosks.accept(Box(DEVICE, key=old.private).fingerprint)
    store = ReferenceStore(yesterday / "reference.db", bytes(32))
    with serving(there.service) as url:
        restored = Changing(there, url, changing.file)
        client = restored.client(new.private)
        worker = SyncWorker(ListSource([]), store, client, DEVICE, lambda: NOON_US, rotation=new.rotation)
        assert [worker.round(), worker.round()] == [Verdict.UNKNOWN_BOX, Verdict.DONE]
        assert restored.let_in() == [new.public]
        client.close()
    store.close()
    there.service.close()


def test_a_key_that_waits_for_another_key_than_the_one_here_is_not_used(changing: Changing):
    stray = follower(OwnKey(Ed25519PrivateKey.generate()), DEVICE)
    changing.waiting.write_text(stray.text(), "ascii")
    with pytest.raises(NotRotated, match="remove it"):
        changing.rotate()
    assert changing.works(changing.file)


def test_the_command_changes_the_key_and_says_its_words(changing: Changing, tmp_path: Path):
    config = tmp_path / "box.toml"
    config.write_text(
        f'[box]\nname = "{DEVICE}"\ndata = "data"\nrun = "run"\nkey = "box.key"\n[[station]]\nname = "gate"\n'
        f'[hr]\nurl = "{changing.url}"\npublic_key = "{KEYS.public_text}"\nsigning_key = "signing.key"\n',
        "utf-8",
    )
    before = changing.let_in()
    done = CliRunner().invoke(main, ["rotate-key", "--config", str(config)])
    assert done.exit_code == 0, done.output
    assert changing.let_in() == [read_own(changing.file).public] != before
    assert Box(DEVICE, key=read_own(changing.file).private).fingerprint in done.output


def test_a_year_later_the_fleet_page_asks_for_a_new_key(changing: Changing):
    service = changing.hr.service
    changing.rotate()
    service.office.clock = lambda: NOON_US + 366 * 86_400_000_000
    assert "OLD_KEY" in service.fleet.standing()[0].troubles
    changing.rotate()
    assert "OLD_KEY" not in service.fleet.standing()[0].troubles
