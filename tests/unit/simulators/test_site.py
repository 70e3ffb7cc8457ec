"""A demo's folder is its own: nobody's home is emptied by a slip of the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.processes import Failed
from simulators.site import prepare_folder


def test_a_folder_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Failed, match="is not a demo's folder"):
        prepare_folder(tmp_path, fresh=True)
    assert (tmp_path / "thesis.txt").exists()


def test_a_demos_own_folder_is_taken_up_again_and_emptied_only_when_told(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "demo", fresh=False)
    (tmp_path / "demo" / "facts").touch()
    prepare_folder(tmp_path / "demo", fresh=False)
    assert (tmp_path / "demo" / "facts").exists()
    prepare_folder(tmp_path / "demo", fresh=True)
    assert not (tmp_path / "demo" / "facts").exists()
