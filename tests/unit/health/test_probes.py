"""The probes see what is there: on a machine made of files, and on a box whose journal is real."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from database import open_writer
from edge.bootstrap import BoxFiles
from edge.bootstrap.alone import NothingToWriteOn, SecondInstance, alone, is_held, lock_of
from edge.health.checks import Board, Seen
from edge.health.probes import Hr, Machine, look
from edge.store.journal import Draft
from settings import ConfigError
from sync.wire.envelope import GENESIS, Fact
from sync.wire.facts import CounterCommissioned, Outcome
from tests.moments import moment
from tests.unit.store.boxes import KEY, open_journal, write

TOML = """
[box]
name = "box-1"
data = "data"
run = "run"
key = "{key}"

[[station]]
name = "gate"

[[reader]]
name = "gate-1"
station = "gate"
family = "rdm6300"
port = "{port}"

[hr]
url = "https://hr.example"
public_key = "gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5Q"
signing_key = "signing.key"
"""


@pytest.fixture
def box(tmp_path: Path) -> BoxFiles:
    (tmp_path / "data").mkdir()
    (tmp_path / "box.key").write_text(KEY.hex())
    (tmp_path / "box.toml").write_text(TOML.format(key="box.key", port=tmp_path / "gate-1"))
    return BoxFiles.read(tmp_path / "box.toml")


def seen(box: BoxFiles, machine: Machine | None = None, acknowledged: int = 0) -> Seen:
    return look(box, lambda: Hr(0, "unreachable", acknowledged, 0), machine)


def on(files: dict[str, str], said: Callable[..., str] = lambda *_: "") -> Callable[[Path], Machine]:
    def made(root: Path) -> Machine:
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return Machine(root, said)

    return made


def facts(box: BoxFiles, count: int) -> list[Fact]:
    with closing(open_journal(box.data)) as journal:
        return write(journal, count)


@pytest.mark.parametrize(
    ("files", "overlay"),
    [
        ({"proc/cmdline": "console=tty1 overlayroot=tmpfs root=/dev/mmcblk0p2"}, "tmpfs"),
        ({"proc/cmdline": "overlayroot=tmpfs:recurse=0"}, "tmpfs:recurse=0"),
        (
            {"proc/cmdline": "quiet", "etc/overlayroot.conf": '# overlayroot="tmpfs"\noverlayroot="disabled"\n'},
            "disabled",
        ),
        ({"etc/overlayroot.conf": 'overlayroot="tmpfs"\n'}, "tmpfs"),
        ({}, ""),
    ],
)
def test_the_overlay_is_found_where_it_is_switched_on(tmp_path, box, files, overlay):
    assert seen(box, on(files)(tmp_path / "machine")).overlay == overlay


def test_the_file_system_is_that_of_the_deepest_mount_and_the_latest_of_two(tmp_path, box):
    mounts = f"a / ext4 rw 0 0\nb {tmp_path} tmpfs rw 0 0\nc {tmp_path} xfs rw 0 0\nd /elsewhere nfs rw 0 0\n"
    assert seen(box, on({"proc/self/mounts": mounts})(tmp_path / "machine")).data.filesystem == "xfs"


@pytest.mark.parametrize(("controllers", "kept"), [("cpu io memory pids", True), ("cpu io pids", False), ("", None)])
def test_a_kernel_without_a_memory_controller_is_noticed(tmp_path, box, controllers, kept):
    machine = on({"sys/fs/cgroup/cgroup.controllers": controllers})(tmp_path / "machine")
    assert seen(box, machine).memory_limits is kept


def test_a_raspberry_pi_says_how_warm_it_is_and_whether_its_power_was_enough(tmp_path, box):
    answers = {"measure_temp": "temp=48.3'C", "get_throttled": "throttled=0x50000"}
    machine = on({}, lambda _program, what: answers[what])(tmp_path / "machine")
    assert seen(box, machine).board == Board(48.3, 0x50000)


def test_a_box_that_was_never_started_is_seen_as_it_is(box):
    found = seen(box)
    assert found.core.startswith("does not answer")
    assert found.running == {"devices": False, "kiosk": False, "sync": False}
    assert "does not exist yet" in found.journal.trouble
    assert not found.lines[0].there
    assert found.signing_key is not None
    assert found.signing_key.mode is None


def test_the_end_of_the_journal_is_recomputed(box):
    written = facts(box, 5)
    found = seen(box, acknowledged=3)
    assert (found.journal.head, found.journal.checked, found.journal.broken_at) == (5, 5, None)
    assert found.uploads is not None
    assert found.uploads.oldest_us == written[3].at.wall_us


@pytest.mark.parametrize("change", ["wall_us = wall_us + 1", f"prev_hash = '{GENESIS}'"])
def test_a_fact_that_somebody_changed_is_named(box, change):
    facts(box, 5)
    connection = open_writer(box.journal, KEY)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(f"UPDATE fact SET {change} WHERE seq = 3")
    connection.close()
    assert seen(box).journal.broken_at == 3


def test_a_lock_is_seen_while_it_is_held_and_not_after(tmp_path):
    with alone(tmp_path, "devices"):
        assert is_held(lock_of(tmp_path, "devices"))
        with pytest.raises(SecondInstance, match="another devices already runs"), alone(tmp_path, "devices"):
            pass
        with alone(tmp_path, "kiosk"):
            pass
    assert not is_held(lock_of(tmp_path, "devices"))
    assert not is_held(lock_of(tmp_path, "never"))


def test_a_folder_that_takes_no_files_is_named_before_anything_is_touched(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(NothingToWriteOn, match="mend the disk first"), alone(tmp_path / "data", "core"):
        pass


def test_a_key_that_systemd_hands_over_is_read_from_where_it_says(tmp_path, box, monkeypatch):
    box.file.write_text(TOML.format(key="$CREDENTIALS_DIRECTORY/box.key", port="/dev/null"))
    named = BoxFiles.read(box.file)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigError, match="LoadCredential"):
        named.key()
    assert "LoadCredential" in seen(named).key.trouble
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert named.key() == KEY


# --- devices ----------------------------------------------------------------------------------------

COUNTER = """
[[counter]]
name = "strokes"
machine = "press"
family = "modbus_counter"
host = "127.0.0.1"
port = 502
address = {address}
unproven = ["address"]
max_rate_per_min = 60
"""


def with_counter(box: BoxFiles, address: int) -> BoxFiles:
    box.file.write_text(TOML.format(key="box.key", port="gate-1") + COUNTER.format(address=address))
    return BoxFiles.read(box.file)


def commissioned(box: BoxFiles) -> None:
    meaning = box.config.counter[0].meaning
    body = CounterCommissioned(
        Outcome.COMMISSIONED, "press", "strokes", meaning, "40001", 10, 10, "KEPT", [], "electrician", "witness"
    )
    with closing(open_journal(box.data)) as journal, journal.transaction():
        journal.append(Draft("command", moment(0), body), 0)


def test_a_counter_is_counted_for_the_meaning_that_was_proven_and_for_no_other(box):
    here = with_counter(box, address=0)
    facts(here, 1)
    assert seen(here).not_counted == (("strokes", "press"),)
    commissioned(here)
    assert seen(here).not_counted == ()
    assert seen(with_counter(box, address=2)).not_counted == (("strokes", "press"),)


def test_where_no_devices_run_nothing_is_told_of_them(box):
    assert seen(box).devices == ()


def test_a_box_without_its_key_is_looked_at_all_the_same(box):
    (box.file.parent / "box.key").unlink()
    found = seen(box)
    assert (found.key.mode, found.uploads) == (None, None)
    assert found.journal.trouble
