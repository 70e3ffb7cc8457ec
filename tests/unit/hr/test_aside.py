"""What a person has to say before a record that was set aside is taken."""

from __future__ import annotations

import pytest

from hr.ingest.aside import CONFLICT, RETRIABLE, SetAside


@pytest.mark.parametrize(
    ("code", "needs_note"), [*((code, False) for code in RETRIABLE), (CONFLICT, True), ("bad_hash", True)]
)
def test_only_what_an_update_has_made_readable_is_taken_without_a_word(code: str, needs_note: bool):
    assert SetAside("gate-1", 1, 7, "digest", code, "", "{}", 1).needs_note is needs_note
