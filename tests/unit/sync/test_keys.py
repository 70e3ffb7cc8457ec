"""The box's own signing key."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.keys import BadKey, own_key


def test_a_key_is_made_once_for_the_owner_alone(tmp_path: Path):
    file = tmp_path / "signing.key"
    made = own_key(file)
    assert own_key(file).private_bytes_raw() == made.private_bytes_raw()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "AAAA", "not a key at all!", "ключ"])
def test_a_damaged_key_is_never_replaced_by_a_fresh_one(tmp_path: Path, content: str):
    file = tmp_path / "signing.key"
    file.write_text(content, "utf-8")
    with pytest.raises(BadKey, match="restore it from the backup"):
        own_key(file)
    assert file.read_text("utf-8") == content
