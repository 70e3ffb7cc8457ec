"""Every text of the panel in every language."""

from pathlib import Path

import pytest

from tests.unit.pages.extraction import untranslated

ROOM = Path(__file__).parents[3] / "simulators"


@pytest.mark.parametrize("language", ["zh", "vi"])
def test_no_text_lacks_a_translation_and_no_translation_lacks_a_text(language: str):
    assert untranslated(ROOM, language) == []
