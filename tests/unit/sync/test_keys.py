"""The box's own signing key."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.enrolling.keys import BadKey, own_key


def test_a_key_is_made_once_for_the_owner_alone(tmp_path: Path):
    file = tmp_path / "signing.key"
    made = own_key(file)
    assert own_key(file).private_bytes_raw() == made.private_bytes_raw()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_failure_while_the_key_is_made_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_descriptor: int) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space"):
            own_key(tmp_path / "signing.key")
    assert list(tmp_path.iterdir()) == []


def test_two_that_make_it_at_once_agree_on_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "signing.key"
    others = own_key(tmp_path / "others.key")

    def late(_descriptor: int) -> None:
        if not file.exists():
            file.hardlink_to(tmp_path / "others.key")

    monkeypatch.setattr("os.fsync", late)
    assert own_key(file).private_bytes_raw() == others.private_bytes_raw()


@pytest.mark.parametrize("content", ["", "AAAA", "not a key at all!", "ключ"])
def test_a_damaged_key_is_never_replaced_by_a_fresh_one(tmp_path: Path, content: str):
    file = tmp_path / "signing.key"
    file.write_text(content, "utf-8")
    with pytest.raises(BadKey, match="restore it from the backup"):
        own_key(file)
    assert file.read_text("utf-8") == content
