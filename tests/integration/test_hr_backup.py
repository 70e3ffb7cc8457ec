"""Backup and restore of an HR installation: one file, whole, private, and never over anything."""

from __future__ import annotations

import io
import shutil
import stat
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import delete

from clockpiece import main
from hr.accounts import Installation, init
from hr.backup import CannotBackUp, CannotRestore, back_up, restore
from hr.config import Server, load_config
from hr.service import HrService, opened
from hr.store import engine, writing
from hr.store.schema import alembic_config
from hr.store.tables import person
from sync.wire.facts import Direction
from sync.wire.reference_data import Person
from tests.unit.hr.cast import NOON_US, Box, tap

PASSWORD = "correct horse"


class Installed:
    """An installation with one person, one box and three facts; its service is open, as while the server runs."""

    def __init__(self, folder: Path) -> None:
        self.config = init(folder, "wang", PASSWORD, Installation(plant="永鑫", language="vi")).config
        self.service = opened(self.server, lambda: NOON_US)
        self.service.people.save(Person("", "1001", "李伟"))
        self.box = Box()
        self.service.kiosks.enrol(self.box.device, self.box.key.public_key())
        self.service.kiosks.accept(self.box.fingerprint)
        for _ in range(3):
            self.box.write(tap(Direction.IN))
        self.service.inbox.receive(self.box.journal, "nonce")

    @property
    def server(self) -> Server:
        return load_config(self.config).hr

    def back_up(self, file: Path) -> Path:
        back_up(self.server, self.config, file, NOON_US)
        return file


@pytest.fixture
def installed(tmp_path: Path):
    made = Installed(tmp_path / "hr")
    yield made
    made.service.close()


def reopened(config: Path) -> HrService:
    return opened(load_config(config).hr, lambda: NOON_US)


def test_what_is_restored_is_the_installation(installed: Installed, tmp_path: Path):
    file = installed.back_up(tmp_path / "backup")
    config = restore(file, tmp_path / "new")
    again = reopened(config)
    assert load_config(config).hr.plant == "永鑫"
    assert load_config(config).hr.language == "vi"
    assert again.verify("wang", PASSWORD)
    assert again.office.keys.public_text == installed.service.office.keys.public_text
    assert again.office.keys.sealing.private_bytes_raw() == installed.service.office.keys.sealing.private_bytes_raw()
    assert again.inbox.facts("gate-1", 1, [1, 2, 3]) == installed.box.journal
    assert again.people.listed() == installed.service.people.listed()
    again.close()


def test_it_stands_alone_in_its_new_folder(installed: Installed, tmp_path: Path):
    config = restore(installed.back_up(tmp_path / "backup"), tmp_path / "new")
    installed.service.close()
    shutil.rmtree(tmp_path / "hr")
    again = reopened(config)
    assert [each.number for each in again.people.listed()] == ["1001"]
    again.close()


def test_only_its_owner_can_read_a_backup_and_what_comes_out_of_it(installed: Installed, tmp_path: Path):
    file = installed.back_up(tmp_path / "backup")
    restore(file, tmp_path / "new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = [tmp_path / "new" / name for name in ("hr.db", "keys/signing.pem", "keys/sealing.pem")]
    assert {stat.S_IMODE(each.stat().st_mode) for each in secret} == {0o600}
    assert {stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) for name in (".", "keys")} == {0o700}


def test_nothing_else_is_left_behind(installed: Installed, tmp_path: Path):
    installed.back_up(tmp_path / "backup")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["backup", "hr"]


def test_a_backup_is_of_one_moment_while_the_server_writes(installed: Installed, tmp_path: Path):
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            installed.box.write(tap(Direction.IN))
            installed.service.inbox.receive(installed.box.journal[-1:], "nonce")

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        files = [installed.back_up(tmp_path / f"backup-{number}") for number in range(3)]
    finally:
        stop.set()
        writer.join()
    held = []
    for number, file in enumerate(files):
        again = reopened(restore(file, tmp_path / f"new-{number}"))
        last = again.kiosks.listed()[0].last_seq or 0
        assert again.inbox.facts("gate-1", 1, list(range(1, 100_000)))[-1].seq == last
        held.append(last)
        again.close()
    assert held == sorted(held)


def test_boxes_are_told_what_the_backup_held_whatever_they_were_told_since(installed: Installed, tmp_path: Path):
    then = installed.service.editions.current().version
    file = installed.back_up(tmp_path / "backup")
    installed.service.people.save(Person("", "2002", "李娜"))
    since = installed.service.editions.current().version
    again = reopened(restore(file, tmp_path / "new"))
    again.people.save(Person("", "2003", "王芳"))
    assert again.editions.current().version not in (then, since)
    again.people.save(Person("", "2003", "王芳"), active=False)
    assert again.editions.current().version == then
    again.close()


def test_a_backup_made_before_an_update_needs_no_update(installed: Installed, tmp_path: Path):
    """The older schema is kept as it is, in the original and in the copy; the restored one is updated at its start."""
    installed.service.close()
    for file in (tmp_path / "hr").glob("hr.db*"):
        file.unlink()
    (tmp_path / "hr" / "keys" / "sealing.pem").unlink()
    store = engine(installed.server.database)
    with writing(store).begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.execute(person.insert().values(id="p-1", number="1001", name="李伟", role="WORKER"))
    file = installed.back_up(tmp_path / "backup")
    with store.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0001"
    store.dispose()
    again = reopened(restore(file, tmp_path / "new"))
    assert (again.newcomers.listed(), [each.number for each in again.people.listed()]) == ([], ["1001"])
    again.close()


# --- what is refused --------------------------------------------------------------------------------


def test_a_backup_is_never_written_over_anything(installed: Installed, tmp_path: Path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(CannotBackUp, match="there already"):
        installed.back_up(tmp_path / "there")
    assert (tmp_path / "there").read_text() == "mine"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"database": "postgresql+psycopg://hr@db/hr"}, r"postgresql.*pg_dump.*/keys"),
        ({"database": "sqlite:////nowhere/hr.db"}, r"/nowhere/hr\.db: there is no database"),
        ({"keys": "/nowhere"}, r"/nowhere/signing\.pem: No such file"),
    ],
)
def test_what_cannot_be_backed_up_is_one_sentence(installed: Installed, tmp_path: Path, change, sentence: str):
    values = {name: getattr(installed.server, name) for name in installed.server.__struct_fields__}
    with pytest.raises(CannotBackUp, match=sentence):
        back_up(Server(**(values | change)), installed.config, tmp_path / "backup", NOON_US)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["hr"]


def test_it_is_restored_into_an_empty_folder_only(installed: Installed, tmp_path: Path):
    file = installed.back_up(tmp_path / "backup")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a file").touch()
    for folder in (tmp_path / "full", tmp_path / "full" / "a file"):
        with pytest.raises(CannotRestore, match="not an empty folder"):
            restore(file, folder)
    (tmp_path / "empty").mkdir()
    assert restore(file, tmp_path / "empty") == tmp_path / "empty" / "hr.toml"


def flipped(whole: bytes, at: int) -> bytes:
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


def with_another_member(whole: bytes) -> bytes:
    raw = io.BytesIO(whole)
    with tarfile.open(fileobj=raw, mode="a") as archive:
        archive.addfile(tarfile.TarInfo("../outside"), io.BytesIO(b""))
    return raw.getvalue()


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut in the middle": lambda whole: whole[: len(whole) // 2],
    "a byte of the database": lambda whole: flipped(whole, whole.index(b"SQLite format 3") + 5000),
    "a byte of a key": lambda whole: flipped(whole, whole.index(b"-----BEGIN PRIVATE") + 40),
    "a byte of the manifest": lambda whole: flipped(whole, whole.index(b'"hr.db": "') + 12),
    "another member": with_another_member,
    "a later format": lambda whole: whole.replace(b'"clockpiece": 1', b'"clockpiece": 2'),
    "empty": lambda whole: b"",
    "something else": lambda whole: b"PK" + whole[2:600],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_backup_is_noticed_before_anything_is_written(installed: Installed, tmp_path: Path, damage):
    file = installed.back_up(tmp_path / "backup")
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(CannotRestore, match=str(file)):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_damaged_database_gives_no_backup(installed: Installed, tmp_path: Path):
    installed.service.close()
    database = tmp_path / "hr" / "hr.db"
    content = bytearray(database.read_bytes())
    content[4096 * 3 : 4096 * 8] = bytes(range(256)) * 80
    database.write_bytes(content)
    with pytest.raises(CannotBackUp):
        installed.back_up(tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


# --- the commands -----------------------------------------------------------------------------------


def test_the_commands_say_where_it_is_and_how_to_go_on(installed: Installed, tmp_path: Path):
    run = CliRunner()
    made = run.invoke(main, ["hr", "backup", "--config", str(installed.config), str(tmp_path / "backup")])
    assert (made.exit_code, "bytes" in made.output) == (0, True)
    done = run.invoke(main, ["hr", "restore", str(tmp_path / "backup"), str(tmp_path / "new")])
    assert (done.exit_code, f"--config {tmp_path / 'new' / 'hr.toml'}" in done.output) == (0, True)
    refused = run.invoke(main, ["hr", "restore", str(tmp_path / "backup"), str(tmp_path / "new")])
    assert (refused.exit_code, "not an empty folder" in refused.output) == (2, True)


def test_what_was_deleted_before_a_backup_is_not_in_it(installed: Installed, tmp_path: Path):
    with writing(engine(installed.server.database)).begin() as connection:
        connection.execute(delete(person).where(person.c.name == "李伟"))
    assert "李伟".encode() not in installed.back_up(tmp_path / "backup").read_bytes()
