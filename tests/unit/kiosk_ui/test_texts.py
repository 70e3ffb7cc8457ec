"""Everything the kiosk says, it says in three languages."""

from pathlib import Path

import pytest

import kiosk_ui
from tests.unit.pages.extraction import untranslated


@pytest.mark.parametrize("language", ["zh", "vi"])
def test_every_text_of_the_kiosk_is_translated(language):
    assert untranslated(Path(kiosk_ui.__file__).parent, language) == []
